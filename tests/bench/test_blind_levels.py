"""Levels of instances are found with their references and base commits, outside of boxes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from bench.blind_levels import CAUSES, Found, HostBoxes, causes, failing_alone, level_of, read_level, table
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from pathlib import Path

SYMPY = "PYTHONWARNINGS=ignore bin/test -C --verbose sympy/core/tests/test_expr.py"
DJANGO = "./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1 auth_tests.test_forms"
RIGHT = "def name(): return 'quince marzipan gooseberry'\n"
TEST = """
import fruit, unittest
class T(unittest.TestCase):
    def test_name(self):
        self.assertEqual(fruit.name(), 'quince marzipan gooseberry')
"""
PATCH = (
    "--- a/fruit.py\n+++ b/fruit.py\n@@ -1 +1 @@\n-def name(): return ''\n"
    "+def name(): return 'quince marzipan gooseberry'\n"
)
HEADER = "--- a/test_it.py\n+++ b/test_it.py\n@@ -0,0 +1,5 @@\n"


def task_of(command: str, *failing: str, commit: str = "") -> PatchTask:
    """A task with one command."""
    image = InstanceImage(name="toy__fruit-1", tree="/testbed", repository=("toy/fruit", commit))
    return PatchTask(image=image, fail_to_pass=failing, pass_to_pass=("other",), commands=(command,), parser="unittest")


@pytest.mark.parametrize(
    ("command", "failing", "alone"),
    [
        (SYMPY, ("test_a", "test_b"), "ok/'"),
        (DJANGO, ("test_a (auth_tests.test_forms.Case)",), "--parallel 1 auth_tests.test_forms.Case.test_a"),
        (DJANGO, ("test_a (auth_tests.test_forms.Case.test_a)",), "--parallel 1 auth_tests.test_forms.Case.test_a"),
    ],
)
def test_tests_are_asked_for_by_name(command: str, failing: tuple[str, ...], alone: str) -> None:
    """Tests are asked for by name."""
    task = failing_alone(task_of(command, *failing))

    assert task.commands[0].endswith(alone)
    assert task.pass_to_pass == ()


def test_the_last_of_sympys_tests_is_read(tmp_path: Path) -> None:
    """The last of sympy's tests, which its runner says more of, is read."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "test").write_text('echo "$*"; echo "test_a ok      [OK]"; exit 3\n')
    command = f"set -o pipefail\n{failing_alone(task_of(SYMPY, 'test_a', 'test_b')).commands[0]}"
    done = subprocess.run(
        ["bash", "-c", command.replace("bin/test", "sh bin/test")], cwd=tmp_path, capture_output=True, check=False
    )

    said = b"-C -k test_a test_b --verbose sympy/core/tests/test_expr.py\ntest_a ok\n"
    assert (done.stdout, done.returncode) == (said, 3)


@pytest.mark.parametrize(
    ("command", "failing"), [(DJANGO, "A test that is told by its docstring"), ("pytest t.py", "t.py::test_a")]
)
def test_tests_that_have_no_name_to_ask_for_run_with_the_others(command: str, failing: str) -> None:
    """Tests that have no name to ask for run with the others."""
    task = task_of(command, failing)

    assert failing_alone(task) == task


def test_shares_are_of_instances_whose_reference_passes() -> None:
    """Shares are of instances whose reference passes."""
    found = [Found("a", "x/y", "blind"), Found("b", "x/y", "failed"), Found("c", "z/z", "claim")]

    assert table(found).splitlines()[2:] == [
        "| x/y | 2 | 1 (100%) | 0 (0%) | 0 (0%) | 0 (0%) | 1 |",
        "| z/z | 1 | 0 (0%) | 0 (0%) | 1 (100%) | 0 (0%) | 0 |",
        "| all | 3 | 1 (50%) | 0 (0%) | 1 (50%) | 0 (0%) | 1 |",
    ]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PatchTask, HostBoxes]:
    """An instance of a repository of one commit; skip where no sandbox can be made."""
    tried = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
    if shutil.which("bwrap") is None or subprocess.run(tried, check=False, capture_output=True).returncode:
        pytest.skip("no bubblewrap that works here")
    clone = tmp_path / "repos" / "toy__fruit"
    clone.mkdir(parents=True)
    (clone / "fruit.py").write_text("def name(): return ''\n")
    (clone / "test_it.py").write_text("")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(clone)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "1"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.setenv("BOXSCORE_REPOS", str(clone.parent))
    (tmp_path / "environment" / "bin").mkdir(parents=True)
    (tmp_path / "environment" / "bin" / "python").symlink_to(sys.executable)
    added = "".join(f"+{line}\n" for line in TEST.splitlines())
    task = replace(
        task_of("/usr/bin/python3 -m unittest -v test_it", "test_name (test_it.T.test_name)", commit=commit),
        pass_to_pass=(),
        reference=f"diff --git a/fruit.py b/fruit.py\n{PATCH}",
        test_patch=f"diff --git a/test_it.py b/test_it.py\n{HEADER}{added}",
    )
    return task, HostBoxes(tmp_path / "boxes", task, tmp_path / "environment")


def test_a_reference_that_sends_what_is_hidden_is_blind(instance: tuple[PatchTask, HostBoxes], tmp_path: Path) -> None:
    """A reference that sends what is hidden is blind."""
    task, boxes = instance
    found = level_of(read_level(task), task, boxes, tmp_path / "cache", blind_only=True)

    assert (found.level, found.blind_bits, found.read_bits) == ("blind", 22.0, 22.0), found


def test_an_instance_with_little_to_guess_is_a_claim_by_reading(instance: tuple[PatchTask, HostBoxes]) -> None:
    """What its statement says is no secret, so no run can change that."""
    found = read_level(replace(instance[0], statement=RIGHT))

    assert (found.level, found.read, found.read_bits) == ("claim", True, 0.0)


def test_the_cause_of_a_claim_is_the_first_reader_with_too_little_to_guess(
    instance: tuple[PatchTask, HostBoxes],
) -> None:
    """The cause of a claim is the first reader with too little to guess: here one of the task, or of the old tests."""
    told = read_level(replace(instance[0], statement=RIGHT))
    assert (told.values, told.left) == (1, (22.0, 22.0, 22.0, 0.0))

    rows = causes([told, told._replace(values=0), told._replace(left=(22.0, 22.0, 6.0, 6.0), read_bits=6.0)])
    assert rows.splitlines()[2:7] == [
        f"| {CAUSES[0]} | 1 | 1 | 0 | 0 |",
        f"| {CAUSES[1]} | 0 | 0 | 0 | 0 |",
        f"| {CAUSES[2]} | 0 | 0 | 0 | 0 |",
        f"| {CAUSES[3]} | 1 | 0 | 0 | 1 |",
        f"| {CAUSES[4]} | 1 | 1 | 0 | 0 |",
    ]
    assert rows.endswith("of whatever values: 0 have enough")


def test_a_reference_that_does_not_pass_here_says_nothing(
    instance: tuple[PatchTask, HostBoxes], tmp_path: Path
) -> None:
    """A reference that does not pass here says nothing."""
    task, boxes = instance
    task = replace(task, commands=("exit 1",))
    found = level_of(read_level(task), task, boxes, tmp_path, blind_only=False)

    assert found.level == "failed"


def test_a_program_ends_at_its_time(instance: tuple[PatchTask, HostBoxes]) -> None:
    """A program ends at its time, with all that it started."""
    with instance[1].open() as box:
        assert box.run(["/usr/bin/sleep", "60"], limits=Limits(wall_s=0.2)).limit is LimitName.WALL
        assert box.run(["/usr/bin/sh", "-c", "echo a > /scratch/b; exit 3"]).exit_code == 3
        assert box.get("/scratch/b", max_bytes=9) == b"a\n"
        with pytest.raises(FileNotFoundError):
            box.get("/scratch/c", max_bytes=9)
