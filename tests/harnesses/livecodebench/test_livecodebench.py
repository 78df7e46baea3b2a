"""LiveCodeBench: its rows, its packed tests, its prompt, and tasks made of them."""

from __future__ import annotations

import base64
import json
import pickle
import pickletools
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import DataError, FunctionTask, InputError, ProgramTask, Sample, SampleKind, UsageError
from boxscore.data.plugins import load_harness
from boxscore.protocols.registry import protocol_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Harness, Instance

ADD = {"input": "1 2\n", "output": "3\n", "testtype": "stdin"}
CALL = {"input": "[1, 2]\n3", "output": "6", "testtype": "functional"}


def packed(value: object, protocol: int = 4) -> str:
    text = value if isinstance(value, str | bytes) else json.dumps(value)
    return base64.b64encode(zlib.compress(pickle.dumps(text, protocol=protocol))).decode()


def row(name: str = "abc1_a", **fields: Any) -> dict[str, Any]:
    return {
        "question_title": "Sum",
        "question_content": "Print the sum.",
        "platform": "atcoder",
        "question_id": name,
        "contest_id": "abc1",
        "contest_date": "2024-08-31T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps([ADD]),
        "private_test_cases": packed([ADD | {"input": "5 6", "output": "11"}]),
        "metadata": "{}",
    } | fields


METHOD = row(
    "add-all",
    platform="leetcode",
    starter_code="class Solution:\n    def addAll(self, a: List[int], b: int) -> int:\n        ",
    public_test_cases=json.dumps([CALL]),
    private_test_cases=json.dumps([CALL | {"output": "6"}]),
    metadata='{"func_name": "addAll"}',
)


@pytest.fixture(name="load")
def fixture_load(tmp_path: Path) -> Any:

    def load(*rows: dict[str, Any], name: str = "livecodebench") -> tuple[Harness, list[Instance]]:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
        harness = load_harness(name)
        return harness, list(harness.load(path))

    return load


class TestPacked:
    """Private tests are a pickle, and no pickle is loaded."""

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    @pytest.mark.parametrize("size", [1, 300, 100_000])
    def test_a_pickled_text_is_read(self, load: Any, protocol: int, size: int) -> None:
        tests = [{"input": "ä" * size, "output": "1", "testtype": "stdin"}]
        harness, (instance,) = load(row(private_test_cases=packed(tests, protocol)))

        assert harness.task(instance).cases[1].stdin == "ä" * size

    @pytest.mark.parametrize(
        "private",
        [
            "",
            "{",
            "not base64!",
            base64.b64encode(b"not zlib").decode(),
            packed(["a"])[:-8],
            packed(b"bytes"),
            packed("3"),
            packed("[1]"),
            packed('[{"input": "1", "output": 2, "testtype": "stdin"}]'),
            "[" * 100_000,
            base64.b64encode(zlib.compress(pickle.dumps(["[]"]))).decode(),
            base64.b64encode(zlib.compress(pickle.dumps("[]") + b".")).decode(),
            base64.b64encode(zlib.compress(pickle.dumps("[]")[:-1])).decode(),
            base64.b64encode(zlib.compress(pickle.dumps("[]")[:-1] + b"\x94" * 100 + b".")).decode(),
            base64.b64encode(zlib.compress(pickle.dumps(("[]", "[]")))).decode(),
            base64.b64encode(zlib.compress(b"\x80\x04X\xff\xff\xff\x7f[].")).decode(),
        ],
    )
    def test_anything_else_is_refused(self, load: Any, private: str) -> None:
        harness, (instance,) = load(row(private_test_cases=private))

        with pytest.raises(DataError, match="private_test_cases"):
            harness.task(instance)

    @pytest.mark.parametrize("protocol", [0, 1, 2, 4])
    def test_a_program_in_a_pickle_does_not_run(self, load: Any, tmp_path: Path, protocol: int) -> None:
        target = tmp_path / "ran"

        class Attack:
            def __reduce__(self) -> tuple[Any, ...]:
                return (target.touch, ())

        data = pickle.dumps(Attack(), protocol=protocol)
        assert any(one.name in ("REDUCE", "NEWOBJ") for one, _, _ in pickletools.genops(data))
        harness, (instance,) = load(row(private_test_cases=base64.b64encode(zlib.compress(data)).decode()))

        with pytest.raises(DataError, match="something else than one text"):
            harness.task(instance)

        assert not target.exists()

    def test_a_bomb_is_bounded(self, load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        harness, (instance,) = load(row(private_test_cases=packed("[" + " " * 5_000_000 + "]")))
        module = __import__("sys").modules[type(harness).__module__ + ".problem"]
        monkeypatch.setattr(module.inflated, "__defaults__", (1_000_000,))

        with pytest.raises(DataError, match="more than 1,000,000 bytes"):
            harness.task(instance)


def test_a_program_is_tried_by_all_tests(load: Any) -> None:
    harness, (instance,) = load(row())

    task = harness.task(instance)

    assert isinstance(task, ProgramTask)
    assert [(one.stdin, one.expected) for one in task.cases] == [("1 2\n", "3\n"), ("5 6", "11")]
    assert task.limits.cpu_s == 6.0
    assert protocol_of(task).invalid_reason(task) is None


def test_a_function_is_called(load: Any) -> None:
    harness, (instance,) = load(METHOD)

    task = harness.task(instance)

    assert isinstance(task, FunctionTask)
    assert (task.names, task.contest, task.limits.cpu_s) == (("addAll", "Solution"), True, 8.0)
    assert protocol_of(task).invalid_reason(task) is None


@pytest.mark.parametrize(
    ("output", "expected", "same"),
    [
        ("3", "3\n", True),
        ("\n 3 \n4\n\n", "3\n4", True),
        ("3\n\n4", "3\n4", False),
        ("3 4", "3\n4", False),
        ("3.0 1e2", "3 100", True),
        ("0.1000", "0.1", True),
        ("0.1000000001", "0.1", False),
        ("50000000000000001", "50000000000000000", False),
        ("yes 1.0", "yes 1", False),
        ("", "", True),
        ("1", "", False),
        ("nan", "0", False),
        ("sNaN", "1", False),
        ("1e999999999", "1", False),
        ("1e99999999999999999999", "1", False),
        ("Infinity", "inf", True),
    ],
)
def test_output_is_compared_as_the_benchmark_does(load: Any, output: str, expected: str, same: bool) -> None:  # noqa: FBT001 - a column
    harness, (instance,) = load(row())
    namespace: dict[str, Any] = {}

    exec(harness.task(instance).comparison.checker, namespace)

    assert namespace["accept"]("", output, expected) is same


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\nfirst\n```\ntext\n```python\nsecond\n```\nend", "second"),
        ("```python\nopen", None),
        ("nothing", None),
        ("a ``` b\nmiddle\n``` c", "middle"),
        ("```\n\n```", None),
    ],
)
def test_code_is_between_the_last_two_fences(load: Any, text: str, code: str | None) -> None:
    harness, (_, method) = load(row(), METHOD)

    assert (
        harness.extract(method, Sample(instance_id="add-all", sample_id="0", text=text, kind=SampleKind.ANSWER)) == code
    )


DAYS = {
    "a": row("a", contest_date="2024-07-31T00:00:00"),
    "b": row("b", contest_date="2024-08-01T00:00:00", difficulty="hard"),
    "c": row("c", contest_date="2025-01-31T23:59:59", platform="leetcode"),
    "d": row("d", contest_date="2025-02-01"),
}


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("", "abcd"),
        ("@2024-08..2025-01", "bc"),
        ("@2024-08", "b"),
        ("@2025-01..", "cd"),
        ("@..2024-08-01", "ab"),
        ("@2024-08-02..2025-02-01", "cd"),
        ("@hard", "b"),
        ("@2024-08..2025-01+leetcode", "c"),
        ("@hard+atcoder+2024-08", "b"),
    ],
)
def test_parts_by_date_and_kind(load: Any, part: str, names: str) -> None:
    harness, instances = load(*DAYS.values(), name=f"livecodebench{part}")

    assert "".join(one.instance_id for one in instances) == names
    assert harness.name.startswith("livecodebench" + "@" * bool(part))


@pytest.mark.parametrize("part", ["2024", "2024-08..2024-07", "weekly", "easy+hard", "2024-08+2024-09", "..", "+"])
def test_a_part_that_is_none(part: str) -> None:
    with pytest.raises(UsageError):
        load_harness(f"livecodebench@{part}")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contest_date": "soon"}, "contest_date"),
        ({"public_test_cases": "{}"}, "public_test_cases"),
        ({"public_test_cases": "[{}]"}, "public_test_cases"),
        ({"metadata": "[]"}, "metadata"),
        ({"metadata": '{"func_name": 3}'}, "metadata"),
        ({"starter_code": None}, "starter_code"),
    ],
)
def test_a_bad_row_is_told(load: Any, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as raised:
        load(row(), row("b", **fields))

    assert (raised.value.line, raised.value.field) == (2, field)
