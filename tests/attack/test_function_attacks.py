"""The attack suite against the function protocol, in real boxes."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import FunctionTask, Inputs, Instance, Trust
from boxscore.attack.report import SLACK_S, Judgement
from boxscore.protocols.attacks import attacks_for, fast_subset
from boxscore.protocols.function.grader import open_function_grader
from boxscore.protocols.function.protocol import ATTACK_LIMITS, PROTOCOL
from boxscore.protocols.function.task import wall_limit_s
from boxscore.resources import folder
from boxscore.run.attacks import run_attacks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Backend
    from boxscore.attack.report import AttackReport
    from boxscore.protocols.attacks import Attack

SLUG = "tiny/flatten-settings"

GULLIBLE = """
def check(candidate):
    print(candidate(1), flush=True)
    for found, wanted in zip(map(candidate, [1, 2, 3]), [2, 3, 4]):
        assert found == wanted
    assert all(map(lambda x: candidate(x) == x + 1, range(3)))
    assert sum(1 for x in range(3) if candidate(x) == x + 1) == 3
    try:
        candidate("x")
    except Exception:
        pass
    else:
        raise AssertionError("no error")

check(solve)
"""
"""Tests in styles that are easily fooled where candidate and tests share a process, or a way to the host."""


# Whether these hold is a matter of the box; of the other classes the box sees nothing that the local one does not.
OF_THE_BOX = {"control", "environment", "exfiltration", "memory", "resource", "runner-kill", "trace"}
OF_OTHERS = 2  # of each class


def some_attacks() -> list[Attack]:
    counted: Counter[str] = Counter()
    chosen = []
    for one in fast_subset(attacks_for("function")):
        counted[one.attack_class] += 1
        if one.attack_class in OF_THE_BOX or counted[one.attack_class] <= OF_OTHERS:
            chosen.append(one)
    return chosen


def attack(
    place: tuple[Backend, str | None],
    cache: Path,
    task: FunctionTask,
    *,
    fast: bool,
    attacks: Sequence[Attack] | None = None,
) -> AttackReport:
    instance = Instance(instance_id=SLUG, prompt="", row={}, reference=task.reference)
    factory = partial(open_function_grader, *place, cache=cache)
    limits = replace(ATTACK_LIMITS, cpu_s=1.0) if fast else None  # what never ends takes all of it
    return run_attacks(factory, instance, task, Trust.ORACLE, fast=fast, attacks=attacks, limits=limits)


def tiny_task() -> FunctionTask:
    lines = (folder("instances") / "tiny" / "instances.jsonl").read_text(encoding="utf-8").splitlines()
    row = next(row for row in map(json.loads, lines) if row["instance_id"] == SLUG)
    entry = row["entry_point"]
    return FunctionTask(
        entry_point=entry,
        names=(entry,),
        tests=f"{row['tests']}\ncheck({entry})\n",
        reference=row["prompt"] + row["reference"],
    )


def gullible_task() -> FunctionTask:
    reference = "def solve(x):\n    return x + 1\n"
    return FunctionTask(entry_point="solve", names=("solve",), tests=GULLIBLE, reference=reference)


def complaints(report: AttackReport) -> list[str]:
    return [
        f"{finding.judgement} {finding.attack_class}/{finding.name}: {finding.outcome} {finding.reason}"
        for finding in report.findings
        if finding.judgement is not Judgement.HELD
    ]


@pytest.mark.parametrize("backend", [pytest.param("docker", marks=pytest.mark.docker)], indirect=True)
def test_attacks_on_the_box_hold(backend: Backend, image: str | None, tmp_path: Path) -> None:
    report = attack((backend, image), tmp_path, tiny_task(), fast=True, attacks=some_attacks())

    assert complaints(report) == []
    assert {one.attack_class for one in report.findings} == {one.attack_class for one in attacks_for("function")}


@pytest.mark.slow  # as the one above and the one below, of which one has fewer attacks and the other looser tests
def test_fast_suite_holds(backend: Backend, image: str | None, tmp_path: Path) -> None:
    assert complaints(attack((backend, image), tmp_path, tiny_task(), fast=True)) == []


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("local", marks=pytest.mark.bubblewrap),
        pytest.param("docker", marks=(pytest.mark.docker, pytest.mark.slow)),
        pytest.param("gvisor", marks=(pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900))),
    ],
    indirect=True,
)
def test_gullible_tests_are_not_fooled(backend: Backend, image: str | None, tmp_path: Path) -> None:
    assert complaints(attack((backend, image), tmp_path, gullible_task(), fast=True)) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whole_suite_holds(backend: Backend, image: str | None, tmp_path: Path) -> None:
    assert complaints(attack((backend, image), tmp_path, tiny_task(), fast=False)) == []


def test_attacks_on_inputs_are_ended_in_time() -> None:
    inputs = Inputs(arguments=((1,),), total_cpu_s=61.0)
    task = FunctionTask(entry_point="solve", names=("solve",), reference="def solve(x): return x", inputs=inputs)

    found = PROTOCOL.under_attack(task)

    assert wall_limit_s(found) < found.limits.wall_s + SLACK_S < wall_limit_s(task)
