"""Report pages for tests of the front end, written by the page's own writer from heads, rows and details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.page.records import (
    Chart,
    Column,
    Curve,
    Details,
    Diff,
    DiffFile,
    DiffLine,
    Head,
    Lines,
    Section,
    Step,
    Trajectory,
)
from boxscore.page.write import render_page
from boxscore.protocols.shows import Case, Cases, Fact, Facts, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from boxscore.page.records import Scalar

COLUMNS = (
    Column(key="instance", label="Instance", kind="text"),
    Column(key="sample", label="Sample", kind="text"),
    Column(key="outcome", label="Outcome", kind="outcome"),
    Column(key="reason", label="Reason", kind="text"),
    Column(key="wall_s", label="Time", kind="seconds"),
    Column(key="memory", label="Memory", kind="bytes", shown=False),
)
OUTCOMES = ("passed", "wrong", "passed", "timeout", "passed", "internal")
CURVE = Lines(x="k", curves=(Curve(name="", points=((1, 0.5, 0.4, 0.6), (2, 0.7, None, None))),))
CODE = 'def add(a, b):\n    """Add them."""\n    return a + b  # 1\n'
STEPS = tuple(
    Step(
        number=number,
        source="agent",
        title=f"run command {number}",
        text=f"I think {number}",
        observation=f"seen {number}",
        at_s=number * 2.0,
        took_s=1.0,
        tokens=100,
        cost=0.01,
        flags=("reads the history",) if number == 3 else (),
    )
    for number in range(1, 6)
)


def head(rows: int, **changes: object) -> Head:
    fields: dict[str, object] = {
        "kind": "run",
        "title": "Tiny, model-a",
        "boxscore": "0.1.0",
        "score": (Fact(label="pass@1", value="50.0 %", note="40.0 % to 60.0 %"), Fact(label="Passed", value="5 of 10")),
        "facts": (Fact(label="Backend", value="docker"),),
        "warnings": ("2 samples have no verdict",),
        "charts": (Chart(chart_id="k", title="pass@k", drawing=CURVE, table=(("k", "share"), ("1", "0.5"))),),
        "columns": COLUMNS,
        "rows": rows,
        "chunks": (),
        "provenance": (Fact(label="Data", value="tiny.jsonl"),),
        "commands": ("boxscore grade tiny",),
    }
    return Head(**(fields | changes))  # type: ignore[arg-type]


def row(number: int) -> tuple[Scalar, ...]:
    outcome = OUTCOMES[number % len(OUTCOMES)]
    reason = "" if outcome == "passed" else f"case {number} failed"
    wall_s = None if outcome == "internal" else number / 100
    return (f"task/{number // 10}", str(number % 10), outcome, reason, wall_s, 1024 * (number + 1))


def sections() -> tuple[Section, ...]:
    lines = (DiffLine(1, 1, "a = 1"), DiffLine(2, None, "b = 2"), DiffLine(None, 2, "b = 3"))
    cases = (
        Case(test="test_one", outcome="passed", wall_s=0.5),
        Case(test="test_two", outcome="wrong", decided=True, reason="2 is not 3"),
    )
    return (
        Facts(title="Verdict", items=(Fact(label="Outcome", value="wrong"), Fact(label="Trust", value="oracle"))),
        Cases(title="Tests", cases=cases, left_out=7),
        Text(title="Code", text=CODE, language="python"),
        Diff(
            title="Patch", files=(DiffFile(path="src/a.py", added=1, removed=1, hunks=(("@@ -1,2 +1,2 @@", lines),)),)
        ),
        Trajectory(title="What the agent did", steps=STEPS),
        Text(title="Prompt", text="Write add.", opened=False),
    )


def write_page_of(
    path: Path, rows: Sequence[Sequence[Scalar]], details: Iterable[Details], page_head: Head | None = None
) -> Path:
    path.write_text("".join(render_page(page_head or head(len(rows)), rows, details)), "utf-8")
    return path


def write_rows(path: Path, rows: int) -> Path:
    details = (
        Details(sections=(Text(title="Code", text=f"print({number})\n", language="python"),)) for number in range(rows)
    )
    return write_page_of(path, [row(number) for number in range(rows)], details)
