"""The attack suite against tests that run beside programs: its templates, and what becomes of them in real boxes."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

import pytest

from boxscore import Trust, UnittestTask, narrowed
from boxscore.attack.report import Judgement
from boxscore.data.plugins import load_harness
from boxscore.protocols.attacks import Attack, Expect, attacks_for, render
from boxscore.protocols.unittest.grader import open_unit_grader
from boxscore.resources import folder
from boxscore.run.attacks import run_attacks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from boxscore import Backend

SUITE = attacks_for("unittest")
HARNESS = load_harness("tiny-units")
INSTANCES = {one.instance_id: one for one in HARNESS.load(folder("instances") / "tiny_units" / "instances.jsonl")}
QUICK = {"case_run", "with_the_key", "send_the_second", "any_object", "no_comparisons", "own_classes"}
FLAGGED = {"agreeable_classes", "source_of_tests", "any_object", "lies_when_copied"}  # pass as claims at most


@pytest.mark.parametrize("attack", SUITE, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_template_renders(attack: Attack) -> None:
    code = render(attack, entry="f", reference="def f(x):\n    return 'it\\'s \"right\"'\n")

    ast.parse(code)
    assert "f" in {getattr(node, "name", "") for node in ast.parse(code).body}
    assert (attack.expect is not Expect.FAIL) == ("__REFERENCE__" in attack.source)


def complaints(backend: Backend, image: str | None, name: str, attacks: Iterable[Attack], cache: Path) -> list[str]:
    instance = INSTANCES[f"tiny-units/{name}"]
    task = narrowed(HARNESS.task(instance), UnittestTask, instance.instance_id)
    factory = partial(open_unit_grader, backend, image, cache=cache)
    report = run_attacks(factory, instance, task, Trust.BLIND, attacks=attacks)
    return [
        f"{one.judgement} {one.attack_class}/{one.name}: {one.outcome} {one.reason}"
        for one in report.findings
        if one.judgement is not Judgement.HELD and (one.judgement is not Judgement.CLAIMED or one.name not in FLAGGED)
    ]


@pytest.mark.docker
def test_some_attacks_hold(docker_backend: Backend, python_image: str, tmp_path: Path) -> None:
    attacks = [one for one in SUITE if one.name in QUICK]

    assert complaints(docker_backend, python_image, "adler-pairs", attacks, tmp_path) == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["adler-pairs", "tally", "rotate-grid", "next-above", "is-leap"])
def test_whole_suite_holds(name: str, docker_backend: Backend, python_image: str, tmp_path: Path) -> None:
    assert complaints(docker_backend, python_image, name, SUITE, tmp_path) == []
