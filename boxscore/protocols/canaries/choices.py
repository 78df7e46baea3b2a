"""What a test depends on that can be written in another way, in whatever language: its choices.

A choice is a literal that is expected, a truth, or the class or message of an exception. In the forms of a choice all
other assertions that have one are blank: they are still run, and expect nothing.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from boxscore.protocols.canaries.clues import Value  # noqa: TC001 - a field of a record
from boxscore.protocols.canaries.values import Edit

Span = tuple[tuple[int, int], tuple[int, int]]


class Sort(enum.StrEnum):
    """What is chosen."""

    VALUE = "value"
    PART = "part"  # a text that must be contained in another
    MESSAGE = "message"
    EXCEPTION = "exception"
    TRUTH = "truth"


SHARED = frozenset({Sort.PART, Sort.MESSAGE, Sort.EXCEPTION})
"""What two values may both be right of: a text has many parts, and an exception many bases."""


class Choice(Struct, frozen=True):
    """One place that may say one of several values: `span` is replaced by `shape`, with a value's text for its NUL.

    Of an expected value it may be a part, an item or a word: then `also` is what compares the same part of the other
    side, and `length` that of a word which is cut out of a text. `whole` says that the other parts stay in sight.
    """

    sort: Sort
    true: Value
    span: Span
    shape: str = "\0"
    also: tuple[Edit, ...] = ()
    length: int | None = None
    kind: str = ""  # of a truth
    asked: str = ""  # the last name of what is compared
    spelling: str = ""  # how the true value is written
    whole: bool = False

    def written(self, text: str) -> list[Edit]:
        """Say one of the values."""
        return [Edit(*self.span, self.shape.replace("\0", text)), *self.also]


class Assertion(Struct, frozen=True):
    """One assertion, with its choices and the edits that make it blank.

    One of a row of parameters is `alone` after the edits that take all other rows away, which no blank can then meet;
    `empty` does so too and makes it blank.
    """

    choices: tuple[Choice, ...]
    blank: tuple[Edit, ...]
    alone: tuple[Edit, ...] = ()
    empty: tuple[Edit, ...] = ()
