"""What hiding values takes of a language: to find them in test files, and to know which test an id names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from boxscore.protocols.blind.files import BlindFile, soft, without_runtime
from boxscore.protocols.blind.literals import parts
from boxscore.protocols.canaries.ids import described_tests, locate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from boxscore.protocols.blind.files import Hidden, Key

    Place = tuple[str, str]

WHOLE = "*"  # in the place of a name: all tests of a file


class HidingFile(Protocol):
    """A test file, and what of it can be hidden."""

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """The values that can be hidden."""

    def users(self, number: int) -> set[Key]:
        """The tests that hang on a value, by the names of the functions or by the titles that they are written with."""

    def rewrite(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file with the values of `numbers` hidden; comparisons are written to `place` (see `SuiteFacts`).

        Raises CannotRewriteError.
        """


class TestLanguage(Protocol):
    """Test files of one language.

    `ends` are what their names end with. Where it is `exact`, what the grader finds right a test does too; else a run
    of the tests as they are decides beside it. Where it `imports_apart`, soft files come to their tests whatever they
    lack.
    """

    ends: tuple[str, ...]
    exact: bool
    imports_apart: bool

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """Read a test file, whose values are numbered from `first` on. Raises CannotRewriteError."""

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """Find the file and the name of the test that each id names.

        There is no file in it for ids that are a name alone, and `WHOLE` in place of a name for ids of files; None if
        it is not known.
        """

    def soft(self, source: str) -> str:
        """Return a test file in which each statement of a test goes on after an error: what old code can answer.

        Raises CannotRewriteError.
        """

    def without_runtime(self, source: str) -> str:
        """Take out of a rewritten file what it has of ours."""

    def spoken(self, source: str) -> Iterable[str]:
        """The texts that stand in a source, as their escapes say them."""


class Python:
    """Test functions and methods of Python."""

    ends: tuple[str, ...] = (".py",)
    exact = True
    imports_apart = True

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """See `TestLanguage.read`, and so with the others."""
        return BlindFile(path, source, first)

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """By the form of ids of pytest and unittest, and by the docstrings that unittest shows."""
        described = described_tests(files)
        return {test: described.get(test) or _place(test, files) for test in tests}

    def soft(self, source: str) -> str:
        """Each statement is in a `try`."""
        return soft(source)

    def without_runtime(self, source: str) -> str:
        """The text of `sandbox/blind.py` is left out."""
        return without_runtime(source)

    def spoken(self, source: str) -> Iterator[str]:
        """All literals that are texts."""
        return (one for one in parts(source) if isinstance(one, str))


def _place(test: str, files: Collection[str]) -> Place | None:
    if test.isidentifier():
        return "", test
    found = locate(test, runner="pytest" if "::" in test else "unittest", paths=files)
    return None if isinstance(found, str) else (found.path, found.name)


PYTHON = Python()
