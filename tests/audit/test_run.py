"""What an audit finds: one finding of each kind that needs samples to be graded, and nothing where nothing is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.audit.findings import FindingKind, Severity
from boxscore.audit.work import AuditOptions
from boxscore.records import Outcome
from tests.audit.toy import PlainGrading, audited, benchmark, instance

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.audit.findings import Audit, Finding
    from boxscore.records import Instance, Result

ADD = 'def add(a, b):\n    """Add two numbers.\n\n    >>> add(1, 2)\n    3\n    """\n'
SOUND = instance("toy/1", ADD, "    return a + b\n", "assert add(1, 2) == 3\nassert add(5, 9) == 14\n")
FEW = AuditOptions(mutants=4, inputs=10)


def found(audit: Audit | None, kind: FindingKind) -> list[Finding]:
    assert audit is not None
    return [one for one in audit.findings if one.kind is kind]


def test_a_sound_benchmark_has_no_findings(tmp_path: Path) -> None:
    audit, said = audited(benchmark(tmp_path, SOUND), FEW)

    assert audit is not None
    assert (audit.findings, audit.errors, audit.counts) == ((), 0, {})
    assert audit.mutants.made == audit.mutants.killed > 0
    assert (audit.examples, audit.instances, audit.mutants_each, audit.inputs_each) == (1, 1, 4, 10)
    assert audit.gradings == 4 + 6 + audit.mutants.made + 1
    assert said[0] == "references and empty samples"


@pytest.mark.parametrize(
    ("one", "kind", "text"),
    [
        (
            instance("toy/1", ADD, "    return a - b\n", "assert add(1, 2) == 3\n"),
            FindingKind.REFERENCE_FAILS,
            "gold does not pass: wrong: ",
        ),
        (
            instance("toy/1", ADD, "    return a + b\n", "assert not add(0, 0)\n"),
            FindingKind.STUB_PASSES,
            "stub-none, stub-false, stub-zero, stub-empty-text, stub-empty-list",
        ),
        (
            instance("toy/1", ADD.replace("    3\n", "    4\n"), "    return a + b\n", "assert add(1, 2) == 3\n"),
            FindingKind.UNTRUE_EXAMPLE,
            "1 of its prompt's examples: assert add(1, 2) == 4",
        ),
        (instance("toy/1", ADD, "    return a + b\n", "pass\n"), FindingKind.EMPTY_PASSES, "an empty sample passes"),
    ],
)
def test_errors(tmp_path: Path, one: Instance, kind: FindingKind, text: str) -> None:
    audit, _ = audited(benchmark(tmp_path, one), FEW)

    (error,) = found(audit, kind)
    assert (error.severity, error.instance_id) == (Severity.ERROR, "toy/1")
    assert text in error.text


def test_flaky_references(tmp_path: Path) -> None:
    audit, _ = audited(benchmark(tmp_path, SOUND), FEW, PlainGrading(flips=(("toy/1", "gold"),)))

    assert [one.text for one in found(audit, FindingKind.FLAKY)] == ["rounds disagree: passed, wrong"]
    assert audit is not None
    assert audit.mutants.made == 0


def test_weak_tests_are_shown_a_wrong_mutant(tmp_path: Path) -> None:
    weak = instance(
        "toy/1",
        'def larger(a, b):\n    """Give the larger number."""\n',
        "    if a > b:\n        return a\n    return b\n",
        "assert larger(1, 7) == 7\nassert larger(2, 9) == 9\nassert larger(3, 4) == 4\n",
    )

    audit, _ = audited(benchmark(tmp_path, weak), AuditOptions(mutants=50))

    (warning,) = found(audit, FindingKind.WEAK_TESTS)
    branch = next(one for one in warning.survivors if one.operator == "branch")
    assert branch.diff.splitlines()[-2:] == ["+    if False:", "         return a"]
    assert branch.differs_on is not None
    assert eval(branch.differs_on, {"larger": lambda a, b: a > b})
    (note,) = found(audit, FindingKind.UNPROVEN_MUTANTS)
    assert "-    if a > b:" in note.survivors[0].diff
    assert "+    if a >= b:" in "".join(one.diff for one in note.survivors)
    assert note.severity is Severity.NOTE
    assert audit is not None
    assert audit.mutants.survived == audit.mutants.differing + audit.mutants.unproven


def test_survivors_that_cannot_be_compared(tmp_path: Path) -> None:
    tests = "for one in range(3):\n    assert add(one, one) >= 0\n"
    audit, _ = audited(
        benchmark(tmp_path, instance("toy/1", ADD, "    return a + b\n", tests)), AuditOptions(mutants=9)
    )

    (warning,) = found(audit, FindingKind.SURVIVING_MUTANTS)
    assert warning.severity is Severity.WARNING
    assert "no other inputs could be made" in warning.text
    assert {one.differs_on for one in warning.survivors} == {None}


def test_a_mutant_that_runs_out_of_time_is_not_known_to_be_wrong(tmp_path: Path) -> None:
    class Slow(PlainGrading):
        def result(self, name: str, sample: str, task: Any, code: str, *, flip: bool = False) -> Result:
            found = super().result(name, sample, task, code, flip=flip)
            late = task.inputs is not None
            return replace(found, outcome=Outcome.TIMEOUT, reason="the kernel's cpu limit") if late else found

    one = instance("toy/1", ADD, "    return a + b\n", "assert add(0, 0) == 0\nassert add(7, 0) == 7\n")
    audit, _ = audited(benchmark(tmp_path, one), AuditOptions(mutants=9), Slow())

    assert found(audit, FindingKind.WEAK_TESTS) == []
    assert found(audit, FindingKind.UNPROVEN_MUTANTS)


def test_examples_that_need_what_the_prompt_does_not_define_are_left_out(tmp_path: Path) -> None:
    prompt = 'def f(tree):\n    """Sum.\n\n    assert f(root) == 3\n    assert f(len([1])) == 1\n    """\n'
    body = "    return tree\n", "assert f(3) == 3\n"

    for head, examples in (("", 1), ("root = 3\n\n\n", 2)):
        audit, _ = audited(benchmark(tmp_path, instance("toy/1", head + prompt, *body)), FEW)

        assert audit is not None
        assert (audit.examples, found(audit, FindingKind.UNTRUE_EXAMPLE)) == (examples, [])


def test_an_instance_without_a_reference(tmp_path: Path) -> None:
    bare = instance("toy/2", ADD, None, "assert add(1, 2) == 3\n")
    given = benchmark(tmp_path, SOUND, bare)

    audit, _ = audited(given, FEW)

    assert [one.instance_id for one in found(audit, FindingKind.NO_REFERENCE)] == ["toy/2"]


@pytest.mark.parametrize("stage", ["answers", "examples"])
def test_an_interrupted_audit_finds_nothing(tmp_path: Path, stage: str) -> None:
    grading = PlainGrading()
    grading.stopped_before = stage

    audit, _ = audited(benchmark(tmp_path, SOUND), FEW, grading)

    assert audit is None
    assert stage not in grading.parts
