"""How values that are more than plain data cross between tests and a candidate; both sides use this.

A value becomes a *form*, which is plain data (`plain.py`). A scalar stands for itself; any other form is a tuple that
begins with a word:

    ("tuple", *forms)  ("frozenset", *forms)        copies
    ("shared", key)                                 a list, dict, set or other mutable value
    ("value", type, *forms)                         a date, a Decimal, a range and the like, made anew from its parts
    ("name", "module:name")                         a class or function of Python's own
    ("yours", number)                               an object that stayed with the receiver of this form
    ("mine", …) ("class", …) ("function", …) …      an object that stays with the sender: see the two subclasses

Mutable values are *shared*: each side holds a copy under the same key. A message carries the content of those that the
other side does not have yet, and what its sender has changed in the others since the last message. So a list that a
call sorts is sorted for the tests too, however nested or aliased, and one that tests append to has grown for the
candidate. A key is dropped when one side needs it no longer.

Nothing that is decoded is trusted: on the tests' side an enemy may have written it. Whatever is malformed is a Breach.
"""

from __future__ import annotations

import collections
import datetime as dt
import importlib
import math
import operator
import sys
import types
from typing import TYPE_CHECKING

import plain
from plain import SCALARS, Breach

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # Forms of values; shared values that are new: key, kind, details, owner, content; changed ones: key, content; keys
    # that are dropped.
    Message = tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...], tuple[int, ...]]

MAX_DEPTH = 150  # of tuples in each other, so that a message stays below what `plain` decodes
MAX_SHARED = 20_000  # mutable values that both sides hold at a time
MAX_RANGE, MAX_EXPONENT = 10_000_000, 10_000  # beyond these a value stays where it is: no test would end over it
MAX_WORK = 10_000_000  # items that are made or compared with what both sides agreed on, in all
SPECIAL = (  # methods that say what can be done with an object: tests find those that its class has
    *("__eq__", "__bool__", "__contains__", "__lt__", "__le__", "__gt__", "__ge__", "__call__", "__len__", "__iter__"),
    *("__next__", "__getitem__", "__setitem__", "__delitem__", "__reversed__", "__enter__", "__exit__", "__await__"),
    *("__int__", "__float__", "__complex__", "__index__", "__round__", "__neg__", "__pos__", "__invert__", "__abs__"),
    *(
        f"__{prefix}{name}__"
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul")
        for prefix in ("", "r", "i")
    ),
    *(f"__{prefix}{name}__" for name in ("lshift", "rshift", "and", "or", "xor") for prefix in ("", "r", "i")),
)
NUMBERS = "biufc"  # kinds of numpy's types whose items are numbers
PLAIN_KINDS = frozenset({"list", "dict", "set"})
WORDS = {"value": "a value", "class": "a class", "error": "an exception"}  # what forms are called in reasons
PLAIN_WORDS = frozenset({"tuple", "frozenset", "shared"})


class Stays(Exception):  # noqa: N818 - a finding that callers expect
    """A value has no form that could be made anew elsewhere."""


class Kind:
    """A mutable type: how its content is read as a flat list of values, and written."""

    def __init__(
        self,
        make: Callable[[Any], Any],
        read: Callable[[Any], list[Any]],
        write: Callable[[Any, list[Any]], object],
        details: Callable[[Any], Any] = lambda _: None,
    ) -> None:
        self.make, self.read, self.write, self.details = make, read, write, details


def _read_dict(value: dict[Any, Any]) -> list[Any]:
    return [one for pair in value.items() for one in pair]


def _write_dict(value: dict[Any, Any], content: list[Any]) -> None:
    keys = content[::2]
    plain.check_hashes(keys)
    value.clear()
    # Not `update`, which adds to what a Counter has.
    plain.fill(lambda pairs: [operator.setitem(value, *pair) for pair in pairs], zip(keys, content[1::2], strict=True))


def _dict_of(keys: Any, values: Any) -> dict[Any, Any]:
    built: dict[Any, Any] = {}
    _write_dict(built, [one for pair in zip(keys, values, strict=True) for one in pair])
    return built


def _write_set(value: set[Any], content: list[Any]) -> None:
    plain.check_hashes(content)
    value.clear()
    plain.fill(value.update, iter(content))


def _write_deque(value: collections.deque[Any], content: list[Any]) -> None:
    value.clear()
    value.extend(content)


def _write_bytes(value: bytearray, content: list[Any]) -> None:
    (data,) = content
    if type(data) is not bytes:
        raise Breach("a bytearray without bytes")
    value[:] = data


def _make_array(details: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - where arrays cross only

    name, shape = details
    dtype = np.dtype(name)
    if dtype.kind not in NUMBERS or dtype.itemsize * math.prod(shape) > plain.MAX_ITEMS * 8:
        raise Breach("an array of things that are no numbers, or too large")
    return np.zeros(shape, dtype)


def _write_array(value: Any, content: list[Any]) -> None:
    import numpy as np  # noqa: PLC0415 - as above

    (data,) = content
    value[...] = np.frombuffer(data, value.dtype).reshape(value.shape)


KINDS = {
    "list": Kind(lambda _: [], list, lambda value, content: operator.setitem(value, slice(None), content)),
    "dict": Kind(lambda _: {}, _read_dict, _write_dict),
    "set": Kind(lambda _: set(), list, _write_set),
    "bytearray": Kind(lambda _: bytearray(), lambda value: [bytes(value)], _write_bytes),
    "deque": Kind(lambda most: collections.deque(maxlen=most), list, _write_deque, lambda value: value.maxlen),
    "defaultdict": Kind(collections.defaultdict, _read_dict, _write_dict, lambda value: value.default_factory),
    "OrderedDict": Kind(lambda _: collections.OrderedDict(), _read_dict, _write_dict),
    "Counter": Kind(lambda _: collections.Counter(), _read_dict, _write_dict),
    "ndarray": Kind(
        _make_array, lambda value: [value.tobytes()], _write_array, lambda value: (value.dtype.str, value.shape)
    ),
}
MUTABLE: dict[type, str] = {
    list: "list",
    dict: "dict",
    set: "set",
    bytearray: "bytearray",
    collections.deque: "deque",
    collections.defaultdict: "defaultdict",
    collections.OrderedDict: "OrderedDict",
    collections.Counter: "Counter",
}


def _decimal_parts(value: Any) -> tuple[Any, ...]:
    if value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT:
        raise Stays
    return (str(value),)


def _range_parts(value: range) -> tuple[Any, ...]:
    if abs(value.stop - value.start) // abs(value.step) > MAX_RANGE:
        raise Stays
    return (value.start, value.stop, value.step)


def _clock(value: dt.time | dt.datetime) -> tuple[Any, ...]:
    return (value.hour, value.minute, value.second, value.microsecond, value.tzinfo)


PARTS: dict[str, Callable[[Any], tuple[Any, ...]]] = {  # how an immutable value is taken to parts …
    "Decimal": _decimal_parts,
    "Fraction": lambda value: (value.numerator, value.denominator),
    "date": lambda value: (value.year, value.month, value.day),
    "time": _clock,
    "datetime": lambda value: (value.year, value.month, value.day, *_clock(value)),
    "timedelta": lambda value: (value.days, value.seconds, value.microseconds),
    "timezone": lambda value: (value.utcoffset(None),),
    "UUID": lambda value: (value.int,),
    "PosixPath": lambda value: (str(value),),
    "PurePosixPath": lambda value: (str(value),),
    "range": _range_parts,
    "slice": lambda value: (value.start, value.stop, value.step),
    "dict_keys": tuple,
    "dict_values": tuple,
    "dict_items": tuple,
}
HOMES = {
    "Decimal": "decimal",
    "Fraction": "fractions",
    "UUID": "uuid",
    "PosixPath": "pathlib",
    "PurePosixPath": "pathlib",
}


def _make_decimal(text: str) -> Any:
    import decimal  # noqa: PLC0415 - what is loaded earlier is in the memory of every candidate

    value = decimal.Decimal(text)
    _decimal_parts(value)
    return value


def _make_range(*parts: int) -> range:
    value = range(*parts)
    _range_parts(value)
    return value


def _make_scalar(name: str, data: bytes) -> Any:
    import numpy as np  # noqa: PLC0415 - as above

    dtype = np.dtype(name)
    if dtype.kind not in NUMBERS:
        raise Stays
    return np.frombuffer(data, dtype)[0]


def _of_home(name: str) -> Callable[..., Any]:
    def make(*parts: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(HOMES[name]), name)(*parts, **named)

    return make


MAKERS: dict[str, Callable[..., Any]] = {  # … and made anew
    "Decimal": _make_decimal,
    "Fraction": lambda *parts: _of_home("Fraction")(*map(operator.index, parts)),
    "date": dt.date,
    "time": dt.time,
    "datetime": dt.datetime,
    "timedelta": dt.timedelta,
    "timezone": dt.timezone,
    "UUID": lambda number: _of_home("UUID")(int=operator.index(number)),
    "PosixPath": _of_home("PosixPath"),
    "PurePosixPath": _of_home("PurePosixPath"),
    "range": _make_range,
    "slice": slice,
    "dict_keys": lambda *keys: _dict_of(keys, keys).keys(),
    "dict_values": lambda *values: _dict_of(range(len(values)), values).values(),
    "dict_items": lambda *pairs: _dict_of(*zip(*pairs, strict=True)).items() if pairs else {}.items(),
    "scalar": _make_scalar,
}


def value_name(kind: type) -> str | None:
    """Name an immutable type whose values are made anew from parts; None for any other type."""
    name = kind.__name__
    if name not in PARTS or kind.__module__.partition(".")[0] not in ("builtins", "datetime", HOMES.get(name)):
        return None
    return name


class Shared:
    """A mutable value that both sides hold, and its content when both last agreed on it."""

    __slots__ = ("content", "kind", "value")

    def __init__(self, value: Any, kind: Kind) -> None:
        self.value, self.kind = value, kind
        self.content = kind.read(value)

    def has_changed(self, content: list[Any]) -> bool:
        old = self.content
        if len(old) != len(content) or not all(map(operator.is_, old, content)):
            return not (len(content) == 1 and type(content[0]) is bytes and old == content)
        return False


class Crossing:
    """One side's view of what has crossed. The keys of values that it shares first begin at `first_key`, in steps of 2.

    Without `shares` copies have nothing to do with each other once a message is read.
    """

    def __init__(self, first_key: int, *, shares: bool) -> None:
        self.next_key, self.shares, self.work = first_key, shares, 0
        self.shared: dict[int, Shared] = {}
        self.keys: dict[int, int] = {}  # of shared values, by their `id`
        self.new: list[tuple[int, str, Any]] = []  # key, kind and owner of those that the message will bring
        self.kinds = dict(KINDS)
        self.decoders: dict[str, Callable[..., Any]] = {
            "tuple": lambda *forms: tuple([self.decode(form) for form in forms]),
            "frozenset": self.decode_frozenset,
            "shared": lambda key: self.shared[key].value,
            "value": lambda name, *forms: MAKERS[name](*[self.decode(form) for form in forms]),
            "name": self.named,
            "yours": self.own,
        }

    # What the two sides do differently.

    def export(self, value: Any) -> Any:
        raise NotImplementedError

    def own(self, number: int) -> Any:
        raise NotImplementedError

    def named(self, name: str) -> Any:
        raise NotImplementedError

    def make_owned(self, owner: Any, kind: str, details: Any) -> Any:
        raise NotImplementedError

    def note(self, what: str) -> None:
        """Learn that something has crossed that is more than lists, dicts, sets and what is in them."""

    # Messages.

    def message(self, *values: Any) -> Message:
        dropped = self.drop() if self.shares else ()
        return self.message_of(tuple(self.encode_all(values, 0)), dropped)

    def message_of(self, forms: tuple[Any, ...], dropped: tuple[int, ...] = ()) -> Message:
        new = self.contents()
        changed = self.changes() if self.shares else ()
        new += self.contents()
        if not self.shares:
            self.forget([*self.shared])
        return forms, tuple(new), changed, dropped

    def accept(self, message: Any, count: int | None = None) -> tuple[Any, ...]:
        """Return the values of a message, `count` of them if that is known, after its changes. Raises Breach."""
        try:
            forms, new, changed, dropped = message
            for key, name, details, owner, _ in new:
                self.begin(key, name, details, owner)
            for key, *_, content in new:
                self.write(key, content)
            values = tuple([self.decode(form) for form in forms])
            for key, content in changed:
                self.write(key, content)
            self.forget(dropped if self.shares else [*self.shared])
        except Breach:
            raise
        except Exception as error:  # whatever an enemy can make Python raise
            raise Breach(f"a malformed answer: {type(error).__name__}") from None
        if count is not None and len(values) != count:
            raise Breach("a malformed answer: too many values, or too few")
        return values

    def begin(self, key: int, name: str, details: Any, owner: Any) -> None:
        if type(key) is not int or key in self.shared:
            raise Breach("a key in use")
        if owner is not None or name not in PLAIN_KINDS:
            self.note(f"a {name}")
        kind = self.kinds[name]
        known = self.decode(details)
        value = kind.make(known) if owner is None else self.make_owned(owner, name, known)
        self.spend(value.size if name == "ndarray" else 1)
        self.share(key, value, kind)

    def write(self, key: int, content: Any) -> None:
        shared = self.shared[key]
        items = [self.decode(form) for form in content]
        shared.kind.write(shared.value, items)
        shared.content = shared.kind.read(shared.value)
        if shared.kind is KINDS["set"] and not all(map(operator.is_, items, shared.content)):
            self.note("the order of a set")  # which hangs on how it came about

    def contents(self) -> list[Any]:
        found = []
        while self.new:
            key, name, owner = self.new.pop()
            shared = self.shared[key]
            details = self.encode(shared.kind.details(shared.value))
            found.append((key, name, details, owner, tuple(self.encode_all(shared.content, 0))))
        return found

    def changes(self) -> tuple[Any, ...]:
        found = []
        for key, shared in [*self.shared.items()]:
            content = shared.kind.read(shared.value)
            self.spend(len(content))
            if shared.has_changed(content):
                shared.content = content
                found.append((key, tuple(self.encode_all(content, 0))))
        return tuple(found)

    def spend(self, count: int) -> None:
        self.work += count
        if self.work > MAX_WORK:
            raise plain.TooLarge("large values and many calls")

    def drop(self) -> tuple[int, ...]:
        """Drop and list the keys of values that nothing here holds but this, unless they have changed since."""
        unused = [
            key
            for key, one in self.shared.items()
            if sys.getrefcount(one.value) == 2
            and not one.has_changed(one.kind.read(one.value))  # its slot and the call
        ]
        self.forget(unused)
        return tuple(unused)

    def forget(self, keys: Any) -> None:
        for key in keys:
            shared = self.shared.pop(key, None)
            if shared is not None:
                self.keys.pop(id(shared.value), None)

    def share(self, key: int, value: Any, kind: Kind) -> None:
        if len(self.shared) >= MAX_SHARED:
            raise plain.TooLarge("too many lists and other mutable values")
        self.shared[key] = Shared(value, kind)
        self.keys[id(value)] = key

    # Forms.

    def encode(self, value: Any, depth: int = 0) -> Any:
        kind = type(value)
        if kind in SCALARS:
            return value
        if depth > MAX_DEPTH:
            return self.export(value)
        if kind is tuple or kind is frozenset:
            return (kind.__name__, *self.encode_all(value, depth + 1))
        if kind in MUTABLE:
            return self.encode_shared(value, MUTABLE[kind])
        name = value_name(kind)
        if name is not None:
            return self.encode_value(value, name, depth)
        return self.export(value) if kind.__module__ != "numpy" else self.encode_numbers(value)

    def encode_all(self, values: Any, depth: int) -> Any:
        if SCALARS.issuperset(map(type, values)):
            return values
        return [self.encode(one, depth) for one in values]

    def encode_value(self, value: Any, name: str, depth: int) -> Any:
        """Make the form of an immutable value that is made anew from its parts."""
        try:
            form = ("value", name, *self.encode_all(PARTS[name](value), depth + 1))
        except Stays:
            return self.export(value)
        self.note(f"a {name}")
        return form

    def encode_numbers(self, value: Any) -> Any:
        if getattr(getattr(value, "dtype", None), "kind", "?") not in NUMBERS:
            return self.export(value)
        if type(value).__name__ == "ndarray":
            return self.encode_shared(value, "ndarray")
        self.note(f"a {type(value).__name__}")
        return ("value", "scalar", value.dtype.str, value.tobytes())

    def encode_shared(self, value: Any, name: str, owner: Any = None) -> Any:
        """Make the form of a mutable value, whose content the message brings if the other side does not have it."""
        key = self.keys.get(id(value))
        if key is None:
            if name not in PLAIN_KINDS:
                self.note(f"a {name}")
            key, self.next_key = self.next_key, self.next_key + 2
            self.share(key, value, self.kinds[name])
            self.new.append((key, name, owner))
        return ("shared", key)

    def decode(self, form: Any) -> Any:
        """Make the value of a form; what is malformed raises one of the errors that `accept` knows."""
        if type(form) in SCALARS:
            return form
        word, *rest = form
        if word not in PLAIN_WORDS:
            self.note(WORDS.get(word, "an object"))
        return self.decoders[word](*rest)

    def decode_frozenset(self, *forms: Any) -> frozenset[Any]:
        items: set[Any] = set()
        _write_set(items, [self.decode(form) for form in forms])
        return frozenset(items)


def name_of(value: Any) -> str | None:
    """Name a class or function of the standard library by module and name; None for anything else."""
    if not isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return None
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if type(module) is not str or module.partition(".")[0] not in sys.stdlib_module_names or type(name) is not str:
        return None
    found = sys.modules.get(module)
    return f"{module}:{name}" if found is not None and getattr(found, name, None) is value else None
