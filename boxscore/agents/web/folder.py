"""The files of a project as Web-Bench shows them to an agent, and how an answer changes them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.web.page import is_whole_page
from boxscore.agents.web.script import SPACE, key_order
from boxscore.protocols.web.admitted import path_fault
from boxscore.protocols.web.attempts import MOST_BYTES, MOST_FILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PICTURE = "<Binary content...>"
NOT_WHOLE = "Please enter the full HTML codeblock with filename in the language specifier."
_PAGES = ("html", "htm")
_LEADS_OUT = re.compile(r"\.*/|\.+\Z")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MOST_NAME, _MOST_PATH = 255, 4096  # bytes


class Written(Struct, frozen=True, kw_only=True):
    """What an answer changes: files by path. With a `problem`, in words for the model, the others are not written."""

    files: Mapping[str, bytes]
    problem: str = ""


def listed(paths: Iterable[str]) -> list[str]:
    """Sort paths as a walk through folders meets them: by name in each, and the files of a folder in its place."""
    return key_order(sorted(paths, key=lambda path: [part.encode("utf-8", "replace") for part in path.split("/")]))


def shown(files: Mapping[str, bytes], hidden: Sequence[str]) -> dict[str, str]:
    """The texts of the files that an agent is shown, with a placeholder for pictures."""
    return {path: _text(path, files[path]) for path in listed(_not_hidden(files, hidden))}


def written(files: Mapping[str, bytes], given: Mapping[str, str]) -> Written:
    """Write the files of an answer, each whole, over existing ones; an empty file leaves an existing one as it is.

    As in Web-Agent, files before one that cannot be written are written nevertheless.
    """
    wanted = {_joined(name): given[name] for name in key_order(given) if name}
    changed: dict[str, bytes] = {}
    size = sum(map(len, files.values()))
    for path, text in wanted.items():
        there = {**files, **changed}
        content = _SURROGATES.sub("\ufffd", text).encode()
        is_left = there.get(path) == content or (not text.strip(SPACE) and _exists(there, path))
        others, bytes_now = len(there) - (path in there), size + len(content) - len(there.get(path, b""))
        problem = _problem(there, path, text) or ("" if is_left else _refusal(path, others, bytes_now))
        if problem:
            return Written(files=changed, problem=problem)
        if not is_left:
            changed[path], size = content, bytes_now
    return Written(files=changed)


def _exists(files: Mapping[str, bytes], path: str) -> bool:
    return path in files or any(other.startswith(f"{path.removesuffix('/')}/") for other in files)


def _joined(name: str) -> str:
    """Normalise a name to a path in the folder, with its final slash; a path may still lead out of the folder."""
    path = posixpath.normpath(name.lstrip("/") or ".")
    return f"{path}/" if name.endswith("/") and path != "." else path


def _refusal(path: str, count: int, size: int) -> str:
    """Why no sample may give one more file of this path; "" if it may."""
    if count >= MOST_FILES or size > MOST_BYTES:
        return f"a project has at most {MOST_FILES} files and {MOST_BYTES >> 20} MiB"
    return path_fault(path) or ""


def _not_hidden(files: Iterable[str], hidden: Sequence[str]) -> list[str]:
    if not hidden:
        return list(files)
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - for few projects only

    spec = GitIgnoreSpec.from_lines(hidden)
    return [path for path in files if not spec.match_file(path)]


def _text(path: str, content: bytes) -> str:
    name = posixpath.basename(path)
    is_picture = name.endswith(".png") and name != ".png"
    return PICTURE if is_picture else content.decode("utf-8", "replace")


def _problem(files: Mapping[str, bytes], path: str, text: str) -> str:
    """Why a file cannot be written; "" if it can."""
    if path == ".":
        return "path must not be empty"
    if _LEADS_OUT.match(path):
        return f'path should be a `path.relative()`d string, but got "{path}"'
    if path.rpartition(".")[2] in _PAGES and not is_whole_page(text):
        return NOT_WHOLE
    return _no_place(files, path, blank=not text.strip(SPACE))


def _no_place(files: Mapping[str, bytes], path: str, *, blank: bool) -> str:
    """Why there can be no file at this path among others; a `blank` one is no problem where a folder is."""
    parts = path.removesuffix("/").split("/")
    if "\0" in path:
        return "the name of a file must not hold a null byte"
    if len(path.encode(errors="replace")) > _MOST_PATH or any(
        len(part.encode(errors="replace")) > _MOST_NAME for part in parts
    ):
        return f"ENAMETOOLONG: name too long, open './{path[:_MOST_NAME]}'"
    if any("/".join(parts[:count]) in files for count in range(1, len(parts))):
        return f"ENOTDIR: not a directory, open './{path}'"
    is_folder = path not in files and _exists(files, path)
    if (path.endswith("/") or is_folder) and not (blank and is_folder):
        return f"EISDIR: illegal operation on a directory, open './{path}'"
    return ""
