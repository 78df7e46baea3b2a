"""What a fix changes: patches, taken apart into sources and tests by the names of files."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.errors import UsageError
from boxscore.protocols.patch.admission import Refused, name_problem, read_patch
from boxscore.protocols.patch.diff import UnclearName, read_files
from boxscore.protocols.patch.test_files import is_test_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.instances.repository import Repository

_TEST_FILES = (
    *(
        "test_*.py",
        "*_test.py",
        "test.py",
        "tests.py",
        "conftest.py",
        "*_test.go",
        "*_spec.rb",
        "*_test.rb",
        "*Test.php",
    ),
    *("*.test.[jt]s", "*.test.[jt]sx", "*.test.[cm][jt]s", "*.spec.[jt]s", "*.spec.[jt]sx", "*.spec.[cm][jt]s"),
    *("*Test.java", "*Tests.java", "*TestCase.java", "*IT.java", "*Test.kt", "*_test.rs", "*_test.cc", "*_test.cpp"),
)
LISTED = 5  # names of files in a message
_PART = re.compile(rb"^(?=diff --git )", re.MULTILINE)


class Fix(Struct, frozen=True, kw_only=True):
    """A fix and its tests, as patches, and the files that each of them names."""

    source: str
    tests: str
    source_files: tuple[str, ...]
    test_files: tuple[str, ...]


def is_test(path: str, more: Sequence[str] = ()) -> bool:
    """Whether a file belongs to tests: by its own name, a folder above it, or a pattern of `more`."""
    *folders, name = path.split("/")
    if any(fnmatchcase(path, pattern) for pattern in more) or any(fnmatchcase(name, one) for one in _TEST_FILES):
        return True
    return any(is_test_folder(folder, first=place == 0) for place, folder in enumerate(folders))


def fix_of_range(repository: Repository, base: str, head: str, tests: Sequence[str]) -> Fix:
    """Take what changed between two commits apart. Raises UsageError where there is no source or no test in it."""
    for end in (base, head):
        repository.files(end)  # which refuses a tree that is too large to be compared in memory
    whole = repository.difference(base, head)
    if not whole:
        raise UsageError(f"nothing changed between {base[:12]} and {head[:12]}")
    parts = {path: part for part in _PART.split(whole) if part for path in touched_files(part, "the range")[:1]}
    theirs = [path for path in parts if is_test(path, tests)]
    ours = [path for path in parts if path not in theirs]
    for found, what in ((ours, "source"), (theirs, "tests")):
        if not found:
            all_or_none, remedy = ("all are", "") if what == "source" else ("none is", "--test-path adds a pattern, ")
            raise UsageError(
                f"{base[:12]}..{head[:12]} changes no {what}: of {first_of(tuple(parts), LISTED)} {all_or_none} tests "
                f"by name; {remedy}--patch and --test-patch give them separately"
            )
    return Fix(
        source=_text(b"".join(parts[path] for path in ours), "the range"),
        tests=_text(b"".join(parts[path] for path in theirs), "the range"),
        source_files=tuple(ours),
        test_files=tuple(theirs),
    )


def fix_of_patches(patch: bytes, test_patch: bytes, tests: Sequence[str]) -> Fix:
    """Read two patches. Raises UsageError where the test patch touches source, or either names no file."""
    ours, theirs = touched_files(patch, "--patch"), touched_files(test_patch, "--test-patch")
    strange = [path for path in theirs if not is_test(path, tests)]
    if strange:
        raise UsageError(
            f"the test patch touches source: {first_of(strange, LISTED)}; move that to --patch, or say with --test-path"
            " PATTERN that it belongs to the tests"
        )
    both = [path for path in ours if path in theirs]
    if both:
        raise UsageError(f"both patches change {first_of(both, LISTED)}: each file belongs to one of them")
    return Fix(
        source=_text(patch, "--patch"),
        tests=_text(test_patch, "--test-patch"),
        source_files=ours,
        test_files=theirs,
    )


def check_fix(repository: Repository, base: str, fix: Fix) -> None:
    """Raise UsageError for a patch that does not apply to the base, or that no sample could be."""
    for text, what in ((fix.source, "the patch"), (fix.tests, "the test patch")):
        reason = repository.why_not_applied(base, text.encode())
        if reason:
            raise UsageError(f"{what} does not apply to {base[:12]}: {reason}")
    read = read_patch(fix.source)
    if isinstance(read, Refused):
        raise UsageError(f"the patch would be refused as a sample: {read.reason}")


def touched_files(patch: bytes, what: str) -> tuple[str, ...]:
    """The files that a patch names, each once.

    Raises UsageError where there are none, or a name cannot be read or could not be one in a repository.
    """
    try:
        found = tuple(dict.fromkeys(path for part in read_files(_text(patch, what)) for path in part.paths))
    except UnclearName as error:
        raise UsageError(f"{what} cannot be read: {error}") from error
    if not found:
        raise UsageError(f"{what} names no file: it must be a patch as `git diff` writes it")
    problem = next(filter(None, map(name_problem, found)), "")
    if problem:  # git passes over a header without a hunk, but what is read here is written elsewhere by these names
        raise UsageError(f"{what} cannot be used: {problem}")
    return found


def _text(patch: bytes, what: str) -> str:
    try:
        return patch.decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{what} is not text in UTF-8 at byte {error.start}: rows hold patches as text, so convert that file "
            "or leave it out"
        ) from error
