"""The attack suite against the program protocol: its templates, and what becomes of them in real boxes."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

import pytest

from boxscore import Instance, Trust, narrowed
from boxscore.attack.report import Judgement
from boxscore.boxes.contract import runtime_of
from boxscore.data.plugins import load_harness
from boxscore.protocols.attacks import Attack, Expect, attacks_for, fast_subset, render
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.task import ProgramTask
from boxscore.resources import folder
from boxscore.run.attacks import run_attacks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore import Backend

SUITE = attacks_for("program")
HARNESS = load_harness("tiny-programs")
INSTANCES = {one.instance_id: one for one in HARNESS.load(folder("instances") / "tiny_programs" / "instances.jsonl")}
COSTLY = {"runner-kill", "exit-code", "resource", "timing"}  # boxes or seconds
QUICK = {"read-ahead", "case-contamination", "guard-bypass"}
KNOWS_THE_ANSWER = {  # and gives it too late, in the wrong place, or not alone
    *("raises", "right_but_fails", "right_but_killed", "to_stderr", "many_answers", "rewritten", "invalid_utf8", "nul"),
    *("overtakes", "after_the_deadline", "spins_then_answers", "right_then_spins", "in_children"),
    "grandchild_answers_late",
}


@pytest.mark.parametrize("attack", SUITE, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_template_renders(attack: Attack) -> None:
    code = render(attack, entry="main", reference="print('it\\'s \"right\"')\n")

    assert "__REFERENCE" not in code
    if attack.name == "syntax":
        with pytest.raises(SyntaxError):
            ast.parse(code)
    else:
        ast.parse(code)
    assert (attack.expect is not Expect.FAIL or attack.name in KNOWS_THE_ANSWER) == ("__REFERENCE" in attack.source)
    if attack.expect is Expect.PROBE:
        assert f'"probe": "{attack.name}"' in code


def complaints(place: tuple[Backend, str | None], name: str, attacks: Iterable[Attack]) -> list[str]:
    instance: Instance = INSTANCES[f"tiny-programs/{name}"]
    task = narrowed(HARNESS.task(instance), ProgramTask, instance.instance_id)
    factory = partial(open_program_grader, *place)
    report = run_attacks(factory, instance, task, Trust.ORACLE, attacks=attacks)
    return [
        f"{one.judgement} {one.attack_class}/{one.name}: {one.outcome} {one.reason}"
        for one in report.findings
        if one.judgement is not Judgement.HELD
    ]


def test_fast_suite_holds(backend: Backend, image: str | None) -> None:
    attacks = [one for one in fast_subset(SUITE) if one.attack_class not in COSTLY]
    if backend.name != "local":
        attacks = [one for one in attacks if one.attack_class in QUICK]
    if runtime_of(backend) == "runsc":  # where nobody sees the end of a program while a child holds its output
        attacks = [one for one in attacks if one.name != "daemon"]

    assert complaints((backend, image), "badge", attacks) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["badge", "shelves", "wind", "halves", "purse"])
def test_whole_suite_holds(backend: Backend, image: str | None, name: str) -> None:
    assert complaints((backend, image), name, SUITE) == []
