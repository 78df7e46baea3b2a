"""Reads files of a tree for the grader: those of some names, and the names of all; part of the tree program.

Code of the candidate may have run before, so whatever is in the tree is taken for hostile: no link is followed, nothing
but regular files is opened, and there are bounds on all of it.
"""

from __future__ import annotations

import base64
import os
import stat
from typing import Any

from tree_files import TooMuch, walk

GIT = ".git"


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """List a tree and read the files that are asked for, until there are too many bytes or files of them."""
    try:
        found = walk(request["root"], {GIT}, request["characters"])
    except TooMuch as error:
        return {"names": [], "files": {}, "problem": str(error)}
    names = sorted(path for path, entry in found.items() if entry.kind == "file")
    files: dict[str, str] = {}
    left, problem = request["bytes"], ""
    for path in names:
        if not _wanted(request, path):
            continue
        if len(files) >= request["files"]:
            problem = f"more than {request['files']} files"
            break
        data = _read(os.path.join(request["root"], path), left, request["head"])
        if data is None:
            problem = f"more than {request['bytes']} bytes"
            break
        left -= len(data)
        files[_text(path)] = base64.b64encode(data).decode()
    most = request["names"]
    if len(names) > most:
        problem = problem or f"more than {most} files"
    return {"names": [_text(path) for path in names[:most]], "files": files, "problem": problem}


def _wanted(request: dict[str, Any], path: str) -> bool:
    if not path.endswith(tuple(request["ends"])):
        return False
    return not request["within"] or any(folder in "/" + path for folder in request["within"])


def _read(path: str, most: int, head: int | None) -> bytes | None:
    """Read a regular file, or its first `head` bytes; None for more than `most`. What cannot be opened is empty."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        data = file.read(most + 1 if head is None else min(most + 1, head))
    return data if len(data) <= most else None


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")
