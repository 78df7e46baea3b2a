"""The user's cache: what can be made or fetched again. Trouble with it costs time, never a run or a verdict.

A cache that is full, read-only or no folder at all is one warning, and is not used from then on. Each entry has a
checksum over its name and its data: one that was damaged is made again. Also the one place for replacing a file as a
whole and for waiting for a lock file.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import hashlib
import logging
import os
import secrets
import stat
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PART = ".part"
Record = TypeVar("Record")
_CHECKSUM_BYTES = 32
_NO_HOME = Path("/dev/null/no-home-directory")  # can never be made; a folder in /tmp could be another user's
_DEVICES = Path("/dev")
_LOG = logging.getLogger("boxscore.cache")


def cache_folder() -> Path:
    """Where boxscore keeps what can be made or fetched again: BOXSCORE_CACHE, else below the user's own cache."""
    named = os.environ.get("BOXSCORE_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):  # the specification says to ignore relative ones
        return Path(base) / "boxscore"
    try:
        return Path.home() / ".cache" / "boxscore"
    except RuntimeError:  # no HOME, and a user without an entry in the list of users
        return _NO_HOME / "boxscore"


def read_cached(path: Path) -> bytes | None:
    """Read an entry; None where there is none, it is damaged, or the cache is in trouble, with a warning."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        warn_of_cache(path.parent, error)
        return None
    data = kept[_CHECKSUM_BYTES:]
    if kept[:_CHECKSUM_BYTES] == _checksum(path, data):
        return data
    _LOG.info("%s is damaged, or of another version: it is made again", path)
    return None


def read_record(path: Path, kind: type[Record]) -> Record | None:
    """Read an entry that holds a record as JSON; None where `read_cached` gives none, or it is no such record."""
    data = read_cached(path)
    with suppress(msgspec.MsgspecError):
        return None if data is None else msgspec.json.decode(data, type=kind)
    return None


def write_cached(path: Path, data: bytes) -> bool:
    """Keep data in the cache; say whether it is kept, with a warning where it is not.

    Other processes may write the same file at the same time: readers see one of them whole.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, (_checksum(path, data), data), sync=None)
    except OSError as error:
        warn_of_cache(path.parent, error)
        return False
    return True


def _checksum(path: Path, data: bytes) -> bytes:
    digest = hashlib.blake2b(path.name.encode(errors="surrogateescape") + b"\0", digest_size=_CHECKSUM_BYTES)
    digest.update(data)
    return digest.digest()


@contextmanager
def locked(path: Path, *, wait: Callable[[], object] | None = None) -> Iterator[None]:
    """Wait for a lock file of the cache and hold it; where the cache is in trouble, warn and go on without it.

    `wait` is called again and again until it is free, and may raise; without it the kernel waits.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a"))
            while not _took(file.fileno(), wait):
                pass
            # Else a process that was forked meanwhile, which has it open too, would hold the lock.
            stack.callback(fcntl.flock, file.fileno(), fcntl.LOCK_UN)
        except OSError as error:
            warn_of_cache(path.parent, error)
        yield


def _took(descriptor: int, wait: Callable[[], object] | None) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait is None else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if wait is not None:
            wait()
        return False
    return True


def replace_file(path: Path, data: bytes | Iterable[bytes], *, sync: Callable[[int], None] | None = os.fsync) -> None:
    """Write a file so that readers see the old or the new one whole, also after a crash. Raises OSError.

    `sync` brings a file or a folder to the disk by its descriptor; with None a power cut may leave a damaged file.
    """
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}{PART}")
    if is_device(path):
        raise OSError(errno.EINVAL, "it is a device, in whose place no file is put", str(path))
    try:
        with part.open("xb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            if sync is not None:
                sync(file.fileno())
        part.replace(path)
        if sync is not None:
            sync_folder(path.parent, sync)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):  # about the file that is meant, not the part that nobody knows of
            error.filename, error.filename2 = str(path), None
        raise


def is_device(path: Path) -> bool:
    """Whether a path is a device such as /dev/null, or a name beside them: root could replace it for everybody."""
    if path.absolute().parent == _DEVICES:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def sync_folder(path: Path, sync: Callable[[int], None] = os.fsync) -> None:
    """Bring the names of a folder's files to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def warn_of_cache(folder: Path, error: OSError) -> None:
    """Warn that the cache cannot be used, once in a process; `folder` is the part of it that was tried."""
    whole = cache_folder()
    _warn_once(whole if folder.is_relative_to(whole) else folder, error.strerror or str(error))


@functools.cache
def _warn_once(folder: Path, problem: str) -> None:
    _LOG.warning("the cache %s cannot be used: %s; going on without it (BOXSCORE_CACHE names another)", folder, problem)
