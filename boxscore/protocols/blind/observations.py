"""What a blinded run sent of the values that its tests compared: data from an enemy, decoded strictly and bounded.

`sandbox/blind.py` writes one line for each comparison with a hidden value. Nothing else is believed of these lines than
that somebody who sent the right value knew it.
"""

from __future__ import annotations

import enum
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.protocols.blind.hiding import UNKNOWN, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_LINES = 200_000
MAX_LINE_BYTES = 1 << 16
MAX_NODES = 2_000_000  # of all values of a run
MAX_COLLIDING = 64  # keys of one hash: Python looks through them one by one
MAX_DIGITS = 4_000
MAX_DEPTH = 60  # of what was decoded; the box sends less
_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "f": float,
    "i": lambda text: int(_short(text)),
    "b": bytes.fromhex,
    "u": lambda text: bytes.fromhex(text).decode("utf-8", "surrogatepass"),  # with halves of surrogate pairs
}
_CONTAINERS = {"l": list, "t": tuple, "s": set, "z": frozenset}


class Way(enum.StrEnum):
    """How a hidden value was used: compared by `==`, by rules of a class of the tests, or for something else."""

    IS = "is"
    OTHERWISE = "otherwise"
    MISUSED = "misused"


class OfLibrary(Struct, frozen=True):
    """A value of a class of Python's library, which is equal to another that is made of the same parts."""

    name: str
    parts: Any


class Observation(Struct, frozen=True):
    """What was compared with a hidden value; `readable` is False where it was no plain value, or not compared so."""

    value: Any
    readable: bool = True


class Observations(Struct, frozen=True, kw_only=True):
    """All different values that a run sent, by the number of the hidden one; `lines` are as they were sent.

    `misused` are numbers of values that were used for something else than comparing. A run that sent more than is read,
    or lines that are none, is not `whole`.
    """

    seen: Mapping[int, tuple[Observation, ...]] = {}
    lines: Mapping[int, tuple[str, ...]] = {}
    misused: frozenset[int] = frozenset()
    whole: bool = True


class Expected(Struct, frozen=True, kw_only=True):
    """A hidden value as the grader knows it: how it is written in the test, and what the reference sent."""

    number: int
    path: str
    line: int
    source: str
    comparisons: int
    sent: tuple[str, ...] = ()


def read_observations(data: bytes) -> Observations:
    """Read the lines of a blinded run."""
    lines = data.split(b"\n")[:-1]
    whole, nodes, misused = len(lines) <= MAX_LINES, 0, set[int]()
    found: dict[int, dict[str, Observation]] = {}
    for line in lines[:MAX_LINES]:
        try:
            number, way, value = msgspec.json.decode(_bounded(line), type=tuple[int, Way, Any])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            whole = False
            continue
        if way is Way.MISUSED:
            misused.add(number)
        elif (text := line.decode()) not in (of_number := found.setdefault(number, {})):
            reader = _Reader()
            of_number[text] = _observation(reader, way, value)
            nodes += reader.nodes
        if nodes > MAX_NODES:
            whole = False
            break
    return Observations(
        seen={number: tuple(of_number.values()) for number, of_number in found.items()},
        lines={number: tuple(of_number) for number, of_number in found.items()},
        misused=frozenset(misused),
        whole=whole,
    )


def is_right(expected: Expected, observations: Observations) -> bool:
    """Whether a hidden value was compared, and with nothing but what is equal to it."""
    seen = observations.seen.get(expected.number, ())
    return bool(seen) and expected.number not in observations.misused and all(_equal(expected, one) for one in seen)


def as_expected(hidden: Sequence[Expected], observations: Observations) -> str:
    """Say which hidden value was not compared with what is equal to it, "" if all were."""
    if not observations.whole:
        return "what was sent of the values that tests compare cannot be read"
    wrong = [f"{one.path}:{one.line}" for one in hidden if not is_right(one, observations)]
    return f"what came is not known to be what is expected at {', '.join(wrong[:3])}" if wrong else ""


def _equal(expected: Expected, seen: Observation) -> bool:
    value = value_of(expected.source)
    if not seen.readable:
        return False
    if value is not UNKNOWN:
        return _same(value, seen.value)
    data = "".join(f"{line}\n" for line in expected.sent).encode()
    known = read_observations(data).seen.get(expected.number, ())
    return any(one.readable and _same(one.value, seen.value) for one in known)


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal as Python, and so a test, has it."""
    try:
        return bool(one == other)
    except (RecursionError, ValueError):
        return False


def _bounded(line: bytes) -> bytes:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(len(line))
    return line


def _observation(reader: _Reader, way: Way, sent: object) -> Observation:
    try:
        value = reader.read(sent, 0)
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError):
        return Observation(None, readable=False)
    return Observation(value, readable=way is Way.IS)


class _Reader:
    """Reads one value; whatever is not as the box writes it raises ValueError, TypeError or KeyError."""

    def __init__(self) -> None:
        self.nodes = 0

    def read(self, sent: object, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ValueError(depth)
        if sent is None or isinstance(sent, bool | str):
            return sent
        if not isinstance(sent, dict) or not 0 < len(sent) <= 2:  # noqa: PLR2004 - a class and its parts
            raise ValueError(type(sent))
        if "o" in sent:
            return OfLibrary(str(sent["o"]), self.read(sent["v"], depth + 1))
        ((tag, content),) = sent.items()
        return self._tagged(tag, content, depth + 1)

    def _tagged(self, tag: str, content: Any, depth: int) -> Any:
        if tag in _CONTAINERS:
            items = [self.read(one, depth) for one in content]
            return _CONTAINERS[tag](_keys(items) if tag in "sz" else items)
        if tag == "d":
            pairs = [(self.read(key, depth), self.read(value, depth)) for key, value in content]
            return dict(zip(_keys([key for key, _ in pairs]), (value for _, value in pairs), strict=True))
        if tag in _SIMPLE:
            return _SIMPLE[tag](content)
        if tag == "c":
            real, imaginary = content
            return complex(float(real), float(imaginary))
        raise ValueError(tag)


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise ValueError(len(text))
    return text


def _keys(found: list[Any]) -> list[Any]:
    """Refuse keys that were made to collide."""
    if max(Counter(map(hash, found)).values(), default=0) > MAX_COLLIDING:
        raise ValueError(len(found))
    return found
