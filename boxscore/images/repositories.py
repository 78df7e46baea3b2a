"""Where the code of an instance comes from: GitHub, or a folder of clones that a user names with BOXSCORE_REPOS.

The folder holds clones, bare or not, named `owner__name` or `owner__name.git`, or `owner__name.tar` of one (also
compressed). Whatever it is, an image gets one commit's tree and the last release tag before it, as a tar in
its build context, never the clone itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.child import run_child
from boxscore.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

TAR = "repository.tar"
TAG_FILE = ".boxscore-tag"
_ENDINGS = ("", ".git", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_TIMEOUT_S = 300.0
_ALONE = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}


def repository_tar(repository: str, commit: str) -> bytes:
    """A tar of one commit's tree from BOXSCORE_REPOS, with the last tag's name in `.boxscore-tag`.

    Empty where the variable is not set or its folder does not have the repository: the image then clones it.

    Raises:
        DataError: The repository is there and has no such commit, or git fails.
    """
    place = _place(repository)
    if place is None:
        return b""
    with _opened(place) as git_dir:
        if _COMMIT.fullmatch(commit) is None:
            raise DataError(f"{commit!r} is not a commit of {repository}")
        tag = _git(git_dir, "describe", "--tags", "--abbrev=0", commit, allowed=(0, 128)).decode().strip()
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder) / TAG_FILE
            note.write_text(f"{tag}\n", encoding="utf-8")
            try:
                return _git(git_dir, "archive", "--format=tar", f"--add-file={note}", commit)
            except DataError as error:
                raise DataError(f"{place} cannot give commit {commit} of {repository}: {error}") from error


def repository_file(repository: str, commit: str, name: str) -> str | None:
    """The text of a file at a commit, from BOXSCORE_REPOS; None where that does not have the repository or the file."""
    place = _place(repository)
    if place is None or _COMMIT.fullmatch(commit) is None:
        return None
    with _opened(place) as git_dir:
        try:
            return _git(git_dir, "show", f"{commit}:{name}").decode(errors="replace")
        except DataError:
            return None


def has_repository(repository: str) -> bool:
    """Whether BOXSCORE_REPOS has a repository."""
    return _place(repository) is not None


def _place(repository: str) -> Path | None:
    named = os.environ.get("BOXSCORE_REPOS")
    if not named or _NAME.fullmatch(repository) is None:
        return None
    name = repository.replace("/", "__")
    return next((path for end in _ENDINGS if (path := Path(named) / f"{name}{end}").exists()), None)


@contextmanager
def _opened(place: Path) -> Iterator[Path]:
    """The git directory of a clone; a tar of one is unpacked for as long."""
    if place.is_dir():
        yield place / ".git" if (place / ".git").exists() else place
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(place) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise DataError(f"{place} cannot be unpacked: {error}") from error
        heads = [path.parent for path in sorted(Path(folder).glob("**/HEAD")) if (path.parent / "objects").is_dir()]
        if not heads:
            raise DataError(f"{place} holds no clone")
        yield min(heads, key=lambda path: len(path.parts))


def _git(git_dir: Path, *words: str, allowed: tuple[int, ...] = (0,)) -> bytes:
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", f"--git-dir={git_dir}", *words]
    try:
        done = run_child(command, timeout_s=_TIMEOUT_S, env={**os.environ, **_ALONE})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"git cannot be run: {error}") from error
    if done.returncode not in allowed:
        raise DataError(" ".join(done.stderr.decode(errors="replace").split())[:300] or "git failed")
    return done.stdout
