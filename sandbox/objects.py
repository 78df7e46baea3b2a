"""A candidate's objects, as its side of a conversation with tests hands them out, and what may be done with them.

All of this runs in the candidate's process and cannot be trusted: it only makes answers.
"""

from __future__ import annotations

import builtins
import copy
import importlib
import io
import operator
import sys
import types
from typing import TYPE_CHECKING

import plain
from crossing import MUTABLE, SPECIAL, Crossing, Kind, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Self

MOST_NAMES = 200  # of methods that a class is described with
SHOWN = frozenset(  # classes and functions of Python's own that a candidate may answer with by name
    f"builtins:{name}"
    for name, value in vars(builtins).items()
    if isinstance(value, type) and (issubclass(value, BaseException) or name in ("object", "bool"))
) | frozenset(
    f"builtins:{kind.__name__}"
    for kind in (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice)
)
BASES = (*MUTABLE, tuple, frozenset, str, bytes, int, float)  # of classes whose objects can be copied as values
HARMLESS = frozenset(  # what such a class may define anew: nothing that says what the value is
    {
        *("__init__", "__new__", "__repr__", "__str__", "__format__", "__doc__", "__module__", "__dict__"),
        *("__weakref__", "__slots__", "__hash__", "__dir__", "__reduce__", "__reduce_ex__", "__getnewargs__"),
        *("__class_getitem__", "__init_subclass__", "__annotations__", "__setstate__", "__getstate__"),
        *("__annotate__", "__annotate_func__", "__static_attributes__", "__firstlineno__", "__orig_bases__"),
        *("__parameters__", "__match_args__", "__abstractmethods__", "__annotations_cache__"),
    }
)


def advance(iterator: Iterator[Any]) -> tuple[bool, Any]:
    for item in iterator:
        return True, item
    return False, None


def complete(awaitable: Any) -> Any:
    import asyncio  # noqa: PLC0415 - few need it, and what is loaded here is in the memory of all

    async def wait() -> Any:
        return await awaitable

    return asyncio.run(wait())


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda function, /, *arguments, **keywords: function(*arguments, **keywords),
    "method": lambda value, name, /, *arguments, **keywords: getattr(value, name)(*arguments, **keywords),
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "advance": advance,
    "complete": complete,
    "enter": lambda value: type(value).__enter__(value),
    "exit": lambda value: type(value).__exit__(value, None, None, None),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        kind.__name__: kind
        for kind in (
            len,
            iter,
            reversed,
            str,
            repr,
            format,
            int,
            float,
            complex,
            round,
            divmod,
            dir,
            isinstance,
            issubclass,
        )
    },
    **{
        name: getattr(operator, name)
        for name in (
            *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and_", "or_"),
            *("xor", "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor"),
            *("ilshift", "irshift", "neg", "pos", "invert", "abs", "index", "getitem", "setitem", "delitem"),
        )
    },
}


class Objects(Crossing):
    """The candidate's side: whatever has no form of its own stays here and is handed out by number."""

    def __init__(
        self, names: dict[str, Any], named: Callable[[str], Any], ask: Callable[..., Any], *, shares: bool
    ) -> None:
        super().__init__(2, shares=shares)
        self.names, self.ask = names, ask
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}  # of objects that were handed out, by their `id`
        self.foreign: dict[
            int, tuple[int, Any]
        ] = {}  # number of what stays with the tests, by the `id` of its stand-in
        self.kinds["record"] = Kind(
            lambda name: type(name, (), {"__module__": "tests"})(),
            lambda value: [one for pair in vars(value).items() for one in pair],
            _write_attributes,
        )
        self.decoders |= {
            "global": named,
            "function": lambda number, name: self.stand_in(number, _function(self.ask, number, name)),
            "iterator": lambda number: self.stand_in(number, _iterator(self.ask, number)),
            "exception": lambda name, *forms: self.named(name)(*[self.decode(form) for form in forms]),
        }

    def stand_in(self, number: int, value: Any) -> Any:
        self.foreign[id(value)] = number, value
        return value

    def own(self, number: int) -> Any:
        return self.objects[number]

    def named(self, name: str) -> Any:
        module, _, path = name.partition(":")
        return operator.attrgetter(path)(importlib.import_module(module))

    def export(self, value: Any) -> Any:
        if id(value) in self.foreign:
            return ("yours", self.foreign[id(value)][0])
        if isinstance(value, type):
            return self.class_form(value)
        return self.object_form(value, type(value))

    def object_form(self, value: Any, kind: type) -> Any:
        base = None if kind in BASES else base_of(kind)  # those that are too deep in others stay as they are
        number = self.numbers.get(id(value))
        if number is not None:
            return self.encode_shared(value, MUTABLE[base]) if base in MUTABLE else ("mine", number)
        number, described = self.hand_out(value), self.class_form(kind)
        if base is None:
            return ("mine", number, described)
        if base in MUTABLE:
            return self.encode_shared(value, MUTABLE[base], (number, described))
        if base is tuple or base is frozenset:
            items = [*base.__iter__(value)]
            return ("mirror", number, described, (base.__name__, *self.encode_all(items, 1)))
        return ("mirror", number, described, plain.reduce(value))

    def hand_out(self, value: Any) -> int:
        number = self.numbers[id(value)] = len(self.objects)
        self.objects.append(value)
        return number

    def class_form(self, kind: type) -> Any:
        """Describe a class: its names, its bases, which operators it has, and its methods."""
        name = name_of(kind)
        if name in SHOWN:
            return ("name", name)
        if id(kind) in self.numbers:
            return ("class", self.numbers[id(kind)])
        number = self.hand_out(kind)
        bases = [self.class_form(base) for base in kind.__bases__ if base is not object]
        own = [vars(base) for base in kind.__mro__[:-1]]  # not by `getattr`, which finds what the class itself can do
        special = [name for name in SPECIAL if next((one[name] for one in own if name in one), None) is not None]
        methods = _methods(kind) if vars(object)["__getattribute__"] is kind.__getattribute__ else []
        return (
            "class",
            number,
            kind.__name__[:200],
            kind.__module__ if name else "",  # of others only the program says what they are
            *map(tuple, (bases, special, methods)),
        )

    def message_of_error(self, error: BaseException) -> Any:
        """Make a message of an exception: its class and its arguments. None where even that raises."""
        try:
            arguments = tuple(self.encode_all(error.args, 1))
            return self.message_of((("error", self.hand_out(error), self.class_form(type(error)), arguments),))
        except BaseException:
            return None

    def do(self, operation: str, /, *values: Any, **keywords: Any) -> Any:
        """Do what tests ask for."""
        if operation == "globals":
            wanted, others = values
            found = tuple([(name in self.names, self.names.get(name)) for name in wanted])
            return found, tuple([name for name in others if self.defines(name)])
        return OPERATIONS[operation](*values, **keywords)

    def defines(self, name: str) -> bool:
        value = self.names.get(name, self)
        return value is not self and name_of(value) is None and not isinstance(value, types.ModuleType)


def base_of(kind: type) -> type | None:
    """Return the built-in class that an object of a class can be copied as; None where the class decides more.

    That is where it defines anew what the built-in class has; Python's own enums and named tuples do so harmlessly.
    """
    base = next((one for one in kind.__mro__ if one in BASES), None)
    if base is None:
        return None
    for one in kind.__mro__[: kind.__mro__.index(base)]:
        if one.__module__ in ("enum", "typing", "collections", "http", "signal"):
            continue
        if any(name not in HARMLESS and (name[:2] == "__" or hasattr(base, name)) for name in vars(one)):
            return None
    return base


def _methods(kind: type) -> list[str]:
    functions = types.FunctionType, staticmethod, classmethod
    found = {name for one in kind.__mro__ for name, value in vars(one).items() if isinstance(value, functions)}
    return sorted(name for name in found if not name.startswith("__"))[:MOST_NAMES]


def _write_attributes(value: Any, content: list[Any]) -> None:
    attributes = vars(value)
    attributes.clear()
    attributes.update(zip(content[::2], content[1::2], strict=True))


def _function(ask: Callable[..., Any], number: int, name: str) -> Callable[..., Any]:
    def function(*arguments: Any, **keywords: Any) -> Any:
        return ask("call", number, arguments, keywords)

    function.__name__ = function.__qualname__ = name
    return function


def _iterator(ask: Callable[..., Any], number: int) -> Iterator[Any]:
    while True:
        more, item = ask("advance", number, (), {})
        if not more:
            return
        yield item


class Surroundings:
    """What tests have put in the places of `input`, `sys.stdin` and `sys.stdout`, for as long as a call lasts."""

    def __init__(self, read: Any, text: str | None, captured: bool) -> None:
        self.input = read
        self.stdin = None if text is None else io.StringIO(text)
        self.stdout = io.StringIO() if captured else None

    def __enter__(self) -> Self:
        self.before = builtins.input, sys.stdin, sys.stdout
        if self.input is not None:
            builtins.input = self.input
        if self.stdin is not None:
            sys.stdin = self.stdin
        if self.stdout is not None:
            sys.stdout = self.stdout
        return self

    def __exit__(self, *_: object) -> None:
        builtins.input, sys.stdin, sys.stdout = self.before

    def found(self) -> tuple[str, int]:
        printed = "" if self.stdout is None else self.stdout.getvalue()
        return printed, 0 if self.stdin is None else self.stdin.tell()


NONE = None, False  # neither text to read nor anybody who captures what is printed
