"""What a blinded run sent of the values that its tests compared: data from an enemy, decoded strictly and bounded.

`sandbox/blind.py` writes one line for each comparison with a hidden value. Nothing else is believed of these lines than
that somebody who sent the right value knew it.
"""

from __future__ import annotations

import enum
import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
SCALARS = frozenset(  # whose values are equal to others as the plain ones that they hold are
    f"numpy.{name}"
    for name in (
        *("bool", "bool_", "float64", "complex128", "str_", "bytes_"),
        *("int32", "int64"),  # smaller and unsigned ones overflow where a test subtracts
    )
)
MOST_EXACT = 1 << 53
PLAIN_DICTS = frozenset({"collections.Counter", "collections.defaultdict"})  # equal to a dict as one
TABLES = frozenset({"array", "frame", "series", "index"})
_NAN = float("nan")  # the one of all tables: a list that holds it is equal to itself
_CONTAINERS = {"l": list, "t": tuple, "s": set, "z": frozenset}


class Way(enum.StrEnum):
    """How a hidden value is compared: it is the other side, or like it, or part of it, or what an error says.

    What is weakly equal, as JavaScript's `==` has it, may be of another type. The last are asked of old code: a
    comparison that was `reached`, though it may have ended in an error before it was made, and one that was `missed`,
    or not made as it should be, for an error that may be fixed without a right value; that a test `began`; and `by`
    which branches it came to a comparison, `after` which errors of functions in its file.
    """

    IS = "is"
    WEAK = "weak"
    LIKE = "like"
    IN = "in"
    SAYS = "says"
    MISUSED = "misused"
    REACHED = "reached"
    MISSED = "missed"
    BEGAN = "began"
    BY = "by"
    AFTER = "after"


_NAMING = (Way.REACHED, Way.BY, Way.AFTER)  # which come with a name


class OwnObject(Struct, frozen=True):
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
    """All different values that a run sent, by the number of the hidden one, in order; `misused` numbers leaked.

    `lines` are as they were sent; `ways` name the branches by which tests came to a comparison, and `errors` the
    functions in their file that errors had left before. A run that sent more than is read, or lines that are none, is
    not `whole`.
    """

    seen: Mapping[int, tuple[Observation, ...]] = {}
    lines: Mapping[int, tuple[str, ...]] = {}
    misused: frozenset[int] = frozenset()
    reached: frozenset[int] = frozenset()
    lacking: Mapping[int, frozenset[str]] = {}
    missed: frozenset[int] = frozenset()
    began: frozenset[str] = frozenset()
    ways: Mapping[int, frozenset[str]] = {}
    errors: Mapping[int, frozenset[str]] = {}
    whole: bool = True


def read_observations(data: bytes) -> Observations:
    """Read the lines of a blinded run."""
    lines = data.split(b"\n")[:-1]
    whole, sent = len(lines) <= MAX_LINES, _Sent()
    for line in lines[:MAX_LINES]:
        try:
            number, way, value = msgspec.json.decode(_bounded(line), type=tuple[int, Way, Any])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            whole = False
            continue
        sent.add(line.decode(), number, way, value)
        if sent.nodes > MAX_NODES:
            whole = False
            break
    return sent.observations(whole=whole)


class _Sent:
    """What a blinded run has sent so far; `nodes` counts the parts of its values."""

    def __init__(self) -> None:
        self.nodes = 0
        self._found: dict[int, dict[str, Observation]] = {}
        self._marked: dict[Way, set[int]] = {Way.MISUSED: set(), Way.REACHED: set(), Way.MISSED: set()}
        self._began, self._named = set[str](), {way: defaultdict[int, set[str]](set) for way in _NAMING}

    def add(self, line: str, number: int, way: Way, value: object) -> None:
        """Take what a line says; a value that was sent before is not read again."""
        if way in self._marked:
            self._marked[way].add(number)
            if way is Way.REACHED and isinstance(value, str):
                self._named[way][number].add(value)
        elif way is Way.BEGAN:
            self._began.add(str(value))
        elif way in self._named:
            self._named[way][number].add(str(value))
        elif line not in (of_number := self._found.setdefault(number, {})):
            reader = _Reader()
            of_number[line] = _observation(reader, way, value)
            self.nodes += reader.nodes

    def observations(self, *, whole: bool) -> Observations:
        """Give all that was sent; `whole` says whether it could be read to its end."""
        return Observations(
            seen={number: tuple(of_number.values()) for number, of_number in self._found.items()},
            lines={number: tuple(of_number) for number, of_number in self._found.items()},
            misused=frozenset(self._marked[Way.MISUSED]),
            reached=frozenset(self._marked[Way.REACHED]),
            lacking=self._names(Way.REACHED),
            missed=frozenset(self._marked[Way.MISSED]),
            began=frozenset(self._began),
            ways=self._names(Way.BY),
            errors=self._names(Way.AFTER),
            whole=whole,
        )

    def _names(self, way: Way) -> Mapping[int, frozenset[str]]:
        return {number: frozenset(names) for number, names in self._named[way].items()}


def _bounded(line: bytes) -> bytes:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(len(line))
    return line


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal as Python, and so a test, has it."""
    try:
        return bool(one == other)
    except (RecursionError, ValueError):
        return False


def _observation(reader: _Reader, way: Way, sent: object) -> Observation:
    try:
        value = reader.read(sent, 0)
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError):
        return Observation(way, None, readable=False)
    return Observation(way, value, frozenset(reader.classes))


class _Reader:
    """Reads one value; whatever is not as the box writes it raises ValueError, TypeError or KeyError."""

    def __init__(self) -> None:
        self.classes: set[str] = set()
        self.nodes = 0

    def read(self, sent: object, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ValueError(depth)
        if sent is None or isinstance(sent, bool | str):
            return sent
        if not isinstance(sent, dict) or not 0 < len(sent) <= 2:  # noqa: PLR2004 - a class and its content
            raise ValueError(type(sent))
        if "k" in sent:
            value = self.read(sent["v"], depth + 1)
            if not _is_plain(sent["k"], value):
                self.classes.add(str(sent["k"]))
            return value
        if "o" in sent:
            self.classes.add(str(sent["o"]))
            return OwnObject(str(sent["o"]), self._state(sent["v"], depth + 1))
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

    def _state(self, sent: Any, depth: int) -> Any:
        if sent is None:
            return None
        made, *parts = sent
        read = (self.read(part, depth) for part in parts)
        return (str(made), *(map(_settled, read) if made in TABLES else read))


def _is_plain(name: object, value: Any) -> bool:
    """Whether values of a class are equal to plain ones as what they hold is."""
    if isinstance(value, dict):
        return name in PLAIN_DICTS
    if isinstance(value, int | float) and MOST_EXACT <= abs(value) < math.inf:
        return False  # numpy compares them as floats, which are equal where the numbers are not
    return name in SCALARS and isinstance(value, bool | int | float | complex | str | bytes)


def _settled(value: Any) -> Any:
    """Give what tables hold one NaN in place of many, which are equal to none."""
    if isinstance(value, list):
        return [_settled(one) for one in value]
    return _NAN if isinstance(value, float) and math.isnan(value) else value


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise ValueError(len(text))
    return text


def _keys(found: list[Any]) -> list[Any]:
    """Refuse keys that were made to collide."""
    if max(Counter(map(hash, found)).values(), default=0) > MAX_COLLIDING:
        raise ValueError(len(found))
    return found
