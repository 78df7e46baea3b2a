"""How a function becomes a command: its options come of its parameters, and of the fields of the records it takes.

An `Option` says how the command line sets a parameter or a field; msgspec checks its value.
"""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import typer
from msgspec import Struct
from typer.core import TyperCommand, TyperGroup, TyperOption

from boxscore.log import FORMATS, LEVELS, logging_to
from boxscore.option import GRADING, LOG, OUTPUT, Option, option
from boxscore.run.request import Request

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from typer._click import Context, HelpFormatter

F = TypeVar("F", bound=Callable[..., int])


REGISTRY: dict[str, Callable[..., None]] = {}  # functions as typer takes them, by name; in a group `GROUP NAME`


def argument(metavar: str, help: str) -> Any:  # noqa: A002 - its name
    """A positional argument."""
    return typer.Argument(metavar=metavar, help=help)


Bench = Annotated[str, argument("BENCH", "A benchmark's name, or a path: of a harness file, or of instances (.jsonl).")]
Run = Annotated[str, argument("RUN", "A run directory, or the id of one below runs/.")]
Json = Annotated[bool, option("--json", "Print JSON on standard output and nothing else there.", OUTPUT)]
Markdown = Annotated[bool, option("--markdown", "Print Markdown, for a pull request or a page.", OUTPUT)]
Quiet = Annotated[bool, option("-q --quiet", "No progress and no notices.", OUTPUT)]
Failures = Annotated[
    Annotated[int, msgspec.Meta(ge=0)],
    option("--failures", "Show the first N samples that failed.", OUTPUT, metavar="N"),
]
DryRun = Annotated[bool, option("--dry-run", "Check everything, run nothing.", OUTPUT)]
AllowDifference = Annotated[
    tuple[str, ...],
    option(
        "--allow-difference",
        "Compare runs that differ in this, such as limits.cpu_s; it is recorded. May be repeated.",
        metavar="NAME",
    ),
]
OneK = Annotated[
    Annotated[int, msgspec.Meta(ge=1)], option("-k", "The k of pass@k.", metavar="K", env="BOXSCORE_COMPARE_K")
]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Discordance = Annotated[
    Annotated[float, msgspec.Meta(ge=0.001, le=1)],
    option(
        "--discordance", "On how many instances single samples of two versions of a system differ.", metavar="SHARE"
    ),
]
REQUEST_OPTIONS = tuple(name for name in Request.__struct_fields__ if name != "benchmark")
PLACE = ("workers", "cpu_s", "data", "backend", "runtime", "image", "on")


class Shown(Struct, frozen=True, kw_only=True):
    """How a command that grades shows what came of it."""

    fail_under: Annotated[
        Share | None, option("--fail-under", "Exit with 1 if pass@k is less (0 to 1).", OUTPUT, metavar="SHARE")
    ] = None
    page: Annotated[bool, option("--page", "Also write the run's page, report.html.", OUTPUT)] = False
    failures: Failures = 5
    dry_run: DryRun = False
    quiet: Quiet = False
    json: Json = False


class Logging(Struct, frozen=True, kw_only=True):
    """How events are logged, and which."""

    log_format: Annotated[str | None, option("--log-format", "Log as text or json.", LOG, metavar="FORM")] = None
    log_level: Annotated[
        str | None,
        option("--log-level", "Log events from debug, info, warning or error on.", LOG, metavar="LEVEL"),
    ] = None

    def begin(self, *, usual: str | None = None, quiet: bool = False) -> AbstractContextManager[None]:
        """Log while it is entered, in the `usual` form unless another is asked for."""
        for name, value, allowed in (("format", self.log_format, FORMATS), ("level", self.log_level, LEVELS)):
            if value is not None and value not in allowed:
                raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}", param_hint=f"--log-{name}")
        return logging_to(form=self.log_format or usual, level=self.log_level, quiet=quiet)


class Command(TyperCommand):
    """A command whose `--help` shows the usual options; `--help-all` shows the rest."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Print the help."""
        del formatter
        show_help(self, ctx)


class Group(TyperGroup):
    """A group whose help is laid out in panels, while errors stay plain lines."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Print the help."""
        del formatter
        show_help(self, ctx)


def show_help(command: TyperCommand | TyperGroup, ctx: Context, *, every: bool = False) -> None:
    """Print the help of a command; unless `every` is asked for, only how many options are in panels of their own."""
    from typer.rich_utils import rich_format_help

    options = [one for one in command.params if isinstance(one, TyperOption)]
    rare = [one for one in options if one.rich_help_panel and one.name != "help_all"]
    if any(one.name == "help_all" for one in options) and not every:
        for one in rare:
            one.hidden = True
        command.epilog = f"{len(rare)} more options: {ctx.command_path} --help-all"
    rich_format_help(obj=command, ctx=ctx, markup_mode="rich")


def _show_all(ctx: typer.Context, asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        show_help(ctx.command, ctx, every=True)  # type: ignore[arg-type]
        raise typer.Exit


_HELP_ALL = Annotated[bool, typer.Option("--help-all", is_eager=True, callback=_show_all, help="Show all options.")]


def command(name: str, *, request: tuple[str, ...] = (), usual: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Make a function the command of this name, which exits with what it returns; the function stays what it is.

    A parameter that is a record stands for its fields that are options; of a `Request` these are the fields in
    `request`, and its benchmark is the argument `bench`. `usual` are the parameters that `--help` shows; all if empty.
    """

    def add(function: F) -> F:
        hints = get_type_hints(function, include_extras=True)
        given = inspect.signature(function).parameters
        records = {each: hints[each] for each in given if _is_record(hints[each])}
        fields: dict[str, tuple[Any, Any]] = {}
        arguments: dict[str, tuple[Any, Any]] = {}
        if request and "bench" not in given:
            arguments["bench"] = (Bench, inspect.Parameter.empty)
        for each, one in given.items():
            if each in records:
                fields |= _fields_of(records[each], request)
            else:
                place = fields if _option_of(hints[each]) else arguments
                place[each] = (hints[each], one.default)
        if usual:
            fields["help_all"] = (_HELP_ALL, False)
        first = [each for each in usual if each in fields] + ["help_all"] * bool(usual)
        rest = [each for each in fields if each not in first and each != "json"] + ["json"] * ("json" in fields)
        ordered = [*arguments, *dict.fromkeys([*first, *rest])]
        every = arguments | fields

        @functools.wraps(function)
        def run(**values: Any) -> None:
            values.pop("help_all", None)
            for each, (hint, _) in every.items():
                if each in values:
                    values[each] = _checked(hint, values[each])
            for each, kind in records.items():
                values[each] = _record(kind, values, request, keep_bench="bench" in given)
            raise typer.Exit(function(**values))

        parameters = [
            _parameter(each, *every[each], panelled=bool(usual) and each not in (*usual, "help_all"))
            for each in ordered
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        REGISTRY[name] = run
        return function

    return add


def _fields_of(kind: type[Struct], request: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    """The options of a record's fields and their defaults, those of the records that it holds among them."""
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, tuple[Any, Any]] = {}
    for one in msgspec.structs.fields(kind):
        hint = hints[one.name]
        if _is_record(hint):
            found |= _fields_of(hint, request)
        elif _option_of(hint) and (kind is not Request or one.name in request):
            usual = None if one.default is msgspec.NODEFAULT else one.default  # of a mapping, {} is made each time
            found[one.name] = (hint, inspect.Parameter.empty if one.required else usual)
    return found


def _record(kind: type[Struct], values: dict[str, Any], request: tuple[str, ...], *, keep_bench: bool) -> Struct:
    """Make a record of the values of options, which are taken out."""
    hints = get_type_hints(kind, include_extras=True)
    own = {each: values.pop(each) for each in _names(kind, hints, request) if each in values}
    for each, hint in hints.items():
        if _is_record(hint):
            own[each] = _record(hint, values, request, keep_bench=keep_bench)
    if kind is Request:
        bench = values["bench"] if keep_bench else values.pop("bench")
        own["benchmark"] = (bench[0] if isinstance(bench, tuple) and bench else bench) or ""
    return kind(**own)


def _names(kind: type[Struct], hints: Mapping[str, Any], request: tuple[str, ...]) -> list[str]:
    return [each for each, hint in hints.items() if _option_of(hint) and (kind is not Request or each in request)]


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)


def _option_of(hint: Any) -> Option | None:
    return next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Option)), None)


def _checked(hint: Any, value: Any) -> Any:
    """A value of the type that a parameter has. Raises typer.BadParameter."""
    known = _option_of(hint)
    if known is None:
        return tuple(value) if isinstance(value, list) else value
    kind = hint.__origin__
    if get_origin(kind) is tuple:
        value = value or ()
    elif get_origin(kind) is Mapping:
        value = read_pairs(value or (), known.flags[-1])
    try:
        more = tuple(one for one in hint.__metadata__ if one is not known)
        return msgspec.convert(value, Annotated[(kind, *more)] if more else kind)
    except msgspec.ValidationError as error:
        what = re.sub(r"`(\w+) \| null`", r"`\1`", str(error)).partition(", got")[0].replace("Expected", "must be")
        what = what.replace("`float`", "a number").replace("`int`", "a whole number")
        raise typer.BadParameter(f"{what}, not {value!r}", param_hint=known.flags[-1]) from None


def _parameter(name: str, hint: Any, default: Any, *, panelled: bool) -> inspect.Parameter:
    """The parameter as typer reads it; one of the usual ones is in no panel of its own."""
    known = _option_of(hint)
    if known is not None:
        long = known.flags[-1].partition("/")[0]
        env = known.env if known.env is not None else f"BOXSCORE_{long.removeprefix('--').replace('-', '_').upper()}"
        kind, parser = _click_type(hint.__origin__)
        info = typer.Option(
            *known.flags,
            help=known.help.replace("[", r"\["),
            metavar=known.metavar,
            rich_help_panel=(known.panel or GRADING) if panelled else None,
            envvar=env or None,
            show_envvar=False,
            parser=_reader(known.read) if known.read is not None else parser,
        )
        several = get_origin(hint.__origin__) in {tuple, Mapping}
        default = (default or None) if several else default
        if known.read is not None:
            kind = list[str] if several else str
            kind = kind | None if default is None else kind
        hint = Annotated[kind, info]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _click_type(hint: Any) -> tuple[Any, Callable[[str], Any] | None]:
    """The type that typer parses a text as, and what parses it where typer does not."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _click_type(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        kind, parser = _click_type(inner)
        return kind | None, parser
    if origin is Mapping:
        return list[str] | None, None
    if origin is tuple:
        kind, parser = _click_type(get_args(hint)[0])
        return list[kind] | None, parser  # type: ignore[valid-type]
    if hint is Path:
        return Path, given_path
    return hint, None


def _reader(read: Callable[[str], object]) -> Callable[[str], object]:
    def parse(text: str) -> object:
        try:
            return read(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse


def given_path(text: str) -> Path:
    """Read a path; none at all, as an unset variable leaves it, is not the current folder."""
    if not text:
        raise typer.BadParameter("the path is empty; the current folder is '.'")
    return Path(text)


def read_pairs(texts: Iterable[str], flag: str) -> Mapping[str, str]:
    """Read texts such as NAME=VALUE."""
    found: dict[str, str] = {}
    for text in texts:
        name, is_pair, value = text.partition("=")
        if not is_pair or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=flag)
        if name in found:
            raise typer.BadParameter(f"{name} is given twice: {found[name]!r} and {value!r}", param_hint=flag)
        found[name] = value
    return found
