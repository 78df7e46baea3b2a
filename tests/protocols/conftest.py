"""A grader on each real backend, kept open for the module that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import open_function_grader
from boxscore.records import Limits, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader

LIMITS = Limits(cpu_s=0.5, wall_s=200.0, memory_bytes=512 << 20)


@pytest.fixture(
    scope="module",
    params=[pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)],
)
def place(request: pytest.FixtureRequest) -> tuple[Backend, str | None]:
    if request.param == "docker":
        return request.getfixturevalue("docker_backend"), request.getfixturevalue("python_image")
    return request.getfixturevalue("local_backend"), None


@pytest.fixture(scope="module")
def grader(place: tuple[Backend, str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchGrader]:
    with open_function_grader(*place, cache=tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.fixture
def grade(grader: BatchGrader) -> Callable[..., Result]:
    def run(code: str, tests: str | None = None, **task: object) -> Result:
        fields = {"entry_point": "f", "names": ("f",), "tests": tests, "limits": LIMITS} | task
        batch = Batch(
            instance_id="toy/f",
            task=FunctionTask(**fields),  # type: ignore[arg-type]
            trust=Trust.ORACLE,
            candidates=(Candidate(sample_id="0", code=code),),
        )
        (result,) = grader.grade(batch)
        return result

    return run
