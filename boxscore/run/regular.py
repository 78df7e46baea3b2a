"""Opens files of run directories that may be anybody's: a pipe would never end to wait, nor a device to be read."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MOST_BYTES = 1 << 30  # of a file that is read as a whole; the record of a million instances has a tenth of it


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, be it behind a link, to be read; never wait. Raises OSError, also for what is none."""
    return open(path, "rb", opener=_opened)


def read_regular(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a regular file as a whole. Raises OSError, also for one of more than `most_bytes`."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes")
        return file.read(size)  # as much memory is taken as is asked for, however little the file has


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise OSError(errno.EINVAL, "it is not a regular file")
    return descriptor
