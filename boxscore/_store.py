"""The run directory: what was asked, the samples, and every result from the moment it is known.

Theory of operation. One process writes a run at a time and holds a `flock` on `lock` for as long; the lock goes with
the process, so a killed run leaves none behind. `results.jsonl` only grows: each append is whole lines in one write,
and a write that fails half-way is cut off again. After a `kill -9` or a crash of the machine at most the last line is
incomplete; it is cut off when the run is opened again and its sample is graded once more. All other files are
replaced as a whole. Readers (`read_run`) take no lock: they see whole lines only.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore._errors import InputError, StoreError
from boxscore._provenance import RunRecord, StoredSample
from boxscore._records import Outcome, Result, Shortener, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

LOG_BYTES = 64 << 10
AT_ONCE = 1000  # lines
_ENCODER = msgspec.json.Encoder()
_T = TypeVar("_T", bound=Struct)


class RunStore:
    """A run directory opened for writing; made by `open_run`."""

    def __init__(self, path: Path, results_fd: int, size: int) -> None:
        self.path = path
        self._fd = results_fd
        self._size = size

    def record(self) -> RunRecord | None:
        """What an earlier run in this directory was asked, if there was one."""
        return read_record(self.path) if (self.path / "run.json").exists() else None

    def write_record(self, record: RunRecord) -> None:
        """Replace `run.json`."""
        self.write_text("run.json", msgspec.json.format(_ENCODER.encode(record), indent=2).decode() + "\n")

    def write_samples(self, samples: Callable[[], Iterable[StoredSample]]) -> None:
        """Make `samples.jsonl` hold exactly what a call of `samples` gives; does not write where it already does."""
        path = self.path / "samples.jsonl"
        with suppress(OSError), path.open("rb") as file:
            if all(file.read(len(data)) == data for data in _encoded(samples())) and not file.read(1):
                return
        replace_file(path, _encoded(samples()))

    def write_text(self, name: str, text: str) -> Path:
        """Replace a file of the run as a whole and return its path."""
        path = self.path / name
        replace_file(path, text.encode())
        return path

    def append(self, results: Sequence[Result]) -> None:
        """Add results, all of them or none. Raises StoreError; what was stored before stays."""
        data = _ENCODER.encode_lines(results)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise _trouble(self.path / "results.jsonl", error) from error
        self._size += len(data)
        for result in results:
            if result.output and result.outcome is not Outcome.PASSED:
                self._log(result)

    def results(self, keys: Mapping[tuple[str, str], str], *, whole: bool = False) -> dict[tuple[str, str], Result]:
        """The last stored result of each sample (id → key) under its key, without its output unless `whole`.

        Results under other keys stay in the file, for who asks for them again.
        """
        return _own(self.path, keys, whole=whole) if keys else {}

    def _log(self, result: Result) -> None:
        name = f"{_safe(result.instance_id)}.{_safe(result.sample_id)}.log"
        head = f"{result.instance_id} {result.sample_id}: {result.outcome} {result.reason}\n\n"
        folder = self.path / "logs"
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes((head + result.output).encode(errors="replace")[:LOG_BYTES])
        except OSError as error:
            raise _trouble(folder / name, error) from error


@contextmanager
def open_run(path: Path) -> Iterator[RunStore]:
    """Open a run directory for writing, making it where it is not there, and keep all other writers out.

    Raises StoreError if it cannot be written or another process writes it, InputError if a line of it is damaged.
    """
    fds: list[int] = []
    try:
        try:
            path.mkdir(parents=True, exist_ok=True)
            fds.append(os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
            fcntl.flock(fds[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            fds.append(os.open(path / "results.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644))
            size = _cut_incomplete_line(fds[1])
        except OSError as error:
            raise _trouble(path, error) from error
        yield RunStore(path, fds[1], size)
    finally:
        for fd in reversed(fds):
            os.close(fd)


def read_run(path: Path) -> tuple[RunRecord, list[StoredSample], dict[tuple[str, str], Result]]:
    """Read a run without locking it: what was asked, its samples, and the results that are theirs by key.

    Results are without their output.
    """
    if not (path / "run.json").is_file():
        raise InputError("not a run directory (it has no run.json)", path=path)
    samples = list(_read_lines(path / "samples.jsonl", StoredSample))
    keys = {(sample.instance_id, sample.sample_id): sample.key for sample in samples}
    return read_record(path), samples, _own(path, keys)


def replace_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file so that readers see the old or the new whole, also after a crash. Raises StoreError."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise _trouble(path, error) from error


def pending(
    keys: Mapping[tuple[str, str], str], found: Mapping[tuple[str, str], Result], *, alone: bool = False
) -> tuple[set[tuple[str, str]], dict[tuple[str, str], Result]]:
    """Split samples (id → key) into those still to grade and the results that stand, of those found under their keys.

    `alone`: only a result that came of grading its own sample stands.
    """
    standing = {
        name: result
        for name, result in found.items()
        if result.stands and not (alone and (result.copied_from or result.reused_from))
    }
    return keys.keys() - standing.keys(), standing


def _own(path: Path, keys: Mapping[tuple[str, str], str], *, whole: bool = False) -> dict[tuple[str, str], Result]:
    shorten, own = Shortener(), {}
    for result in _read_lines(path / "results.jsonl", Result):
        name = result.instance_id, result.sample_id
        if keys.get(name) == result.key:
            own[name] = result if whole else shorten(result)
    return own


def _encoded(samples: Iterable[StoredSample]) -> Iterator[bytes]:
    rest = iter(samples)
    while some := list(itertools.islice(rest, AT_ONCE)):
        yield _ENCODER.encode_lines(some)


def _read_lines(path: Path, kind: type[_T]) -> Iterator[_T]:
    """Decode whole lines; what stands after the last newline is still being written and is left out."""
    decoder = msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    try:
                        yield decoder.decode(line)
                    except msgspec.MsgspecError as error:
                        raise InputError(f"damaged line of a run: {error}", path=path, line=number) from error
    except FileNotFoundError:
        return
    except OSError as error:
        raise _trouble(path, error) from error


def read_record(path: Path) -> RunRecord:
    """Read `run.json` of a run directory. Raises InputError if it is not one."""
    file = path / "run.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=RunRecord)
    except msgspec.MsgspecError as error:
        raise InputError(f"not a run's record: {error}", path=file) from error
    except OSError as error:
        raise _trouble(file, error) from error


def _cut_incomplete_line(fd: int) -> int:
    """Drop what follows the last newline; return the size that is left."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "results.jsonl is not a regular file")
    size = status.st_size
    end, step = size, 1 << 16
    while end > 0:
        start = max(0, end - step)
        at = os.pread(fd, end - start, start).rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end < size:
        os.ftruncate(fd, end)
    return end


def _safe(text: str) -> str:
    """A file name for an identifier: its own where that is plain, with a hash where it is not."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)[:80]
    return plain if plain == text else f"{plain}-{fingerprint(text)[:8]}"


def _trouble(path: Path, error: OSError) -> StoreError:
    if error.errno in (errno.EAGAIN, errno.EACCES) and error.filename is None:
        return StoreError(f"{path}: another boxscore process writes this run; wait for it or give another --out")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(
            f"{path}: the disk or a quota is full; results so far are kept: free space and run the same command"
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return StoreError(f"{path}: there is a file where the run directory should be: give another --out")
    return StoreError(f"{path}: cannot write: {error.strerror or error}")
