"""Folders of files inside a box: listed, compared, copied, removed, restored; never through a link.

Part of the tree program (see tree.py). Paths are relative to the root of a tree unless they are called folders.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import subprocess
from typing import NamedTuple

OPEN = 0o700
ARGUMENTS = 500  # of one command


class Entry(NamedTuple):
    """What stands at a path: `kind` is file, folder, link or other; `target` is where a link points."""

    kind: str
    size: int = 0
    executable: bool = False
    changed_ns: int = 0
    target: str = ""


class TooMuch(Exception):  # noqa: N818 - what it says of a tree
    """A tree has more, or longer, paths than were to be listed."""


def walk(folder: str, skip: set[str], most: int | None = None) -> dict[str, Entry]:
    """List everything below a folder but the paths in `skip`, opening folders that were closed to us.

    Raises TooMuch where the paths have more than `most` characters together.
    """
    found: dict[str, Entry] = {}
    waiting = [""]
    left = most
    while waiting:
        here = waiting.pop()
        try:
            with _scan(os.path.join(folder, here)) as items:
                for item in items:
                    path = here + "/" + item.name if here else item.name
                    if left is not None and (left := left - len(path)) < 0:
                        raise TooMuch(f"paths of more than {most} characters")
                    if path not in skip:
                        found[path] = entry = _entry(item)
                        if entry.kind == "folder":
                            waiting.append(path)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:  # what is too deep for a path, no program finds by one
                raise
    return found


def _scan(folder: str) -> os._ScandirIterator[str]:
    try:
        return os.scandir(folder)
    except PermissionError:
        os.chmod(folder, OPEN)
        return os.scandir(folder)


def _entry(item: os.DirEntry[str]) -> Entry:
    status = item.stat(follow_symlinks=False)
    if stat.S_ISREG(status.st_mode):
        return Entry("file", status.st_size, bool(status.st_mode & 0o100), status.st_mtime_ns)
    if stat.S_ISDIR(status.st_mode):
        return Entry("folder")
    if stat.S_ISLNK(status.st_mode):
        return Entry("link", target=os.readlink(item.path))
    return Entry("other")


class Pair(NamedTuple):
    """The instance's tree and the candidate's, each as a folder and as it was listed.

    With `stamped` equal times mean equal content: no candidate's code ran since the one was copied from the other.
    """

    original: str
    tree: str
    before: dict[str, Entry]
    after: dict[str, Entry]
    stamped: bool

    def differs(self, path: str) -> bool:
        old, new = self.before.get(path), self.after.get(path)
        if old is None or new is None or old.kind != "file" or new.kind != "file":
            return old != new
        if old.size != new.size or old.executable != new.executable:
            return True
        if self.stamped and old.changed_ns == new.changed_ns:
            return False
        return read(self.original, path) != read(self.tree, path)


def read(folder: str, path: str) -> bytes:
    """Read a regular file that was just listed as one, opening it if it was closed to us."""
    full = os.path.join(folder, path)
    try:
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError:
        os.chmod(full, 0o644)
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        return file.read()


def digest(folder: str, path: str, entry: Entry | None) -> str:
    if entry is None or entry.kind != "file":
        return _outline(entry)
    return _outline(entry) + hashlib.sha256(read(folder, path)).hexdigest()


def has_digest(folder: str, path: str, entry: Entry | None, expected: str) -> bool:
    """Tell whether what stands at a path has this digest; reads no more than the file that had it has."""
    if entry is None or entry.kind != "file":
        return _outline(entry) == expected
    return expected.startswith(_outline(entry)) and digest(folder, path, entry) == expected


def _outline(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.kind == "link":
        return "link:" + hashlib.sha256(os.fsencode(entry.target)).hexdigest()
    return "%s:%d:%d:" % (entry.kind, entry.executable, entry.size)  # noqa: UP031 - the shortest of the ways


def copy_tree(source: str, target: str, skip: set[str], links: list[str]) -> None:
    """Copy a folder's content into an empty one, without `skip`; `links` become links to the originals."""
    whole = []
    for name in os.listdir(source):
        if name in skip:
            continue
        path = os.path.join(source, name)
        if name in links:
            os.symlink(path, os.path.join(target, name))
        elif any(link.startswith(name + "/") for link in links):
            below = os.path.join(target, name)
            os.mkdir(below)
            copy_tree(path, below, set(), [link[len(name) + 1 :] for link in links if link.startswith(name + "/")])
        else:
            whole.append(path)
    copy = ["cp", "-dR", "--preserve=timestamps,links", "--reflink=auto", "-t", target, "--"]
    for start in range(0, len(whole), ARGUMENTS):
        subprocess.run(  # noqa: S603 - no shell reads it
            [*copy, *whole[start : start + ARGUMENTS]], check=True, stdin=subprocess.DEVNULL
        )

    for name in whole:  # the original's folders may be closed to writing
        for folder, _, _ in os.walk(os.path.join(target, os.path.basename(name))):
            os.chmod(folder, 0o755)  # noqa: S103 - as a checkout makes them


def reopen(folder: str) -> None:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(folder, OPEN)


def remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        # These two get through folders that are closed, or nested deeper than a path can say.
        subprocess.run(["chmod", "-R", "u+rwX", path], check=False, stderr=subprocess.DEVNULL)  # noqa: S603, S607
        subprocess.run(["rm", "-rf", "--", path], check=True, stdin=subprocess.DEVNULL)  # noqa: S603, S607
    elif os.path.lexists(path):
        _unlink(path)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except PermissionError:
        os.chmod(os.path.dirname(path), OPEN)
        os.unlink(path)


def prune(tree: str, path: str, keep: dict[str, Entry]) -> None:
    """Remove the folders above a removed path that are empty now and were not there before."""
    parent = os.path.dirname(path)
    while parent and parent not in keep:
        try:
            os.rmdir(os.path.join(tree, parent))
        except OSError:
            return
        parent = os.path.dirname(parent)


def place(source: str, tree: str, path: str) -> None:
    """Put a file or link of the folder `source` at the same path of a tree, clearing its way."""
    here = tree
    for part in path.split("/")[:-1]:
        here = os.path.join(here, part)
        if os.path.islink(here) or not os.path.isdir(here):
            remove(here)
            os.mkdir(here)
        else:
            reopen(here)
    full = os.path.join(tree, path)
    remove(full)
    shutil.copy2(os.path.join(source, path), full, follow_symlinks=False)


def write(folder: str, path: str, text: str) -> None:
    full = os.path.join(folder, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8", newline="") as file:
        file.write(text)
