"""How a language's test files are given tests that must fail.

A runner that was made to report success for everything reports it for these as well, or does not name them. They hide
nothing from code that reads its test files: they are evidence against blunt forgeries.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Sequence

LETTERS = 12
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


class Failure(Struct, frozen=True):
    """A test that must fail. `kind` is one of those of its language; `name` is part of its name, letters alone."""

    kind: str
    name: str


class Language(Protocol):
    """Writes tests that must fail in one language, for one runner.

    `ends` are what the names of test files end with. `reports` are patterns, below the tree, of the JUnit reports that
    the runner leaves by itself.
    """

    ends: tuple[str, ...]
    reports: tuple[str, ...]

    def kinds(self, source: str) -> tuple[str, ...]:
        """Return the ways in which a test of this file can fail, the plainest first; none if it is not understood."""

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """Return the source with tests that fail, where a command that names `required` tests will run them."""


def new_failure(kind: str, rng: random.Random) -> Failure:
    """Return a failure of a kind under a name that nobody can guess."""
    return Failure(kind, "".join(rng.choices(string.ascii_lowercase, k=LETTERS)))


def without_text(source: str) -> str:
    """Return a source of C's family, as long as it is, with blanks for its comments and strings."""
    return BLANKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
