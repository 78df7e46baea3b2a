"""A grader of programs on each real backend, kept open for the module that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.task import Case, ProgramTask
from boxscore.records import Limits, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader

LIMITS = Limits(cpu_s=0.5, wall_s=200.0, memory_bytes=512 << 20, processes=32)
BUILDING = Limits(cpu_s=60.0, wall_s=600.0)
CASES = (Case(stdin="1 2\n", expected="3\n"), Case(stdin="40 2\n", expected="42\n"))


@pytest.fixture(scope="module")
def grader(place: tuple[Backend, str | None]) -> Iterator[BatchGrader]:
    with open_program_grader(*place) as opened:
        yield opened


@pytest.fixture
def grade(grader: BatchGrader) -> Callable[..., Result]:
    def run(code: str, **task: object) -> Result:
        fields = {"cases": CASES, "limits": LIMITS, "compile_limits": BUILDING} | task
        batch = Batch(
            instance_id="toy/add",
            task=ProgramTask(**fields),  # type: ignore[arg-type]
            trust=Trust.ORACLE,
            candidates=(Candidate(sample_id="0", code=code),),
        )
        (result,) = grader.grade(batch)
        return result

    return run
