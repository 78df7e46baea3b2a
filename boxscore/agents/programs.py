"""Small shell programs that agents' commands and files go through inside a box, as its ordinary user.

They follow links and go wherever that user may go: it is the box's own file system, so nothing but the box is at stake.
Words come as arguments, never as text. They need `sh`, `cat`, `head`, `chmod`, `dirname` and `mkdir`, no more.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_COMMAND = 128 << 10  # Linux gives a program no longer argument
ERRNO_BASE = 60  # exit codes of `PUT` and `GET` from here on are this and an error's number

_ARGV = 'cd -- "$1" || exit 127; shift; exec "$@"'
_TEXT = 'cd -- "$1" || exit 127; if command -v bash >/dev/null 2>&1; then exec bash -c "$2"; fi; exec sh -c "$2"'

_ERRORS = {
    "ABSENT": errno.ENOENT,
    "DENIED": errno.EACCES,
    "FOLDER": errno.EISDIR,
    "NO_FOLDER": errno.ENOTDIR,
    "FULL": errno.ENOSPC,
    "ODD": errno.EINVAL,
    "BROKEN": errno.EIO,
}

_PUT = """
umask 022
[ ! -d "$1" ] || exit FOLDER
[ ! -e "$1" ] || [ -f "$1" ] || exit ODD
folder=$(dirname -- "$1")
if [ ! -d "$folder" ] && ! mkdir -p -- "$folder"; then
  while [ ! -e "$folder" ]; do folder=$(dirname -- "$folder"); done
  [ -d "$folder" ] || exit NO_FOLDER
  [ -w "$folder" ] || exit DENIED
  exit FULL
fi
if [ -e "$1" ]; then [ -w "$1" ] || exit DENIED; else [ -w "$folder" ] || exit DENIED; fi
cat > "$1" || exit FULL
[ -z "$2" ] || chmod -- "$2" "$1" || exit DENIED
"""

# What is in a folder, without the folder itself: where it goes to belongs to others, perhaps, and keeps its mode.
_CONTENTS = """
cd -- "$1" || exit 1
to=$2
set -- ./* ./.[!.]* ./..?*
for one; do
  shift
  if [ -e "$one" ] || [ -L "$one" ]; then set -- "$@" "$one"; fi
done
[ $# -gt 0 ] || exit 0
"""

_GET = """
if [ ! -e "$1" ]; then
  folder=$(dirname -- "$1")
  [ ! -d "$folder" ] || [ -x "$folder" ] || exit DENIED
  exit ABSENT
fi
[ ! -d "$1" ] || exit FOLDER
[ -f "$1" ] || exit ODD
[ -r "$1" ] || exit DENIED
exec head -c "$2" -- "$1"
"""


def _numbered(script: str) -> str:
    for name, number in _ERRORS.items():
        script = script.replace(f"exit {name}", f"exit {ERRNO_BASE + number}")
    return script.strip()


_PUT, _GET = _numbered(_PUT), _numbered(_GET)


def command(words: str | Sequence[str], *, cwd: str) -> list[str]:
    """Return what runs a command in a folder: text by `bash -c`, or by `sh -c` where there is no bash."""
    if isinstance(words, str):
        return ["/bin/sh", "-c", _TEXT, "box", cwd, words]
    return ["/bin/sh", "-c", _ARGV, "box", cwd, *words]


def put(path: str, *, mode: int | None) -> list[str]:
    """Return what writes its input to a file, making folders; without a `mode` a file that is there keeps its own."""
    return ["/bin/sh", "-c", _PUT, "box", path, "" if mode is None else f"{mode:o}"]


def get(path: str, *, most: int) -> list[str]:
    """Return what prints the first `most` bytes of a regular file."""
    return ["/bin/sh", "-c", _GET, "box", path, str(most)]


def copy(source: str, folder: str) -> list[str]:
    """Return what copies all in one folder of a box into another that is there, with modes, times and links."""
    return ["/bin/sh", "-c", f'{_CONTENTS}exec cp -a -- "$@" "$to/"', "box", source, folder]


def pack(folder: str) -> list[str]:
    """Return what prints an archive of what is in a folder; nothing for an empty one."""
    return ["/bin/sh", "-c", f'{_CONTENTS}exec tar -cf - "$@"', "box", folder, ""]


def unpack(folder: str) -> list[str]:
    """Return what extracts an archive into a folder; what is in it belongs to the box's user."""
    return ["tar", "-C", folder, "-xpof", "-"]


def failure(exit_code: int | None, path: str, said: bytes) -> OSError | None:
    """Say why `put` or `get` failed; None where it did not."""
    if exit_code == 0:
        return None
    number = -1 if exit_code is None else exit_code - ERRNO_BASE
    if number not in _ERRORS.values():
        number = errno.EIO
    words = said[-300:].decode(errors="replace").strip()
    text = {errno.EINVAL: "not a regular file", errno.ENOSPC: "cannot be written"}.get(number) or os.strerror(number)
    return OSError(number, f"{text} in the box{f' ({words})' if words else ''}", path)
