"""Inputs like those of the tests, on which programs are compared with the reference; and the cache of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.cache import write_cached
from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.function.likeness import differing
from boxscore.protocols.function.protocol import PROTOCOL
from boxscore.protocols.function.reference import ReferenceAnswers, ReferenceCache
from boxscore.protocols.function.task import FunctionTask, Inputs
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.contract import Likeness


REFERENCE = (
    "def f(words, most):\n    if most > 3:\n        raise ValueError\n    return [one[:most] for one in words]\n"
)
TESTS = "def check(g):\n    assert g(['abc', 'bd'], 2) == ['ab', 'bd']\n    assert g(['d'], 4 - 3) == 1\n\n\ncheck(f)\n"
TASK = FunctionTask(entry_point="f", names=("f",), tests=TESTS, reference=REFERENCE)


def made(task: FunctionTask, most: int = 30, seed: int = 0) -> Likeness:
    found = PROTOCOL.likeness(task, most=most, seed=seed)
    assert found is not None
    return found


def arguments(found: Likeness) -> list[tuple[Any, ...]]:
    assert isinstance(found.task, FunctionTask)
    assert found.task.inputs is not None
    return list(found.task.inputs.arguments)


def test_inputs_are_like_those_that_tests_write_out() -> None:
    found = made(TASK)
    given = arguments(found)

    assert len(set(map(repr, given))) == len(given) > 10
    assert (["abc", "bd"], 2) not in given
    for words, most in given:
        assert {letter for one in words for letter in one} <= set("abcd")
        assert 1 <= len(words) <= 3
        assert 1 <= most <= 5
    assert found.inputs[0] == f"f({given[0][0]!r}, {given[0][1]!r})"


@pytest.mark.parametrize(
    "task",
    [
        replace(TASK, reference=None),
        replace(TASK, reference="class f:\n    pass\n"),
        replace(TASK, reference="def f(:"),
        replace(TASK, tests="assert f(*x) == 1\n"),
        replace(TASK, tests="assert f() == 1\n"),
        replace(TASK, tests="assert f(:"),
    ],
)
def test_nothing_to_compare_with(task: FunctionTask) -> None:
    assert PROTOCOL.likeness(task, most=5, seed=0) is None


def test_asserts_alone() -> None:
    task = PROTOCOL.on_asserts(replace(TASK, helpers="import math\n"), ("assert f([], 0) == []",))

    assert task is not None
    assert (task.tests, task.inputs, task.helpers) == ("assert f([], 0) == []\n", None, "import math\n")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (REFERENCE, Outcome.PASSED),
        (REFERENCE.replace("ValueError", "KeyError"), Outcome.PASSED),
        (REFERENCE.replace("[:most]", "[1:most]"), Outcome.WRONG),
        (REFERENCE.replace("return", "while True:\n        pass\n    return"), Outcome.WRONG),
    ],
)
def test_programs_are_compared_in_a_box(local_backend: Any, tmp_path: Any, code: str, outcome: Outcome) -> None:
    found = made(TASK)
    candidate = Candidate(sample_id="0", code=code + found.behind)
    batch = Batch(instance_id="i", task=found.task, trust=Trust.ORACLE, candidates=(candidate,))

    with PROTOCOL.open(Opening(backend=local_backend, image=None, cache=tmp_path)) as grader:
        (result,) = grader.grade(batch)

    assert (result.outcome, result.reason == "") == (outcome, outcome is Outcome.PASSED)
    number = differing(result.reason)
    assert number is None or number < len(found.inputs)


ANSWERS = ReferenceAnswers(encoded=(b"vT", b"vN"), cpu_s=(0.1, 0.2), identical=(True, True))
INPUTS = Inputs(arguments=((1,), (2,)))


def task(**fields: Any) -> FunctionTask:
    return FunctionTask(**({"entry_point": "f", "names": ("f",), "reference": "def f(x): return x"} | fields))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"not msgpack",
        msgspec.msgpack.encode(ANSWERS)[:-3],
        msgspec.msgpack.encode({"answers": ["text"], "cpu_s": "soon", "identical": []}),
        msgspec.msgpack.encode([1, 2, 3]),
    ],
)
def test_a_strange_file_is_ignored(tmp_path: Path, data: bytes) -> None:
    cache = ReferenceCache(tmp_path, "here")
    path = cache.path(task(), INPUTS)
    write_cached(path, data)

    assert cache.read(path) is None


def test_a_damaged_truth_is_ignored(tmp_path: Path) -> None:
    """One flipped bit is another answer, by which the reference itself would be wrong: it is not believed."""
    cache = ReferenceCache(tmp_path, "here")
    path = cache.path(task(), INPUTS)
    cache.write(path, ANSWERS)
    path.write_bytes(
        path.read_bytes().replace(ANSWERS.encoded[0], bytes([ANSWERS.encoded[0][0] ^ 1]) + ANSWERS.encoded[0][1:])
    )

    assert cache.read(path) is None
    assert cache.seconds(task(inputs=INPUTS)) == pytest.approx(0.0)


def test_the_key_is_all_that_the_answers_depend_on(tmp_path: Path) -> None:
    here, there = ReferenceCache(tmp_path, "here"), ReferenceCache(tmp_path, "there")

    paths = [
        here.path(task(), INPUTS),
        here.path(task(reference="def f(x): return x + 1"), INPUTS),
        here.path(task(entry_point="g"), INPUTS),
        here.path(task(), Inputs(arguments=((1,), (3,)))),
        here.path(task(), Inputs(arguments=((1,), (2.0,)))),
        there.path(task(), INPUTS),
    ]

    assert len(set(paths)) == len(paths)
    assert here.path(task(), Inputs(arguments=((1,), (2,)), base=1)) == paths[0]
