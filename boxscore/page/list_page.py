"""The list of runs as a page, and the message that is shown where a page cannot be made.

What is in `list/` is all that they are made of: no other file and no other host is asked for. Texts from runs are
escaped by the templates, and set as text by the script.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from boxscore.page.write import hash_source
from boxscore.report.numbers import counted, percent
from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.page.run_list import ListedRun

_HERE = Path(__file__).parent / "list"
_NAME_CHARS, _CELL_CHARS, _LINE_CHARS = 120, 80, 2000
_MINUTE = 16  # characters of a time in ISO 8601, up to its minutes


class ListRow(Struct, frozen=True, kw_only=True):
    """A run in the list: texts as they are shown, by the names of their cells."""

    key: str
    name: str
    href: str
    state: str
    comparable: bool
    cells: dict[str, str]


class ListRows(Struct, frozen=True, kw_only=True):
    """What the page of the list asks for again and again."""

    summary: str
    runs: tuple[ListRow, ...]


def list_rows(runs: Sequence[ListedRun]) -> ListRows:
    """What is shown of runs."""
    counts = {
        state: sum(run.state == state for run in runs) for state in ("going on", "interrupted", "refused", "damaged")
    }
    parts = [counted(len(runs), "run")]
    parts += [f"{count:,} {state}" for state, count in counts.items() if count]
    return ListRows(summary=", ".join(parts), runs=tuple(map(_row, runs)))


def list_page(rows: ListRows) -> str:
    """The page of the list."""
    blank = ListRow(
        key="",
        name="",
        href="",
        state="",
        comparable=False,
        cells=dict.fromkeys(("why", "benchmark", "model", "score", "samples", "started", "state"), ""),
    )
    return (
        _environment()
        .get_template("page.html.j2")
        .render(style=_text("page.css"), script=_text("page.js"), summary=rows.summary, runs=rows.runs, blank=blank)
    )


def message_page(title: str, lines: Iterable[str], *, onward: str = "", onward_text: str = "") -> str:
    """A page that says why there is no other; `onward` is an address where it goes on."""
    return (
        _environment()
        .get_template("message.html.j2")
        .render(
            style=_text("page.css"),
            title=printable(title, _LINE_CHARS),
            lines=[printable(line, _LINE_CHARS) for line in lines],
            onward=onward,
            onward_text=printable(onward_text, _LINE_CHARS),
        )
    )


@cache
def list_policy() -> str:
    """The content security policy of both."""
    style, script = map(hash_source, (_text("page.css"), _text("page.js")))
    return (
        f"default-src 'none'; img-src data:; style-src {style}; script-src {script}; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _row(run: ListedRun) -> ListRow:
    return ListRow(
        key=run.key,
        name=printable(run.run_id, _NAME_CHARS),
        href=f"runs/{run.key}/",
        state=run.state,
        comparable=run.state != "damaged" and bool(run.benchmark),
        cells={
            "why": printable(run.why, _LINE_CHARS),
            "benchmark": printable(run.benchmark, _CELL_CHARS) or "-",
            "model": printable(run.model, _CELL_CHARS) or "-",
            "score": _score(run),
            "samples": _samples(run),
            "started": run.started[:_MINUTE].replace("T", " ") or "-",
            "state": run.state if run.state != "finished" or not run.why else "finished, not valid",
        },
    )


def _score(run: ListedRun) -> str:
    if run.score is None:
        return "-"
    value = percent(run.score)
    if run.low is not None and run.high is not None:
        value += f" ({100 * run.low:.1f} to {100 * run.high:.1f})"
    return value if run.metric == "pass@1" else f"{run.metric} {value}"


def _samples(run: ListedRun) -> str:
    if run.state == "damaged":
        return "-"
    return f"{run.samples:,}" if run.samples == run.planned else f"{run.samples:,} of {run.planned:,}"


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
