"""The options that commands share: each is declared once, with its variable, its panel and how its value is read.

`command` gives a function its place in the help and, in place of its parameters `request` and `log`, the options that
these are made of.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable  # noqa: TC003 - typer reads annotations
from contextlib import nullcontext
from copy import copy
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from boxscore.cli.help import show_all, show_help

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from typer._click import Context, HelpFormatter

    from boxscore.records import SampleKind
    from boxscore.run.request import Request

GRADE, LOOK, DECIDE, AUTHOR, MACHINE = "Grade", "Look", "Decide", "Author", "Machine"

GRADING, BOXES, RUN_DIRECTORY, OUTPUT, LOG = "Grading", "Boxes", "Run directory", "Output", "Log"
MODEL, AGENT = "Model", "Agent"


def option(*flags: str, help: str, panel: str | None = None, env: str | None = None, **more: Any) -> Any:  # noqa: A002
    """An option with its variable: `BOXSCORE_` and its long spelling, unless `env` is another."""
    long = flags[-1].partition("/")[0]
    variable = env or f"BOXSCORE_{long.removeprefix('--').replace('-', '_').upper()}"
    return typer.Option(
        *flags, help=help.replace("[", r"\["), rich_help_panel=panel, envvar=variable, show_envvar=False, **more
    )


def given_path(text: str) -> Path:
    """Read a path; none at all, as an unset variable leaves it, is not the current folder."""
    if not text:
        raise typer.BadParameter("the path is empty; the current folder is '.'")
    return Path(text)


def path_option(*flags: str, metavar: str, **more: Any) -> Any:
    """An option that takes a path."""
    return option(*flags, metavar=metavar, parser=given_path, **more)


def _real_backend(name: str) -> str:
    if name == "fake":
        raise typer.BadParameter("'fake' runs nothing and is for tests; choose auto, docker or local")
    return name


def _benchmark(more: str = "") -> Any:
    help = f"A benchmark's name, or a path: of a harness file, or of instances (.jsonl).{more}"  # noqa: A001
    return typer.Argument(metavar="BENCH..." if "Several" in more else "BENCH", help=help)


Bench = Annotated[str, _benchmark()]
Benches = Annotated[list[str], _benchmark(" Several are graded together.")]
BenchAlone = Annotated[list[str], _benchmark(" One alone.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run directory, or the id of one below runs/.")]

Only = Annotated[
    list[str] | None, option("-i", "--instance", metavar="ID", help="Only this instance; may be repeated.")
]
Limit = Annotated[int | None, option("--limit", metavar="N", min=1, help="Only the first N instances.")]
Data = Annotated[  # BOXSCORE_DATA names folders to look in, where --data insists on one: the data module reads it
    Path | None,
    typer.Option(
        "--data",
        parser=given_path,
        metavar="PATH",
        rich_help_panel=GRADING,
        help="A data folder, or the benchmark's own data file.",
    ),
]
Backend = Annotated[
    str,
    option(
        "--backend",
        callback=_real_backend,
        metavar="NAME",
        panel=BOXES,
        help="Where boxes are made: auto, docker or local.",
    ),
]
Workers = Annotated[
    int | None,
    option("-j", "--workers", metavar="N", min=1, panel=BOXES, help="Boxes to run in parallel.  [default: cores]"),
]
Timeout = Annotated[
    float | None,
    option(
        "-t",
        "--timeout",
        metavar="SECONDS",
        min=0.01,
        max=86_400,
        panel=GRADING,
        help="Cpu seconds of one sample in place of the benchmark's own limit.",
    ),
]
Json = Annotated[bool, option("--json", panel=OUTPUT, help="Print JSON on standard output and nothing else there.")]
Markdown = Annotated[bool, option("--markdown", panel=OUTPUT, help="Print Markdown, for a pull request or a page.")]
Quiet = Annotated[bool, option("-q", "--quiet", panel=OUTPUT, help="No progress and no notices.")]
Failures = Annotated[
    int, option("--failures", metavar="N", min=0, max=100, panel=OUTPUT, help="Show the first N samples that failed.")
]
DryRun = Annotated[bool, option("--dry-run", panel=OUTPUT, help="Check everything, run nothing.")]
FailUnder = Annotated[
    float | None,
    option("--fail-under", metavar="SHARE", min=0, max=1, panel=OUTPUT, help="Exit with 1 if pass@k is less (0 to 1)."),
]
Page = Annotated[bool, option("--page", panel=OUTPUT, help="Also write the run's page, report.html.")]
AllowDifference = Annotated[
    list[str] | None,
    option(
        "--allow-difference",
        metavar="NAME",
        help="Compare runs that differ in this, such as limits.cpu_s; it is recorded. May be repeated.",
    ),
]
OneK = Annotated[int, option("-k", metavar="K", min=1, env="BOXSCORE_COMPARE_K", help="By pass@K, of one K.")]
Discordance = Annotated[
    float,
    option(
        "--discordance",
        metavar="SHARE",
        min=0.001,
        max=1,
        help="On how many instances single samples of two versions of a system differ.",
    ),
]
Predictions = Annotated[
    list[Path] | None,
    path_option("-p", "--predictions", metavar="PATH", help="A file or folder of samples; may be repeated."),
]
FilesVersion = Annotated[
    str | None,
    option(
        "--files-version",
        metavar="V",
        panel=OUTPUT,
        help="Write the benchmark's own files as that version of its program does, such as 4.1.  [default: the newest]",
    ),
]
Variant = Annotated[
    str | None,
    option(
        "--variant",
        metavar="NAME",
        panel=MODEL,
        help="Which prompt of the benchmark: chat, or completion for base models.  [default: the benchmark's first]",
    ),
]
PromptTemplate = Annotated[
    Path | None,
    path_option(
        "--prompt-template", metavar="FILE", panel=MODEL, help="A Jinja template in place of the benchmark's own."
    ),
]


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read the value of -k."""
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(f"{text!r} is not a list of whole numbers from 1 on, such as 1,5,10", param_hint="-k")
    return numbers


def _trust(text: str) -> object:
    from boxscore.errors import UsageError  # noqa: PLC0415 - keeps --help fast
    from boxscore.records import Trust  # noqa: PLC0415 - as above

    if text not in set(Trust):
        raise UsageError(f"--least-trust must be one of {', '.join(Trust)}, not {text!r}")
    return Trust(text)


# The options that a `Request` is made of: its field, the type and option, the default, and how the value is read.
REQUEST: dict[str, tuple[Any, object, Callable[[Any], object]]] = {
    "only": (Only, None, tuple),
    "limit": (Limit, None, int),
    "k": (
        Annotated[
            str | None,
            option(
                "-k",
                env="BOXSCORE_K",
                metavar="K,…",
                panel=GRADING,
                help="The k of pass@k: 1,5,10.  [default: as samples allow]",
            ),
        ],
        None,
        whole_numbers,
    ),
    "workers": (Workers, None, int),
    "cpu_s": (Timeout, None, float),
    "out": (
        Annotated[
            Path | None, path_option("--out", metavar="DIR", panel=RUN_DIRECTORY, help="The run directory itself.")
        ],
        None,
        Path,
    ),
    "run_id": (
        Annotated[
            str | None,
            option(
                "--run-id",
                metavar="NAME",
                panel=RUN_DIRECTORY,
                help="A run below runs/; the default is made of benchmark, model or samples file, and a digest.",
            ),
        ],
        None,
        str,
    ),
    "data": (Data, None, Path),
    "backend": (Backend, "auto", str),
    "runtime": (
        Annotated[
            str | None,
            option("--runtime", metavar="NAME", panel=BOXES, help="A container runtime of Docker, such as runsc."),
        ],
        None,
        str,
    ),
    "image": (
        Annotated[
            str | None,
            option("--image", metavar="REFERENCE", panel=BOXES, help="An image in place of the benchmark's own."),
        ],
        None,
        str,
    ),
    "strict": (
        Annotated[
            bool,
            option(
                "--strict", panel=BOXES, help="A box of its own for each sample, not a fresh identity in a warm one."
            ),
        ],
        False,
        bool,
    ),
    "on": (
        Annotated[
            str,
            option(
                "--on",
                metavar="WHERE",
                panel=BOXES,
                help="Where the work is done: local, ray (the cluster that runs here, or one of this machine), "
                "ray://HOST:10001.",
            ),
        ],
        "local",
        str,
    ),
    "keep_bytes": (
        Annotated[
            float | None,
            option(
                "--keep-gb",
                metavar="N",
                min=0,
                panel=BOXES,
                help="Remove images of instances that are done while those of the run take more than N GB.",
            ),
        ],
        None,
        lambda gigabytes: int(gigabytes * 1e9),
    ),
    "apply": (
        Annotated[
            str | None,
            option(
                "--apply",
                metavar="HOW",
                panel=GRADING,
                help="How to apply a patch: strict, or a strategy that the benchmark defines.  [default: as it says]",
            ),
        ],
        None,
        str,
    ),
    "reuse": (
        Annotated[
            bool | None,
            option(
                "--reuse/--no-reuse",
                panel=GRADING,
                help="Take over results that earlier runs kept for the same code under the same conditions, and keep "
                "new ones; or grade each sample by itself, those with the same code too, to measure flakiness.",
            ),
        ],
        None,
        bool,
    ),
    "no_alarm": (
        Annotated[
            bool,
            option("--no-alarm", panel=GRADING, help="Continue even if the outcomes suggest that the run is broken."),
        ],
        False,
        bool,
    ),
    "no_gate": (
        Annotated[
            bool,
            option(
                "--no-gate",
                panel=GRADING,
                help="Charge samples whether or not the reference of their instance resolves here.",
            ),
        ],
        False,
        bool,
    ),
    "gate_repeats": (
        Annotated[
            int,
            option(
                "--gate-repeat",
                metavar="R",
                min=1,
                panel=GRADING,
                help="How often the reference of an instance must resolve before its samples are charged.",
            ),
        ],
        1,
        int,
    ),
    "least_trust": (
        Annotated[
            str | None,
            option(
                "--least-trust",
                metavar="LEVEL",
                panel=GRADING,
                help="Withhold passes below this level of trust, such as oracle: no failure, and no reward.",
            ),
        ],
        None,
        _trust,
    ),
}
LOGGING: dict[str, tuple[Any, object]] = {
    "log_format": (
        Annotated[str | None, option("--log-format", metavar="FORM", panel=LOG, help="Log as text or json.")],
        None,
    ),
    "log_level": (
        Annotated[
            str | None,
            option("--log-level", metavar="LEVEL", panel=LOG, help="Log events from debug, info, warning or error on."),
        ],
        None,
    ),
    "log_file": (
        Annotated[
            Path | None, path_option("--log-file", metavar="PATH", panel=LOG, help="Log to the end of this file.")
        ],
        None,
    ),
}
PLACE = ("workers", "cpu_s", "data", "backend", "runtime", "image", "on")


class Command(TyperCommand):
    """A command whose `--help` shows the usual options; `--help-all` shows the rest."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Print the help."""
        del formatter
        show_help(self, ctx)


def command(  # noqa: PLR0913 - what a command is
    app: typer.Typer,
    panel: str | None = None,
    *,
    name: str | None = None,
    request: tuple[str, ...] = (),
    log: bool | str = False,
    usual: tuple[str, ...] = (),
    hidden: bool = False,
) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Make a function a command, which exits with what it returns.

    `request` are the fields of the `Request` that it takes as `request`: with the argument `bench`, unless it takes
    that itself. With `log` it runs while events are logged as the options say, in that form unless they name one.
    `usual` are the parameters that `--help` shows; all if empty.
    """

    def add(function: Callable[..., int | None]) -> Callable[..., int | None]:
        given = inspect.signature(function, eval_str=True, locals={"Request": object}).parameters  # not yet imported
        own = {each: one for each, one in given.items() if each not in {"request", "log_file", "logging"}}
        if request and "bench" not in own:
            own = {"bench": _parameter("bench", Bench)} | own
        shared = {each: _parameter(each, *REQUEST[each][:2]) for each in request}
        if log:
            shared |= {each: _parameter(each, *LOGGING[each]) for each in LOGGING}
        every = {**{each: one for each, one in own.items() if each != "json"}, **shared}
        every |= {"json": own["json"]} if "json" in own else {}
        if usual:
            every["help_all"] = _parameter("help_all", _HELP_ALL, False)  # noqa: FBT003 - a default
        first = [each for each in every if each in usual or every[each].default is inspect.Parameter.empty]
        first.sort(key=lambda each: usual.index(each) if each in usual else -1)
        ordered = [*first, *(each for each in every if each not in first)]

        @functools.wraps(function)
        def run(**values: Any) -> None:
            values.pop("help_all", None)
            logging: AbstractContextManager[None] = nullcontext()
            if log:
                usual_form = log if isinstance(log, str) else None
                logging = _logging(values, quiet=values.get("quiet", False), keep="log_file" in given, usual=usual_form)
            if request:
                fields = {each: values.pop(each) for each in request}
                values["request"] = request_of_options(
                    values["bench"] if "bench" in given else values.pop("bench"), fields
                )
            if "logging" in given:  # what enters it once it is sure that the file may be written
                values["logging"], logging = logging, nullcontext()
            with logging:
                raise typer.Exit(function(**values) or 0)

        parameters = [_panelled(every[each], usual=not usual or each in (*usual, "help_all")) for each in ordered]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name, cls=Command, rich_help_panel=panel, hidden=hidden)(run)
        return function

    return add


def request_of_options(bench: str | list[str] | None, fields: dict[str, Any]) -> Request:
    """Make a request of the values of options; of several benchmarks, that of the first."""
    from boxscore.run.request import Request  # noqa: PLC0415 - keeps --help fast

    read = {
        each: REQUEST[each][2](value)
        for each, value in fields.items()
        if value is not None and value != REQUEST[each][1]
    }
    return Request(benchmark=(bench if isinstance(bench, str) else bench[0]) if bench else "", **read)  # type: ignore[arg-type]


def _parameter(name: str, annotation: object, default: object = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _panelled(parameter: inspect.Parameter, *, usual: bool) -> inspect.Parameter:
    """The parameter as keyword; one of the usual ones is in no panel of its own."""
    annotation = parameter.annotation
    info = next(
        (one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, typer.models.OptionInfo)), None
    )
    if info is not None:
        info = copy(info)
        info.rich_help_panel = None if usual else info.rich_help_panel or GRADING
        annotation = Annotated[annotation.__origin__, info]
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


_HELP_ALL = Annotated[bool, typer.Option("--help-all", is_eager=True, callback=show_all, help="Show all options.")]


def _logging(values: dict[str, Any], *, quiet: bool, keep: bool, usual: str | None) -> AbstractContextManager[None]:
    from boxscore.log import FORMATS, LEVELS, logging_to  # noqa: PLC0415 - keeps --help fast

    for each, allowed in (("log_format", FORMATS), ("log_level", LEVELS)):
        if values[each] is not None and values[each] not in allowed:
            raise typer.BadParameter(
                f"{values[each]!r} is none of {', '.join(allowed)}", param_hint=f"--{each.replace('_', '-')}"
            )
    form, level, file = values.pop("log_format"), values.pop("log_level"), values["log_file"]
    if not keep:
        del values["log_file"]
    return logging_to(file, form=form or usual, level=level, quiet=quiet)


def day(text: str | None, option: str) -> date | None:
    """Read a day such as 2024-08-31."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2024-08-31", param_hint=option) from None


def sample_kind(text: str | None) -> SampleKind | None:
    """Read the value of --as."""
    if text is None:
        return None
    from boxscore.records import SampleKind  # noqa: PLC0415 - keeps --help fast

    kinds = (SampleKind.COMPLETION, SampleKind.SOLUTION, SampleKind.ANSWER)
    if text not in kinds:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(kinds)}", param_hint="--as")
    return SampleKind(text)


def pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """Read texts such as NAME=VALUE."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, is_pair, value = text.partition("=")
        if not is_pair or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
        if name in found:
            raise typer.BadParameter(f"{name} is given twice: {found[name]!r} and {value!r}", param_hint=option)
        found[name] = value
    return found
