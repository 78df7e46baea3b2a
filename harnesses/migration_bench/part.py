"""Which of MigrationBench is meant: a data set, how far to migrate, and to which Java."""

from __future__ import annotations

from typing import Literal, cast

from msgspec import Struct

from boxscore import UsageError

DataSet = Literal["full", "selected", "utg"]
Level = Literal["minimal", "maximal"]
Release = Literal[17, 21]

_SETS, _LEVELS = ("full", "selected", "utg"), ("minimal", "maximal")
_RELEASES = {"java17": 17, "java21": 21}


class Part(Struct, frozen=True, kw_only=True):
    """A data set, a level and a release of Java; what is not said is as the benchmark's own program has it."""

    data_set: DataSet = "full"
    level: Level = "maximal"
    release: Release = 17

    @classmethod
    def of(cls, text: str) -> Part:
        """Read `selected+minimal+java21`, in any order, each at most once. Raises UsageError."""
        found: dict[str, object] = {}
        for word in text.split("+"):
            if word in _SETS:
                field, value = "data_set", cast("object", word)
            elif word in _LEVELS:
                field, value = "level", word
            elif word in _RELEASES:
                field, value = "release", _RELEASES[word]
            else:
                known = ", ".join((*_SETS, *_LEVELS, *_RELEASES))
                raise UsageError(f"migration-bench@{text}: {word!r} is none of {known}")
            if field in found:
                raise UsageError(f"migration-bench@{text}: {word!r} is a second {field.replace('_', ' ')}")
            found[field] = value
        return cls(**found)  # type: ignore[arg-type]

    @property
    def words(self) -> tuple[str, ...]:
        """What differs from the usual, as `of` reads it."""
        usual = Part()
        return tuple(
            word
            for word, differs in (
                (self.data_set, self.data_set != usual.data_set),
                (self.level, self.level != usual.level),
                (f"java{self.release}", self.release != usual.release),
            )
            if differs
        )
