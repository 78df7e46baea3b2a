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
    from collections.abc import Iterable, Iterator, Mapping

Line = Annotated[str, Meta(max_length=8192)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1 << 40)]
SHOWN_CHARS = 300
MAX_TESTS = 20_000
_HUNK = re.compile(r"@@ -\d+(?:,(\d{1,9}))? \+\d+(?:,(\d{1,9}))? @@")
_INDEX = re.compile(r"index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})(?: |$)")


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """What git says of a repository in a box; all but the first three must be empty."""

    base: Line
    commits: Count
    objects: Count
    beyond: Lines
    reflogs: Lines
    unreachable: Lines
    unaccounted: Lines
    refs: Lines
    remotes: Lines
    stashes: Lines
    leftovers: Lines


class FoundTest(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at the path of a test: `kind` is empty for nothing; `same` as in the tree the image has."""

    kind: Line
    blob: Line
    text: Annotated[str, Meta(max_length=8 << 20)]
    same: bool


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
    """What was found in a box; see `sandbox/seal.py`. After `variables` all but `entries` is of repositories."""

    interfaces: Lines
    reachable: Lines
    variables: Lines
    entries: Lines = ()
    git: History | None = None
    differing: Lines = ()
    tests: Annotated[dict[Line, FoundTest], Meta(max_length=MAX_TESTS)] = {}
    project: Project | None = None
    copies: Lines = ()
    answers: Lines = ()
    installed: Annotated[tuple[Installed, ...], Meta(max_length=200)] = ()
    archives: Lines = ()


class TestChange(Struct, frozen=True, kw_only=True):
    """What the test patch does to one file.

    `old` and `new` are the names, perhaps shortened, that git gives its content before and after, empty where they are
    not known; `before` and `after` the lines of each hunk on both sides. `added`: there is no file before.
    """

    path: str
    added: bool
    old: str = ""
    new: str = ""
    hunks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()


def read_facts(data: bytes) -> Facts:
    """Decode what the program in the box has printed. Raises BoxError."""
    try:
        return msgspec.json.decode(data, type=Facts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"what was found in an agent's box cannot be read: {error}") from error


def changes_of(patch: str) -> dict[str, TestChange]:
    """Read what a test patch does, by the paths of its files."""
    found = (_change(part) for part in re.split(r"(?m)^(?=diff --git )", patch) if part.startswith("diff --git "))
    return {change.path: change for change in found if change.path}


def digests(changes: Iterable[TestChange]) -> dict[str, list[str]]:
    """Say by which names git would know the files of a verdict's tests, by the last part of their paths."""
    found: dict[str, list[str]] = {}
    for change in changes:
        if change.added and len(change.hunks) == 1:
            text = "".join(f"{line}\n" for line in change.hunks[0][1]).encode(errors="replace")
            whole = (text, text.removesuffix(b"\n"))
            names = [hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() for data in whole]  # noqa: S324 - git's own
            found.setdefault(change.path.rpartition("/")[2], []).extend(names)
    return found


def check(facts: Facts, changes: Mapping[str, TestChange], *, interfaces: int, subject: str) -> None:
    """See that a box keeps what a seal promises. Raises HarnessError, which names all that is broken."""
    broken = list(_broken(facts, changes, interfaces))
    if broken:
        raise HarnessError(f"the box for an agent on {subject} is not sealed", details=broken)


def _broken(facts: Facts, changes: Mapping[str, TestChange], interfaces: int) -> Iterator[str]:
    if len(facts.interfaces) > interfaces:
        yield _problem("it has network interfaces", facts.interfaces)
    yield from _named(
        {
            "what is the host's can be reached": facts.reachable,
            "its folder is not empty": facts.entries,
            "its repository's .git is not the image's": facts.differing,
            "there are other repositories or packs": facts.copies,
            "files of the verdict's tests are in it": facts.answers,
            "there are archives of the project": facts.archives,
        }
    )
    yield from _history(facts.git)
    for path, found in facts.tests.items():
        problem = _test_problem(found, changes.get(path))
        if problem:
            yield f"{path}, which is of the verdict's tests, {problem}"
    for package in facts.installed:
        if _is_another(package, facts.project):
            yield f"{package.path} is another version of the project ({package.version or 'unknown'})"


def _history(git: History | None) -> Iterator[str]:
    if git is None:
        return
    if git.commits != 1 or not re.fullmatch(r"[0-9a-f]{40,64}", git.base):
        yield f"its repository has {git.commits} commits up to its base ({git.base[:80]!r}), not 1"
    yield from _named(
        {
            "there are commits after the base": git.beyond,
            "there are reflogs": git.reflogs,
            "there are unreachable objects": git.unreachable,
            "there are objects that the base does not lead to": git.unaccounted,
            "there are other refs": tuple(name for name in git.refs if name != "refs/heads/main"),
            "there are remotes": git.remotes,
            "there are stashes": git.stashes,
            "there are further files in .git": git.leftovers,
        }
    )


def _named(found: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    return (_problem(what, names) for what, names in found.items() if names)


def _problem(what: str, names: Iterable[str]) -> str:
    return f"{what}: {', '.join(names)[:SHOWN_CHARS]!a}"


def _test_problem(found: FoundTest, change: TestChange | None) -> str:
    """Say why a path of the tests is not as it was at the base commit; "" where it is."""
    if not found.same:
        return "is not what the image has there"
    if change is None or (change.added and not found.kind):
        return ""
    if change.added:
        return f"is there already (a {found.kind})"
    if change.new and found.blob.startswith(change.new):
        return "has its tests already"
    lines = tuple(found.text.split("\n"))
    known = bool(change.old) and found.blob.startswith(change.old)
    if known or all(_within(before, lines) for before, _ in change.hunks):
        return ""
    return "is not as the test patch expects it" if found.kind else "is not there"


def _within(block: tuple[str, ...], lines: tuple[str, ...]) -> bool:
    size = len(block)
    return size == 0 or any(
        lines[at : at + size] == block for at in range(len(lines) - size + 1) if lines[at] == block[0]
    )


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


def _change(part: str) -> TestChange:
    """Read one file's part of a test patch, which git has written; names with quotes are left out, as they are rare."""
    head, _, body = part.partition("\n@@ ")
    index = re.search(_INDEX, head.replace("\n", " \n"))
    target = re.search(r"(?m)^\+\+\+ b/([^\t\n]+)", head) or re.search(r"(?m)^rename to (.+)$", head)
    source = re.search(r"(?m)^--- a/([^\t\n]+)", head)
    path = (source or target or [None, ""])[1]
    added = "\nnew file mode " in head or "\n--- /dev/null" in head
    return TestChange(
        path=str(target[1] if added and target else path),
        added=added,
        old=index[1] if index and not added else "",
        new=index[2] if index and set(index[2]) != {"0"} else "",
        hunks=tuple(_hunks(f"@@ {body}")) if body else (),
    )


def _hunks(text: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    before: list[str] = []
    after: list[str] = []
    left = right = 0
    for line in text.split("\n"):
        match = _HUNK.match(line) if left <= 0 and right <= 0 else None
        if match is not None:
            if before or after:
                yield tuple(before), tuple(after)
            before, after = [], []
            left, right = (int(count) if count else 1 for count in match.groups())
        elif line.startswith("\\"):
            continue
        elif left > 0 or right > 0:
            if not line.startswith("+"):
                before.append(line[1:])
                left -= 1
            if not line.startswith("-"):
                after.append(line[1:])
                right -= 1
    if before or after:
        yield tuple(before), tuple(after)
