"""What stands in a test's namespace for things of the candidate: its functions, its objects, its exceptions.

Tests may do with them what they would do with the things themselves, and each operation is the candidate's to answer.
What must not be the candidate's is a verdict: its own `==`, `<`, truth, membership and arithmetic on a value of the
tests would decide a comparison. There the oracle ends: the sample is `Unseen`.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import sys
from typing import TYPE_CHECKING

from crossing import MUTABLE, SPECIAL, Crossing, Kind, Stays, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from typing import Any, NoReturn, Protocol

    from verdicts import SampleEnd

    class Caller(Protocol):
        """What stands for a candidate needs this of the way to it; see `Channel` in `channel.py`."""

        def ask(self, operation: str, /, *values: Any, **keywords: Any) -> Any:
            """Have the candidate do something and return its answer."""

        def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            """Call one of the candidate's names."""

        def note(self, what: str) -> None:
            """Learn what tests use that is more than plain data."""

        def step_back(self, reason: str) -> NoReturn:
            """End the sample: nobody but the candidate could say what a test wants to know."""


READABLE = ("__name__", "__qualname__", "__doc__", "__module__", "__dict__", "__annotations__", "__wrapped__")


MOST_NAMES = 500  # that a class is described with
OF_VALUES = frozenset(  # methods that tests call on values, and take for those of values
    name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind) if not name.startswith("_")
) | {"equals", "tolist", "item", "any", "all"}
STRANGE = ("unittest", "pytest", "_pytest", "asyncio", "concurrent")  # whose exceptions steer who runs tests


class ClassInfo:
    """What a candidate says of one of its classes."""

    def __init__(self, number: int, name: str, bases: tuple[Any, ...], special: Any, methods: Any) -> None:
        self.number, self.name, self.bases = number, name, bases
        if (
            len(special) > MOST_NAMES
            or len(methods) > MOST_NAMES
            or not all(type(one) is str for one in (*special, *methods))
        ):
            raise Stays
        self.special, self.methods = frozenset(special), frozenset(methods)
        self.is_known = False  # to the tests, who have the class itself
        self.handles: type[Handle] | None = None  # the class of what stands for its objects
        self.mirrors: dict[type, type] = {}  # our own classes for copies of its objects, by what they extend
        self.error: type[Exception] | None = None  # what is raised for its objects, if they are exceptions

    def extends(self, other: object) -> bool:
        return self is other or any(
            base.extends(other) if isinstance(base, ClassInfo) else base is other for base in self.bases
        )


class Handle:
    """An object that stayed with the candidate. `handle_class` gives it the operators that its class has."""

    __slots__ = ("_its_channel", "_its_info", "_its_number")

    _its_channel: Caller
    _its_info: ClassInfo
    _its_number: int

    def __init__(self, channel: Caller, number: int, info: ClassInfo) -> None:
        for name, value in (("_its_channel", channel), ("_its_number", number), ("_its_info", info)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in READABLE:
            self._its_channel.note(f"the {name}")
            raise AttributeError(name)
        if name in OF_VALUES and not self._its_info.is_known:  # as in `f(1).startswith("a")`
            self._its_refuse(name)
        if name in self._its_info.methods:
            return functools.partial(self._its_channel.ask, "method", self, name)
        return self._its_channel.ask("get", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._its_channel.ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._its_channel.ask("delete", self, name)

    def __eq__(self, other: object) -> bool:
        if self is not other and "__eq__" in self._its_info.special:
            self._its_refuse("==")
        return self is other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        if "__eq__" in self._its_info.special:
            self._its_refuse("hash")
        return id(self)

    def __bool__(self) -> bool:
        if "__bool__" in self._its_info.special:
            self._its_refuse("truth")
        return "__len__" not in self._its_info.special or number_of(self._its_channel.ask("len", self)) > 0

    def __str__(self) -> str:
        return text_of_answer(self._its_channel.ask("str", self))

    def __repr__(self) -> str:
        return text_of_answer(self._its_channel.ask("repr", self))

    def __format__(self, how: str) -> str:
        return text_of_answer(self._its_channel.ask("format", self, how))

    def __copy__(self) -> Any:
        return self._its_channel.ask("copy", self)

    def __deepcopy__(self, _: object) -> Any:
        return self._its_channel.ask("deepcopy", self)

    def __reduce_ex__(self, _: object) -> NoReturn:
        self._its_refuse("copy")

    def __dir__(self) -> Any:
        return self._its_channel.ask("dir", self)

    def __instancecheck__(self, value: object) -> bool:
        return info_of(value).extends(self._its_info)

    def _its_refuse(self, what: str) -> NoReturn:
        self._its_channel.step_back(f"the {what} of {self._its_info.name} is the program's own")


class Items:
    """The items of one of the candidate's iterators, one at a time."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return self if isinstance(self.source, Handle) else iter(self.source)

    def __next__(self) -> Any:
        return _next(self.source)


class ClassHandle(Handle):
    """A class that stayed with the candidate; `_its_info` describes itself."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._its_channel.ask("call", self, *arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in READABLE:
            self._its_channel.note(f"the {name}")
            raise AttributeError(name)
        return self._its_channel.ask("get", self, name)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        return number_of(self._its_channel.ask("len", self))

    def __iter__(self) -> Iterator[Any]:
        return iter(Items(self._its_channel.ask("iter", self)))

    def __getitem__(self, name: Any) -> Any:
        return self._its_channel.ask("getitem", self, name)

    def __contains__(self, item: object) -> bool:
        return self._its_refuse("`in`")

    def __mro_entries__(self, _: object) -> NoReturn:
        self._its_channel.step_back(f"the tests extend its {self._its_info.name}")

    def __subclasscheck__(self, kind: object) -> bool:
        return isinstance(kind, ClassHandle) and info_of(kind).extends(self._its_info)


class Proxy(Handle):
    """Stands for one of the candidate's names where tests can do no more than call it."""

    __slots__ = ()

    def __init__(self, channel: Caller, name: str) -> None:
        super().__init__(channel, 0, ClassInfo(0, name, (), (), ()))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._its_channel.call(self._its_info.name, arguments, keywords)


def _forward(operation: str, take: Callable[[Any], Any] = lambda answer: answer) -> Callable[..., Any]:
    def forward(self: Handle, *values: Any) -> Any:
        return take(self._its_channel.ask(operation, self, *values))

    return forward


def _call(self: Handle, /, *arguments: Any, **keywords: Any) -> Any:
    return self._its_channel.ask("call", self, *arguments, **keywords)


def _next(self: Handle) -> Any:
    more, item = self._its_channel.ask("advance", self)
    if more is not True:
        raise StopIteration
    return item


def _exit(self: Handle, kind: object, *_: object) -> None:
    if kind is not None:
        self._its_refuse("way of handling an error")
    self._its_channel.ask("exit", self)


def _await(self: Handle) -> Generator[None, None, Any]:
    return self._its_channel.ask("complete", self)
    yield


def _send(self: Handle, _: object = None) -> NoReturn:
    raise StopIteration(self._its_channel.ask("complete", self))


def _throw(_: Handle, error: Any, *__: object) -> NoReturn:
    raise error


def _convert(operation: str) -> Callable[..., Any]:
    """Make an operation on a number: an object may give another one each time, where the tests look for one."""

    def forward(self: Handle, *values: Any) -> Any:
        if not self._its_info.is_known:
            self._its_refuse(operation)
        return self._its_channel.ask(operation, self, *values)

    return forward


def _reading(name: str) -> Callable[[Handle], Any]:
    return lambda self: self._its_channel.ask("get", self, name)


def _refuse(what: str) -> Callable[..., Any]:
    def refuse(self: Handle, _: object) -> NoReturn:
        self._its_refuse(what)

    return refuse


def _arithmetic(operation: str, *, reflected: bool = False) -> Callable[..., Any]:
    def forward(self: Handle, other: Any, *more: Any) -> Any:
        if is_plain(other):  # as in `abs(f(1) - 0.5) < 0.1`, which would tell it what is expected, too
            self._its_refuse("arithmetic")
        channel = self._its_channel
        return channel.ask(operation, other, self) if reflected else channel.ask(operation, self, other, *more)

    return forward


def number_of(answer: object) -> int:
    if type(answer) is not int:
        raise TypeError(f"an integer is required, not {type(answer).__name__}")
    return answer


def text_of_answer(answer: object) -> str:
    if type(answer) is not str:
        raise TypeError(f"a text is required, not {type(answer).__name__}")
    return answer


def is_plain(value: object) -> bool:
    return not isinstance(value, Handle) and (not isinstance(value, (list, tuple)) or all(map(is_plain, value)))


ORDERED = ("__lt__", "__le__", "__gt__", "__ge__")
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "lshift", "rshift", "xor")
OPERATORS: dict[str, Callable[..., Any]] = {  # what a handle does for a special method that the object's class has
    "__call__": _call,
    "__contains__": _refuse("`in`"),
    **dict.fromkeys(ORDERED, _refuse("order")),
    "__len__": _forward("len", number_of),
    "__iter__": _forward("iter", lambda answer: iter(Items(answer))),
    "__next__": _next,
    "__enter__": _forward("enter"),
    "__exit__": _exit,
    "__await__": _await,
    **{f"__{name}__": _forward(name) for name in ("getitem", "setitem", "delitem", "reversed")},
    **{
        f"__{name}__": _convert(name)
        for name in ("index", "int", "float", "complex", "round", "neg", "pos", "invert", "abs")
    },
}
for _name, _operation in (*zip(BINARY, BINARY, strict=True), ("and", "and_"), ("or", "or_")):
    OPERATORS[f"__{_name}__"] = _arithmetic(_operation)
    OPERATORS[f"__r{_name}__"] = _arithmetic(_operation, reflected=True)
    OPERATORS[f"__i{_name}__"] = _arithmetic(f"i{_name}")
ASKED = {name: property(_reading(name)) for name in ("__doc__", "__annotations__")}  # what Python finds at each class
COROUTINE = {"send": _send, "throw": _throw, "close": lambda _: None, "__next__": _send}  # which ends at its first step


def handle_class(info: ClassInfo) -> type[Handle]:
    """Make the class of handles on objects of a class: it has the operators that these have, and its name."""
    if info.handles is None:
        has = {name: OPERATORS[name] for name in info.special if name in OPERATORS}
        own = COROUTINE if info.name == "coroutine" and "__await__" in has else {}
        info.handles = type(info.name, (Handle,), {"__slots__": (), "__module__": "tests", **ASKED, **has, **own})
    return info.handles


class Mirror:
    """What a copy of a candidate's value has beside the value: for all other attributes the candidate is asked.

    Such a value is of a class of its own that extends a built-in one, and changes nothing of it.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(handle_of(self), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(handle_of(self), name, value)

    def __str__(self) -> str:
        return str(handle_of(self))

    def __repr__(self) -> str:
        return repr(handle_of(self))

    def __format__(self, how: str) -> str:
        return format(handle_of(self), how)


def handle_of(mirror: Any) -> Handle:
    handle: Handle = object.__getattribute__(mirror, "_its_handle")
    return handle


def info_of(value: object) -> ClassInfo:
    if isinstance(value, Mirror):
        value = handle_of(value)
    if isinstance(value, Handle):
        return value._its_info  # noqa: SLF001 - public names are the candidate's
    return getattr(type(value), "_its_info", NOBODY)


NOBODY = ClassInfo(0, "", (), (), ())


class Things(Crossing):
    """The tests' side: functions and iterators of theirs stay here, objects of the candidate become handles."""

    def __init__(self, channel: Caller, *, shares: bool) -> None:
        super().__init__(1, shares=shares)
        self.channel = channel
        self.exported: list[Any] = []
        self.handles: dict[int, Any] = {}  # what stands here for the candidate's objects, by their numbers
        self.classes: dict[int, ClassInfo] = {}
        self.seen = ""  # the first thing that crossed and was more than plain data
        self.kinds["record"] = Kind(_refuse_to_make, _attributes, _set_attributes, lambda value: type(value).__name__)
        self.decoders |= {
            "mine": self.handle,
            "mirror": self.mirror,
            "class": lambda number, *described: self.standing(self.info(number, *described)),
            "error": self.error,
        }

    def note(self, what: str) -> None:
        self.seen = self.seen or what

    def own(self, number: int) -> Any:
        return self.exported[number if number >= 0 else len(self.exported)]

    def named(self, name: str) -> Any:
        module, _, word = name.partition(":")
        found = getattr(builtins, word)
        if module != "builtins" or not isinstance(found, type) or found is type:
            raise Stays
        return found

    def export(self, value: Any) -> Any:
        return self.candidates_form(value) or self.tests_form(value)

    def candidates_form(self, value: Any) -> Any:
        """Make the form of what stands for something of the candidate's; None of anything else."""
        if isinstance(value, Proxy):
            return ("global", value._its_info.name)  # noqa: SLF001 - public names are the candidate's
        if isinstance(value, (Handle, Mirror)):
            handle = handle_of(value) if isinstance(value, Mirror) else value
            return ("yours", handle._its_number)  # noqa: SLF001 - as above
        if isinstance(value, type) and isinstance(known := vars(value).get("_its_info"), ClassInfo):
            return ("yours", known.number)
        if isinstance(value, BaseException) and "_its_number" in vars(value):
            return ("yours", vars(value)["_its_number"])
        return None

    def tests_form(self, value: Any) -> Any:
        """Make the form of something that stays with the tests, or that Python has on both sides."""
        self.note(f"a {type(value).__name__}")
        name = name_of(value)
        if name is not None:
            return ("name", name)
        if isinstance(value, Exception):
            kind = next(one for one in type(value).__mro__ if name_of(one))
            return ("exception", name_of(kind), *self.encode_all(value.args, 1))
        if is_record(value):
            return self.encode_shared(value, "record")
        self.exported.append(value)
        if callable(value):
            return ("function", len(self.exported) - 1, str(getattr(value, "__name__", "function")))
        if hasattr(type(value), "__next__"):
            return ("iterator", len(self.exported) - 1)
        raise Stays(type(value).__name__)

    def info(self, number: int, *described: Any) -> ClassInfo:
        if described:
            name, module, bases, special, methods = described
            known = tuple([self.class_of(base) for base in bases])
            self.classes[number] = ClassInfo(number, str(name)[:100], known, special, methods)
            self.classes[number].error = self.error_type(self.classes[number], str(module))
        return self.classes[number]

    def class_of(self, form: Any) -> Any:
        word, *rest = form
        return self.info(*rest) if word == "class" else self.named(*rest)

    def error_type(self, info: ClassInfo, module: str) -> type[Exception] | None:
        """Return the class of ours whose exceptions stand for the candidate's; None where they are no exceptions."""
        found = [base.error if isinstance(base, ClassInfo) else base for base in info.bases]
        bases = tuple([base for base in found if isinstance(base, type) and issubclass(base, Exception)])
        if not bases or any(issubclass(base, (StopIteration, StopAsyncIteration)) for base in bases):
            return None
        if module.partition(".")[0] in sys.stdlib_module_names - {*STRANGE}:
            own = getattr(sys.modules.get(module), info.name, None)
            if isinstance(own, type) and issubclass(own, Exception):
                return own
        attributes = {"__module__": "tests", "_its_info": info, "__str__": _text, "__getattr__": _attribute}
        try:
            return type(info.name, bases, attributes)
        except TypeError:  # bases that do not fit each other here
            return type(info.name, bases[:1], attributes)

    def standing(self, info: ClassInfo) -> Any:
        info.is_known = True
        if info.error is not None:
            return info.error
        return self.handles.setdefault(info.number, ClassHandle(self.channel, info.number, info))

    def handle(self, number: int, described: Any = None) -> Any:
        if number not in self.handles:
            info = self.class_of(described)
            if not isinstance(info, ClassInfo):  # an object of a built-in class
                special = [name for name in SPECIAL if getattr(info, name, None) is not getattr(object, name, None)]
                info = ClassInfo(0, info.__name__, (info,), special, ())
            self.handles[number] = handle_class(info)(self.channel, number, info)
        return self.handles[number]

    def mirror(self, number: int, described: Any, base: Any) -> Any:
        """Return a copy of a value whose class extends a built-in one."""
        value = self.decode(base)
        if number in self.handles or type(value) not in (*MUTABLE, tuple, frozenset, str, bytes, int, float):
            raise Stays
        return self.mirrored(number, described, type(value), value)

    def mirrored(self, number: int, described: Any, base: type, *parts: Any) -> Any:
        """Make a copy of our own class for those of one of the candidate's, of what the built-in one is made of."""
        info = self.class_of(described)
        kind = info.mirrors.get(base)
        if kind is None:
            kind = info.mirrors[base] = type(info.name, (Mirror, base), {"__module__": "tests", "_its_info": info})
        value = base.__new__(kind, *parts) if base not in MUTABLE else kind(*parts)
        object.__setattr__(value, "_its_handle", handle_class(info)(self.channel, number, info))
        self.handles[number] = value
        return value

    def make_owned(self, owner: Any, kind: str, extra: Any) -> Any:
        number, described = owner
        base = next(base for base, name in MUTABLE.items() if name == kind)
        parts = (extra,) if kind == "defaultdict" else ((), extra) if kind == "deque" else ()
        return self.mirrored(number, described, base, *parts)

    def error(self, number: int, described: Any, arguments: Any) -> Any:
        """Make an exception as the candidate's; None where tests must not catch such."""
        known = self.class_of(described)
        kind = known.error if isinstance(known, ClassInfo) else known
        parts = tuple([self.decode(form) for form in arguments])
        if kind is None or not issubclass(kind, Exception) or issubclass(kind, (StopIteration, StopAsyncIteration)):
            return None
        try:
            error = kind.__new__(kind, *parts) if hasattr(kind, "_its_info") else kind(*parts)
        except Exception:  # a class that wants other arguments than it keeps
            error = Exception.__new__(kind)
        error.args = parts
        vars(error).update(_its_number=number, _its_channel=self.channel)
        return error


def _text(error: Any) -> str:
    return str(vars(error).get("_its_text", Exception.__str__(error)))


def _attribute(error: Any, name: str) -> Any:
    own = vars(error)
    if name.startswith("__") or "_its_number" not in own:
        raise AttributeError(name)
    return own["_its_channel"].ask("get", Handle(own["_its_channel"], own["_its_number"], type(error)._its_info), name)  # noqa: SLF001 - as above


def is_record(value: Any) -> bool:
    """Whether a value is of a class that tests define, holds what it is in attributes, and extends nothing."""
    kinds = type(value).__mro__[:-1]
    return hasattr(value, "__dict__") and all(kind.__module__ == "tests" for kind in kinds) and not callable(value)


def _refuse_to_make(_: Any) -> NoReturn:
    raise Stays


def _attributes(value: Any) -> list[Any]:
    return list(itertools.chain.from_iterable(vars(value).items()))


def _set_attributes(value: Any, content: list[Any]) -> None:
    """Give a tests' object other attributes; none that takes the place of what its class does."""
    names = content[::2]
    for name in names:
        of_class = getattr(type(value), name, None)
        if callable(of_class) or hasattr(type(of_class), "__get__"):
            raise Stays
    attributes = vars(value)
    attributes.clear()
    attributes.update(zip(names, content[1::2], strict=True))


def raisable(names: Sequence[str], text: str, end: SampleEnd) -> BaseException:
    """Make an exception of the nearest built-in class, for tests that expect one; it carries `end` if none does.

    `names` are those of its class and its bases. Where no ordinary exception is near, it is `end` itself.
    """
    kind = next((getattr(builtins, n) for n in names if isinstance(getattr(builtins, n, None), type)), object)
    if not issubclass(kind, Exception) or issubclass(kind, (StopIteration, StopAsyncIteration)):
        return end  # the latter would end a loop of the tests quietly
    try:
        exception: Exception = kind.__new__(kind)
    except TypeError:
        return end
    exception.args = (text,)
    exception.__dict__["end"] = end
    return exception
