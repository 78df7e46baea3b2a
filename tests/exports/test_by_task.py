"""Files of EvalPlus' family: names, ids and statuses as its programs have them, of runs with one and several sets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.cli.report import export_command
from boxscore.errors import UsageError
from boxscore.records import Outcome
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def like(program: str, *, out: str | None = None, force: bool = False) -> None:
    export_command("r", to=program, out=out, force=force, quiet=True)


def document(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_evoeval_has_files_for_each_set(place: Path) -> None:
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


@pytest.mark.parametrize("program", ["evalplus", "evoeval"])
def test_other_benchmarks_are_refused(place: Path, program: str) -> None:
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
