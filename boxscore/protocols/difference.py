"""What changed in a file, written as git writes and reads it."""

from __future__ import annotations

import base64
import difflib
import hashlib
import io
import zlib

LETTERS = 26
LINE_BYTES = 2 * LETTERS  # of packed data, whose count is told by a letter


def difference(path: str, old: str | None, new: str | bytes | None) -> str:
    """Write what changed in a file as `git diff` does; None stands for no file, bytes for a new one that is no text."""
    if old == new:
        return ""
    head = f"diff --git a/{path} b/{path}\n"
    if isinstance(new, bytes):
        return head + _binary(new)
    if old is None or new is None:
        head += "new file mode 100644\n" if old is None else "deleted file mode 100644\n"
    names = ("/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}")
    before, after = (io.StringIO(text or "", newline="\n").readlines() for text in (old, new))
    lines = difflib.unified_diff(before, after, *names)
    return head + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _binary(data: bytes) -> str:
    """The part of a patch that makes a new file of bytes."""
    name = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    packed, lines = zlib.compress(data), []
    for start in range(0, len(packed), LINE_BYTES):
        chunk = packed[start : start + LINE_BYTES]
        letter = chr(ord("A") + len(chunk) - 1) if len(chunk) <= LETTERS else chr(ord("a") + len(chunk) - LETTERS - 1)
        lines.append(letter + base64.b85encode(chunk, pad=True).decode() + "\n")
    return (
        f"new file mode 100644\nindex {'0' * 40}..{name}\nGIT binary patch\nliteral {len(data)}\n{''.join(lines)}\n"
        "literal 0\nHcmV?d00001\n\n"
    )
