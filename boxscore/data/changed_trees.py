"""The patch between a commit and a folder that was changed since.

The folder is whoever's changed it. Of its git nothing is used but objects: settings, hooks, filters and attributes of
its own name programs to run, so git works in a fresh directory of ours that borrows them.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.child import run_child
from boxscore.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FILES, MAX_BYTES, MAX_PATCH_BYTES = 100_000, 1 << 30, 64 << 20
_TIMEOUT_S = 300.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_BUILT = ":(exclude,glob)**/target/**"  # what a build of Maven leaves is no change


def patch_of_folder(folder: Path, commit: str) -> str:
    """What `git diff` says of a folder against a commit that its repository has, with new files in it.

    Files that are ignored, and those in `target` folders, count as unchanged.

    Raises:
        DataError: The folder is no repository, lacks the commit, is too large, or its changes are not text of UTF-8.
    """
    if _COMMIT.fullmatch(commit) is None:
        raise DataError(f"{commit!r} is not a commit")
    objects = _objects(folder)
    _bound(folder)
    with tempfile.TemporaryDirectory(prefix="boxscore-") as own:
        env = {**_environment(), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects), "GIT_INDEX_FILE": f"{own}/index"}
        _git(["init", "-q", "--bare", "--template=", own], env, folder)
        here = [f"--git-dir={own}", f"--work-tree={folder}"]
        _git([*here, "read-tree", commit], env, folder)
        _git([*here, "add", "-A", "--", ".", _BUILT], env, folder)
        text = _git([*here, "diff", "--cached", "--binary", "--no-renames", "--no-textconv", commit], env, folder)
    if len(text) > MAX_PATCH_BYTES:
        raise DataError(f"the changes in {folder} are longer than {MAX_PATCH_BYTES >> 20} MiB")
    try:
        return text.decode()
    except UnicodeDecodeError as flaw:
        raise DataError(f"the changes in {folder} are not UTF-8 at byte {flaw.start}") from None


def _objects(folder: Path) -> Path:
    """The folder's git objects, in the folder itself and without other places that they would be borrowed from."""
    git = folder / ".git"
    objects = git / "objects"
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder")
    if any(one.is_symlink() or not one.is_dir() for one in (git, objects)):
        raise DataError(f"{folder} is no clone with a .git folder of its own, so what was changed there is not known")
    if any((objects / "info" / name).exists() for name in ("alternates", "http-alternates")) or objects.is_symlink():
        raise DataError(f"{folder} borrows git objects from elsewhere: give a clone of its own (`git repack -a -d`)")
    return objects


def _bound(folder: Path) -> None:
    """Raise DataError for a folder that is too large, or holds other repositories."""
    files = size = 0
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name != ".git"]
        if ".git" in (*folders, *names):
            raise DataError(f"{place} holds another repository")
        folders[:] = [name for name in folders if name != "target"]
        files += len(names)
        size += sum(os.lstat(Path(place) / name).st_size for name in names)
        if files > MAX_FILES or size > MAX_BYTES:
            raise DataError(f"{folder} holds more than {MAX_FILES} files or {MAX_BYTES >> 30} GiB")


def _environment() -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("GIT_")}, **_ALONE}


def _git(words: list[str], env: Mapping[str, str], folder: Path) -> bytes:
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false", *words]
    try:
        done = run_child(command, timeout_s=_TIMEOUT_S, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"git cannot be run: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise DataError(f"the changes in {folder} cannot be told: {said or 'git failed'}")
    return done.stdout
