"""`boxscore show` for samples of web projects: their tasks as a table, and why the one that decided did not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.texts import cut_middle
from boxscore.cli.output import print_lines, print_table
from boxscore.protocols.web.attempts import GivenAttempts, decode_sample
from boxscore.report.numbers import counted
from boxscore.report.web_tasks import deciding, failing_tests, how_far, strip_of, task_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.records import Result, WebAttempt, WebDetail
    from boxscore.report.web_tasks import TaskState

MOST_TESTS, MOST_LOG_BYTES = 20, 16 << 10


def print_project(result: Result, detail: WebDetail, text: str) -> None:
    """Print how far a project got, what became of each of its tasks, and how its sample ended."""
    states = task_states(detail)
    print_lines([f"{how_far(detail, states)} {strip_of(states)}", ""])
    print_table(("task", "level", "outcome", "attempts", "time", "reason"), map(_row, states))
    attempt = deciding(detail)
    if attempt is not None:
        print_lines(_why(attempt))
    printed = (attempt.log if attempt is not None else "") or result.output
    if printed.strip():
        print_lines(["log:", cut_middle(printed.rstrip(), MOST_LOG_BYTES), ""])
    kept = [f"{name} ({len(data):,} bytes)" for name, data in detail.files.items()]
    print_lines([*([f"kept: {', '.join(kept)}"] if kept else []), f"answer: {_about(text)}; --json has all of it", ""])


def _row(state: TaskState) -> tuple[str, ...]:
    times = [one.wall_s for one in state.attempts if one.wall_s is not None]
    reason = state.attempts[-1].reason if state.attempts else ""
    return (
        state.name,
        state.level,
        state.outcome.replace("_", " ") + (f", {state.note}" if state.note else ""),
        str(len(state.attempts)) if state.attempts else "",
        f"{sum(times):.1f} s" if times else "",
        reason,
    )


def _why(attempt: WebAttempt) -> Iterator[str]:
    """The tests that failed at an attempt."""
    failing = list(failing_tests(attempt))
    yield f"{attempt.task}, attempt {attempt.number}: {len(failing)} of {len(attempt.tests)} tests did not pass"
    yield from (f"  {status.lower()}  {test}" for test, status in failing[:MOST_TESTS])
    if len(failing) > MOST_TESTS:
        yield f"  and {len(failing) - MOST_TESTS} more"
    yield ""


def _about(text: str) -> str:
    """What a sample is made of."""
    try:
        given = decode_sample(text)
    except ValueError as error:
        return str(error)
    if isinstance(given, GivenAttempts):
        files = sum(len(one.files) for one in given.attempts)
        return f"{counted(len(given.attempts), 'attempt')}, {counted(files, 'file')}"
    return f"a project of {counted(len(given.files), 'file')}"
