"""DS-1000: rows of its shape, the text of an answer on its way to the tests, and what those come to."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore import InputError, Outcome, Sample, SampleKind, SyncGrader, UnittestTask
from boxscore.data.harness_check import findings
from boxscore.data.plugins import load_harness
from boxscore.protocols.registry import protocol_of
from tests.harnesses.ds_1000.ds_rows import BUILTIN, DOUBLED, ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Harness, Instance
    from boxscore.boxes.contract import Backend

LIMITS = {"cpu_s": 20.0, "wall_s": 100.0, "memory_bytes": 512 << 20}


def loaded(folder: Path, rows: Sequence[dict[str, Any]], name: str = "ds-1000") -> tuple[Harness, list[Instance]]:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), "utf-8")
    harness = load_harness(name)
    return harness, list(harness.load(path))


def task_of(harness: Harness, instance: Instance) -> UnittestTask:
    task = harness.task(instance)
    assert isinstance(task, UnittestTask)
    return task


def test_rows_become_sound_tasks(tmp_path: Path) -> None:
    harness, instances = loaded(tmp_path, ROWS)

    assert [problem for one in instances for problem in findings(harness, one)] == []
    for instance in instances:
        task = task_of(harness, instance)
        wanted = ["TestCases.test_execution", "TestCases.test_string"]
        assert list(task.required) == wanted[: 2 if "def test_string(" in instance.row["code_context"] else 1]
        assert protocol_of(task).invalid_reason(task) is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("result = 1\n</code>\nresult = 2", "result = 1\n"),
        ("```python\nresult = 1\n```\nDone.", "\nresult = 1\n"),
        ("<code>\n    return 1\nEND SOLUTION", "\n    return 1"),
        ("    return 1", "    return 1"),
        ("```\nresult = 1\n```", None),
        ("</code>", None),
    ],
)
@pytest.mark.parametrize("kind", [SampleKind.ANSWER, SampleKind.COMPLETION])
def test_tags_are_taken_off_as_officially(tmp_path: Path, answer: str, text: str | None, kind: SampleKind) -> None:
    harness, (instance,) = loaded(tmp_path, [DOUBLED])
    sample = Sample(instance_id=instance.instance_id, sample_id="0", text=answer, kind=kind)

    assert harness.extract(instance, sample) == (None if text is None else f"code = {text!r}\n")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("prompt", None, "prompt"),
        ("code_context", "def test_execution(", "is no Python"),
        ("code_context", "def test(): pass", "defines no test_execution"),
        ("metadata", {"library": "Numpy", "problem_id": "1"}, "a number as problem_id"),
        ("metadata", {"problem_id": 1}, "with a library"),
        ("metadata", "{}", "with a library"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, field: str, value: object, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        loaded(tmp_path, [copy.deepcopy(DOUBLED) | {field: value}])


WRONG = [
    ("result = data", Outcome.WRONG),
    ("result = [2 * one for one in data][:2]", Outcome.WRONG),
    ("pass", Outcome.ERROR),
    ("result =", Outcome.ERROR),
    ("raise SystemExit", Outcome.ERROR),
]


@pytest.mark.bubblewrap
def test_answers_are_graded_as_their_text(tmp_path: Path, local_backend: Backend) -> None:
    harness, instances = loaded(tmp_path, BUILTIN)
    tried = [(one, one.reference or "", Outcome.PASSED) for one in instances]
    tried += [(instances[0], text, outcome) for text, outcome in WRONG]
    tried += [(instances[1], "result = [2 * one for one in data]", Outcome.WRONG)]  # right, but in a loop

    with SyncGrader(backend="local", workers=1) as grader:
        for instance, text, outcome in tried:
            task = task_of(harness, instance)
            limits = msgspec.structs.replace(task.limits, **LIMITS)
            sample = Sample(instance_id=instance.instance_id, sample_id="0", text=text)
            code = harness.extract(instance, sample)
            assert code is not None
            result = grader.grade_task(msgspec.structs.replace(task, limits=limits), code)
            assert result.outcome is outcome, (instance.instance_id, text, result.reason)
