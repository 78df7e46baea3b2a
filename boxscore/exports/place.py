"""Where an export goes: a file or a folder that is there whole or not at all, and that replaces nothing unasked."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cache import PART, is_device, sync_folder
from boxscore.errors import BoxscoreError, StoreError, UsageError
from boxscore.run.store import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER = ".boxscore-export"  # in folders of ours, which alone are replaced
_NAME_CHARS = 100


class Destination(Struct, frozen=True, kw_only=True):
    """Where to write: `out` as it was given, else below the current folder by the name of the run's directory.

    What is there already is replaced with `force` alone; of folders only those that an export wrote. The directory of a
    run is never written to.
    """

    run: Path
    out: str | None = None
    force: bool = False

    def path(self, ending: str) -> Path:
        """What is written: `out`, or the run's name with this ending."""
        return Path(f"{self.run_name}{ending}") if self.out is None else Path(self.out)

    @property
    def run_name(self) -> str:
        """The name of the run's directory, as a name of files."""
        return safe_name(self.run.resolve().name)[:_NAME_CHARS] or "run"

    @contextmanager
    def file(self, ending: str) -> Iterator[Path]:
        """Give a path to write a file to, which takes its place once the block has ended well.

        Raises UsageError where it must not be written, StoreError where it cannot be.
        """
        path = self.path(ending)
        with _told(path):
            self._check(path)
            if path.is_dir():
                raise UsageError(f"{path} is a folder: give a file with --out")
        part = _part_of(path)
        try:
            with _told(path):
                part.touch(exist_ok=False)
                yield part
                _sync(part)
                part.replace(path)
                sync_folder(path.absolute().parent)
        finally:
            with suppress(OSError):
                part.unlink()

    @contextmanager
    def folder(self, ending: str) -> Iterator[Path]:
        """Give an empty folder, which takes its place once the block has ended well. Raises as `file`."""
        path = self.path(ending)
        with _told(path):
            self._check(path)
            if os.path.lexists(path) and not (path / _MARKER).is_file():
                raise UsageError(f"{path} was not written by an export, and is not replaced: give another --out")
        part, old = _part_of(path), _part_of(path)
        try:
            with _told(path):
                part.mkdir()
                (part / _MARKER).touch()
                yield part
                if path.exists():
                    path.rename(old)
                try:
                    part.rename(path)
                except OSError:
                    if old.exists():
                        old.rename(path)
                    raise
                sync_folder(path.absolute().parent)
        finally:
            for one in (part, old):
                shutil.rmtree(one, ignore_errors=True)

    def _check(self, path: Path) -> None:
        place, run = Path(os.path.realpath(path)), self.run.resolve()
        if place == run or run in place.parents:
            raise UsageError(f"{path} is in the directory of the run, which is never written to: give another --out")
        if place in run.parents:
            raise UsageError(f"{path} holds the run itself: give another --out")
        if is_device(path):
            raise UsageError(f"{path} is a device, in whose place no file is put: give another --out")
        if os.path.lexists(path) and not self.force:
            raise UsageError(f"{path} is there already: give another --out, or --force to replace it")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"{path.absolute().parent} is no folder: make it, or give another --out")


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name[:_NAME_CHARS]}.{secrets.token_hex(6)}{PART}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise StoreError about the place that is meant, not the part that nobody knows of."""
    try:
        yield
    except BoxscoreError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror or error}") from error
