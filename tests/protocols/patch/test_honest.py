"""Honest but unusual patches, graded in real boxes: each passes, however it computes its answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.records import Outcome, Trust
from tests.protocols import parcel
from tests.protocols.patch.honest_trees import TREES, patch_of_tree
from tests.protocols.patch.real_boxes import grades_of
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _pytest.mark import ParameterSet

    from boxscore import Backend
    from boxscore.records import Result

    Grade = Callable[[str], Result]

QUICK = {
    *("own_equality", "frames_read", "pool_of_processes", "warns_once", "module_getattr"),
    *("tolerant_equality", "lazy_sequence_that_counts_its_reads", "user_string", "prints_lines_of_a_summary"),
    *("binary files", "odd names", "a submodule", "an overridden assertAlmostEqual"),
}
# Each is what stands at the end of the mended module, over its plain functions.
PATCHES = read_samples(Path(__file__).with_name("honest_patches.txt"))
PREAMBLE = PATCHES.pop("PREAMBLE")
pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    cache = tmp_path_factory.mktemp("cache")
    with grades_of(docker_backend, parcel.TASK, cache, "parcel") as run:
        yield run


def table(names: Iterable[str]) -> list[ParameterSet]:
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", table(TREES))
def test_what_stands_beside_the_fix_is_no_reason_to_refuse_it(grade: Grade, name: str, tmp_path: Path) -> None:
    result = grade(patch_of_tree(TREES[name], tmp_path))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")


def test_the_bug_is_seen(grade: Grade) -> None:
    assert grade(parcel.patch_of({"NOTES": "nothing\n"})).outcome is Outcome.WRONG


@pytest.mark.parametrize("name", table(PATCHES))
def test_honest_patches_pass(grade: Grade, name: str) -> None:
    result = grade(parcel.patch_of({parcel.CORE: f"{parcel.MENDED}{PREAMBLE}{PATCHES[name]}"}))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is not Trust.CLAIM, result.detail
