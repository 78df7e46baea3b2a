"""Standard streams and limits as the command line needs them, whatever the caller left of them.

A closed descriptor 0, 1 or 2 would be given to the next file that is opened, and what is printed would go there; so
something is put in its place before anything else. What cannot be printed on standard output is an error (exit code 2,
or 141 like other programs where the reader went away); what cannot be said on standard error is lost.
"""

from __future__ import annotations

import errno
import io
import os
import select
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, cast

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

_IN, _OUT, _ERR = 0, 1, 2
_SHOWN_CHARS = 200  # of a path


class OutputClosed(UsageError):  # noqa: N818 - what happened says it best
    """Standard output cannot be written: results that were to be printed are lost, files of a run are not."""

    def __init__(self, error: OSError) -> None:
        self.reader_left = error.errno == errno.EPIPE
        super().__init__(
            f"standard output cannot be written: {error.strerror or error}; "
            "if this was a run, its results are in its directory"
        )


class _Stream(io.FileIO):
    """A descriptor whose trouble goes to `on_error`; after the first, what is written is dropped."""

    def __init__(self, descriptor: int, on_error: Callable[[OSError], None]) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._on_error, self._broken = on_error, False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes, also where the descriptor is one that does not wait."""
        size = memoryview(data).nbytes
        if self._broken:
            return size
        try:
            while (written := cast("int | None", super().write(data))) is None:
                select.select((), (self,), ())
        except OSError as error:
            self._broken = True
            self._on_error(error)
            return size
        return written


def prepare_streams() -> None:
    """Make descriptors 0, 1 and 2, and what Python prints through them, fit to be used. For a process of our own."""
    with suppress(ValueError):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored by the caller, no exit code of a child could be had
    _fill(_IN, os.O_RDONLY)
    _fill(_OUT, os.O_RDONLY)  # closed is closed: printing there must fail
    _fill(_ERR, os.O_WRONLY)
    sys.stdout = _text(_OUT, sys.stdout, _raise)
    sys.stderr = _text(_ERR, sys.stderr, _forget)


def finish_output() -> None:
    """Print what is still to be printed. Raises OutputClosed."""
    sys.stdout.flush()


def out_of_files(error: OSError) -> UsageError | None:
    """What to tell of an error that says that there are too many open files; None for others."""
    if error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    whose = "this process" if error.errno == errno.EMFILE else "this machine"
    return UsageError(f"{whose} has too many open files: raise the limit (`ulimit -n`) or lower -j/--workers")


def out_of_reach(error: OSError) -> UsageError | None:
    """What to tell of a path that this user may not reach, or that is too long to be one; None for other errors.

    Whether a path is there is asked in many places, and Python answers with these errors in place of "no".
    """
    if error.errno not in {errno.EACCES, errno.ENAMETOOLONG} or not isinstance(error.filename, str):
        return None
    name = error.filename if len(error.filename) <= _SHOWN_CHARS else f"{error.filename[:_SHOWN_CHARS]}…"
    way = ": this user may not use it or a folder above it" if error.errno == errno.EACCES else ""
    return UsageError(f"{name}: {error.strerror}{way}")


def _fill(descriptor: int, flags: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, flags)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - its signature


def _text(descriptor: int, before: TextIO | None, on_error: Callable[[OSError], None]) -> TextIO:
    """A text stream of a descriptor; what its encoding cannot express is escaped."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    buffer = io.BufferedWriter(_Stream(descriptor, on_error))
    lines = descriptor == _ERR or buffer.isatty()
    return io.TextIOWrapper(buffer, encoding, errors="backslashreplace", line_buffering=lines)


def _raise(error: OSError) -> None:
    raise OutputClosed(error) from error


def _forget(_: OSError) -> None:
    """Nobody can be told."""
