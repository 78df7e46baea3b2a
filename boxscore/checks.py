"""Check what callers construct or pass: msgspec validates what it decodes, not what is called by hand.

Each message names the argument, the value and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_NAME = 512
MAX_SECONDS = 86_400
_SHOWN = 80
Count = Annotated[int, Meta(ge=1)]


def check_name(owner: str, field: str, value: object) -> None:
    """Raise UsageError unless a value is a string of 1 to 512 characters."""
    check_text(owner, field, value)
    if not 0 < len(str(value)) <= MAX_NAME:
        raise UsageError(f"{owner}: {field} must have 1 to {MAX_NAME} characters, not {len(str(value))}")


def check_names(owner: str, field: str, value: object) -> None:
    """Raise UsageError unless a value is a dictionary whose keys and values are names, as of `check_name`."""
    if not isinstance(value, dict):
        raise UsageError(f"{owner}: {field} must be a dictionary, not {shown(value)}")
    for key, text in value.items():
        check_name(owner, f"a key of {field}", key)
        check_name(owner, f"{field}[{key!r}]", text)


def check_text(owner: str, field: str, value: object) -> None:
    """Raise UsageError unless a value is a string."""
    if not isinstance(value, str):
        raise UsageError(f"{owner}: {field} must be a string, not {shown(value)}")


def check_seconds(owner: str, field: str, value: object) -> None:
    """Raise UsageError unless a value is a number of seconds, more than 0 and at most a day."""
    if type(value) is float and 0 < value <= MAX_SECONDS:
        return  # at once: each line of a run's results has limits
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not 0 < number <= MAX_SECONDS:
        raise UsageError(
            f"{owner}: {field} must be seconds, more than 0 and at most {MAX_SECONDS:,}, not {shown(value)}"
        )


def check_count(owner: str, field: str, value: object) -> None:
    """Raise UsageError unless a value is a whole number from 1 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{owner}: {field} must be a whole number from 1 on, not {shown(value)}")


def path_or_none(owner: str, field: str, value: object) -> Path | None:
    """A path, or the text of one, as a path. Raises UsageError."""
    from pathlib import Path  # noqa: PLC0415 - keeps `import boxscore` cheap

    if value is None or isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise UsageError(f"{owner}: {field} must be a path, not {shown(value)}")
    if not value:
        raise UsageError(f"{owner}: {field} must be a path, not ''; the current folder is '.'")
    if "\0" in value:
        raise UsageError(f"{owner}: {field} must be a path, not {shown(value)}")
    return Path(value)


def whole_numbers(owner: str, field: str, value: object) -> tuple[int, ...]:
    """One whole number from 1 on, or several, as a tuple. Raises UsageError."""
    several = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else (value,)
    if not several:
        raise UsageError(f"{owner}: {field} must be one or more whole numbers, such as (1, 10), not {shown(value)}")
    for one in several:
        check_count(owner, field, one)
    return several


def names(owner: str, field: str, value: object) -> tuple[str, ...]:
    """One name, or several, as a tuple. Raises UsageError."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise UsageError(f"{owner}: {field} must be one or more names, not {shown(value)}")
    several = tuple(value)
    for one in several:
        check_name(owner, field, one)
    return several


def shown(value: object) -> str:
    """A value for a message, with its type, cut to what fits in a line."""
    text = repr(value)
    return f"{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'} ({type(value).__name__})"


def either(names: Sequence[str]) -> str:
    """Names as a sentence has them: `a`, `a or b`, `a, b or c`."""
    return " or ".join((", ".join(names[:-1]), names[-1]) if len(names) > 1 else names)


def first_of(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """The first names of many for a message, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{separator.join(names[:most])}{more}"
