"""The embedded benchmark `tiny-programs`: its files are what they say they are."""

from __future__ import annotations

import contextlib
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, Outcome, ProgramTask, Sample, SampleKind
from boxscore.data.plugins import load_harness
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Instance

ROOT = folder("instances") / "tiny_programs"
HARNESS = load_harness("tiny-programs")
INSTANCES: dict[str, Instance] = {one.instance_id: one for one in HARNESS.load(ROOT / "instances.jsonl")}
ROWS = [one.row for one in INSTANCES.values()]
SAMPLES = [json.loads(line) for line in (ROOT / "samples.jsonl").read_text(encoding="utf-8").splitlines()]


def ran(program: str, stdin: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a Python program of ours prints."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(program, "reference", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def accepted(comparison: dict[str, Any], stdin: str, output: str, expected: str) -> bool:
    """Compare in the plainest way."""
    if comparison["rule"] == "exact":
        return output == expected
    if comparison["rule"] == "numbers":
        pairs = zip(map(float, output.split()), map(float, expected.split()), strict=True)
        return all(math.isclose(one, other, rel_tol=comparison["rel_tol"]) for one, other in pairs)
    if comparison["rule"] == "checker":
        namespace: dict[str, Any] = {}
        exec(comparison["checker"], namespace)
        return bool(namespace["accept"](stdin, output, expected))
    return output.split() == expected.split()


@pytest.mark.parametrize(
    "row", [one for one in ROWS if one["language"] == "python"], ids=lambda row: row["instance_id"]
)
def test_references_print_what_is_expected(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reference in Python is right in every case."""
    for stdin, expected in row["cases"]:
        assert accepted(row["comparison"], stdin, ran(row["reference"], stdin, monkeypatch), expected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["instance_id"])
def test_no_output_that_is_the_same_for_all_is_right(row: dict[str, Any]) -> None:
    """Neither nothing nor the answer to any one case is right in all."""
    checked = row["comparison"]["rule"] == "checker"  # their expected output may be no answer
    for output in ("", *(() if checked else (expected for _, expected in row["cases"]))):
        try:
            assert not all(accepted(row["comparison"], stdin, output, expected) for stdin, expected in row["cases"])
        except ValueError:
            continue  # no numbers, or not as many


HOSTILE = (
    "",
    " ",
    "no",
    "yes",
    "yes 1",
    "yes -1",
    "yes 1 1 1",
    "yes 3 1 2",
    "--5",
    "-",
    "1_0",
    "\u0661",
    "9" * 10_000,
    "nan",
    "\0",
    "yes 99 1",
)


@pytest.mark.parametrize(
    "row", [one for one in ROWS if "checker" in one["comparison"]], ids=lambda row: row["instance_id"]
)
def test_no_output_makes_a_checker_raise(row: dict[str, Any]) -> None:
    """One that raises has no verdict, so a program could choose to have none."""
    for stdin, expected in row["cases"]:
        for output in HOSTILE:
            right = output == "no" and expected.strip() == "no"
            assert accepted(row["comparison"], stdin, output, expected) is right


def test_languages_and_rules() -> None:
    """There are ten problems, some in other languages too, and each rule is used."""
    languages = [row["language"] for row in ROWS]
    assert (languages.count("python"), languages.count("cpp"), languages.count("javascript")) == (10, 2, 2)
    assert {row["comparison"]["rule"] for row in ROWS} == {"exact", "trailing_space", "tokens", "numbers", "checker"}
    assert {row["difficulty"] for row in ROWS} == {"easy", "medium", "hard"}


def test_samples_belong_to_instances_and_expect_known_outcomes() -> None:
    """Each sample has one text, a name of its own within its instance, and an outcome; each instance has both kinds."""
    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES}) == len(SAMPLES) >= 60
    for row in SAMPLES:
        assert row["expect"] == "fail" or Outcome(row["expect"])
        assert len({"solution", "answer"} & row.keys()) == 1
    for name in INSTANCES:
        outcomes = {row["expect"] for row in SAMPLES if row["instance_id"] == name}
        assert "passed" in outcomes
        assert outcomes - {"passed"}
    assert {row["instance_id"] for row in SAMPLES} == INSTANCES.keys()
    assert {row["expect"] for row in SAMPLES} >= {
        *("passed", "wrong", "error", "syntax", "build_failed", "no_code", "signal"),
        *("timeout", "memory", "output_limit", "process_limit"),
    }


def test_a_task_is_a_program() -> None:
    """Language, cases and comparison are those of the row."""
    task = HARNESS.task(INSTANCES["tiny-programs/ferry-cpp"])

    assert isinstance(task, ProgramTask)
    assert (task.language, task.cases[0].stdin, task.cases[0].expected) == ("cpp", "1 2\nST\n", "1\n")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no code", None),
        ("``` \nopen", None),
        ("```python\nfirst\n```\nbetter:\n```py\nsecond\n```\n", "second\n"),
        ("text ```inline``` more\n```\nplain\n```", "plain\n"),
        ("1. This:\n\n   ```python\n   for n in x:\n       n\n   ```\n", "for n in x:\n    n\n"),
        ("", None),
    ],
)
def test_the_last_block_of_an_answer_is_the_program(text: str, code: str | None) -> None:
    """A model may think aloud before."""
    instance = INSTANCES["tiny-programs/lamps"]
    sample = Sample(instance_id=instance.instance_id, sample_id="0", text=text, kind=SampleKind.ANSWER)

    assert HARNESS.extract(instance, sample) == code


def test_the_question_names_the_language() -> None:
    """A model is told what to write, and sees no test."""
    (turn,) = HARNESS.prompt(INSTANCES["tiny-programs/outline-js"])

    assert "JavaScript" in turn["content"]
    assert "deep" not in turn["content"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"language": "cobol"}, "language"),
        ({"cases": [["1"]]}, "cases or comparison"),
        ({"comparison": {"rule": "vague"}}, "cases or comparison"),
        ({"comparison": {"rule": "exact", "more": 1}}, "cases or comparison"),
        ({"comparison": 3}, "cases or comparison"),
    ],
)
def test_a_bad_row_is_told(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    """With its line and field."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + json.dumps(ROWS[1] | change) + "\n", encoding="utf-8")

    with pytest.raises(InputError) as raised:
        HARNESS.load(path)

    assert (raised.value.line, raised.value.field) == (2, field)
