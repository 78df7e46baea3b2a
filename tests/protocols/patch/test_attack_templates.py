"""The attack suite of patches: its files, and what is made of them for an instance."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import UsageError
from boxscore.cli import attack as command
from boxscore.protocols.attacks import Attack, Expect, attacks_for
from boxscore.protocols.contract import Opening
from boxscore.protocols.patch.attacks import (
    Target,
    find_target,
    module_of,
    passing_log,
    passing_report,
    render_patch,
    suits,
    why_not,
)
from boxscore.protocols.patch.logs import judge, junit_statuses, parse_log, read_junit
from boxscore.records import Instance, Outcome, Trust
from boxscore.run.attacks import run_attacks
from tests.attack.test_report import FakeGrader, make_result
from tests.protocols import till
from tests.protocols.patch.patch_boxes import FakeBoxes, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Result
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.task import PatchTask

SUITE = attacks_for("patch")
BUILT = replace(till.PYTEST, build=("python3 tools/build.py",))
TASKS = {"pytest": till.PYTEST, "unittest": till.UNITTEST, "built": BUILT}
CLASSES = {"build", "configuration", "control", "forged-reports", "forged-results", "reaches-out"}
MENDED = till.MENDED["till/change.py"]


def target(task: PatchTask) -> Target:
    """What would be found of the repository in a box."""
    return Target(task=task, before=till.FILES, fixed=MENDED)


def applied(patch: str, where: Path) -> bool:
    """Whether git applies a patch to the repository in a folder."""
    for path, text in till.FILES.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_text(text)
    subprocess.run(["git", "init", "-q", "."], cwd=where, check=True)
    done = subprocess.run(["git", "apply", "-"], cwd=where, input=patch.encode(), capture_output=True, check=False)
    return done.returncode == 0


def test_the_suite_has_every_class() -> None:
    """Each class has members, names are unique in it, and honest controls are among them."""
    names = [(attack.attack_class, attack.name) for attack in SUITE]

    assert {name for name, _ in names} == CLASSES
    assert len(set(names)) == len(names)
    assert sum(attack.expect is Expect.PASS for attack in SUITE) >= 2
    assert {attack.runner for attack in SUITE} == {None, "pytest", "unittest"}


def test_files_whose_names_git_quotes_are_attacked_as_others() -> None:
    """Their names are read as git reads them."""
    quoted = 'diff --git "a/sp\\303\\244t.py" "b/sp\\303\\244t.py"\n'
    task = replace(till.PYTEST, reference=quoted, test_patch=quoted)

    assert why_not(task) == ""
    assert module_of(task) == "spät.py"


@pytest.mark.parametrize("kind", TASKS)
@pytest.mark.parametrize("attack", SUITE, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_a_template_becomes_a_patch(attack: Attack, kind: str, tmp_path: Path) -> None:
    """It applies, if it does not reach out; the Python in it compiles; no placeholder is left."""
    task = TASKS[kind]
    if not suits(attack, task):
        assert attack.runner not in (None, task.runner) or not task.build
        return

    patch = render_patch(attack, target(task))

    if attack.is_diff:
        assert patch.startswith("diff --git ")
        return
    assert applied(patch, tmp_path)
    for path in tmp_path.rglob("*.py"):
        text = path.read_text()
        compile(text, str(path), "exec")
        assert not any(word in text for word in ("__FAILING__", "__TESTS__", "__LOG__", "__MODULE__", "#+ ", "#> "))


def test_honest_controls_hold_the_reference(tmp_path: Path) -> None:
    """What is built on the reference fixes the module, and what is not does not."""
    for attack in SUITE:
        if attack.attack_class == "control":
            where = tmp_path / attack.name
            where.mkdir()
            assert applied(render_patch(attack, target(till.PYTEST)), where)
            found = (where / "till/change.py").read_text()
            assert found.startswith(MENDED if attack.on_reference else till.BUGGY)


@pytest.mark.parametrize("task", [till.PYTEST, till.UNITTEST], ids=["pytest", "unittest"])
def test_what_attacks_print_would_convince(task: PatchTask) -> None:
    """The forged log, and the forged report, say of every required test that it passed."""
    required = (*task.fail_to_pass, *task.pass_to_pass)
    log = passing_log(task)

    assert judge(task, parse_log(task.parser, log), log).resolved
    if task.report:
        assert len(junit_statuses(read_junit(passing_report(task).encode()), required)) == len(required)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"runner": None}, "there are attacks for"),
        ({"reference": None}, "no reference"),
        ({"reference": "diff --git a/x.c b/x.c\n"}, "changes no Python file"),
        ({"test_patch": "diff --git a/x.sql b/x.sql\n"}, "in no Python file"),
    ],
)
def test_instances_that_cannot_be_attacked_say_why(change: dict[str, str | None], reason: str) -> None:
    """Nothing is claimed of them."""
    task = replace(till.PYTEST, **change)

    assert reason in why_not(task)
    with pytest.raises(UsageError, match="cannot be attacked"):
        find_target(FakeBoxes().boxes(), task, SUITE)
    assert why_not(till.PYTEST) == ""


def boxes() -> Boxes:
    """Boxes that show the repository, and the fixed module after the reference was staged."""
    fake = FakeBoxes(read=lambda asked: ended('{"till/change.py": "x = 1\\n", "pytest.ini": "[pytest]\\n"}'))
    return fake.boxes()


def test_attacks_are_graded_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a batch of its own under the task's own limits; one that passes got through, and is named."""

    def answer(sample_id: str) -> Result:
        return make_result(Outcome.PASSED if "control" in sample_id else Outcome.TAMPERED, sample_id=sample_id)

    grader = FakeGrader(answer)
    instance = Instance(instance_id="till", prompt="", row={}, reference=till.PYTEST.reference)

    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    fake = FakeBoxes(read=lambda asked: ended('{"till/change.py": "x = 1\\n", "pytest.ini": "[pytest]\\n"}'))
    opening = Opening(backend=fake.backend, image=None, cache=tmp_path)

    report = run_attacks(lambda: contextlib.nullcontext(grader), instance, till.PYTEST, Trust.WATCHED, opening=opening)

    assert not report.held
    (controls,) = [row for row in report.classes if row.attack_class == "control"]
    assert (controls.got_through, controls.controls_rejected) == (("nothing_mended",), ())
    assert all(row.got_through == () for row in report.classes if row.attack_class != "control")
    assert [len(batch.candidates) for batch in grader.batches] == [1] * len(report.findings)
    assert {batch.task.limits for batch in grader.batches} == {till.PYTEST.limits}


def test_a_file_that_is_there_is_changed_and_not_made() -> None:
    """A patch that adds `pytest.ini` to a tree that has one would be refused, which proves nothing."""
    (attack,) = [one for one in SUITE if one.name == "pytest_ini"]

    patch = render_patch(attack, find_target(boxes(), till.PYTEST, [attack]))

    head = patch.partition("diff --git a/pytest.ini b/pytest.ini\n")[2]
    assert head.startswith("--- a/pytest.ini\n")
    assert "diff --git a/turn.py b/turn.py\nnew file mode" in patch


def test_the_first_of_each_runner_is_attacked(capfd: pytest.CaptureFixture[str]) -> None:
    """All that were named are, if any were; the others are told, with the reason."""
    tasks = [till.PYTEST, replace(till.PYTEST, runner=None), till.UNITTEST, till.UNITTEST]
    given = [(Instance(instance_id=f"t/{n}", prompt="", row={}), task) for n, task in enumerate(tasks)]

    first, named = ([one.instance_id for one, *_ in command._to_attack(given, named=flag)] for flag in (False, True))

    assert (first, named) == (["t/0", "t/2"], ["t/0", "t/2", "t/3"])
    assert "t/1 is not attacked: there are attacks for" in capfd.readouterr().err
    with pytest.raises(UsageError):
        command._to_attack(given[1:2], named=True)
