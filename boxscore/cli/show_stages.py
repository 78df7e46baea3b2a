"""`boxscore show` for samples of projects that grow: their stages as a table, and why the one that decided failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.texts import cut_middle
from boxscore.cli.output import print_lines, print_table
from boxscore.protocols.registry import drawing_of
from boxscore.protocols.shows import Stages, failing_tests, strip_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.shows import Stage, StageAttempt
    from boxscore.records import Result

MOST_TESTS, MOST_LOG_BYTES = 20, 16 << 10


def stages_of(result: Result, answer: str) -> Stages | None:
    """The stages of a result; None where its protocol shows none."""
    return next((one for one in drawing_of(result, answer).sections if isinstance(one, Stages)), None)


def print_stages(result: Result, shown: Stages) -> None:
    """Print how far a project got, what became of each of its stages, and how its sample ended."""
    print_lines([f"{shown.headline} {strip_of(shown.stages)}", ""])
    print_table(("task", "level", "outcome", "attempts", "time", "reason"), map(_row, shown.stages))
    attempt = shown.decided_attempt
    if attempt is not None:
        print_lines(_why(shown.decided[0] if shown.decided else "", attempt))
    printed = (attempt.log if attempt is not None else "") or result.output
    if printed.strip():
        print_lines(["log:", cut_middle(printed.rstrip(), MOST_LOG_BYTES), ""])
    kept = [f"{name} ({size:,} bytes)" for name, size in shown.kept]
    print_lines([*([f"kept: {', '.join(kept)}"] if kept else []), f"answer: {shown.answer}; --json has all of it", ""])


def _row(stage: Stage) -> tuple[str, ...]:
    times = [one.wall_s for one in stage.attempts if one.wall_s is not None]
    reason = stage.attempts[-1].reason if stage.attempts else ""
    return (
        stage.name,
        stage.level,
        stage.outcome.replace("_", " ") + (f", {stage.note}" if stage.note else ""),
        str(len(stage.attempts)) if stage.attempts else "",
        f"{sum(times):.1f} s" if times else "",
        reason,
    )


def _why(stage: str, attempt: StageAttempt) -> Iterator[str]:
    """The tests that failed at an attempt."""
    failing = failing_tests(attempt.tests)
    yield f"{stage}, attempt {attempt.number}: {len(failing)} of {len(attempt.tests)} tests did not pass"
    yield from (f"  {status.lower()}  {test}" for test, status in failing[:MOST_TESTS])
    if len(failing) > MOST_TESTS:
        yield f"  and {len(failing) - MOST_TESTS} more"
    yield ""
