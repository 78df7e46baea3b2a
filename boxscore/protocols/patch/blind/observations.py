"""What a blinded run sent of the values that its tests compared: data from an enemy, decoded strictly and bounded.

`sandbox/blind.py` writes one line for each comparison with a hidden value. Nothing else is believed of these lines than
that somebody who sent the right value knew it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LINES = 200_000
MAX_DIGITS = 4_000
MAX_DEPTH = 60  # of what was decoded; the box sends less
_CONTAINERS = {"l": list, "t": tuple, "s": set, "z": frozenset}


class Way(enum.StrEnum):
    """How a hidden value is compared: it is the other side, or like it, or part of it, or what an error says."""

    IS = "is"
    LIKE = "like"
    IN = "in"
    SAYS = "says"
    MISUSED = "misused"


class Instance(Struct, frozen=True):
    """An object of a class that is no plain data: its name and, where it has one, the state that was sent."""

    name: str
    state: Any


class Observation(Struct, frozen=True):
    """The other side of one comparison, made in a `way`; `plain` if it is all of Python's own types.

    `classes` are the others in it. Of a subclass of such a type `value` has the content as that type. `readable` is
    False where the box could not write it down, or wrote what is no value; `value` is None then.
    """

    way: Way
    value: Any
    classes: frozenset[str] = frozenset()
    readable: bool = True

    @property
    def plain(self) -> bool:
        """Whether it was read and is of Python's own types alone."""
        return self.readable and not self.classes


class Observations(Struct, frozen=True, kw_only=True):
    """All that a run sent, by the number of the hidden value, in order; `misused` are the numbers that leaked.

    `lines` are the different ones of each number. A run that sent more than is read, or lines that are none, is not
    `whole`.
    """

    seen: Mapping[int, tuple[Observation, ...]] = {}
    lines: Mapping[int, tuple[str, ...]] = {}
    misused: frozenset[int] = frozenset()
    whole: bool = True


def read_observations(data: bytes) -> Observations:
    """Read the lines of a blinded run."""
    seen: dict[int, list[Observation]] = {}
    misused: set[int] = set()
    texts: dict[int, dict[str, None]] = {}
    lines = data.split(b"\n")[:-1]
    whole = len(lines) <= MAX_LINES
    for line in lines[:MAX_LINES]:
        try:
            number, way, sent = msgspec.json.decode(line, type=tuple[int, Way, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            whole = False
            continue
        if way is Way.MISUSED:
            misused.add(number)
        else:
            seen.setdefault(number, []).append(_observation(way, sent))
            texts.setdefault(number, {})[line.decode()] = None
    return Observations(
        seen={number: tuple(found) for number, found in seen.items()},
        lines={number: tuple(found) for number, found in texts.items()},
        misused=frozenset(misused),
        whole=whole,
    )


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal as Python, and so a test, has it."""
    try:
        return bool(one == other)
    except (RecursionError, ValueError):
        return False


def _observation(way: Way, sent: object) -> Observation:
    reader = _Reader()
    try:
        value = reader.read(sent, 0)
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError):
        return Observation(way, None, readable=False)
    return Observation(way, value, frozenset(reader.classes))


class _Reader:
    """Reads one value; whatever is not as the box writes it raises ValueError, TypeError or KeyError."""

    def __init__(self) -> None:
        self.classes: set[str] = set()

    def read(self, sent: object, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError(depth)
        if sent is None or isinstance(sent, bool | str):
            return sent
        if not isinstance(sent, dict) or not 0 < len(sent) <= 2:  # noqa: PLR2004 - a class and its content
            raise ValueError(type(sent))
        if "k" in sent:
            self.classes.add(str(sent["k"]))
            return self.read(sent["v"], depth + 1)
        if "o" in sent:
            self.classes.add(str(sent["o"]))
            return Instance(str(sent["o"]), self._state(sent["v"], depth + 1))
        ((tag, content),) = sent.items()
        return self._tagged(tag, content, depth + 1)

    def _tagged(self, tag: str, content: Any, depth: int) -> Any:
        if tag in _CONTAINERS:
            return _CONTAINERS[tag](self.read(one, depth) for one in content)
        if tag == "d":
            return {self.read(key, depth): self.read(value, depth) for key, value in content}
        if tag == "i" and len(content) <= MAX_DIGITS:
            return int(content)
        if tag == "f":
            return float(content)
        if tag == "b":
            return bytes.fromhex(content)
        if tag == "c":
            real, imaginary = content
            return complex(float(real), float(imaginary))
        raise ValueError(tag)

    def _state(self, sent: Any, depth: int) -> Any:
        if sent is None:
            return None
        made, *parts = sent
        return (str(made), *(self.read(part, depth) for part in parts))
