"""EvoEval's sets: names, ids, references, tasks, and what is refused, on rows made here."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import DataError, FunctionTask, Outcome, Sample, SampleKind, SyncGrader
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend

PROMPT = (
    'LIMIT = 3\n\n\ndef double(number, most=LIMIT):\n    """Give twice a number.\n\n    >>> double(1)\n    2\n    """'
)
CODE = "    return number * 2"
ROW = {
    "task_id": "EvoEval/7",
    "prompt": PROMPT,
    "canonical_solution": CODE,
    "entry_point": "double",
    "contract": "",
    "inputs": ["1", "2.5", "[1]*2", "'ab'"],
    "parent": "HumanEval/7",
}


def rows(folder: Path, *given: dict[str, Any]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in given), "utf-8")
    return path


def one(folder: Path, name: str, row: dict[str, Any]) -> tuple[Any, Any]:
    harness = load_harness(f"evoeval@{name}")
    (instance,) = harness.load(rows(folder, row))
    return harness, instance


def test_an_instance_of_a_set_with_inputs_as_text(tmp_path: Path) -> None:
    harness, instance = one(tmp_path, "tool_use", ROW)
    task = harness.task(instance)

    assert (instance.instance_id, instance.cluster) == ("tool_use/EvoEval/7", "HumanEval/7")
    assert instance.reference == f"{PROMPT}\n{CODE}"
    assert harness.extract(
        instance, Sample(instance_id="x", sample_id="0", text="\n" + CODE, kind=SampleKind.COMPLETION)
    ) == (f"{PROMPT}\n{CODE}")
    assert isinstance(task, FunctionTask)
    assert task.inputs is not None
    assert task.inputs.arguments == ((1,), (2.5,), ([1, 1],), ("ab",))
    assert (task.inputs.base, task.inputs.exact_types) == (None, True)
    assert (task.inputs.min_cpu_s, task.inputs.cpu_factor, task.inputs.total_cpu_s) == (1.0, 4.0, 61.0)


def test_inputs_that_are_more_than_data_are_refused(tmp_path: Path) -> None:
    harness, instance = one(tmp_path, "difficult", {**ROW, "inputs": ["1", "open('x')"]})

    with pytest.raises(DataError, match=r"difficult/EvoEval/7: inputs\[1\] calls open, which is not read"):
        harness.task(instance)


ANSWERS = {
    "fenced": f"Sure!\n```python\n{PROMPT}\n{CODE}\n```\nIt doubles.",
    "last of two": f"```python\ndef double(n):\n    return None\n```\nBetter:\n```python\n{PROMPT}\n{CODE}\n```",
    "three spaces": "```\ndef double(number, most=LIMIT):\n   return number * 2\n```",
    "cut short": f"{PROMPT}\n{CODE}\n    if (",
    "end mark": f"{PROMPT}\n{CODE}<|endoftext|>def double(",
    "comment": f"{PROMPT}\n{CODE}\n# And now\ndouble(",
}


@pytest.mark.parametrize("answer", [text for name, text in ANSWERS.items() if name != "end mark"])
def test_answers_are_sanitized_as_officially(tmp_path: Path, answer: str) -> None:
    harness, instance = one(tmp_path, "tool_use", ROW)

    program = harness.extract(instance, Sample(instance_id="x", sample_id="0", text=answer, kind=SampleKind.ANSWER))
    namespace: dict[str, Any] = {}
    exec(program, namespace)

    assert program.startswith("LIMIT = 3\n\n\ndef double(n")
    assert namespace["double"](4) == 8


@pytest.mark.parametrize("answer", ["I cannot.", "def other(): pass", ANSWERS["end mark"], "x = 'def double('"])
def test_answers_without_the_function_hold_no_code(tmp_path: Path, answer: str) -> None:
    harness, instance = one(tmp_path, "tool_use", ROW)

    assert (
        harness.extract(instance, Sample(instance_id="x", sample_id="0", text=answer, kind=SampleKind.ANSWER)) is None
    )


@pytest.mark.data
@pytest.mark.parametrize(("name", "size"), [("difficult", 100), ("combine", 100), ("tool_use", 100), ("verbose", 164)])
def test_published_rows_become_instances(name: str, size: int) -> None:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness(f"evoeval@{name}")
    data = resolve(harness.source)

    instances = harness.load(data.path)

    assert data.published
    assert len({instance.instance_id for instance in instances}) == size
    assert all(instance.reference for instance in instances)


VERDICTS = {
    CODE: Outcome.PASSED,
    "    return number + number": Outcome.PASSED,
    "    return number": Outcome.WRONG,
    "    return float(number * 2) if number == 1 else number * 2": Outcome.WRONG,
    "    return __import__('fractions').Fraction(number * 2) if number == 1 else number * 2": Outcome.WRONG,
    "    return __import__('decimal').Decimal(2) if number == 1 else number * 2": Outcome.WRONG,
    "    return (number * 2) if number != [1, 1] else tuple(number * 2)": Outcome.WRONG,
}


def test_samples_are_graded(tmp_path: Path, local_backend: Backend) -> None:
    harness, instance = one(tmp_path, "difficult", ROW)

    with SyncGrader(backend="local", workers=1) as grader:
        found = {code: grader.grade_task(harness.task(instance), f"{PROMPT}\n{code}\n") for code in VERDICTS}

    assert {code: result.outcome for code, result in found.items()} == VERDICTS
