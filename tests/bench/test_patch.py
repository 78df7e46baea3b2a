"""The race over patches: the records that swebench gets, and what is read off its logs and ours."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bench import patch_field as fields
from bench.patch import Turn, row, summarise, wrong
from bench.patch_field import Graded
from boxscore import InstanceImage, PatchTask
from boxscore.protocols.patch.task import PatchDetail
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from pathlib import Path

TEST_PATCH = """diff --git a/tests/test_it.py b/tests/test_it.py
--- a/tests/test_it.py
+++ b/tests/test_it.py
@@ -1 +1 @@
-old
+new
diff --git a/tests/test_new.py b/tests/test_new.py
new file mode 100644
--- /dev/null
+++ b/tests/test_new.py
@@ -0,0 +1 @@
+added
"""
LOG = """2026-01-02 03:04:05,250 - INFO - Creating container for a...
2026-01-02 03:04:06,000 - INFO - Git diff before:
diff --git a/x b/x
2026-01-02 03:04:09,000 - INFO - Test runtime: 1_002.50 seconds
2026-01-02 03:24:05,750 - INFO - Container a removed successfully.
"""


def task(**changes: Any) -> PatchTask:
    options: dict[str, Any] = {
        "image": InstanceImage(name="a"),
        "fail_to_pass": ("tests/test_it.py::test_a",),
        "pass_to_pass": (),
        "commands": ("pytest -rA --junitxml=/scratch/report.xml tests",),
        "parser": "pytest-v2-v4",
        "build": ("make",),
        "test_patch": TEST_PATCH,
        "reference": "gold",
        **changes,
    }
    return PatchTask(**options)


def graded(kind: str, name: str, resolved: bool, whole_s: float = 3.0) -> dict[tuple[str, str], Graded]:  # noqa: FBT001
    return {(kind, name): Graded(resolved, whole_s, 2.0)}


def test_ids_are_given_as_swebench_reads_them() -> None:
    assert fields.as_read(("tests/test_it.py::test_a[case\\n    when]",)) == ["tests/test_it.py::test_a[case\\n when]"]


def test_script_lays_the_tests(tmp_path: Path) -> None:
    commands = ("cat tests/test_it.py tests/test_new.py > seen",)
    script = fields.eval_script(task(commands=commands, build=("true",))).replace(fields.TREE, str(tmp_path))
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("old\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    (tmp_path / "tests" / "test_it.py").write_text("patched\n")
    (tmp_path / "tests" / "test_new.py").write_text("patched\n")

    done = subprocess.run(
        ["bash", "-c", script.replace("mkdir -p /scratch", "true")], capture_output=True, text=True, check=False
    )

    assert (tmp_path / "seen").read_text() == "new\nadded\n", done.stderr
    assert (tmp_path / "tests" / "test_it.py").read_text() == "old\n"
    assert not (tmp_path / "tests" / "test_new.py").exists()


def test_times_of_an_instance() -> None:
    assert fields.times(LOG) == (1200.5, 1002.5)


def test_our_results(tmp_path: Path) -> None:
    result = Result(
        instance_id="a",
        sample_id="gold",
        outcome=Outcome.PASSED,
        trust=Trust.CLAIM,
        wall_s=3.5,
        detail=PatchDetail(test_s=2.0),
    )
    (tmp_path / "results.jsonl").write_bytes(msgspec.json.encode(result) + b"\n")

    found = fields.read_ours(tmp_path)

    assert found == {"a": Graded(resolved=True, whole_s=3.5, tests_s=2.0)}
    assert found["a"].overhead_s == 1.5


@pytest.mark.parametrize(
    ("kind", "resolved", "mistakes"),
    [("gold", True, 0), ("gold", False, 1), ("nothing", False, 0), ("nothing", True, 1)],
)
def test_wrong_verdicts(kind: str, resolved: bool, mistakes: int) -> None:  # noqa: FBT001
    assert len(wrong(Turn(graded(kind, "a", resolved), 1.0, 1.0), "boxscore", 1)) == mistakes


def test_ratios_are_within_a_round() -> None:
    turns = {"swebench": (20.0, 60.0), "boxscore": (4.0, 3.0)}
    rows = [row(Turn(graded("gold", "a", resolved=True), 9.0, 1.0), "boxscore", 0)]
    for number in (1, 2):
        for name, walls in turns.items():
            whole_s = walls[number - 1]
            rows.append(row(Turn(graded("gold", "a", resolved=True, whole_s=whole_s), whole_s, 1.0), name, number))

    summary = summarise(rows)

    assert summary["ratio"]["wall_s"] == {"median": 12.5, "low": 5.0, "high": 20.0}
    assert summary["ratio"]["overhead_median_s"]["high"] == 58.0
    assert summary["first"]["wall_s"] == 9.0
