"""A problem of LiveCodeBench: its row, and the part of the benchmark that a run is of."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import pickletools
import re
import zlib
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_PACKED = 256 << 20
MAX_TEXT = 512 << 20
MAX_OPERATIONS = 16  # a pickled text has five

_TEXT = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
_AROUND = frozenset({"PROTO", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT", "STOP"})


def unpacked(packed: str) -> str:
    """The text that was packed, by base64 of zlib of a pickle. Raises ValueError, which says why, also over 512 MiB.

    A pickle is a program, which may run anything: nothing is ever unpickled. Of the operations that one has, those are
    read that a pickled text is made of.
    """
    if len(packed) > MAX_PACKED:
        raise ValueError(f"more than {MAX_PACKED:,} characters")
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
    return pickled_text(inflated(data))


def inflated(data: bytes, most: int = MAX_TEXT) -> bytes:
    """Decompress so many bytes at most. Raises ValueError."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, most)
    except zlib.error as error:
        raise ValueError(f"not compressed by zlib: {error}") from None
    if not inflater.eof:
        raise ValueError(f"cut off, or more than {most:,} bytes")
    return text


def pickled_text(data: bytes) -> str:
    """The text in a pickle that holds one text and nothing else. Raises ValueError."""
    found: list[str] = []
    end = 0
    try:
        for operation, argument, at in itertools.islice(pickletools.genops(data), MAX_OPERATIONS):
            end = (at or 0) + 1  # the last operation is one byte
            if operation.name in _TEXT:
                found.append(str(argument))
            elif operation.name not in _AROUND:
                found.clear()
                break
    except ValueError as error:
        raise ValueError(f"not a pickle: {error}") from None
    if len(found) != 1 or end != len(data):
        raise ValueError("a pickle that holds something else than one text")
    return found[0]


TEXTS = (
    *("question_content", "platform", "contest_date", "starter_code", "difficulty"),
    *("public_test_cases", "private_test_cases", "metadata"),
)
KINDS = {
    "platform": ("leetcode", "atcoder", "codeforces"),
    "difficulty": ("easy", "medium", "hard"),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")


class OneTest(Struct, frozen=True):
    """What is put in and what must come out; both are text, JSON in tests of functions."""

    input: str
    output: str
    testtype: str


class Part(Struct, frozen=True, kw_only=True):
    """Which problems: of contests between two dates, both included, and of some kinds; what is None is open."""

    first: str | None = None
    last: str | None = None
    platform: str | None = None
    difficulty: str | None = None

    @classmethod
    def of(cls, text: str) -> Part:
        """Read `2024-08..2025-01+hard+atcoder`: a window of months or days, kinds, or both. Raises UsageError."""
        found: dict[str, str | None] = {}
        for word in text.split("+"):
            kind = next((name for name, words in KINDS.items() if word in words), None)
            if kind is not None and kind not in found:
                found[kind] = word
            elif kind is None and "first" not in found:
                found["first"], found["last"] = _window(word)
            else:
                raise boxscore.UsageError(f"{text!r} names two windows, platforms or difficulties")
        return cls(**found)

    def holds(self, row: dict[str, object]) -> bool:
        """Whether a problem is in it; a date begins with its year, month and day."""
        day = str(row["contest_date"])[:10]
        return (
            (self.first is None or day[: len(self.first)] >= self.first)
            and (self.last is None or day[: len(self.last)] <= self.last)
            and (self.platform is None or row["platform"] == self.platform)
            and (self.difficulty is None or row["difficulty"] == self.difficulty)
        )

    def __str__(self) -> str:
        window = f"{self.first or ''}..{self.last or ''}" if self.first or self.last else None
        return "+".join(one for one in (window, self.difficulty, self.platform) if one)


def _window(text: str) -> tuple[str | None, str | None]:
    first, dots, last = text.partition("..")
    last = last if dots else first
    if any(one and _DATE.fullmatch(one) is None for one in (first, last)) or not (first or last):
        kinds = ", ".join(word for words in KINDS.values() for word in words)
        raise boxscore.UsageError(f"{text!r} is not a window such as 2024-08..2025-01, nor one of {kinds}")
    if first and last and first[: len(last)] > last[: len(first)]:
        raise boxscore.UsageError(f"the window {text!r} ends before it begins")
    return first or None, last or None


def problems(path: Path, part: Part) -> Iterator[boxscore.Instance]:
    """Read the problems of a part. Raises InputError that names line and field. Private tests stay packed."""
    for line, row in boxscore.read_rows(path, key="question_id"):
        texts = {name: boxscore.text_field(row, name, path=path, line=line) for name in TEXTS}
        for field, read in (("contest_date", _day), ("public_test_cases", tests_of), ("metadata", function_of)):
            try:
                read(texts[field])
            except ValueError as error:
                raise boxscore.InputError(str(error), path=path, line=line, field=field) from None
        if part.holds(row):
            yield boxscore.Instance(
                instance_id=str(row["question_id"]),
                prompt=texts["question_content"],
                row=row,
                tags={name: texts[name] for name in KINDS if texts[name]},
            )


def tests_of(text: str) -> tuple[OneTest, ...]:
    """Tests in JSON, as they are or packed. Raises ValueError."""
    try:
        rows: object = json.loads(text)
    except (ValueError, RecursionError):
        try:
            rows = json.loads(unpacked(text))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"neither JSON nor packed JSON: {error}") from None
    if not isinstance(rows, list):
        raise ValueError("not a list of tests")  # noqa: TRY004 - it is what was read that is wrong
    return tuple(_test(number, row) for number, row in enumerate(rows))


def function_of(metadata: str) -> str | None:
    """The function that tests call; None where they are of a program. Raises ValueError."""
    found: object = json.loads(metadata)
    if not isinstance(found, dict):
        raise ValueError("not an object in JSON")  # noqa: TRY004 - as above
    name = found.get("func_name")
    if name is not None and not isinstance(name, str):
        raise ValueError(f"func_name must be a name, not {name!r}")
    return name


def _test(number: int, row: object) -> OneTest:
    fields = row if isinstance(row, dict) else {}
    values = [fields.get(name) for name in ("input", "output", "testtype")]
    if not all(isinstance(one, str) for one in values):
        raise ValueError(f"test {number} lacks the texts input, output and testtype")
    return OneTest(*map(str, values))


def _day(text: str) -> None:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f"{text!r} does not begin with a day such as 2024-08-31") from None
