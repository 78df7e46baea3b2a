"""What the tasks of all web projects of a run came to, as tables: by level, and where projects stopped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from boxscore.page.records import Chart
from boxscore.page.texts import cell
from boxscore.protocols.shows import Fact
from boxscore.report.numbers import counted
from boxscore.report.web_tasks import task_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.records import WebDetail

MAX_LEVELS, MAX_STOPS = 12, 60
TO_THE_END = "none: it came to its end"


def tasks_facts(projects: Sequence[WebDetail]) -> Iterator[Fact]:
    """How many tasks passed, of all projects that have a verdict."""
    if projects:
        states = [state for detail in projects for state in task_states(detail)]
        passed = sum(state.passed for state in states)
        yield Fact(
            label="tasks passed",
            value=f"{passed:,} of {len(states):,}",
            note=f"of {counted(len(projects), 'project')} graded",
        )


def tasks_charts(projects: Sequence[WebDetail]) -> Iterator[Chart]:
    """Count tasks by level, and projects by the task at which they stopped."""
    if not projects:
        return
    passed: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for state in (state for detail in projects for state in task_states(detail)):
        level = cell(state.level) or "no level"
        every[level] += 1
        passed[level] += state.passed
    table = [
        (level, f"{passed[level]:,}", f"{count:,}", f"{100 * passed[level] / count:.1f} %")
        for level, count in list(every.items())[:MAX_LEVELS]
    ]
    head = ("level", "passed", "of", "share")
    if table:
        title = "Tasks by level"
        yield Chart(chart_id="levels", title=title, svg=None, table=(head, *table))
    stops = Counter(cell(detail.stopped) for detail in projects)
    names = dict.fromkeys(cell(task) for detail in projects for task in detail.tasks)
    rows = [(name, f"{stops[name]:,}") for name in names if stops[name]][:MAX_STOPS]
    rows += [(TO_THE_END, f"{stops['']:,}")] if stops[""] else []
    if rows:
        yield Chart(
            chart_id="stops", title="Tasks at which projects stopped", svg=None, table=(("task", "projects"), *rows)
        )
