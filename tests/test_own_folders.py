"""Folders that boxscore fills outside a run directory."""

from __future__ import annotations

from pathlib import Path

import pytest

import boxscore


def test_a_folder_of_another_program_is_refused(tmp_path: Path) -> None:
    """Neither checking nor making it touches what is there."""
    (tmp_path / "theirs.json").touch()

    with pytest.raises(boxscore.UsageError, match="boxscore did not write"):
        boxscore.check_own_folder(tmp_path)
    with pytest.raises(boxscore.UsageError, match="boxscore did not write"):
        boxscore.make_own_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.json"]


def test_a_folder_of_ours_is_taken_again(tmp_path: Path) -> None:
    """A missing or empty folder is accepted; once marked it is, whatever it holds."""
    folder = tmp_path / "a" / "b"
    boxscore.check_own_folder(folder)
    boxscore.make_own_folder(folder)
    (folder / "ours.json").touch()

    boxscore.check_own_folder(folder)
    boxscore.make_own_folder(folder)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    (tmp_path / "file").touch()

    with pytest.raises(boxscore.UsageError, match="file: cannot be written: Not a directory"):
        boxscore.check_own_folder(tmp_path / "file")
    with pytest.raises(boxscore.UsageError, match=r"file/below: cannot be made: .*file takes no new folder"):
        boxscore.check_own_folder(tmp_path / "file" / "below")


def test_a_folder_that_cannot_be_made_is_refused_beforehand() -> None:
    """Not when all is graded."""
    with pytest.raises(boxscore.UsageError, match="/proc/x: cannot be made: /proc takes no new folder"):
        boxscore.check_own_folder(Path("/proc/x"))


def test_a_link_below_is_refused_beforehand(tmp_path: Path) -> None:
    """Whatever has put it there, nothing is written through it."""
    boxscore.make_own_folder(tmp_path / "ours")
    (tmp_path / "ours" / "one").symlink_to(tmp_path)

    with pytest.raises(boxscore.UsageError, match="ours/one is a symbolic link"):
        boxscore.check_own_folder(tmp_path / "ours")


@pytest.mark.parametrize("name", ["link", "file", "..", "", "a/b"])
def test_nothing_is_made_in_the_place_of_something_else(tmp_path: Path, name: str) -> None:
    """What is there stays, and the error names it."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match=r"symbolic link|File exists|no name of a folder"):
        boxscore.folder_within(tmp_path, name, "b")
    assert list((tmp_path / "elsewhere").iterdir()) == []
