"""Honest programs and the tests that such come with: all pass, at the level that their tests allow.

The shapes are those of data sets for trainers: classes, work in place, iterators, exceptions, linked lists, numpy.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from boxscore.data.inline import inline_task
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import open_function_grader
from boxscore.records import Limits, Outcome, Trust

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20)


class Shape(Struct, frozen=True):
    """A program, its tests, the name that is tested if the tests leave that open, and what a pass is worth."""

    code: str
    tests: str
    entry_point: str | None
    trust: Trust


def read_shapes() -> dict[str, Shape]:
    """Read `shapes.txt`: `#: NAME`, behind it `claim` and `entry FUNCTION` where they apply, and `#= tests`."""
    shapes = {}
    for block in Path(__file__).with_name("shapes.txt").read_text("utf-8").split("#: ")[1:]:
        head, _, source = block.partition("\n")
        name, *more = head.split(" | ")
        code, tests = source.split("#= tests\n")
        entry = next((one.removeprefix("entry ") for one in more if one.startswith("entry ")), None)
        shapes[name] = Shape(code, tests, entry, Trust.CLAIM if "claim" in more else Trust.ORACLE)
    return shapes


SHAPES = read_shapes()


@pytest.mark.parametrize("name", SHAPES)
def test_an_honest_program_passes(grader: BatchGrader, name: str) -> None:
    shape = SHAPES[name]
    task = inline_task(shape.tests, entry_point=shape.entry_point, limits=LIMITS)
    candidates = (Candidate(sample_id="0", code=shape.code),)

    (result,) = grader.grade(Batch(instance_id="inline", task=task, trust=Trust.ORACLE, candidates=candidates))

    assert (result.outcome, result.trust, bool(result.reason)) == (
        Outcome.PASSED,
        shape.trust,
        shape.trust is Trust.CLAIM,
    )


@pytest.mark.parametrize("name", SHAPES)
def test_a_program_that_does_nothing_does_not_pass(grader: BatchGrader, name: str) -> None:
    shape = SHAPES[name]
    task = inline_task(shape.tests, entry_point=shape.entry_point, limits=LIMITS)
    candidates = (Candidate(sample_id="0", code="pass\n"),)

    (result,) = grader.grade(Batch(instance_id="inline", task=task, trust=Trust.ORACLE, candidates=candidates))

    assert result.outcome in {Outcome.ERROR, Outcome.WRONG}


NUMPY = {
    "arrays": (
        "import numpy as np\ndef f(n): return np.arange(n) * 2\n",
        (
            "import numpy as np\nassert np.array_equal(f(3), np.array([0, 2, 4]))\nassert f(3).sum() == 6\n"
            "assert (f(3) == np.array([0, 2, 4])).all()\nassert f(3).tolist() == [0, 2, 4]\n"
        ),
    ),
    "in place": ("def f(a): a[0] = 9\n", "import numpy as np\na = np.zeros(3)\nf(a)\nassert a.tolist() == [9, 0, 0]\n"),
    "scalars": (
        "import numpy as np\ndef f(a): return np.mean(a)\n",
        "assert f([1, 2]) == 1.5\nassert str(f([1])) == '1.0'\n",
    ),
    "close": (
        "import numpy as np\ndef f(a): return np.sqrt(np.array(a))\n",
        "import numpy as np\nnp.testing.assert_allclose(f([4.0, 2.0]), [2.0, 1.41421356], rtol=1e-6)\n",
    ),
}


@pytest.mark.docker
@pytest.mark.parametrize("name", NUMPY)
def test_numbers_of_numpy_are_values(docker_backend: Backend, python_image: str, tmp_path: Path, name: str) -> None:
    code, tests = NUMPY[name]
    candidates = (Candidate(sample_id="0", code=code),)
    batch = Batch(
        instance_id="inline", task=inline_task(tests, limits=LIMITS), trust=Trust.ORACLE, candidates=candidates
    )

    with open_function_grader(docker_backend, python_image, cache=tmp_path) as grader:
        (result,) = grader.grade(batch)

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.ORACLE)
