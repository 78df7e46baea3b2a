"""Files of EvalPlus' family: names, ids and statuses as its programs have them, of runs with one and several sets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.cli.export import export_command
from boxscore.errors import UsageError
from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.records import Outcome, SampleKind
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path

STUB = "import os\ndef task_func(a):\n    pass\n"
TESTS = """import unittest
class TestCases(unittest.TestCase):
    def test_a(self):
        self.assertEqual(task_func(1), 1)
"""
ROW = {
    "task_id": "BigCodeBench/7",
    "complete_prompt": "import os\ndef task_func(a):\n    '''Give a.'''\n",
    "instruct_prompt": "Give a.",
    "canonical_solution": "    return a\n",
    "code_prompt": "import os\ndef task_func(a):",
    "test": TESTS,
    "entry_point": "task_func",
    "libs": "['os']",
}
PROGRAM = "def task_func(a):\n    return a\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def like(program: str, *, out: str | None = None, force: bool = False) -> None:
    """`boxscore export r --to PROGRAM`."""
    export_command("r", to=program, out=out, force=force, files_version=None, quiet=True)


def document(path: Path) -> Any:
    """A JSON document."""
    return json.loads(path.read_text("utf-8"))


def lines(path: Path) -> list[Any]:
    """The records of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_evoeval_has_files_for_each_set(place: Path) -> None:
    """Its own ids, which repeat; `plus` only where a set has parts."""
    passed, timeout = Outcome.PASSED, Outcome.TIMEOUT
    given = [
        Given(instance_id="difficult/EvoEval/0", model="m"),
        Given(instance_id="difficult/EvoEval/0", sample_id="1", model="m", outcome=timeout),
        Given(instance_id="creative/EvoEval/0", model="m", outcome=Outcome.ERROR),
        Given(instance_id="creative/EvoEval/1", model="m", outcome=Outcome.INTERNAL),
        Given(
            instance_id="verbose/HumanEval/0",
            model="m",
            outcome=Outcome.WRONG,
            facts={"parts": {"base": passed, "plus": Outcome.WRONG}},
        ),
    ]
    write(place / "r", given, benchmark="evoeval")

    like("evoeval")

    names = {path.name for path in (place / "r-evoeval").iterdir() if path.suffix != "" and path.name[0] != "."}
    sets = {f"m--EvoEval_{one}" for one in ("creative", "difficult", "verbose")}
    assert names == {f"{one}{ending}" for one in sets for ending in (".jsonl", "_eval_results.json")}
    found = document(place / "r-evoeval" / "m--EvoEval_difficult_eval_results.json")
    entry: dict[str, Any] = {
        "task_id": "EvoEval/0",
        "solution": "x",
        "plus_status": None,
        "base_fail_tests": [],
        "plus_fail_tests": [],
    }
    assert found == {"eval": {"EvoEval/0": [{**entry, "base_status": "pass"}, {**entry, "base_status": "timeout"}]}}
    creative = document(place / "r-evoeval" / "m--EvoEval_creative_eval_results.json")["eval"]
    assert {name: [one["base_status"] for one in each] for name, each in creative.items()} == {"EvoEval/0": ["fail"]}
    (verbose,) = document(place / "r-evoeval" / "m--EvoEval_verbose_eval_results.json")["eval"]["HumanEval/0"]
    assert (verbose["base_status"], verbose["plus_status"]) == ("pass", "fail")
    assert lines(place / "r-evoeval" / "m--EvoEval_difficult.jsonl")[0] == {
        "task_id": "EvoEval/0",
        "solution": "x",
    }


def bigcodebench(place: Path, *given: Given, benchmark: str = "bigcodebench", **facts: Any) -> Path:
    """A run with data that is here; returns the exported folder."""
    data = place / "rows.jsonl"
    data.write_text(json.dumps(ROW), "utf-8")
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    write(place / "r", given, benchmark=benchmark, data_path=str(data), data_sha256=digest, **facts)
    like("bigcodebench")
    return place / "r-bigcodebench"


def test_bigcodebench_has_results_and_scores(place: Path) -> None:
    """Programs are calibrated in the results and not in the samples; details are what is known of each test."""
    tests = {"TestCases.test_a": "FAILED", "TestCases.test_b": "PASSED", "TestCases.test_c": "MISSING"}
    reason = "2 of 3 tests did not pass; TestCases.test_a: FAILED: 1 != 2"
    name = "BigCodeBench/7"
    folder = bigcodebench(
        place,
        Given(instance_id=name, text=PROGRAM, model="m"),
        Given(instance_id=name, sample_id="1", text=f"```python\n{PROGRAM}```", kind=SampleKind.ANSWER, model="m"),
        Given(
            instance_id=name,
            sample_id="2",
            text=PROGRAM,
            model="m",
            outcome=Outcome.WRONG,
            facts={"detail": UnittestDetail(tests=tests), "reason": reason},
        ),
        *[
            Given(instance_id=name, sample_id=str(n), model="m", outcome=outcome, facts={"reason": "why"})
            for n, outcome in ((3, Outcome.SYNTAX), (4, Outcome.TIMEOUT))
        ],
    )

    stem = "m--bigcodebench-complete--boxscore-sanitized_calibrated"
    found = document(folder / f"{stem}_eval_results.json")
    entries = found["eval"][name]
    assert found["date"] == "2026-11-28 10:11"
    assert [one["status"] for one in entries] == ["pass", "pass", "fail", "fail", "timeout"]
    assert [one["details"] for one in entries] == [
        {},
        {},
        {"test_a": f"FAILED: {reason}\n", "test_c": "MISSING\n"},
        {"ALL": "why"},
        {"ALL": "why"},
    ]
    assert all(one["solution"].startswith(STUB) and one["solution"].count(STUB) == 1 for one in entries)
    assert [one["solution"] for one in lines(folder / f"{stem}.jsonl")[:2]] == [PROGRAM, PROGRAM]
    scores = document(folder / f"{stem}_pass_at_k.json")
    assert scores == {
        "pass@1": pytest.approx(0.4),
        "pass@5": 1.0,
        "model": "m",
        "split": "complete",
        "subset": "full",
        "calibrated": True,
        "gt_pass_rate": 1.0,
        "failed_tasks": [],
    }


def test_bigcodebench_counts_references_that_fail(place: Path) -> None:
    """They are in the scores and their samples in no file; without the gate nobody knows."""
    given = (
        Given(instance_id="BigCodeBench/7", model="m"),
        Given(instance_id="BigCodeBench/8", model="m", outcome=Outcome.INTERNAL, facts={"unresolvable": True}),
    )
    folder = bigcodebench(place, *given, benchmark="bigcodebench@hard+uncalibrated")

    stem = "m--bigcodebench-hard-complete--boxscore"
    scores = document(folder / f"{stem}_pass_at_k.json")
    assert (scores["gt_pass_rate"], scores["failed_tasks"], scores["pass@1"]) == (0.5, ["BigCodeBench/8"], 1.0)
    assert (scores["subset"], scores["calibrated"]) == ("hard", False)
    assert list(document(folder / f"{stem}_eval_results.json")["eval"]) == ["BigCodeBench/7"]


def test_scores_do_not_say_what_was_not_tried(place: Path) -> None:
    """References that were not graded are neither right nor wrong."""
    folder = bigcodebench(place, Given(instance_id="BigCodeBench/7", model="m"), no_gate=True)

    scores = document(folder / "m--bigcodebench-complete--boxscore-sanitized_calibrated_pass_at_k.json")
    assert (scores["gt_pass_rate"], scores["failed_tasks"]) == (None, None)


@pytest.mark.parametrize("program", ["evalplus", "evoeval", "bigcodebench"])
def test_other_benchmarks_are_refused(place: Path, program: str) -> None:
    """A program's files hold its own ids alone."""
    write(place / "r", [Given(instance_id="tiny/a")])

    with pytest.raises(UsageError, match="knows"):
        like(program)


def test_files_are_replaced_only_by_force(place: Path) -> None:
    write(place / "r", [Given(instance_id="HumanEval/0", model="m")])

    like("evalplus", out="there")
    with pytest.raises(UsageError, match="--force"):
        like("evalplus", out="there")
    like("evalplus", out="there", force=True)
    assert document(place / "there" / "m_eval_results.json")["eval"]
