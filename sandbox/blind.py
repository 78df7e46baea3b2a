"""What stands in a blinded test file for the values that its tests expect: nothing but numbers.

Its text is written into each blinded file (see boxscore/protocols/blind), and runs in the tests' own process, under any
Python from 3.5 on. A comparison with a hidden value is not made here: the other side is written down, as bounded plain
data, for the grader, which alone knows what is hidden, and the test goes on as if they were equal. So there is nothing
here to be found out, and whatever a candidate does to this code, it can only send other data. It never gets an answer.

No method of a candidate's class decides what is sent of a value: containers are read by the methods of the base types.
"""

import json
import os
import sys
import unittest
from typing import Any

MAX_NODES = 20000
MAX_DEPTH = 40
MAX_CHARS = 65536  # of one line
LIBRARY = ("collections", "datetime", "decimal", "fractions", "uuid")  # whose values are told by what makes them

_PATH = [""]  # where observations go
_open, _write, _close, _dumps = os.open, os.write, os.close, json.dumps  # which tests may put others in the place of
_CONTAINERS = {list: "l", tuple: "t", set: "s", frozenset: "z"}  # type: dict[type, str]


class Misused(Exception):  # noqa: N818 - what a test sees of it is its name
    """A hidden value was used for something else than a comparison that is known."""


class Hidden(object):
    """Stands for an expected value, and can do nothing."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        object.__setattr__(self, "_number", number)


def _misuse(name: str) -> Any:
    def method(self: Hidden, *_arguments: Any, **_named: Any) -> None:
        number = object.__getattribute__(self, "_number")
        _send(_dumps([number, "misused", name]))
        raise Misused("hidden value {}: {}".format(number, name))

    return method


_OPERATIONS = (
    "eq ne lt le gt ge hash len iter bool str repr format contains call getitem setitem add radd sub rsub mul rmul mod "
    "rmod truediv rtruediv floordiv rfloordiv pow rpow and rand or ror xor rxor neg pos abs invert int float complex "
    "index bytes enter exit reversed next round fspath await setattr reduce_ex copy deepcopy"
)
for _name in _OPERATIONS.split():
    setattr(Hidden, "__{}__".format(_name), _misuse(_name))


def hidden(number: int) -> Hidden:
    return Hidden(number)


def equal(left: Any, right: Any) -> Any:
    if type(right) is Hidden:
        return _observed(right, "is", left)
    if type(left) is Hidden:
        return _observed(left, "is", right)
    return left == right


def equality(function: Any) -> Any:
    """Stand for a method that compares its first two arguments, one of which may be hidden."""

    def call(*arguments: Any, **named: Any) -> Any:
        first, second = arguments[:2]
        if Hidden not in (type(first), type(second)):
            return function(*arguments, **named)
        token, other = (second, first) if type(second) is Hidden else (first, second)
        _observed(token, "is" if _is_plain(function) else "otherwise", other)
        return None

    return call


def _is_plain(function: Any) -> bool:
    """Whether a method compares as unittest's own do: by `==` and no other rules."""
    case = getattr(function, "__self__", None)
    if not isinstance(case, unittest.TestCase):
        return False
    rules = getattr(case, "_type_equality_funcs", {}).values()
    names = [function.__name__, "_getAssertEqualityFunc", "_baseAssertEqual"]
    names += [one for one in rules if type(one) is str]
    own = [getattr(type(case), name, None) is getattr(unittest.TestCase, name, 0) for name in names]
    return all(own) and len(own) == 3 + len(rules)


def _observed(token: Hidden, how: str, value: Any) -> bool:
    number = object.__getattribute__(token, "_number")
    try:
        line = _dumps([number, how, _encode(value, [0], 0)])
    except Exception:
        line = ""
    _send(line if line and len(line) <= MAX_CHARS else _dumps([number, how, {"!": 1}]))
    return True


def _send(line: str) -> None:
    """Write a line, whole, whatever other threads and processes do; no descriptor is kept for somebody to close."""
    file = _open(_PATH[0], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        _write(file, (line + "\n").encode("ascii"))
    finally:
        _close(file)


def _encode(value: Any, count: Any, depth: int) -> Any:
    count[0] += 1
    if count[0] > MAX_NODES or depth > MAX_DEPTH:
        raise ValueError("too large")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str and not _has_surrogates(value):
        return value
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if kind in _CONTAINERS:
        items = [_encode(one, count, depth + 1) for one in value]
        return {_CONTAINERS[kind]: items if kind in (list, tuple) else sorted(items, key=_dumps)}
    if kind is dict:
        return {"d": [[_encode(key, count, depth + 1), _encode(one, count, depth + 1)] for key, one in value.items()]}
    scalar = _scalar(value)
    if scalar is not None:
        return _encode(scalar, count, depth + 1)
    return _of_library(value, count, depth)


def _scalar(value: Any) -> Any:
    """What a scalar of numpy holds, where it is equal to others as that is; None for all else."""
    numpy = sys.modules.get("numpy")
    names = ("bool_", "int32", "int64", "float64", "str_")
    if numpy is None or type(value) not in [getattr(numpy, name, None) for name in names]:
        return None
    held = value.item()
    return held if type(held) is not int or abs(held) < 1 << 53 else None


def _of_library(value: Any, count: Any, depth: int) -> Any:
    """What makes a value of a class of Python's library, which is equal to one that is made of the same."""
    kind = type(value)
    if kind.__module__ not in LIBRARY:
        raise ValueError("of a class of its own")
    if kind.__name__ in ("Counter", "defaultdict"):  # which are equal to a dict as one
        return _encode(dict(dict.items(value)), count, depth + 1)
    if isinstance(value, dict):
        parts = list(dict.items(value))  # type: list[Any]
    else:
        parts = [one for one in value.__reduce__()[1:3] if one is not None]
    return {"o": "{}.{}".format(kind.__module__, kind.__name__), "v": _encode(_without_types(parts), count, depth + 1)}


def _without_types(parts: Any) -> Any:
    if type(parts) in (list, tuple):
        return [_without_types(one) for one in parts if not isinstance(one, type)]
    return parts


def _hex(data: bytes) -> str:
    return "".join("{:02x}".format(one) for one in data)


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


_PLAIN = {
    str: lambda value: {"u": _hex(value.encode("utf-8", "surrogatepass"))},
    int: lambda value: {"i": str(value)},
    float: lambda value: {"f": float.__repr__(value)},
    bytes: lambda value: {"b": _hex(value)},
    complex: lambda value: {"c": [float.__repr__(value.real), float.__repr__(value.imag)]},
}  # type: dict[type, Any]
