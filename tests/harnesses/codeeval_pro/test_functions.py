"""HumanEval Pro and MBPP Pro: rows, answers, tests of the base problem, and how failures are told apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import Sample, SampleKind
from boxscore.data.plugins import load_harness

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
