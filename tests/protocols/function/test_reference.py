"""The cache of the reference's answers: nothing else is ever taken for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.cache import write_cached
from boxscore.harness import FunctionTask, Inputs
from boxscore.protocols.function.reference import ReferenceAnswers, ReferenceCache

if TYPE_CHECKING:
    from pathlib import Path

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
