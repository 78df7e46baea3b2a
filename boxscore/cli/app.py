"""The command line: which commands there are, and how what they come to becomes an exit code.

Exit codes: 0 done · 1 something is not as required · 2 bad usage or input · 3 infrastructure failed · 4 inconclusive ·
130 interrupted · 141 the reader of standard output went away.
"""

from __future__ import annotations

import importlib
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from msgspec import Struct

from boxscore.cli.options import REGISTRY, Command, Group
from boxscore.cli.output import INFRASTRUCTURE, NO_READER, OK, USAGE, say, say_traceback
from boxscore.cli.standard_streams import OutputClosed, finish_output, out_of_files, out_of_reach, prepare_streams
from boxscore.errors import BoxError, BoxscoreError
from boxscore.interrupt import leave, leave_on_signals, threads_remain
from boxscore.log import logging_to
from boxscore.stray_prints import only_answers_on_stdout
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

GRADE, LOOK, DECIDE, AUTHOR, MACHINE = "Grade", "Look", "Decide", "Author", "Machine"


class Listed(Struct, frozen=True):
    """A command, or a group of some, as `boxscore --help` lists it; its module is imported once it is asked for."""

    name: str
    module: str
    panel: str
    summary: str
    is_group: bool = False


LISTED = (
    Listed("demo", "demo", GRADE, "See forged passes fool a plain check, and not boxscore."),
    Listed("grade", "grade", GRADE, "Grade samples that exist. Run the same command again to resume."),
    Listed("run", "run", GRADE, "Ask a model for samples, by an agent if wanted, and grade them."),
    Listed("list", "show", GRADE, "List the benchmarks that are known here."),
    Listed("serve", "serve", GRADE, "Give verdicts over HTTP, from boxes that stay open."),
    Listed("report", "report", LOOK, "Make a run's reports and its page again, and print the table."),
    Listed("show", "show", LOOK, "Show a benchmark, a run, or instances of either."),
    Listed("view", "serve", LOOK, "Show runs in a browser, and follow those that go on."),
    Listed("export", "report", LOOK, "Write a run as other programs read it."),
    Listed("flags", "flags", LOOK, "Show what in patches hints at forged test runs."),
    Listed("compare", "decide", DECIDE, "Compare runs: what is better, by how much, and what broke."),
    Listed("gate", "decide", DECIDE, "Judge a run by its baseline."),
    Listed("plan", "decide", DECIDE, "Say what runs could tell, before they are paid for."),
    Listed("validate", "validate", AUTHOR, "Check a benchmark: gold passes, empty fails, repeats agree."),
    Listed("audit", "audit", AUTHOR, "Say what is wrong with a benchmark's tests and prompts."),
    Listed("attack", "attack", AUTHOR, "Try to forge passes with our own attacks, and count them."),
    Listed("init", "instances", AUTHOR, "Write a working harness, three rows of data and its test."),
    Listed("instances", "instances", AUTHOR, "Make a benchmark of your own repositories.", is_group=True),
    Listed("images", "images", MACHINE, "Plan, build, check and clean images of boxes.", is_group=True),
    Listed("doctor", "doctor", MACHINE, "Say what works here, what is missing and how to get it."),
)
_asked = {"debug": False}  # by the options before the command
_CHOICE = ("backend_passed_over",)  # an event about the choice of a backend


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"boxscore {VERSION}")
        raise typer.Exit(OK)


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", help="Print the traceback of what goes wrong.", envvar="BOXSCORE_DEBUG", show_envvar=False
        ),
    ] = False,
) -> None:
    """Grade code that models write: in sandboxes, with verdicts that are hard to forge, and error bars."""
    del version
    _asked["debug"] = debug


def make_app(listed: Sequence[Listed] = LISTED) -> typer.Typer:
    """Make the app of these commands, whose modules are imported."""
    app = _empty_app("boxscore", add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_root)
    for one in listed:
        importlib.import_module(f"boxscore.cli.{one.module}")
        if one.is_group:
            group = _empty_app(one.name, help=one.summary)
            group.callback()(lambda: None)
            app.add_typer(group, rich_help_panel=one.panel)
            for name in REGISTRY:
                if name.startswith(f"{one.name} "):
                    _add(group, name, name.partition(" ")[2], None)
        else:
            _add(app, one.name, one.name, one.panel)
    return app


def _empty_app(name: str, **more: Any) -> typer.Typer:
    settings = {"help_option_names": ["-h", "--help"]}
    return typer.Typer(
        name=name, cls=Group, no_args_is_help=True, rich_markup_mode=None, context_settings=settings, **more
    )


def _add(app: typer.Typer, key: str, name: str, panel: str | None) -> None:
    app.command(name, cls=Command, rich_help_panel=panel)(REGISTRY[key])


def app_for(args: Sequence[str]) -> typer.Typer:
    """Make the app with the one command that is asked for; where none is named, with summaries in place of all."""
    asked = next((one for one in LISTED if one.name == next(iter(args), "")), None)
    if asked is not None:
        return make_app([asked])
    first = next((one for one in args if not one.startswith("-")), None)
    if any(one.name == first for one in LISTED):  # behind `--debug`
        return make_app([one for one in LISTED if one.name == first])
    app = make_app(())
    for one in LISTED:
        app.command(one.name, help=one.summary, rich_help_panel=one.panel)(lambda: None)
    return app


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`sys.argv` if None) and exit; what goes wrong is told on standard error."""
    if args is not None:
        sys.exit(_ran(list(args)))
    prepare_streams()
    with leave_on_signals(say):
        code = _ran(None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a late one would change the exit code
            signal.signal(number, signal.SIG_IGN)
        if threads_remain():  # a build that nobody waits for any more
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            leave(code)
        sys.exit(code)


def _ran(args: list[str] | None) -> int:
    """Run the command line and return its exit code."""
    try:
        try:
            with (
                only_answers_on_stdout(),
                logging_to(only=_CHOICE),
            ):  # a command with a log of its own puts that in its place
                app_for(sys.argv[1:] if args is None else args)(args)
        except SystemExit as error:
            finish_output()
            return error.code if isinstance(error.code, int) else OK
        except OSError as error:
            raise out_of_files(error) or out_of_reach(error) or error from error
    except OutputClosed as error:
        if not error.reader_left:
            say(str(error))
        return NO_READER if error.reader_left else USAGE
    except BoxscoreError as error:
        if _asked["debug"]:
            say_traceback()
        say("\n  ".join(error.lines()))
        return INFRASTRUCTURE if isinstance(error, BoxError) else USAGE
    except Exception:  # noqa: BLE001 - the outermost border: our own mistake, which must not look like a failed check
        say_traceback()
        return INFRASTRUCTURE
    return OK
