"""Which benchmark may be meant by a name that none has."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import narrowed_harness
from boxscore.errors import BoxscoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.harness import Harness

MOST = 5
_SEPARATOR = re.compile(r"[-_+@ ]")


def near_names(name: str, known: Mapping[str, Harness], *, slips: bool = True) -> list[str]:
    """Give the likeliest: the same letters or a part, else what begins so or has its words, else with `slips` the near.

    What stands before a slash is who publishes a data set, which may be called like the benchmark.
    """
    owner, _, name = name.rpartition("/")
    found = [*_alike(name, known), *_parts(name, known), *_alike(owner, known)]
    found = found or [*_begun(name, known), *_worded(name, known)]
    if not found and slips:
        found = difflib.get_close_matches(name.lower(), sorted(known))
    return list(dict.fromkeys(found))[:MOST]


def _letters(name: str) -> str:
    """A name as it sounds: without case, hyphens and dots, `+` as `plus`."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("+", "plus"))


def _alike(name: str, known: Mapping[str, Harness]) -> Iterator[str]:
    return (one for one in known if _letters(one) == _letters(name))


def _parts(name: str, known: Mapping[str, Harness]) -> Iterator[str]:
    """Take the end of a name for a part of the benchmark before it: `bigcodebench-hard` for `bigcodebench@hard`."""
    for cut in _SEPARATOR.finditer(name):
        end = name[cut.end() :]
        for one in _alike(name[: cut.start()], known):
            yield from (f"{one}@{part}" for part in _spellings(end) if _has_part(known[one], part))


def _spellings(end: str) -> tuple[str, ...]:
    small = end.lower()
    return tuple(dict.fromkeys((end, small, small.replace("-", "_"), small.replace("_", "-"))))


def _has_part(harness: Harness, part: str) -> bool:
    if not part or not callable(getattr(harness, "narrowed", None)):
        return False
    try:
        narrowed_harness(harness, part)
    except BoxscoreError:
        return False
    return True


def _begun(name: str, known: Mapping[str, Harness]) -> Iterator[str]:
    """Names that go on: `multiple` for each of MultiPL-E's."""
    letters = _letters(name)
    return (one for one in sorted(known) if len(letters) >= len("swe") and _letters(one).startswith(letters))


def _worded(name: str, known: Mapping[str, Harness]) -> Iterator[str]:
    """Those with all words of a name in their own or, but for the last word, in their titles."""
    *first, last = _SEPARATOR.split(name.lower())
    for one, harness in sorted(known.items()):
        text = _letters(f"{one} {harness.title}")
        if last and last in _SEPARATOR.split(one) and all(_letters(word) in text for word in first):
            yield one
