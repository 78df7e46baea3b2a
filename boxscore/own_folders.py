"""Folders outside a run directory that boxscore fills, told apart from those of other programs by a marker file.

What is in them may have been changed since: nothing is written through a symbolic link, and a folder in the place of a
file is an error in one line.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from boxscore.errors import UsageError

_MARKER = ".boxscore"


def why_unwritable(folder: Path) -> str:
    """Say why a folder cannot be written, or made where it is not there; "" if it can.

    Permissions do not tell it all of a folder that is still to be made: another one is made beside it for a moment.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        return "cannot be written: it is no folder"
    if folder.is_dir():
        writable = os.access(folder, os.W_OK | os.X_OK)
        return "" if writable else "cannot be written: its permissions or its file system forbid it"
    above = next(one for one in folder.absolute().parents if os.path.lexists(one))
    try:
        Path(tempfile.mkdtemp(prefix=".boxscore-", dir=above)).rmdir()
    except OSError as error:
        return f"cannot be made: {above} takes no new folder ({error.strerror or error})"
    return ""


def check_own_folder(folder: Path) -> None:
    """Accept a folder that is missing, empty or made by `make_own_folder`, if all that comes can be written there.

    Raises UsageError for any other.
    """
    try:
        theirs = folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists()
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror or error}") from error
    if theirs:
        raise UsageError(f"{folder} holds files that boxscore did not write: give another --benchmark-files")
    problem = why_unwritable(folder)
    if problem:
        raise UsageError(f"{folder}: {problem}")
    link = next((one for one in _below(folder) if one.is_symlink()), None)
    if link is not None:
        raise UsageError(f"{link} is a symbolic link: no file is written elsewhere; remove it")


def make_own_folder(folder: Path) -> None:
    """Make and mark a folder, unless it holds files of another program. Raises UsageError, OSError."""
    check_own_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARKER).touch()


def folder_within(folder: Path, *names: str) -> Path:
    """Make a folder below one of ours, and those above it. Raises OSError where a link or a file is in its place."""
    place = folder
    for name in names:
        place /= name
        if name in {"", ".", ".."} or "/" in name:
            raise OSError(errno.EINVAL, f"{name!r} is no name of a folder", str(place))
        place.mkdir(exist_ok=True)
        if place.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link, and no file is written elsewhere", str(place))
    return place


def _below(folder: Path) -> list[Path]:
    return [Path(at, name) for at, folders, files in os.walk(folder) for name in (*folders, *files)]
