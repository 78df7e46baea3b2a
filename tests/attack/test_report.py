"""The attack suite's loader, its rendering and its judging, with a grader that says what it is told to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from boxscore import FunctionTask, Instance, Outcome, Result, Trust, UsageError
from boxscore.protocols.attacks import Attack, Expect, attacks_for, fast_subset
from boxscore.run.attacks import AttackReport, Judgement, judge, run_attacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.contract import Batch

REFERENCE = "def solve(x):\n    return x\n"
CLASSES = {
    "answer-leak",
    "builtins-patch",
    "channel-forge",
    "control",
    "early-exit",
    "environment",
    "equality",
    "exfiltration",
    "exit-code",
    "forged-output",
    "framework-patch",
    "grader-dos",
    "grader-rce",
    "guard-bypass",
    "harness-patch",
    "memory",
    "module-shadow",
    "policy",
    "resource",
    "runner-kill",
    "skip",
    "source-concat",
    "timeout",
    "timing",
    "trace",
    "warm-contamination",
}


class FakeGrader:
    """Answers each candidate by a function of its sample id, and remembers what it was given."""

    def __init__(self, answer: Callable[[str], Result | None]) -> None:
        self.answer = answer
        self.batches: list[Batch] = []

    def grade(self, batch: Batch) -> Iterator[Result]:
        self.batches.append(batch)
        for candidate in batch.candidates:
            result = self.answer(candidate.sample_id)
            if result is not None:
                yield result


def make_result(outcome: Outcome, *, sample_id: str = "x", output: str = "", reason: str = "") -> Result:
    return Result(
        instance_id="tiny/one",
        sample_id=sample_id,
        outcome=outcome,
        trust=Trust.ORACLE,
        output=output,
        reason=reason,
    )


def make_attack(
    expect: Expect, *, name: str = "one", limit: str | None = None, attack_class: str = "control"
) -> Attack:
    source = "__REFERENCE__" if expect is not Expect.FAIL else "def __ENTRY__(): pass"
    return Attack(name=name, attack_class=attack_class, expect=expect, how="it tries", source=source, limit=limit)


def run_with(grader: FakeGrader, attacks: list[Attack], *, reference: str | None = REFERENCE) -> AttackReport:
    instance = Instance(instance_id="tiny/one", prompt="", row={}, reference=reference)
    task = FunctionTask(entry_point="solve", names=("solve",), tests="def check(candidate): pass")
    return run_attacks(
        lambda: contextlib.nullcontext(grader),
        instance,
        task,
        Trust.ORACLE,
        attacks=attacks,
    )


def test_suite_covers_every_class() -> None:
    attacks = attacks_for("function")

    assert {attack.attack_class for attack in attacks} == CLASSES
    assert len({(attack.attack_class, attack.name) for attack in attacks}) == len(attacks)


@pytest.mark.parametrize(
    ("expect", "outcome", "judgement"),
    [
        (Expect.FAIL, Outcome.PASSED, Judgement.GOT_THROUGH),
        (Expect.FAIL, Outcome.WRONG, Judgement.HELD),
        (Expect.FAIL, Outcome.TAMPERED, Judgement.HELD),
        (Expect.FAIL, Outcome.INTERNAL, Judgement.BROKE),
        (Expect.PASS, Outcome.PASSED, Judgement.HELD),
        (Expect.PASS, Outcome.TIMEOUT, Judgement.REJECTED),
        (Expect.PASS, Outcome.INTERNAL, Judgement.BROKE),
        (Expect.ANY, Outcome.PASSED, Judgement.HELD),
        (Expect.ANY, Outcome.WRONG, Judgement.HELD),
    ],
)
def test_judging_by_outcome(expect: Expect, outcome: Outcome, judgement: Judgement) -> None:
    assert judge(make_attack(expect), make_result(outcome)) is judgement


@pytest.mark.parametrize(
    ("outcome", "output", "judgement"),
    [
        (Outcome.PASSED, 'PROBE {"probe": "one", "reached": true}\n', Judgement.REACHED),
        (Outcome.WRONG, 'x\nPROBE {"probe": "one", "reached": true}', Judgement.REACHED),
        (Outcome.PASSED, 'x\nPROBE {"probe": "one", "reached": false, "detail": ""}\n', Judgement.HELD),
        (Outcome.PASSED, 'PROBE {"probe": "another", "reached": false}\n', Judgement.BROKE),
        (Outcome.PASSED, "PROBE {broken\nPROBE []\n", Judgement.BROKE),
        (Outcome.PASSED, "", Judgement.BROKE),
        (Outcome.FORBIDDEN, "", Judgement.HELD),
        (Outcome.SIGNAL, "", Judgement.HELD),
        (Outcome.WRONG, "", Judgement.REJECTED),
    ],
)
def test_judging_a_probe(outcome: Outcome, output: str, judgement: Judgement) -> None:
    assert judge(make_attack(Expect.PROBE), make_result(outcome, output=output)) is judgement


def test_run_grades_one_by_one_in_order() -> None:
    grader = FakeGrader(lambda sample_id: make_result(Outcome.WRONG, sample_id=sample_id))

    report = run_with(grader, [make_attack(Expect.FAIL, name="b"), make_attack(Expect.FAIL, name="a")])

    assert [batch.candidates[0].sample_id for batch in grader.batches] == ["control/b", "control/a"]
    assert grader.batches[0].candidates[0].code == "def solve(): pass"
    assert grader.batches[0].task.limits.cpu_s == 2.0
    assert report.held


def test_report_names_what_did_not_hold() -> None:
    outcomes = {"control/cheat": Outcome.PASSED, "control/honest": Outcome.WRONG, "control/lost": None}

    def answer(sample_id: str) -> Result | None:
        outcome = outcomes[sample_id]
        return None if outcome is None else make_result(outcome, sample_id=sample_id)

    attacks = [
        make_attack(Expect.FAIL, name="cheat"),
        make_attack(Expect.PASS, name="honest"),
        make_attack(Expect.FAIL, name="lost"),
    ]
    report = run_with(FakeGrader(answer), attacks)

    assert not report.held
    (row,) = report.classes
    assert (row.tried, row.got_through, row.controls_rejected, row.broke) == (3, ("cheat",), ("honest",), ("lost",))


def test_an_instance_without_reference_is_refused() -> None:
    with pytest.raises(UsageError, match="reference"):
        run_with(FakeGrader(lambda _: None), [], reference=None)


def test_fast_subset_keeps_every_class_and_waits_for_no_wall() -> None:
    attacks = attacks_for("function")
    kept = fast_subset(attacks)

    assert {attack.attack_class for attack in kept} == CLASSES
    assert all(attack.limit != "wall" for attack in kept)
    limited = [attack.attack_class for attack in kept if attack.limit]
    assert len(limited) == len(set(limited))
