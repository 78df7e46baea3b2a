"""A grader of tests beside programs on each real backend, kept open for the module that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.unittest.grader import open_unit_grader
from boxscore.protocols.unittest.task import UnittestTask
from boxscore.records import Limits, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20)
TESTS = """
import unittest
class TestCases(unittest.TestCase):
    def test_one(self):
        self.assertEqual(task(1), 2)
    def test_more(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(task(number), number + 1)
"""
REQUIRED = ("TestCases.test_one", "TestCases.test_more")


@pytest.fixture(scope="module")
def grader(place: tuple[Backend, str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchGrader]:
    with open_unit_grader(*place, cache=tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.fixture
def grade(grader: BatchGrader) -> Callable[..., list[Result]]:
    def run(*programs: str, **task: object) -> list[Result]:
        fields = {
            "tests": TESTS,
            "entry_point": "task",
            "reference": None,
            "required": REQUIRED,
            "limits": LIMITS,
        } | task
        batch = Batch(
            instance_id="toy/task",
            task=UnittestTask(**fields),  # type: ignore[arg-type]
            trust=Trust.BLIND,
            candidates=tuple(Candidate(sample_id=str(at), code=code) for at, code in enumerate(programs)),
        )
        return sorted(grader.grade(batch), key=lambda result: int(result.sample_id))

    return run
