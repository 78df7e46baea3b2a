"""Finds the run that a new one is judged by: in a folder, or in an artifact of the default branch.

An artifact counts only if its run succeeded on the repository's own default branch, and was begun by somebody who may
write there: a fork's pull request can upload artifacts of any name, from a branch of any name.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.action.github import GitHub, GitHubError
from boxscore.action.inputs import ARTIFACT
from boxscore.errors import InputError, UsageError
from boxscore.run.store import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.action.github import Artifact, Repository, WorkflowRun
    from boxscore.action.inputs import Inputs, JobPaths

_TRUSTED = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch", "release"})
_LOOKED_AT = 30  # runs, of the newest artifacts
_DEPTH = 3  # of run directories in what was given


class Baseline(Struct, frozen=True, kw_only=True):
    """The run directory that was found. `note` says where it is from, or why there is none."""

    note: str
    asked: bool = True
    run: str = ""


def find_baseline(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> Baseline:
    """Find the baseline that is asked for. Raises UsageError, InputError and GitHubError."""
    if not inputs.baseline:
        return Baseline(note="", asked=False)
    shutil.rmtree(paths.baseline, ignore_errors=True)
    paths.folder.mkdir(parents=True, exist_ok=True)
    if inputs.baseline.startswith(ARTIFACT):
        return _of_artifact(inputs.baseline.removeprefix(ARTIFACT), paths, environ)
    folder = Path(inputs.baseline)
    run = run_below(folder)
    if not run:
        raise UsageError(f"input baseline: {folder} is no run directory, and none is in it")
    return Baseline(note=f"baseline: {folder}", run=run)


def run_below(folder: Path) -> str:
    """The run directory that a folder is, or that is in it; empty if there is none. Raises InputError for several."""
    for depth in range(_DEPTH):
        pattern = "/".join([*(["*"] * depth), RECORD])
        found = [one.parent for one in folder.glob(pattern) if one.is_file() and not one.is_symlink()]
        if len(found) > 1:
            raise InputError("holds several runs: name the one to compare with", path=folder)
        if found:
            return str(found[0])
    return ""


def _of_artifact(name: str, paths: JobPaths, environ: Mapping[str, str]) -> Baseline:
    github = GitHub.of_job(environ)
    try:
        repository = github.repository()
        found = newest_good(github, repository, name)
        if found is None:
            where = f"a successful run on {repository.default_branch!r}"
            return Baseline(note=f"no artifact {name!r} of {where} is kept: there is no baseline")
        artifact, run = found
        note = f"baseline: artifact {name!r} of run {run.id} ({artifact.created_at})"
        archive = paths.folder / "baseline.zip"
        try:
            github.download_artifact(artifact, archive)
            unpack(archive, paths.baseline)
        finally:
            archive.unlink(missing_ok=True)
        folder = run_below(paths.baseline)
        if not folder:
            raise GitHubError(f"{note} holds no run directory")
        return Baseline(note=note, run=folder)
    finally:
        github.close()


def newest_good(github: GitHub, repository: Repository, name: str) -> tuple[Artifact, WorkflowRun] | None:
    """The newest artifact of this name that a successful run of the default branch has made, and that run."""
    mine = [
        (artifact.created_at, artifact, run.id)
        for artifact in github.artifacts(name)
        if (run := artifact.workflow_run) is not None
        and run.head_branch == repository.default_branch
        and run.repository_id == run.head_repository_id == repository.id
    ]
    mine.sort(key=lambda one: one[0], reverse=True)
    for _, artifact, run_id in mine[:_LOOKED_AT]:
        made_by = github.run(run_id)
        if made_by.conclusion == "success" and made_by.event in _TRUSTED:
            return artifact, made_by
    return None


def write_baseline(baseline: Baseline, paths: JobPaths) -> None:
    """Leave what was found for the step that judges."""
    paths.folder.mkdir(parents=True, exist_ok=True)
    paths.baseline_note.write_bytes(msgspec.json.encode(baseline))


def read_baseline(paths: JobPaths) -> Baseline:
    """What the step before has found; nothing where there was none."""
    if not paths.baseline_note.is_file():
        return Baseline(note="", asked=False)
    return msgspec.json.decode(paths.baseline_note.read_bytes(), type=Baseline)


MOST_FILES = 200_000
MOST_BYTES = 4 << 30
_CHUNK_BYTES = 1 << 20
_BROKEN = (  # ValueError: a name that is no UTF-8
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError),
    *(RuntimeError, EOFError, OSError, ValueError),
)


def unpack(archive: Path, folder: Path, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a zip file into an empty folder. Raises InputError for one that is none, or is out for harm.

    What entries say of their sizes is not believed: bytes are counted as they come.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            if len(entries) > most_files:
                raise InputError(f"holds {len(entries):,} files, more than {most_files:,}", path=archive)
            left = most_bytes
            for entry in entries:
                place = folder / _place(entry, archive)
                if entry.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                left = _write(packed, entry, place, left)
                if left < 0:
                    raise InputError(f"unpacks to more than {most_bytes:,} bytes", path=archive)
    except _BROKEN as error:
        raise InputError(f"cannot be unpacked: {error}", path=archive) from error


def _place(entry: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    """Where an entry goes, below the folder. Raises InputError."""
    place = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    odd = place.is_absolute() or ".." in place.parts or "\\" in entry.filename or not entry.filename.isprintable()
    if odd or not place.parts or kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise InputError(f"has an entry {entry.filename[:200]!r}, which is no file of its own", path=archive)
    return place


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, left: int) -> int:
    """Write one file that is not there yet; return how many bytes are left, fewer than none where there were more."""
    with packed.open(entry) as source, place.open("xb") as target:
        while left >= 0 and (chunk := source.read(min(_CHUNK_BYTES, left + 1))):
            left -= len(chunk)
            if left >= 0:
                target.write(chunk)
    return left
