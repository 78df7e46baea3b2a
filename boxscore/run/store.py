"""The run directory: what was asked, the samples, and every result from the moment it is known.

Theory of operation. One process writes a run at a time and holds `lock` alone (`flock`) for as long; the lock goes with
the process, so a killed run leaves none behind. Its text says that the folder is ours: a folder with files that
are not is refused. `samples.jsonl` and `results.jsonl` only grow: each append is whole lines in one write, and a write
that fails half-way is cut off again. What was appended is brought to the disk at most SYNC_S seconds later, and at the
end. After a `kill -9` nothing that was appended is lost; after a power cut, at most what came in the last SYNC_S
seconds. An incomplete last line is cut off when the run is opened again; any other line that is damaged is refused by
its checksum until it is repaired. All other files are replaced as a whole. Readers see whole lines only and need no
lock; reports hold it shared, so that a run does not begin while they are written.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import stat
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import cache
from boxscore.errors import InputError, StoreError, UsageError
from boxscore.own_folders import folder_within, why_unwritable
from boxscore.protocols.details import decoder_of
from boxscore.provenance import FORMAT_VERSION, RunRecord, StoredSample
from boxscore.records import Outcome, Result, Shortener, fingerprint
from boxscore.run.lines import (
    LinePlaces,
    decoded,
    digest_of,
    encode_line,
    lines_digest,
    read_lines,
    read_regular,
    whole_lines,
)

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    Sync = Callable[[int], None]

LOG_BYTES = 64 << 10
RECORD, SAMPLES, RESULTS = "run.json", "samples.jsonl", "results.jsonl"
ANSWERS, ATTEMPTS = "answers.jsonl", "attempts.jsonl"  # of runs that ask a model
JUDGED = "judged.jsonl"  # of those whose agent is told what tests say
SYNC_S = 1.0
OURS = b"boxscore run directory\n"
_AT_ONCE_BYTES = 1 << 20
_READERS_S = 60.0
_ENCODER = msgspec.json.Encoder()
# Made before any thread reads a run: msgspec (0.22.0) crashes the process where two threads meet a type for the first
# time at once, as a view of runs does.
_RECORD_DECODER = msgspec.json.Decoder(RunRecord)
_LINE_DECODERS = (msgspec.json.Decoder(StoredSample), decoder_of(Result))


class Log:
    """A file of lines that only grows, and that is brought to the disk a moment after it grew."""

    def __init__(self, path: Path, sync: Sync) -> None:
        """Open or make the file, and cut off an incomplete last line. Raises StoreError."""
        self.path, self._sync = path, sync
        self._dirty = False
        self._size = 0
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                self._size = _cut_incomplete_line(self._fd)
            except OSError:
                os.close(self._fd)
                raise
        except OSError as error:
            raise _store_error(path, error) from error

    def append(self, data: bytes) -> int:
        """Add whole lines, all of them or none; return where in the file they begin. Raises StoreError."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise _store_error(self.path, error) from error
        self._size += len(data)
        self._dirty = True
        return self._size - len(data)

    def sync(self) -> None:
        """Bring what was appended to the disk. Raises StoreError, also where the file is no longer at its place."""
        if not self._dirty:
            return
        self._dirty = False
        try:
            self._sync(self._fd)
            there = os.path.lexists(self.path) and os.path.samestat(os.fstat(self._fd), self.path.lstat())
        except OSError as error:
            raise _store_error(self.path, error) from error
        if not there:
            raise StoreError(
                f"{self.path} was replaced or removed while the run wrote to it: what came since is lost; "
                "run the same command to grade it again"
            )

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


class RunStore:
    """A run directory opened for writing; made by `open_run`."""

    def __init__(self, path: Path, results: Log, samples: Log, sync: Sync) -> None:
        self.path = path
        self._results, self._samples, self._sync = results, samples, sync
        self._logs, self._syncing = [results], threading.Lock()
        self._grew, self._ended = threading.Event(), threading.Event()
        self._failure: StoreError | None = None

    def record(self) -> RunRecord | None:
        """What an earlier run in this directory was asked, if there was one."""
        return read_record(self.path) if (self.path / RECORD).exists() else None

    def write_record(self, record: RunRecord) -> None:
        """Replace `run.json`."""
        self.write_text(RECORD, msgspec.json.format(_ENCODER.encode(record), indent=2).decode() + "\n")

    @contextmanager
    def further_log(self, name: str) -> Iterator[Callable[[bytes], int]]:
        """Open a file of lines beside the results, which is brought to the disk as they are, while the block runs.

        Yields what appends whole lines and returns where in the file they begin; it raises StoreError as `append`.
        """
        with closing(Log(self.path / name, self._sync)) as log:

            def append(data: bytes) -> int:
                if self._failure is not None:
                    raise self._failure
                place = log.append(data)
                self._grew.set()
                return place

            self._logs.append(log)
            try:
                yield append
            finally:
                with self._syncing:
                    self._logs.remove(log)
                log.sync()

    def add_samples(self, samples: Callable[[], Iterable[StoredSample]]) -> tuple[tuple[tuple[int, int], ...], str]:
        """Append those samples that `samples.jsonl` does not hold yet; return the lines of all, in their order.

        Lines are ranges, first and one past the last, counted from 0, and the hash of them all. `samples` may be called
        twice.
        """
        kept, digest = _prefix(self._samples.path, samples())
        places = _places(self._samples.path) if kept is None else {}
        last = len(places) if kept is None else kept
        numbers, data = list(range(kept or 0)), bytearray()
        for sample in itertools.islice(samples(), kept or 0, None):
            line = encode_line(sample)
            digest.update(line)
            at = places.get(line, last)
            if at == last:
                data += line
                last += 1
            numbers.append(at)
            if len(data) >= _AT_ONCE_BYTES:
                self._samples.append(bytes(data))
                data.clear()
        if data:
            self._samples.append(bytes(data))
        self._samples.sync()
        return line_ranges(numbers), digest.hexdigest()

    def write_text(self, name: str, text: str) -> Path:
        """Replace a file of the run as a whole and return its path."""
        path = self.path / name
        store_file(path, text.encode(), sync=self._sync)
        return path

    def append(self, results: Sequence[Result]) -> None:
        """Add results, all of them or none, and then the logs of those that failed.

        Raises StoreError; what was stored before stays, as do these results if only a log could not be written. They
        are on the disk at most SYNC_S seconds later; that this failed is raised at the next call, or at the end.
        """
        if self._failure is not None:
            raise self._failure
        self._results.append(b"".join(map(encode_line, results)))
        self._grew.set()
        for result in results:
            if result.output and result.outcome is not Outcome.PASSED:
                self._log(result)

    def results(self, keys: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], Result]:
        """The last stored result of each sample (id → key) under its key, without its output.

        Results under other keys stay in the file, for who asks for them again.
        """
        return own_results(self.path, keys) if keys else {}

    def results_by_key(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Result]:
        """A whole result that stands of each instance and key, whatever its sample is called; no copy if possible."""
        found: dict[tuple[str, str], Result] = {}
        for result in read_lines(self.path / RESULTS, Result) if wanted else ():
            name = result.instance_id, result.key
            if name in wanted and result.stands and (name not in found or result.copied_from is None):
                found[name] = result
        return found

    @contextmanager
    def syncing(self, interval_s: float = SYNC_S) -> Iterator[None]:
        """Bring results to the disk in groups while the block runs, and the last ones at its end."""
        thread = threading.Thread(target=self._keep_syncing, args=(interval_s,), name="boxscore-sync", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._grew.set()
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _keep_syncing(self, interval_s: float) -> None:
        while not self._ended.is_set():
            self._grew.wait()
            self._ended.wait(interval_s)
            self._grew.clear()
            self._try_sync()
        self._try_sync()

    def _try_sync(self) -> None:
        try:
            with self._syncing:
                for log in self._logs:
                    log.sync()
        except StoreError as error:
            self._failure = error

    def _log(self, result: Result) -> None:
        path = log_path(self.path, result.instance_id, result.sample_id)
        head = f"{result.instance_id} {result.sample_id}: {result.outcome} {result.reason}\n\n"
        try:
            folder_within(self.path, path.parent.name)
            with open(path, "wb", opener=_no_link) as file:
                file.write((head + result.output).encode(errors="replace")[:LOG_BYTES])
        except OSError as error:
            raise _store_error(Path(error.filename or path), error) from error


@contextmanager
def open_run(path: Path, *, sync: Sync = os.fdatasync) -> Iterator[RunStore]:
    """Open a run directory for writing, making it where it is not there, and keep all other writers out.

    `sync` brings a file or a folder to the disk by its descriptor. Raises UsageError for a folder that holds something
    else, StoreError if it cannot be written or another process writes it, InputError if a line of it is damaged.
    """
    check_folder(path)
    with ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _store_error(path, error) from error
        stack.enter_context(lock_run(path, sync=sync))
        results = stack.enter_context(closing(Log(path / RESULTS, sync)))
        samples = stack.enter_context(closing(Log(path / SAMPLES, sync)))
        try:
            cache.sync_folder(path, sync)
            cache.sync_folder(path.absolute().parent, sync)
        except OSError as error:
            raise _store_error(path, error) from error
        store = RunStore(path, results, samples, sync)
        with store.syncing():
            yield store


@contextmanager
def lock_run(path: Path, *, sync: Sync = os.fdatasync) -> Iterator[None]:
    """Keep all others from writing a run directory. Raises StoreError if one does."""
    with ExitStack() as stack:
        try:
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            stack.callback(os.close, lock)
            _lock_alone(lock)
            if os.fstat(lock).st_size == 0:
                os.write(lock, OURS)
                sync(lock)
        except OSError as error:
            raise _store_error(path, error) from error
        yield


def is_run(path: Path) -> bool:
    """Whether a folder is a run's, by its lock or its `run.json`, be it damaged or not. Raises StoreError."""
    try:
        names = os.listdir(path)  # noqa: PTH208 - names are what is asked for
    except OSError as error:
        raise _unreadable(path, error) from error
    return bool(names) and _is_ours(path, names)


def check_folder(path: Path) -> None:
    """Refuse a folder for a run that holds something else or cannot be written. Raises UsageError, StoreError."""
    if path.is_file():
        raise UsageError(f"{path} is a file: give an empty folder, or one that is not there")
    try:
        if path.exists() and not _is_ours(path, os.listdir(path)):  # noqa: PTH208 - names are what is asked for
            raise UsageError(
                f"{path} is not empty and holds no run of boxscore: give an empty folder, or one that is not there"
            )
    except OSError as error:
        raise _unreadable(path, error) from error
    problem = why_unwritable(path)
    if problem:
        raise StoreError(f"{path}: {problem}")


@contextmanager
def shared(path: Path) -> Iterator[bool]:
    """Keep runs from beginning in a directory while reports of it are made; yields False where one is at work now."""
    with ExitStack() as stack:
        alone = True
        try:
            lock = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        except OSError:  # a directory that was copied without it, or a file system without locks
            pass
        yield alone


def read_run(path: Path) -> tuple[RunRecord, list[StoredSample], dict[tuple[str, str], Result]]:
    """Read a run without locking it: what was asked, its samples, and the results that are theirs by key.

    Results are without their output. Raises InputError if it is no run, or a damaged one.
    """
    if not (path / RECORD).exists():
        if path.is_dir() and is_run(path):
            raise InputError(
                "the run has no run.json; rerun the original command to write it",
                path=path,
            )
        raise InputError("not a run directory (it has no run.json)", path=path)
    record = read_record(path)
    samples = _chosen(path / SAMPLES, record)
    keys = {(sample.instance_id, sample.sample_id): sample.key for sample in samples}
    return record, samples, own_results(path, keys)


class _OutputLine(Struct, frozen=True):
    instance_id: str
    sample_id: str
    key: str = ""
    output: str = ""


class Outputs:
    """The output of the last stored result of each sample of a run directory, under each key that it was graded."""

    def __init__(self, folder: Path) -> None:
        """Find where each sample's line is. Raises InputError, StoreError."""
        self._lines = LinePlaces(folder / RESULTS, _OutputLine, lambda one: (one.instance_id, one.sample_id, one.key))

    def __call__(self, result: Result) -> str:
        """Read what a sample printed; what the result itself says where none is stored. Raises StoreError."""
        line = self._lines.read((result.instance_id, result.sample_id, result.key), _OutputLine)
        return result.output if line is None else line.output

    def whole(self, result: Result) -> Result:
        """Read what a run holds without its output and pictures with these. Raises StoreError."""
        if result.detail is None or not result.detail.has_files:
            return msgspec.structs.replace(result, output=self(result))
        line = self._lines.read((result.instance_id, result.sample_id, result.key), Result)
        return result if line is None else msgspec.structs.replace(result, output=line.output, detail=line.detail)


def line_ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Numbers of lines, in their order, as ranges: first, and one past the last."""
    found = list[tuple[int, int]]()
    for at in numbers:
        first = found.pop()[0] if found and found[-1][1] == at else at
        found.append((first, at + 1))
    return tuple(found)


def store_file(path: Path, data: bytes | Iterable[bytes], *, sync: Sync = os.fsync) -> None:
    """Replace a file of a run directory as `cache.replace_file` does, but raise StoreError."""
    try:
        cache.replace_file(path, data, sync=sync)
    except OSError as error:
        raise _store_error(path, error) from error


def pending(
    keys: Mapping[tuple[str, str], str], found: Mapping[tuple[str, str], Result], *, alone: bool = False
) -> tuple[set[tuple[str, str]], dict[tuple[str, str], Result]]:
    """Split samples (id → key) into those still to grade and the results that stand, of those found under their keys.

    `alone`: only a result that came of grading its own sample stands.
    """
    standing = {name: result for name, result in found.items() if result.stands and not (alone and result.copied_from)}
    return keys.keys() - standing.keys(), standing


def own_results(path: Path, keys: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], Result]:
    """Read results by the keys of their samples, in the order in which samples were first graded.

    They lack their output. Raises InputError for a damaged line, StoreError.
    """
    shorten, own = Shortener(), {}
    for result in read_lines(path / RESULTS, Result):
        name = result.instance_id, result.sample_id
        if keys.get(name) == result.key:
            own[name] = shorten(result)
    return own


def read_record(path: Path) -> RunRecord:
    """Read `run.json` of a run directory. Raises InputError if it is not one."""
    file = path / RECORD
    try:
        record = _RECORD_DECODER.decode(read_regular(file))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"not a run's record: {error}; delete it and rerun the original command", path=file) from error
    except OSError as error:
        raise _unreadable(file, error) from error
    if (written := record.provenance.format_version) > FORMAT_VERSION:
        raise InputError(
            f"is of a newer boxscore: it has format {written}, and this one reads up to {FORMAT_VERSION}", path=file
        )
    return record


def _chosen(path: Path, record: RunRecord) -> list[StoredSample]:
    """The samples of the last command in a run directory."""
    lines = list(whole_lines(path))
    every = list(decoded(path, lines, StoredSample))
    if any(not 0 <= first <= end <= len(every) for first, end in record.sample_lines) or _most(record) > len(every):
        raise InputError("samples are missing; rerun the original command", path=path)
    chosen = [number for first, end in record.sample_lines for number in range(first, end)]
    named = record.provenance.samples_digest
    if len(set(chosen)) < len(chosen) or (named and digest_of(lines[number] for number in chosen) != named):
        raise InputError(
            "the lines that run.json names are not those of its run; rerun the original command", path=path
        )
    return [every[number] for number in chosen]


def _most(record: RunRecord) -> int:
    """How many lines a record names, before any of them is made a number of."""
    return sum(end - first for first, end in record.sample_lines)


def _prefix(path: Path, samples: Iterable[StoredSample]) -> tuple[int | None, hashlib.blake2b]:
    """How many lines a file has, and their hash, if it holds the first of these samples and nothing else."""
    rest, count, digest = map(encode_line, samples), 0, lines_digest()
    for line in whole_lines(path):
        if next(rest, None) != line:
            return None, lines_digest()
        digest.update(line)
        count += 1
    return count, digest


def _places(path: Path) -> dict[bytes, int]:
    """Line → its number, of a file of samples. Raises InputError for a damaged line."""
    for _ in read_lines(path, StoredSample):
        pass
    return {line: number for number, line in enumerate(whole_lines(path))}


def _is_ours(path: Path, names: Sequence[str]) -> bool:
    """Whether a folder holds nothing, or a run: by what its lock says, else by its `run.json`."""
    if not names:
        return True
    with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        if "lock" in names and not (path / "lock").is_symlink():
            text = read_regular(path / "lock", LOG_BYTES)
            if text == OURS or (not text and list(names) == ["lock"]):
                return True
        if RECORD in names:
            msgspec.json.decode(read_regular(path / RECORD), type=RunRecord)
            return True
    return False


def _lock_alone(lock: int) -> None:
    """Hold a lock alone, waiting for reports that hold it together. Raises OSError where a run holds it."""
    deadline = time.monotonic() + _READERS_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # fails where it is held alone: by a run
            fcntl.flock(lock, fcntl.LOCK_UN)
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _cut_incomplete_line(fd: int) -> int:
    """Drop what follows the last newline; return the size that is left."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
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


def _no_link(path: str, flags: int) -> int:
    """Open a file of ours; what a link points to is none."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def log_path(run: Path, instance_id: str, sample_id: str) -> Path:
    """Where the log of a sample is, if it failed and printed anything."""
    return run / "logs" / f"{safe_name(instance_id)}.{safe_name(sample_id)}.log"


def safe_name(text: str) -> str:
    """A file name for an identifier: its own where that is plain, with a hash where it is not."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)[:80]
    return plain if plain == text else f"{plain}-{fingerprint(text)[:8]}"


def _unreadable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: cannot be read: {error.strerror or error}")


def _store_error(path: Path, error: OSError) -> StoreError:
    if error.errno == errno.ELOOP:
        return StoreError(f"{path} is a symbolic link: a run writes to no file elsewhere; remove it")
    if error.errno in (errno.EAGAIN, errno.EACCES) and error.filename is None:
        return StoreError(f"{path}: another boxscore process is writing to this run; wait for it or give another --out")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(
            f"{path}: the disk or a quota is full; results so far are kept; free some space and run the same command"
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return StoreError(f"{path}: a file is in the place of the run directory; give another --out")
    return StoreError(f"{path}: cannot write: {error.strerror or error}")
