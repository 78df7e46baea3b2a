"""HumanEval Pro and MBPP Pro: rows, answers, tests of the base problem, and how failures are told apart."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore import FunctionTask, GradedRun, InputError, Outcome, Result, Sample, SampleKind, Trust, UsageError
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.data.prompts import render_prompt

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Harness, Instance

ROW: dict[str, Any] = {
    "id": 0,
    "raw_problem": "import math\n# Double it.\ndef double(x):\n",
    "raw_solution": "    return 2 * x\n",
    "new_problem": "# Double all of them.\ndef double_all(xs):\n",
    "new_solution": "    return [double(x) for x in xs]\n",
    "test_code": "\nassert double_all([1]) == [2]\nassert math.isclose(double_all([1.5])[0], 3)\n",
}
BODY = "    return 2 * x\ndef double_all(xs):\n    return [double(x) for x in xs]\n"
CHECKED = "if __name__ == '__main__':\n    print(double_all([1]))\n"


def loaded(folder: Path, name: str = "humaneval-pro@derived", **fields: Any) -> tuple[Harness, Instance]:
    path = folder / "rows.json"
    path.write_text(json.dumps([ROW | fields]), "utf-8")
    harness: Any = load_harness(name)
    if not name.endswith("@derived"):
        harness = harness.narrowed("derived")  # the tests of the base problems are data that is not here
    (instance,) = harness.load(path)
    return harness, instance


def extracted(folder: Path, text: str, kind: SampleKind, name: str = "humaneval-pro@derived") -> str | None:
    harness, instance = loaded(folder, name)
    return harness.extract(instance, Sample(instance_id=instance.instance_id, sample_id="0", text=text, kind=kind))


def test_the_derived_function_alone_is_tested(tmp_path: Path) -> None:
    harness, instance = loaded(tmp_path)
    task = harness.task(instance)

    assert isinstance(task, FunctionTask)
    assert (task.names, task.helpers, task.apart) == (("double_all",), "import math\n", ())
    assert task.reference == instance.reference == "".join(list(ROW.values())[1:5])
    assert (instance.instance_id, harness.parts) == ("HumanEvalPro/0", ())


@pytest.mark.parametrize("answer", [BODY, f"{BODY}```\nIt works.\n```python\n1 / 0\n```"])
def test_a_completion_goes_after_the_base_problem_and_ends_at_a_fence(tmp_path: Path, answer: str) -> None:
    assert extracted(tmp_path, answer, SampleKind.COMPLETION) == ROW["raw_problem"] + BODY


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Here:\n```python\na = 1\n```\nand\n```python\nb = 2\n```\n", "\na = 1\n"),
        ("Here:\n```python\na = 1", "\na = 1"),
        ("Here:\n```\ndef double_all(xs): return xs\n```\n", "def double_all(xs): return xs\n"),
        ("```python\n```", None),
        ("", None),
    ],
)
def test_of_a_chat_answer_the_first_block_is_taken(tmp_path: Path, answer: str, code: str | None) -> None:
    assert extracted(tmp_path, answer, SampleKind.ANSWER) == code


@pytest.mark.parametrize(
    ("behind", "left"),
    [
        (CHECKED, ""),
        (f"# Test\n{CHECKED}", "# Test\n"),
        ("# Test cases\n1 / 0\n", ""),
        ("# Example 1\n1 / 0\n", ""),
        ("# Examples\n1 / 0\n", "# Examples\n1 / 0\n"),
        ("", ""),
    ],
)
def test_sanitized_answers_end_before_a_mark(tmp_path: Path, behind: str, left: str) -> None:
    sanitized = extracted(tmp_path, BODY + behind, SampleKind.SOLUTION, "mbpp-pro@sanitized")

    assert sanitized == BODY + left
    assert extracted(tmp_path, BODY + behind, SampleKind.SOLUTION) == BODY + behind


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("id", "0", "id"),
        ("new_solution", 5, "new_solution"),
        ("test_code", "assert double_all(", "test_code"),
        ("test_code", "assert other([1])", "test_code"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, field: str, value: object, named: str) -> None:
    with pytest.raises(InputError, match=named):
        loaded(tmp_path, "humaneval-pro@derived", **{field: value})


def test_other_parts_are_refused() -> None:
    with pytest.raises(UsageError, match="derived and sanitized"):
        load_harness("humaneval-pro@base")


def test_failures_are_told_apart_as_in_the_paper(tmp_path: Path) -> None:
    harness, _ = loaded(tmp_path)
    ends: list[tuple[Outcome, str | None, dict[str, Outcome]]] = [
        (Outcome.PASSED, None, {"base": Outcome.PASSED, "derived": Outcome.PASSED}),
        (Outcome.WRONG, None, {"base": Outcome.WRONG, "derived": Outcome.WRONG}),
        (Outcome.ERROR, "TypeError", {"base": Outcome.PASSED, "derived": Outcome.ERROR}),
        (Outcome.ERROR, "KeyError", {}),
        (Outcome.TIMEOUT, None, {"base": Outcome.PASSED, "derived": Outcome.TIMEOUT}),
        (Outcome.INTERNAL, None, {}),
    ]
    results = tuple(
        Result(instance_id="HumanEvalPro/0", sample_id=str(number), outcome=outcome, trust=Trust.ORACLE)
        for number, (outcome, _, _) in enumerate(ends)
    )
    run = GradedRun(
        run_id="run",
        folder=tmp_path,
        files=tmp_path / "files",
        instances=("HumanEvalPro/0",),
        samples=(),
        results=tuple(
            msgspec.structs.replace(one, error_type=error, parts=parts)
            for one, (_, error, parts) in zip(results, ends, strict=True)
        ),
        tasks={},
        printed=lambda one: one.output,
    )

    (path,) = harness.write_files(run)  # type: ignore[attr-defined]

    record = json.loads(path.read_text("utf-8"))
    told = {mode: counts for mode, counts in record["modes"].items() if counts["samples"]}
    assert told == {
        "AssertionError": {"samples": 1, "base_passed": 0, "base_failed": 1, "base_untested": 0},
        "TypeError": {"samples": 1, "base_passed": 1, "base_failed": 0, "base_untested": 0},
        "Other": {"samples": 2, "base_passed": 1, "base_failed": 0, "base_untested": 1},
    }
    assert record["error_stats"] == {"Passed": 1, "AssertionError": 1, "TypeError": 1, "KeyError": 1, "Timeout": 1}
    assert len(record["analysis"]) == 5


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "size", "untested"), [("humaneval-pro", 164, {41}), ("mbpp-pro", 378, {50, 260, 289})]
)
def test_base_problems_have_their_own_tests(name: str, size: int, untested: set[int]) -> None:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness(name)
    instances = load_instances(harness, resolve(harness.source).path)

    tasks = {one.row["id"]: harness.task(one) for one in instances}

    assert len(tasks) == size
    for number, task in tasks.items():
        assert isinstance(task, FunctionTask)
        parts = [(one.part, one.names) for one in task.apart]
        assert bool(parts) is (number not in untested), number
        assert all(part == "base" and names != task.names for part, names in parts)


def test_the_prompt_names_both_problems_and_no_test(tmp_path: Path) -> None:
    harness, instance = loaded(tmp_path)

    for variant in ("chat", "chat-1shot", "completion", "completion-1shot", "completion-cot"):
        prompt = render_prompt(harness, instance, variant=variant)
        text = prompt.completion or prompt.messages[-1]["content"]
        assert "def double(x):\n# Double all of them.\ndef double_all(xs):\n" in text
        assert ("assert double_all([1]) == [2]" in text) is variant.endswith("1shot")
        assert "isclose" not in text
