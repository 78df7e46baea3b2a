"""Folders that boxscore fills outside a run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import boxscore

if TYPE_CHECKING:
    from pathlib import Path


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
