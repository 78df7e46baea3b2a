"""What commands print: reports and tables on standard output, notices on standard error."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from boxscore.invisible import escaped
from boxscore.shown_json import printable_json
from boxscore.workflow_commands import without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from boxscore.compare.render import Block
    from boxscore.report.build import Report
    from boxscore.run.prepare import Benchmark


# What a command exits with, beside 128 and the number of the signal that ended it.
OK = 0
UNMET = 1  # the command ran, and a score, a check or an attack is not as required
USAGE = 2
INFRASTRUCTURE = 3
INCONCLUSIVE = 4  # a gate that neither passes nor fails
NO_READER = 141

FEW_IDS = 10  # of many, where a person is told which there are


def print_report(report: Report, folder: Path, *, failures: int, json: bool) -> None:
    """Print the report of a run directory for machines, byte for byte `report.json`, or for people."""
    from boxscore.report.render import render_json, render_terminal

    if json:
        _write(render_json(report))
        return
    with console() as page:
        page.print(render_terminal(report, failures=failures, folder=str(folder)))


def print_blocks(blocks: Sequence[Block], *, markdown: bool) -> None:
    """Print parts of a page for people, in Markdown if asked for."""
    from boxscore.compare.render import render_markdown, render_terminal

    if markdown:
        _write(render_markdown(blocks).encode(errors="replace"))
        return
    with console() as page:
        page.print(render_terminal(blocks))


@contextmanager
def console() -> Iterator[Console]:
    """Give what lays out text for the terminal; it is printed at the end of the block.

    Whoever uses it sees to it that no text drives the terminal: a line that would drive a runner is seen to here.
    """
    from rich.console import Console

    page = Console(width=None if sys.stdout.isatty() else 120)
    with page.capture() as laid_out:
        yield page
    sys.stdout.write(without_commands(laid_out.get()))


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    _write(printable_json(msgspec.json.format(msgspec.json.encode(value), indent=2)) + b"\n")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people, whose rows are named by their first cells."""
    from boxscore.report.tables import NamedRows

    with console() as page:
        page.print(NamedRows(list(map(plain, head)), [tuple(map(plain, row)) for row in rows]))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they are, but for what could drive a terminal."""
    _write("".join(f"{plain(line)}\n" for line in lines).encode(errors="replace"))


def print_ids(ids: Sequence[str], *, json: bool) -> None:
    """Print ids and nothing else, a line each, or as a list of JSON."""
    if json:
        print_json(ids)
    else:
        print_lines(ids)


def plain(text: str) -> str:
    """Text without what could drive a terminal or a runner of workflows, or cannot be seen; line ends stay."""
    return without_commands(escaped(text, kept="\n"))


def say(text: str) -> None:
    """Print a line on standard error, in one unbuffered write: a signal handler may do so too."""
    with suppress(OSError):  # a standard error that is full or gone is no reason to fail
        os.write(2, f"boxscore: {plain(text)}\n".encode(errors="replace"))


def say_traceback() -> None:
    """Print the traceback of what is being handled on standard error: messages in it may hold any text."""
    import traceback

    with suppress(OSError):
        os.write(2, plain(traceback.format_exc()).encode(errors="replace"))


def say_unpublished(benchmark: Benchmark) -> None:
    """Say that a benchmark's data is not the published file, where it is not."""
    say_warnings(benchmark.notices())


def say_warnings(warnings: Iterable[str]) -> None:
    """Print what is odd about samples or data, a line each."""
    for warning in warnings:
        say(f"warning: {warning}")


def _write(data: bytes) -> None:
    """Print text in UTF-8, whatever the locale, as it is but for what would drive a runner of workflows."""
    sys.stdout.flush()
    sys.stdout.buffer.write(without_commands(data.decode()).encode())
    sys.stdout.buffer.flush()


def end_with_page(folder: Path, *, page: bool, quiet: bool, json: bool) -> None:
    """Write the page of a run that has been graded if it is asked for, else tell a person how to come by one."""
    if page:
        write_run_page(folder, quiet=quiet)
    elif not quiet and not json:
        run = shlex.quote(str(folder))
        say(f"in a browser: `boxscore report {run}` writes a page, `boxscore view {run}` serves it")


def write_run_page(folder: Path, *, quiet: bool = False) -> None:
    """Write the page of a run directory beside its reports. Raises InputError, StoreError."""
    from boxscore.page.write import write_page

    path = write_page(folder)
    if not quiet:
        say(f"page: {path}")
