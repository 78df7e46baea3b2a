"""Honest but unusual patches, graded in real boxes: each passes, however it computes its answers."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.records import Outcome, Trust
from tests.protocols import parcel
from tests.protocols.patch.honest_patches import PATCHES, QUICK, files_of
from tests.protocols.patch.real_boxes import grades_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore import Backend
    from boxscore.records import Result

    Grade = Callable[[str], Result]

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Grade one patch; skip where the instance's image cannot be had."""
    cache = tmp_path_factory.mktemp("cache")
    with grades_of(docker_backend, parcel.TASK, cache, "parcel") as run:
        yield run


BESIDE = {  # what a patch may bring beside its fix: files by their names, that git applies
    "a picture": {"docs/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256))},
    "bytecode": {"parcel/__pycache__/core.cpython-311.pyc": b"\xa7\r\r\n\0\0\0\0"},
    "a name with a joiner": {"docs/\U0001f469\u200d\U0001f4bb.txt": b"Notes.\n"},
    "an archive": {"docs/samples.zip": b"PK\x05\x06" + bytes(18)},
}


def binary_patch(files: Mapping[str, bytes], folder: Path) -> str:
    """What git writes of new files."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    git = ("git", "-C", str(folder))
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "--all", "--force"], check=True)
    return subprocess.run([*git, "diff", "--cached", "--binary"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_fix_is_no_reason_to_refuse_it(grade: Grade, name: str, tmp_path: Path) -> None:
    """Binary files and unusual names are applied as git applies them."""
    result = grade(parcel.patch_of({parcel.CORE: parcel.MENDED}) + binary_patch(BESIDE[name], tmp_path))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")


def test_the_bug_is_seen(grade: Grade) -> None:
    """A patch that mends nothing is wrong."""
    assert grade(parcel.patch_of({"NOTES": "nothing\n"})).outcome is Outcome.WRONG


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [] if name in QUICK else [pytest.mark.slow]


@pytest.mark.parametrize("name", [pytest.param(name, marks=_marks(name)) for name in PATCHES])
def test_honest_patches_pass(grade: Grade, name: str) -> None:
    """What is right passes, whatever it is made of, and its planted tests fail."""
    result = grade(parcel.patch_of(files_of(name)))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is not Trust.CLAIM, result.detail
