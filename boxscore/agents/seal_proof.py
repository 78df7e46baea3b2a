"""What a seal is held to: the facts that were found in a box before an agent got it, and what they must be.

The facts come from `sandbox/seal.py`, which ran in the box before anything else did. They are decoded strictly all the
same, and judged here, where the tests of the verdict are known: of these a box is told paths and digests, never a line.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct
from packaging.version import InvalidVersion, Version

from boxscore.errors import BoxError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Line = Annotated[str, Meta(max_length=8192)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
SHOWN_CHARS = 300
_NEW_BLOB = re.compile(r"(?m)^index [0-9a-f]{7,64}\.\.([0-9a-f]{7,64})(?: |$)")


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """What git says of a repository in a box: `beyond` are objects that its base commit does not lead to.

    `leftovers` are files in `.git` that no fresh repository has.
    """

    base: Line
    commits: Count
    objects: Count
    beyond: Lines
    leftovers: Lines


class Project(Struct, frozen=True, forbid_unknown_fields=True):
    """What a repository's project is called, and which version it says it is."""

    names: Lines
    versions: Lines


class Installed(Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the project's name outside its tree, and how many of its modules are the tree's, others, new."""

    path: Line
    version: Line
    same: Count
    other: Count
    unknown: Count


class Facts(Struct, frozen=True, forbid_unknown_fields=True):
    """What was found in a box; see `sandbox/seal.py`. From `git` on it is of repositories alone."""

    interfaces: Lines
    reachable: Lines
    entries: Lines = ()
    git: History | None = None
    tests: Lines = ()
    project: Project | None = None
    copies: Lines = ()
    answers: Lines = ()
    installed: Annotated[tuple[Installed, ...], Meta(max_length=200)] = ()
    archives: Lines = ()


def read_facts(data: bytes) -> Facts:
    """Decode what the program in the box has printed. Raises BoxError."""
    try:
        return msgspec.json.decode(data, type=Facts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"what was found in an agent's box cannot be read: {error}") from error


def added_tests(patch: str) -> tuple[str, ...]:
    """The files that a test patch adds."""
    return tuple(path for path, head, _ in _files(patch) if _is_new(head))


def blobs_of_tests(patch: str) -> dict[str, list[str]]:
    """The names, perhaps shortened, that git gives what a test patch makes of files, by the last part of their paths.

    Git says so in the patch; of a new file in one that does not, they are computed.
    """
    found: dict[str, list[str]] = {}
    for path, head, body in _files(patch):
        match = _NEW_BLOB.search(head)
        blobs = [match[1]] if match else _blobs_of_new(body) if _is_new(head) else []
        found.setdefault(path.rpartition("/")[2], []).extend(blob for blob in blobs if set(blob) != {"0"})
    return found


def _files(patch: str) -> Iterator[tuple[str, str, str]]:
    """Path after, head and hunks of each file of a patch, which git has written; quoted names, which are rare, not."""
    for part in re.split(r"(?m)^(?=diff --git )", patch):
        head, _, body = part.partition("\n@@ ")
        target = re.search(r"(?m)^\+\+\+ b/([^\t\n]+)", head) or re.search(r"(?m)^rename to (.+)$", head)
        if target is not None:
            yield target[1], head, body


def _is_new(head: str) -> bool:
    return "\nnew file mode " in head or "\n--- /dev/null" in head


def _blobs_of_new(body: str) -> list[str]:
    text = "".join(f"{line[1:]}\n" for line in body.split("\n") if line.startswith("+")).encode(errors="replace")
    whole = (text, text.removesuffix(b"\n"))
    return [hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() for data in whole]  # noqa: S324 - git's own


def check(facts: Facts, *, interfaces: int, subject: str) -> None:
    """See that a box keeps what a seal promises. Raises HarnessError, which names all that is broken."""
    broken = list(_broken(facts, interfaces))
    if broken:
        raise HarnessError(f"the box for an agent on {subject} is not sealed", details=broken)


def _broken(facts: Facts, interfaces: int) -> Iterator[str]:
    git = facts.git
    if git is not None and (git.commits != 1 or not re.fullmatch(r"[0-9a-f]{40,64}", git.base)):
        yield f"its repository has {git.commits} commits up to its base ({git.base[:80]!r}), not 1"
    found: dict[str, Iterable[str]] = {
        "it has network interfaces": facts.interfaces if len(facts.interfaces) > interfaces else (),
        "what is the host's can be reached": facts.reachable,
        "its folder is not empty": facts.entries,
        "there are objects that the base commit does not lead to": git.beyond if git else (),
        "there are further files in .git": git.leftovers if git else (),
        "there are other repositories or packs": facts.copies,
        "files that the verdict's tests add are there": facts.tests,
        "files of the verdict's tests are in it": facts.answers,
        "there are archives of the project": facts.archives,
        "another version of the project is installed": [
            f"{one.path} ({one.version or 'unknown'})" for one in facts.installed if _is_another(one, facts.project)
        ],
    }
    for what, names in found.items():
        if names:
            yield f"{what}: {', '.join(names)[:SHOWN_CHARS]!a}"


def _is_another(package: Installed, project: Project | None) -> bool:
    """Tell whether an installed package is another version of the project than the tree is.

    Modules that are the tree's own settle it; else its version must not be above the tree's.
    """
    if not package.other and (package.same or not package.unknown):
        return False
    base = max((version for version in map(_version, project.versions if project else ()) if version), default=None)
    mine = _version(package.version)
    return base is None or mine is None or mine > base


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
