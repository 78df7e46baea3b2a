"""The reports that Web-Bench's own program writes about a run: the same text for the same walks.

Its whitespace is reproduced, so that whatever reads its reports reads these. What a run does not know (an agent's
prompts, tokens) is left empty, as that program leaves what it does not know.
"""

from __future__ import annotations

import math
import operator
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import TYPE_CHECKING

from msgspec import Struct

from .metrics import METRICS, metrics, per_cent
from .walks import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .metrics import Metrics
    from .walks import Walk

PASSED, FAILED = "\u2705", "\u274c"
ORDINALS = ("1st", "2nd")
LEGEND = f"## Evaluation Results\n{PASSED} pass {FAILED} error\n"
TABLE_HEAD = (
    "|   | pass@1 |pass@2 |  error@1 | inputTokens | outputTokens |\n"
    "| ------ |------ |------ |------ | ------ | ------ |"
)
RESULTS_HEAD = (
    f"| Task             | {''.join(f'{one} Result |' for one in ORDINALS)} inputTokens | outputTokens |\n"
    f"| ---------------- | {'----------- | ' * ATTEMPTS} ----------- | ----------- |\n"
)


class Tried(Struct, frozen=True, kw_only=True):
    """One attempt: what it wrote, what was wrong with it, and the name of its picture, if any."""

    passed: bool
    files: Mapping[str, str] = {}
    error: str = ""
    picture: str = ""


class TriedTask(Struct, frozen=True, kw_only=True):
    """A task and the attempts at it."""

    name: str
    attempts: tuple[Tried, ...]
    text: str = ""


class OfficialRun(Struct, frozen=True, kw_only=True):
    """A model's walk through a project, with `init` where it was tried."""

    model: str
    project: str
    walk: Walk
    tasks: tuple[TriedTask, ...]

    @property
    def title(self) -> str:
        """The project's name as the reports write it: `calculator-files` is CalculatorFiles."""
        return "".join(part[:1].upper() + part[1:].lower() for part in self.project.split("-"))


def evaluation_report(runs: Sequence[OfficialRun], exported: str) -> str:
    groups = {"overview": runs, **{f">> {model}": own for model, own in _grouped(runs, lambda one: one.model).items()}}
    rows = [_row(name, _rates(metrics([one.walk for one in own])), gap="  ") for name, own in groups.items()]
    projects = "\n".join(
        f"### {own[0].title}{_project_table(own)}\n  " for own in _grouped(runs, lambda one: one.project).values()
    )
    overview = f"\n{TABLE_HEAD}\n" + "\n".join(rows) + "\n    "
    return f"\n# Evaluation Report\n{_base(exported)}\n\n## Metrics\n\n### Overview\n{overview}\n\n{projects}\n    "


def project_report(runs: Sequence[OfficialRun], exported: str) -> str:
    """The report on one project, with all models."""
    first = runs[0]
    results = "\n".join(f"\n### {one.model}\n{_results(one)}\n" for one in runs)
    return (
        f"\n# Evaluation Report for {first.title}\n{_base(exported, len(first.walk.tasks))}\n\n## Metrics\n"
        f"{_project_table(runs)}\n\n{LEGEND}{results}\n"
    )


def model_report(run: OfficialRun, exported: str) -> str:
    """The report on one project and model, with each attempt."""
    rates = dict(zip(("pass@1", "pass@2", "error@1"), _rates(metrics([run.walk])), strict=True))
    told = "\n".join(f"|{name} | {_number(value)}% |" for name, value in rates.items())
    model = f"* Model: {run.model}" if run.model else ""
    details = "\n".join(
        f"\n### {task.name}\n\t\t\t\t"
        + "\n".join(_attempt(task, number) for number in range(len(task.attempts)))
        + "\n\t\t\t  \n\t\t\t  "
        for task in run.tasks
    )
    return (
        f"\n\t  \n# Evaluation Report for {run.title}\n  \n{model}\n\n\n* Tasks: {len(run.walk.tasks)}\n  \n"
        f"* Exported: {exported}\n\t  \n## Metrics\n\t  \n| Metric | Result |\n| ------ | ------ |\n{told}\n"
        f"|inputTokens|0|\n|outputTokens|0|\n\n\n{LEGEND}{_results(run)}\n  \n## Evaluation Details\n{details}\n"
    )


def _base(exported: str, tasks: int = 0) -> str:
    told = f"* Tasks: {tasks}" if tasks else ""
    return f"\n* AgentMode: Local\n\n{told}\n* Exported: {exported}\n    "


def _project_table(runs: Sequence[OfficialRun]) -> str:
    each = [_rates(metrics([one.walk])) for one in runs]
    sums = [reduce(operator.add, (own[place] for own in each), 0.0) for place in range(len(METRICS))]
    mean = "".join(f" {_fixed(one / len(each))}% |" for one in sums)
    rows = "\n".join(_row(f">> {one.model}", own, gap=" ") for one, own in zip(runs, each, strict=True))
    return f"\n{TABLE_HEAD}\n| overview | {mean} 0 | 0 |\n{rows}\n\n  "


def _row(name: str, rates: Sequence[float], *, gap: str) -> str:
    passes = "".join(f" {_number(value)}% |" for value in rates[:ATTEMPTS])
    errors = "".join(f" {_number(value)}%{gap}|" for value in rates[ATTEMPTS:])
    return f"| {name} | {passes} {errors} 0 | 0 |"


def _results(run: OfficialRun) -> str:
    rows = []
    for task in run.tasks:
        marks = [PASSED if one.passed else FAILED for one in task.attempts[:ATTEMPTS]]
        marks += ["-"] * (ATTEMPTS - len(marks))
        rows.append(f"|{task.name}|{''.join(f'{mark} |' for mark in marks)} 0 | 0 |")
    return f"\n{RESULTS_HEAD}" + "\n".join(rows) + "\n"


def _attempt(task: TriedTask, number: int) -> str:
    one, pad = task.attempts[number], " " * 8
    picture = f"\n*Screenshot:*\n![screenshot-{task.name}-{number}](./{one.picture})\n" if one.picture else ""
    answer = "\n".join(
        f"\n```{path.rpartition('.')[2]}\n{path}\n{text}\n```\n  \n  " for path, text in one.files.items()
    )
    error = f"\n*ErrorMessage:*     \n{one.error}\n" if one.error else ""
    return (
        f"\n#### {ORDINALS[number]} Attempt {PASSED if one.passed else FAILED}\n{pad}\n*Description:*\n{task.text}\n"
        f"{pad}\n{picture}\n{pad}\n    \n*Request:*\n{pad}\n```json\n{{}}\n```\n{pad}\n{pad}\n*Response:*\n\n{answer}\n"
        f"\n\n\n{error}\n"
    )


def _rates(found: Metrics) -> tuple[float, ...]:
    return tuple(per_cent(found.counts[metric], found.tasks) if found.tasks else math.nan for metric in METRICS)


def _number(value: float) -> str:
    """Write a number as JavaScript does: 25 rather than 25.0."""
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")


def _fixed(value: float) -> str:
    return "NaN" if math.isnan(value) else str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _grouped(runs: Sequence[OfficialRun], key: Callable[[OfficialRun], str]) -> dict[str, list[OfficialRun]]:
    found: dict[str, list[OfficialRun]] = {}
    for one in runs:
        found.setdefault(key(one), []).append(one)
    return found
