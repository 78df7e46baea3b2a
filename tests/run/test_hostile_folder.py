"""Run directories that somebody else has made: whatever stands in the place of a file, nothing waits or goes on."""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxscoreError, InputError
from boxscore.page.follow import FollowedRun
from boxscore.page.run_list import RunFolders, RunList
from boxscore.run.lines import MOST_BYTES, MOST_LINE_BYTES, whole_lines
from boxscore.run.store import is_run, open_run, read_record, read_run, shared
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("run.json", "lock", "report.json", "samples.jsonl", "results.jsonl")


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path) -> Path:
    return write(tmp_path / "run", [Given(instance_id="a"), Given(instance_id="b")])


def looked_at(run: Path) -> None:
    RunList().listed(RunFolders(folders=[run.parent]).run_folders())
    is_run(run)
    with shared(run):
        try:
            read_run(run)
        except BoxscoreError:
            return


@pytest.mark.parametrize("name", FILES)
@pytest.mark.timeout(60)
def test_pipes_and_devices(run: Path, name: str) -> None:
    """A pipe that nobody writes to and a device without end are no files of a run."""
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    looked_at(run)
    (run / name).unlink()
    (run / name).symlink_to("/dev/zero")
    looked_at(run)


def test_a_small_file_takes_little_memory(run: Path) -> None:
    """However large a file may be, what is taken for one is what it has."""
    tracemalloc.start()
    try:
        read_record(run)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most_bytes < MOST_BYTES >> 6


@pytest.mark.timeout(60)
def test_a_pipe_is_not_followed(run: Path) -> None:
    """Whoever follows a run is told that its results cannot be read."""
    (run / "results.jsonl").unlink()
    os.mkfifo(run / "results.jsonl")

    with pytest.raises(BoxscoreError, match="not a regular file"):
        FollowedRun(run).head()


def test_a_record_larger_than_any_run_has(run: Path) -> None:
    """It is not read into memory to find out that it is none; a file of holes takes no room on a disk."""
    with (run / "run.json").open("ab") as file:
        file.truncate(MOST_BYTES + 1)

    with pytest.raises(BoxscoreError, match="more than"):
        read_record(run)


def test_a_record_of_a_newer_boxscore_is_not_guessed_at(run: Path) -> None:
    """What its fields mean there nobody knows here."""
    record = read_record(run)
    with open_run(run) as store:
        store.write_record(replace(record, provenance=replace(record.provenance, format_version=99)))

    with pytest.raises(InputError, match="newer boxscore: it has format 99"):
        read_record(run)


def test_a_line_without_end(tmp_path: Path) -> None:
    """It is damaged where it is longer than lines are, and is not read to its end."""
    path = tmp_path / "results.jsonl"
    with path.open("wb") as file:
        file.truncate(MOST_LINE_BYTES + 1)

    with pytest.raises(InputError, match="no end within"):
        list(whole_lines(path))


@pytest.mark.parametrize("lines", [((-(10**12), 2),), ((0, 2),) * 10_000, ((2, 0),), ((0, 10**15),)])
@pytest.mark.timeout(60)
def test_lines_that_a_record_cannot_name(run: Path, lines: tuple[tuple[int, int], ...]) -> None:
    """Ranges without end are not made numbers of."""
    record = read_record(run)
    with open_run(run) as store:
        store.write_record(replace(record, sample_lines=lines))

    with pytest.raises(InputError, match="rerun the original command"):
        read_run(run)
