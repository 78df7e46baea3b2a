"""What must be known of a language to hide values: where they stand in test files, and which test an id names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from boxscore.protocols.blind.files import PythonFile, without_runtime
from boxscore.protocols.blind.literals import parts
from boxscore.protocols.blind.soft import soft
from boxscore.protocols.canaries.ids import described_tests, locate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from boxscore.protocols.blind.files import Hidden, Key

    Place = tuple[str, str]

MOST_BITS = 1 << 10  # of an integer that is written out
WHOLE = "*"  # in the place of a name: all tests of a file


class HidingFile(Protocol):
    """A test file, and what of it can be hidden."""

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """The values that can be hidden."""

    def users(self, number: int) -> set[Key]:
        """The tests that depend on a value, by the names of their functions or by their titles as written."""

    def rewrite(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file with the values of `numbers` hidden; comparisons are written to `place` (see `SuiteFacts`).

        Raises CannotRewriteError.
        """


class TestLanguage(Protocol):
    """Test files of one language.

    `ends` are the suffixes of their names. Where it is `exact`, a value that the grader finds right is right for the
    test too; otherwise the tests must also pass as they are. Where it `imports_apart`, soft files come to their tests
    even if something that they import is missing; where it `marks_reached`, they say which comparisons they came to,
    where it `marks_begun`, which tests began, and where it `marks_branches`, by which branches they went.
    """

    ends: tuple[str, ...]
    exact: bool
    imports_apart: bool
    marks_reached: bool
    marks_begun: bool
    marks_branches: bool

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """Read a test file, whose values are numbered from `first` on. Raises CannotRewriteError."""

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """Find the file and the name of the test that each id names.

        The file is "" for an id that is only a name, the name is `WHOLE` for an id that is only a file; None if the
        test is not known.
        """

    def soft(self, source: str) -> str:
        """Let each statement of a test file go on after an error, so that old code answers as much as it can.

        Raises CannotRewriteError.
        """

    def unbuilt(self, log: str, paths: Collection[str]) -> dict[str, set[int]]:
        """The lines of files that could not be compiled, by what a runner printed; none where nothing is compiled."""

    def without(self, source: str, lines: Collection[int]) -> str:
        """Take out of a soft file, or of one that hides nothing, what does not compile on some lines.

        Raises CannotRewriteError.
        """

    def without_runtime(self, source: str) -> str:
        """Take out of a rewritten file what it has of ours."""

    def spoken(self, source: str) -> Iterable[str]:
        """The string literals of a source, unescaped."""


class Python:
    """Test functions and methods of Python."""

    ends: tuple[str, ...] = (".py",)
    exact = True
    imports_apart = True

    def __init__(self, *, marks_reached: bool = True) -> None:
        """It may be told not to mark what was reached, where a stub stands for old code: that has nothing right."""
        self.marks_reached = self.marks_begun = self.marks_branches = marks_reached

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """See `TestLanguage.read`, and so with the others."""
        return PythonFile(path, source, first)

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """By the form of ids of pytest and unittest, and by the docstrings that unittest shows."""
        described = described_tests(files)
        return {test: described.get(test) or _place(test, files) for test in tests}

    def soft(self, source: str) -> str:
        """Each statement is in a `try`."""
        return soft(source, marked=self.marks_reached)

    def unbuilt(self, log: str, paths: Collection[str]) -> dict[str, set[int]]:  # noqa: ARG002 - none is compiled
        """A file that cannot be read is none that hides anything."""
        return {}

    def without(self, source: str, lines: Collection[int]) -> str:  # noqa: ARG002 - as above
        """Nothing is taken out."""
        return source

    def without_runtime(self, source: str) -> str:
        """The text of `sandbox/blind.py` is left out."""
        return without_runtime(source)

    def spoken(self, source: str) -> Iterator[str]:
        """All string literals, those of bytes left out, and numbers as Python writes them."""
        return (one if isinstance(one, str) else repr(one) for one in parts(source) if _is_spoken(one))


def _is_spoken(value: object) -> bool:
    if isinstance(value, int):
        return value.bit_length() <= MOST_BITS
    return isinstance(value, str | float)


def _place(test: str, files: Collection[str]) -> Place | None:
    if test.isidentifier():
        return "", test
    found = locate(test, runner="pytest" if "::" in test else "unittest", paths=files)
    return None if isinstance(found, str) else (found.path, found.name)


PYTHON = Python()
