"""Files of a box, written and read from outside without ever leaving its scratch.

Everything starts at a descriptor of the scratch folder that was taken before anything hostile ran; each part of a path
is opened relative to the one before it and never through a link, so what the box does meanwhile cannot lead us out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from boxscore.boxes.folders import FILE_MODE, PROGRAM_MODE, FolderContents, checked
from boxscore.errors import BoxError, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

ROOT = "/scratch"
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _parts(path: str) -> list[str]:
    folders = path.split("/")
    below = [part for part in folders[2:] if part not in {"", "."}]
    if folders[:2] != ["", ROOT[1:]] or not below or ".." in below or "\0" in path:
        raise ValueError(f"{path!r} is not the path of a file below {ROOT}")
    return below


@contextlib.contextmanager
def _parent(scratch: int, folders: Sequence[str], *, owner: int | None) -> Iterator[int]:
    """Open the folder at the end of `folders`, making those that are missing where there is an `owner` for them."""
    here = os.open(".", FOLDER, dir_fd=scratch)
    try:
        for name in folders:
            if owner is not None:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=here)
                    os.chown(name, owner, owner, dir_fd=here, follow_symlinks=False)
            below = os.open(name, FOLDER, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def put(scratch: int, path: str, data: bytes, *, mode: int, owner: int) -> None:
    """Write a new file, in the place of what was there. Raises ProtocolError if links or files are in the way."""
    *folders, name = _parts(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with _parent(scratch, folders, owner=owner) as parent:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=parent)
            with open(os.open(name, flags, 0o600, dir_fd=parent), "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(data)
                file.flush()
                os.fchown(file.fileno(), owner, owner)
                os.fchmod(file.fileno(), mode)
    except (NotADirectoryError, IsADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise ProtocolError(f"{path!r} cannot be written: {error.strerror}") from error
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.ELOOP}:
            raise ProtocolError(f"{path!r} cannot be written: {error.strerror}") from error
        raise BoxError(f"{path!r} cannot be written into the box: {error.strerror}") from error


def put_folder(scratch: int, path: str, files: Mapping[str, bytes], *, executable: Collection[str], owner: int) -> None:
    """Write files below a folder, which is made. Raises what `put` does, and UsageError for names."""
    checked(files, executable)
    try:
        with _parent(scratch, _parts(path), owner=owner):
            pass
    except OSError as error:
        raise ProtocolError(f"{path!r} cannot be written: {error.strerror}") from error
    for name, data in files.items():
        put(scratch, f"{path}/{name}", data, mode=PROGRAM_MODE if name in executable else FILE_MODE, owner=owner)


def get(scratch: int, path: str, *, max_bytes: int) -> bytes:
    """Read a regular file. Raises FileNotFoundError; ProtocolError if it is a link, no file, or larger."""
    *folders, name = _parts(path)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with _parent(scratch, folders, owner=None) as parent:
            descriptor = os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path!r} is not in the box") from None
    except OSError as error:
        raise ProtocolError(f"{path!r} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ProtocolError(f"{path!r} is not a regular file")
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ProtocolError(f"{path!r} is larger than {max_bytes} bytes")
    return data


def get_folder(scratch: int, path: str, *, max_bytes: int, max_files: int) -> dict[str, bytes]:
    """Read all files below a folder (see `Box.get_folder`)."""
    found = FolderContents(path, max_bytes=max_bytes, max_files=max_files)
    try:
        with _parent(scratch, _parts(path), owner=None) as top:
            _gather(top, "", found)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path!r} is not in the box") from None
    except OSError as error:
        raise ProtocolError(f"{path!r} cannot be read: {error.strerror}") from error
    return found.files


def _gather(folder: int, above: str, found: FolderContents) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = above + entry.name
            if entry.is_symlink() or not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                raise found.refuse(name)
            if entry.is_dir(follow_symlinks=False):
                found.count(name)  # which also bounds how deep this goes
                with _parent(folder, [entry.name], owner=None) as below:
                    _gather(below, f"{name}/", found)
            else:
                found.add(name, _read(folder, entry.name, name, found))


def _read(folder: int, entry: str, name: str, found: FolderContents) -> bytes:
    descriptor = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise found.refuse(name)
        return file.read(found.left_bytes + 1)
