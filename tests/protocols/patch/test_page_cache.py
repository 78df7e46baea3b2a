"""All files of an image are read before tests run that hide something, and again where the kernel took some back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import BoxError
from boxscore.protocols.patch import page_cache
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.page_cache import LIMITS, PageCache
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, StubBlind, StubPlanting, ended, grade_all

if TYPE_CHECKING:
    from boxscore.boxes.fake import FakeBackend


class Counted(PageCache):
    """A page cache whose machine took back as many pages as a test says; None: nobody knows."""

    def __init__(self, backend: FakeBackend, taken_back: int | None) -> None:
        super().__init__(backend)
        self.taken_back = taken_back

    def _taken_back(self) -> int | None:
        return self.taken_back


@pytest.fixture
def fake() -> FakeBoxes:
    """Boxes in which reading an image's files works."""
    return FakeBoxes(fill=ended())


def test_it_is_filled_once(fake: FakeBoxes) -> None:
    """What is cached stays, so one reading does for all samples, in a box of its own that may hold all of it."""
    cache, boxes = Counted(fake.backend, 5), fake.boxes()

    cache.fill(boxes, TASK)
    cache.fill(boxes, TASK)

    assert fake.steps == ["fill"]
    assert (fake.backend.boxes[0].spec.folders, fake.backend.boxes[0].spec.limits) == ((), LIMITS)


def test_it_is_filled_again_after_a_loss(fake: FakeBoxes) -> None:
    """Where the kernel took pages back, or nobody can tell, all are read again."""
    cache, boxes = Counted(fake.backend, 5), fake.boxes()
    for cache.taken_back in (5, 6, None, None):
        cache.fill(boxes, TASK)

    assert fake.steps == ["fill"] * 4


def test_a_failure_is_no_samples(fake: FakeBoxes) -> None:
    """Where the files cannot be read nothing goes on as if they had been."""
    fake.todo["fill"] = ended("", 1)

    with pytest.raises(BoxError, match="could not be read: exit code 1"):
        Counted(fake.backend, 5).fill(fake.boxes(), TASK)


@pytest.mark.parametrize(("blind", "times"), [(StubBlind(""), 1), (StubBlind(reason="nothing is hidden"), 0)])
def test_it_comes_before_tests_that_hide_something(fake: FakeBoxes, blind: StubBlind, times: int) -> None:
    """Where nothing is hidden it is not needed."""
    grade_all(PatchGrader(fake.boxes(), StubPlanting(), blind=blind, page_cache=Counted(fake.backend, None)), PATCH)

    assert fake.steps.count("fill") == times


def test_this_machines_kernel_says_what_it_took_back(fake: FakeBoxes) -> None:
    """The kernel counts it under the names that are looked for."""
    names = {line.split()[0] for line in Path("/proc/vmstat").read_text(encoding="utf-8").splitlines()}

    assert {"pgsteal_kswapd", "pgsteal_direct", "drop_pagecache"} <= names & set(page_cache.TAKEN_BACK)
    assert PageCache(fake.backend)._taken_back() is not None
