"""The scripts of `bench/`: that they start, what they make, and what they count as equal."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import official, patch
from bench.agreement import compare as agreement
from bench.agreement import swe_bench_pro, swe_rebench
from bench.agreement.mutants import WEIGHTS, Gold, mutants, mutate
from bench.floor import LIMIT_S, Problem, fork_all, passes
from bench.function import make_samples
from boxscore import InstanceImage, PatchTask

BENCH = Path(official.__file__).parent
SCRIPTS = [one for one in sorted(BENCH.rglob("*.py")) if "argparse.ArgumentParser(" in one.read_text("utf-8")]
PROGRAM = '''def total(items, start):
    """Add up."""
    result = start
    for place in range(len(items)):
        if items[place] > 0 and not result < 0:
            result += max(items[place], 2) * 2
    return result
'''


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.stem)
def test_script_starts(script: Path) -> None:
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def by_key(*rows: dict[str, Any]) -> Any:
    return {agreement.key(row): row for row in rows}


def test_each_kind_of_agreement_is_counted() -> None:
    official_rows = [
        {"instance_id": "Mbpp/2", "sample_id": name, "passed": name in "ad", "base": None, "detail": "d"}
        for name in "abcdef"
    ]
    outcomes = {"a": "passed", "b": "timeout", "c": "passed", "d": "wrong", "e": "internal"}
    ours = [
        {"instance_id": "2", "sample_id": name, "outcome": outcome, "parts": {}} for name, outcome in outcomes.items()
    ]

    compared = agreement.compare(by_key(*official_rows), by_key(*ours), "passed")

    counts = {name: count for name, count in compared.items() if isinstance(count, int)}
    assert counts == {
        "both_pass": 1,
        "both_fail": 1,
        "only_boxscore_passes": 1,
        "only_official_passes": 1,
        "no_verdict": 2,
    }
    assert [item["sample_id"] for item in compared["differences"]] == ["c", "d", "e", "f"]


def test_differences_decide_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    compared = official.Compared()
    compared.value("part", "one", 1, 1)
    compared.value("part", "two", 1, 2, reason="on purpose")
    assert compared.show() == 0

    compared.value("part", "three", 1, 2)
    assert compared.show() == 1
    assert "part: three: ours 1, theirs 2" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_mutants() -> None:
    first, second = (list(mutants([Gold("T/1", PROGRAM, "total")], 30, random.Random(1))) for _ in range(2))

    assert first == second
    assert len({text for _, _, text in first}) == 30


@pytest.mark.parametrize("kind", [kind for kind in WEIGHTS if kind != "cut"])
def test_each_kind_of_mutant_is_another_program(kind: str) -> None:
    text = mutate(Gold("T/1", PROGRAM, "total"), kind, random.Random(3))

    assert text is not None
    assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(PROGRAM))


def test_three_in_ten_samples_of_the_race_are_wrong() -> None:
    rows = [
        {"task_id": "T/1", "entry_point": "one", "canonical_solution": "    return 1\n"},
        {"task_id": "T/2", "entry_point": "two", "canonical_solution": "def two():\n    return 2\n"},
    ]
    problems = {"T/1": Problem("def one():\n", "\nassert one() == 1\n"), "T/2": Problem("", "", "two", ((),), (2,))}

    samples = make_samples(rows, 20)
    verdicts = fork_all(samples, lambda sample: passes(problems[sample["task_id"]], sample), 2, LIMIT_S)

    assert len({one.get("solution") or one["completion"] for one in samples}) == 20
    assert sorted((name, passed) for name, _, passed in verdicts) == [
        *(("T/1", False),) * 3,
        *(("T/1", True),) * 7,
        *(("T/2", False),) * 3,
        *(("T/2", True),) * 7,
    ]


TEST_PATCH = """diff --git a/tests/test_it.py b/tests/test_it.py
--- a/tests/test_it.py
+++ b/tests/test_it.py
@@ -1 +1 @@
-old
+new
"""


def test_script_for_swebench_lays_the_tests(tmp_path: Path) -> None:
    task = PatchTask(
        image=InstanceImage(name="a"),
        fail_to_pass=("tests/test_it.py::test_a",),
        pass_to_pass=(),
        commands=("cat tests/test_it.py > seen",),
        parser="pytest-v2-v4",
        test_patch=TEST_PATCH,
    )
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("old\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    (tmp_path / "tests" / "test_it.py").write_text("patched\n")

    script = patch.eval_script(task).replace(patch.TREE, str(tmp_path)).replace("mkdir -p /scratch", "true")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)

    assert (tmp_path / "seen").read_text() == "new\n", done.stderr
    assert (tmp_path / "tests" / "test_it.py").read_text() == "old\n"


@pytest.mark.parametrize("kind", swe_bench_pro.OUTPUTS)
def test_pro_reads_passed_tests_as_the_official_rule_does(kind: str) -> None:
    output = swe_bench_pro.OUTPUTS[kind]([{"name": "a", "status": "PASSED"}, {"name": "b", "status": "PASSED"}])

    assert swe_bench_pro.our_passed(output) == swe_bench_pro.official_passed(output)


@pytest.mark.parametrize(
    ("test", "ours", "theirs", "log", "expected"),
    [
        ("a", "PASSED", "FAILED", "", ""),
        ("a", None, "PASSED,", "", "a word that is no status"),
        ("a", "FAILED", "PASSED", "SUBFAIL a", "a subtest failed"),
        ("[3]", None, "SKIPPED", "", "a count of skipped tests"),
    ],
)
def test_rebench_names_intended_differences(
    test: str, ours: str | None, theirs: str | None, log: str, expected: str
) -> None:
    assert swe_rebench.reason_for(test, ours, theirs, log) == expected
