"""Which patches are let near a tree: judged by their text, and again by the tree that they leave.

docs/patches.md has the rules in plain words.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from boxscore.protocols.patch.diff import PatchedFile, UnclearName, read_files
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TEXT_BYTES = 5 << 20
MAX_FILES = 3000
MAX_GROWTH_BYTES = 64 << 20
MAX_PATH_CHARS, MAX_PART_BYTES = 1024, 255
_FILE_MODES = frozenset({"100644", "100755", "100664", "120000", "160000"})  # of a submodule git makes an empty folder
_LINK_MODE = "120000"
_ODD_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # which show a name otherwise
_GIT_SHORT = re.compile(r"git~\d+")  # what .git is called on file systems with short names

Path = Annotated[str, Meta(max_length=8192)]


class Refused(Struct, frozen=True, kw_only=True):
    """A sample that is not graded further, and why; `reason` is for people."""

    outcome: Outcome
    reason: str


class PatchText(Struct, frozen=True, kw_only=True):
    """A patch whose text was admitted: `text` as it came, `paths` the files of the tree it names, in their order."""

    text: str
    paths: tuple[str, ...]


class TreeEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands at a path of a tree: a `file`, `folder`, `link` or something `other`.

    `inside` tells of a link whether it leads to a place inside of the tree.
    """

    kind: Annotated[str, Meta(pattern="^(file|folder|link|other)$")]
    size: Annotated[int, Meta(ge=0)] = 0
    executable: bool = False
    target: Path = ""
    inside: bool = True


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A path at which a tree differs from the instance's; None where nothing stands."""

    path: Path
    before: TreeEntry | None
    after: TreeEntry | None


def reject(reason: str) -> Refused:
    """Refuse a patch for what it is or does."""
    return Refused(outcome=Outcome.PATCH_REJECTED, reason=reason)


def read_patch(text: str, *, max_bytes: int = MAX_TEXT_BYTES) -> PatchText | Refused:
    """Admit a patch by its text."""
    if not text.strip():
        return Refused(outcome=Outcome.NO_CODE, reason="the patch is empty")
    problem = _text_problem(text, max_bytes)
    if problem:
        return reject(problem)
    paths: dict[str, None] = {}
    try:
        for count, part in enumerate(read_files(text)):
            problem = f"it names more than {MAX_FILES} files" if count == MAX_FILES else _problem(part)
            if problem:
                return reject(problem)
            paths |= dict.fromkeys(part.paths)
    except UnclearName as error:
        return reject(str(error))
    return PatchText(text=text, paths=tuple(paths)) if paths else reject("it is not a diff: it names no file")


def _text_problem(text: str, max_bytes: int) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "the patch is not text: it holds half of a surrogate pair"
    if size > max_bytes:
        return f"the patch has {size} bytes; {max_bytes} are allowed"
    return "the patch is not text: it holds a NUL" if "\0" in text else ""


def read_changes(changes: Iterable[Change], *, tests: frozenset[str]) -> Refused | None:
    """Admit a patch by what it did to a tree; `tests` are the files that the required tests stand in."""
    count = growth = 0
    for change in changes:
        count += 1
        growth += change.after.size if change.after is not None else 0
        problem = name_problem(change.path) or _entry_problem(change, tests)
        if problem:
            return reject(problem)
    if count > MAX_FILES:
        return reject(f"it changes {count} files; {MAX_FILES} are allowed")
    if growth > MAX_GROWTH_BYTES:
        return reject(f"it writes {growth} bytes; {MAX_GROWTH_BYTES} are allowed")
    return None


def name_problem(name: str) -> str:
    """Say what is wrong with the name of a file in a patch or in the tree it leaves; "" if nothing."""
    problem = ""
    if not name or name.startswith("/"):
        problem = "an absolute path"
    elif len(name) > MAX_PATH_CHARS:
        problem = f"a path of {len(name)} characters where {MAX_PATH_CHARS} are allowed"
    elif any(unicodedata.category(one) in _ODD_CATEGORIES or one in _DIRECTIONS for one in name):
        problem = "a path with control characters"
    else:
        problem = next(filter(None, map(_part_problem, re.split(r"[/\\]", name))), "")
    return f"{problem}: {name[:100]!a}" if problem else ""


def _part_problem(part: str) -> str:
    """Say what is wrong with one part of a path, as any file system would read it."""
    plain = "".join(one for one in part if unicodedata.category(one) != "Cf")  # which some file systems leave out
    folded = unicodedata.normalize("NFKC", plain).casefold().partition(":")[0].rstrip(" .")
    if part in {"", ".", ".."}:
        return "a path with empty, `.` or `..` parts"
    if folded == ".git" or _GIT_SHORT.fullmatch(folded):
        return "a path in git's own folder"
    return f"a path with a part of more than {MAX_PART_BYTES} bytes" if len(part.encode()) > MAX_PART_BYTES else ""


def _problem(part: PatchedFile) -> str:
    """Say why one file's part of a patch is refused; "" if it is not."""
    modes = {mode for mode in part.modes if mode.isdecimal()}
    odd = sorted(modes - _FILE_MODES)
    problem = next(filter(None, map(name_problem, (*part.names, *part.paths))), "")
    if odd:
        problem = f"it sets a file mode that is not allowed: {odd[0][:20]}"
    elif not problem and _LINK_MODE in modes and leads_out(part.paths[-1] if part.paths else "", part.link):
        problem = f"it makes a symbolic link that leads out of the tree: {part.link[:100]!a}"
    elif not problem and (part.binary_bytes or 0) > MAX_GROWTH_BYTES:
        problem = f"it holds {part.binary_bytes} bytes of binary data; {MAX_GROWTH_BYTES} are allowed"
    return problem


def leads_out(path: str, target: str) -> bool:
    """Tell whether a link at `path` is absolute or climbs out of the tree, by its text alone."""
    if target.startswith("/"):
        return True
    depth = path.count("/")
    for part in target.split("/"):
        depth += -1 if part == ".." else part not in {"", "."}
        if depth < 0:
            return True
    return False


def _entry_problem(change: Change, tests: frozenset[str]) -> str:
    after, path = change.after, ascii(change.path[:100])
    if after is None:
        return ""
    if after.kind == "other":
        return f"it leaves something that is neither file nor folder: {path}"
    if after.kind != "link":
        return ""
    if leads_out(change.path, after.target) or not after.inside:
        return f"it leaves a symbolic link that leads out of the tree: {path}"
    if any(f"{test}/".startswith(f"{change.path}/") for test in tests):
        return f"it puts a symbolic link in the place of a test file or a folder of them: {path}"
    steps = (step for step in after.target.split("/") if step not in {"", ".", ".."})
    problem = next(filter(None, map(_part_problem, steps)), "")
    return f"it leaves a symbolic link to {problem}: {path}" if problem else ""
