"""Folders outside a run directory that boxscore fills, told apart from those of other programs by a marker file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_MARKER = ".boxscore"


def check_own_folder(folder: Path) -> None:
    """Accept a folder that is missing, empty or made by `make_own_folder`. Raises UsageError for any other."""
    try:
        theirs = folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists()
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if theirs:
        raise UsageError(f"{folder} holds files that boxscore did not write: give another --benchmark-files")


def make_own_folder(folder: Path) -> None:
    """Make and mark a folder, unless it holds files of another program. Raises UsageError, OSError."""
    check_own_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARKER).touch()
