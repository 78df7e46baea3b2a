"""What stands in a blinded test file for the values that its tests expect: nothing but numbers.

Its text is written into each blinded file (see boxscore/protocols/patch/blind), and runs in the tests' own process,
under any Python from 3.5 on. A comparison with a hidden value is not made here: the other side is written down, as
bounded plain data, for the grader, which alone knows what is hidden, and the test goes on as if they were equal. So
there is nothing here to be found out, and whatever a candidate does to this code, it can only send other data. It never
gets an answer.

No method of a candidate's class decides what is sent of a value, except of sympy's own expressions and matrices:
containers are read by the methods of the base types.
"""

import datetime as dt
import json
import os
import re
import sys
import unittest
import warnings
from typing import Any

MAX_NODES = 20000
MAX_DEPTH = 40
MAX_CHARS = 65536  # of one line
STATE_DEPTH = 12
MOST_TIMES = 20  # that errors leave one function, as far as they are told apart
_ENTERED = 2  # besides False and True

UNREADABLE = object()  # in place of a value that cannot be had

_PATH = [""]  # where observations go
_open, _write, _close, _dumps = os.open, os.write, os.close, json.dumps  # which tests may put others in the place of
_EMPTY = {}  # type: dict[str, str]
_BASES = (
    (str, str.__str__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (int, int.__int__),
    (float, float.__float__),
    (dict, lambda value: dict(dict.items(value))),
    (list, lambda value: list(list.__iter__(value))),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (set, lambda value: set(set.__iter__(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    *((type(view), list) for view in (_EMPTY.keys(), _EMPTY.values(), _EMPTY.items())),
)  # type: tuple[tuple[type, Any], ...]
_DAY, _HOUR = ["year", "month", "day"], ["hour", "minute", "second", "microsecond", "tzinfo"]
_MOMENTS = (
    (dt.datetime, _DAY + _HOUR),
    (dt.date, _DAY),
    (dt.time, _HOUR),
)  # type: tuple[tuple[type, list[str]], ...]
_OF_PYTHON = ("os", "platform", "signal", "socket", "sys", "time")  # modules that have other names on other systems
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


for _name in [
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "hash",
    "len",
    "iter",
    "bool",
    "str",
    "repr",
    "format",
    "contains",
    "call",
    "getitem",
    "setitem",
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "mod",
    "rmod",
    "truediv",
    "rtruediv",
    "floordiv",
    "rfloordiv",
    "pow",
    "rpow",
    "and",
    "rand",
    "or",
    "ror",
    "xor",
    "rxor",
    "neg",
    "pos",
    "abs",
    "invert",
    "int",
    "float",
    "complex",
    "index",
    "bytes",
    "enter",
    "exit",
    "reversed",
    "next",
    "round",
    "fspath",
    "await",
    "setattr",
    "reduce_ex",
    "copy",
    "deepcopy",
]:
    setattr(Hidden, "__{}__".format(_name), _misuse(_name))


def _attribute(self: Hidden, name: str) -> Any:
    """A runner asks whatever it finds in a module for what begins with `_`."""
    if name.startswith("_"):
        raise AttributeError(name)
    return _misuse("getattr")(self)


setattr(Hidden, "__getattr__", _attribute)  # noqa: B010 - as the others


def hidden(number: int) -> Hidden:
    """Stand for the hidden value of a number."""
    return Hidden(number)


def equal(left: Any, right: Any) -> Any:
    """Compare two values, one of which may be hidden."""
    if type(right) is Hidden:
        return _observed(right, "is", left)
    if type(left) is Hidden:
        return _observed(left, "is", right)
    return left == right


def contained(part: Any, whole: Any) -> Any:
    """Look for a part, which may be hidden."""
    if type(part) is Hidden:
        return _observed(part, "in", whole)
    return part in whole


def equality(function: Any) -> Any:
    """Stand for a function that compares its first two arguments, one of which may be hidden."""

    def call(*arguments: Any, **named: Any) -> Any:
        if len(arguments) > 1 and Hidden in (type(arguments[0]), type(arguments[1])):
            if _is_plain(function):
                equal(arguments[0], arguments[1])
                return None
            return likeness(function)(*arguments, **named)
        return function(*arguments, **named)

    return call


def _is_plain(function: Any) -> bool:
    """Whether a function compares as unittest's own do: by `==` and no other rules."""
    case = getattr(function, "__self__", None)
    if not isinstance(case, unittest.TestCase):
        return False
    rules = getattr(case, "_type_equality_funcs", {}).values()
    names = [function.__name__, "_getAssertEqualityFunc", "_baseAssertEqual"] + [
        one for one in rules if type(one) is str
    ]
    own = [getattr(type(case), name, None) is getattr(unittest.TestCase, name, 0) for name in names]
    return all(own) and len(own) == 3 + len(rules)


def likeness(function: Any) -> Any:
    """Stand for a function that compares its first two arguments by rules of its own; one of them may be hidden."""

    def call(*arguments: Any, **named: Any) -> Any:
        if len(arguments) > 1 and type(arguments[1]) is Hidden:
            _observed(arguments[1], "like", arguments[0])
            return None
        if len(arguments) > 1 and type(arguments[0]) is Hidden:
            _observed(arguments[0], "like", arguments[1])
            return None
        return function(*arguments, **named)

    return call


def containment(function: Any) -> Any:
    """Stand for a function that looks for its first argument, which may be hidden, in its second."""

    def call(*arguments: Any, **named: Any) -> Any:
        if len(arguments) > 1 and type(arguments[0]) is Hidden:
            contained(arguments[0], arguments[1])
            return None
        return function(*arguments, **named)

    return call


def response(function: Any) -> Any:
    """Stand for a function that looks for its second argument, which may be hidden, in an answer of Django's."""

    def call(*arguments: Any, **named: Any) -> Any:
        if len(arguments) > 1 and type(arguments[1]) is Hidden:
            _observed(arguments[1], "like", _content(arguments[0]))
            return None
        return function(*arguments, **named)

    return call


def _content(answer: Any) -> Any:
    try:
        return answer.content.decode("utf-8")
    except Exception:
        return UNREADABLE


def lines(function: Any) -> Any:
    """Stand for a method of pytest's that looks for lines, which may be hidden, in what a program printed."""

    def call(*arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and type(arguments[0]) is Hidden:
            _observed(arguments[0], "like", _timeless(getattr(function, "__self__", None)))
            return None
        return function(*arguments, **named)

    return call


def _timeless(matcher: Any) -> Any:
    """Give the lines without durations, which are never the same twice."""
    try:
        return [re.sub(r"\b[0-9]+\.[0-9]+ ?s(econds)?\b", "", line) for line in matcher.lines]
    except Exception:
        return UNREADABLE


def warning(function: Any) -> Any:
    """Stand for a function that expects a warning with a message, which may be hidden: the second, or `match`."""

    def call(*arguments: Any, **named: Any) -> Any:
        message = named.get("match") if len(arguments) < 2 else arguments[1]
        if type(message) is not Hidden:
            return function(*arguments, **named)
        named = {name: value for name, value in named.items() if name != "match"}
        manager = _Warning(arguments[0], message)
        if len(arguments) < 3:
            return manager
        with manager:
            return arguments[2](*arguments[3:], **named)

    return call


class _Warning(object):
    def __init__(self, kind: Any, message: Hidden) -> None:
        self._kind, self._message = kind, message
        self._catcher = warnings.catch_warnings(record=True)

    def __enter__(self) -> Any:
        self._caught = self._catcher.__enter__()
        warnings.simplefilter("always")
        return self._caught

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        self._catcher.__exit__(kind, error, trace)
        if error is None:
            said = [_words(one.message) for one in self._caught or () if issubclass(one.category, self._kind)]
            assert said, "no such warning"
            _observed(self._message, "says", said)
        return None


def raising(function: Any) -> Any:
    """Stand for a function that expects an error with a message, which may be hidden: the second, or `match`."""

    def call(*arguments: Any, **named: Any) -> Any:
        message = named.get("match") if len(arguments) < 2 else arguments[1]
        if type(message) is not Hidden:
            return function(*arguments, **named)
        plain = function
        if hasattr(function, "__self__"):  # a method of unittest's: the one that asks for no message
            plain = function.__self__.assertRaises
        elif len(arguments) > 1:  # a function that asks for one wherever it is called
            plain = unittest.TestCase("__init__").assertRaises
        named = {name: value for name, value in named.items() if name != "match"}
        manager = _Raising(plain(arguments[0]), message)
        if len(arguments) < 3:
            return manager
        with manager:
            arguments[2](*arguments[3:], **named)
        return None

    return call


class _Raising(object):
    def __init__(self, inner: Any, message: Hidden) -> None:
        self._inner, self._message = inner, message

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        expected = self._inner.__exit__(kind, error, trace)
        if error is not None and expected:
            _observed(self._message, "says", _words(error))
        return expected


def _words(error: Any) -> Any:
    try:
        return str(error)
    except Exception:
        return UNREADABLE


def _old() -> Any:
    """What a run of old code has come to, in all of its files: errors, branches, names that it lacks, comparisons."""
    runs = sys.__dict__.setdefault("_boxscore", {})
    new = {"parts": [], "part": "file", "errors": set(), "lacked": set(), "asked": {}, "said": set()}
    new.update(ways={}, left={}, times={}, test="")
    return runs.setdefault(_PATH[0], new)


def within(part: str, name: str) -> None:
    """Say that a test begins, or a hook before each, or one before all, whose errors are of account ever after."""
    old = _old()
    if part != "file" and part not in old["parts"]:
        old["errors"].discard(part)
        old["ways"].pop(part, None)
        old["left"] = {one: times for one, times in old["left"].items() if one[0] != part}
    if part == "test":
        _say(-1, "began", name)
        if part not in old["parts"]:
            old["times"][name] = old["times"].get(name, 0) + 1
            old["test"] = "{} {}".format(name, old["times"][name])
    old["parts"].append(part)
    old["part"] = part
    old["asked"].clear()


def loading() -> None:
    """Say that a file is loaded: no test of another goes on, if one is not in the middle of it."""
    if not _old()["parts"]:
        _old()["part"] = "file"


def ended(part: str) -> None:
    """Say that a part ends; what comes after the last is of no other."""
    parts = _old()["parts"]
    if part in parts:
        del parts[len(parts) - 1 - parts[::-1].index(part)]
    if parts:
        _old()["part"] = parts[-1]


def reached(last: Any, *sides: Any) -> None:
    """Say that a comparison is to be made, with what any of `sides` gives.

    `last` names what the compared value comes from: "" where that is more than one thing, None where it is an error.
    """
    for side in sides:
        token = _tried(side)
        if type(token) is Hidden:
            _old()["asked"][object.__getattribute__(token, "_number")] = last


def _tried(function: Any) -> Any:
    try:
        return function()
    except Exception:
        return None


def failed(error: Any, goes_on: bool, *names: str) -> None:
    """Take note of an error of old code, at a statement on which nothing hangs (`goes_on`) or an import of `names`.

    Comparisons that it kept from being made are said to be `reached` if old code lacks what was to be compared, by that
    name, and `missed` if it may have that right when the error is fixed.
    """
    old = _old()
    for number, last in old["asked"].items():
        if not old["errors"] and _is_lacking(error, last):
            _say(number, "reached", last)
            _say_way(number)
        else:
            _say(number, "missed")
    old["asked"].clear()
    if _is_absent(error) and names:
        old["lacked"].update(names)
    elif not (goes_on and (_is_absent(error) or _is_of_tests(error))):
        old["errors"].add(old["part"])


def undefined(error: Any, goes_on: bool, *names: str) -> None:
    """Take note of an error of a module or class, which is of account ever after, whatever went on meanwhile."""
    old = _old()
    part = old["part"]
    old["part"] = "file"
    failed(error, goes_on, *names)
    old["part"] = part


def caught(error: Any) -> None:
    """Take note of an error that a test catches by itself, but for what is not there to be imported."""
    old = _old()
    if not (_is_own(error) and isinstance(error, ImportError)):
        old["errors"].add(old["part"])


def old_hasattr(value: Any, name: Any) -> bool:
    """Ask old code whether something is there; what follows may come otherwise once it is."""
    found = hasattr(value, name)
    if not found:
        _note_absence(value)
    return found


def old_getattr(value: Any, name: Any, default: Any) -> Any:
    """Get something of old code, or else a default, in place of which a forger may put something."""
    found = getattr(value, name, UNREADABLE)
    if found is not UNREADABLE:
        return found
    _note_absence(value)
    return default


def _note_absence(value: Any) -> None:
    """Take note that old code lacks something, unless that depends on the system or the version of Python."""
    is_of_python = isinstance(value, type(sys)) and value.__name__ in _OF_PYTHON
    if not (is_of_python or type(value) is Hidden):
        _old()["errors"].add(_old()["part"])


def decided(branch: int, truth: Any) -> Any:
    """Take note of the way that a test goes by what is true; some things, such as arrays, are neither."""
    try:
        _go(branch, int(bool(truth)))
    except Exception:
        return truth
    return truth


def starting(branch: int, values: Any) -> Any:
    """Take note that a loop starts: a round of it is none in a row with those of another time."""
    way, now_in = _way()
    if now_in == branch:
        _old()["ways"][_old()["part"]] = (way, None)
    return values


def entered(branch: int) -> bool:
    """Take note that a test goes into a loop; how many times in a row is of no account."""
    if _way()[1] != branch:
        _go(branch, _ENTERED)
    return True


def filtering(branch: int) -> Any:
    """Stand for `filter`, which asks for the truth of something of each value."""

    def call(function: Any, values: Any) -> Any:
        return filter(lambda one: decided(branch, one if function is None else function(one)), values)

    return call


def mapping(branch: int) -> Any:
    """Stand for `map`, which may have nothing to give a function."""

    def call(function: Any, *values: Any) -> Any:
        starting(branch, None)
        return map(lambda *given: function(*given) if entered(branch) else None, *values)

    return call


def with_default(branch: int, function: Any) -> Any:
    """Stand for a function that gives a default, its last argument, where there is no value."""

    def call(*arguments: Any, **named: Any) -> Any:
        found = function(*arguments, **named)
        _go(branch, int(found is named.get("default", arguments[-1])))
        return found

    return call


def left(place: int) -> None:
    """Take note that an error leaves a function of the tests, whoever may catch it; to be closed is none."""
    if sys.exc_info()[0] is not GeneratorExit:
        key = _old()["part"], place
        _old()["left"][key] = _old()["left"].get(key, 0) + 1


def leaving(place: int, function: Any) -> Any:
    """Call what a function of the tests does, of whose errors is taken note."""
    try:
        return function()
    except BaseException:
        left(place)
        raise


def _way(part: Any = None) -> Any:
    """The way that a part of the run went until now, as a number, and what it went into just now."""
    return _old()["ways"].get(part or _old()["part"], (0, None))


def _go(branch: int, choice: int) -> None:
    now_in = branch if choice == _ENTERED else None
    _old()["ways"][_old()["part"]] = (hash((_way()[0], branch, choice)), now_in)


def _say_way(number: int) -> None:
    """Say by which branches the run came to a comparison, in which test, and after which errors."""
    ways = [str(_way(part)[0]) for part in ("file", "hook", "test")]
    _say(number, "by", " ".join([*ways, _old()["test"]]))
    for (_part, place), times in sorted(_old()["left"].items()):
        for time in range(min(times, MOST_TIMES)):
            _say(number, "after", "{} {}".format(place, time))


def expected(_error: Any) -> None:
    """Take note of an expected error in code that makes several calls: the last need not have raised it."""
    for number in _old()["asked"]:
        _say(number, "missed")


def of_several(function: Any) -> Any:
    """Stand for a function that makes several calls, and is to end in an error."""

    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except BaseException as error:
            expected(error)
            raise

    return call


def adapted(function: Any, *arguments: Any, **named: Any) -> Any:
    """Call a function of old code without the arguments that it does not take."""
    while True:
        try:
            return function(*arguments, **named)
        except TypeError as error:
            said = _words(error) if _is_own(error) else ""
            unknown = re.findall("unexpected keyword argument '(\\w+)'", said)
            if unknown and unknown[0] in named:
                del named[unknown[0]]
            elif "() takes " in said and "positional argument" in said and arguments:
                arguments = arguments[:-1]
            else:
                raise


def _answered(number: int) -> None:
    """Say of what old code answers after an error that another answer may come when the error is fixed."""
    old = sys.__dict__.get("_boxscore", {}).get(_PATH[0])
    if old is not None:
        _say_way(number)
        old["asked"].pop(number, None)
        if old["errors"]:
            _say(number, "missed")


def _say(number: int, how: str, what: Any = None) -> None:
    """Say once what became of a comparison, or that a test began."""
    said = _old()["said"]
    if (number, how, what) not in said:
        said.add((number, how, what))
        _send(_dumps([number, how, what]))


def _is_lacking(error: Any, last: Any) -> bool:
    """Whether an error shows that old code lacks what was to be compared."""
    if last is None:
        return _is_of_tests(error)
    return bool(last) and _is_absent(error) and re.findall("'(\\w+)'", _words(error))[-1:] == [last]


def _is_own(error: Any) -> bool:
    """Whether an error is that of the statement or call by which it was caught, and of nothing that this ran."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is None


def _is_absent(error: Any) -> bool:
    """Whether an error says that there is no such name or attribute, and nothing has run."""
    if not _is_own(error):
        return False
    said = _words(error)
    if isinstance(error, NameError):
        named = re.search("'(\\w+)'", said)
        return named is not None and named.group(1) in _old()["lacked"]
    return isinstance(error, (AttributeError, ImportError)) and "'NoneType'" not in said


def _is_of_tests(error: Any) -> bool:
    """Whether an error says that a test does not hold, by `assert` or a function that is there for tests."""
    if not (isinstance(error, AssertionError) or type(error).__name__ == "Failed"):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return _is_own(error) or re.search(r"(^|[._])(unit|py)?test|^_boxscore$", name) is not None


def _observed(token: Hidden, how: str, value: Any) -> bool:
    number = object.__getattribute__(token, "_number")
    _answered(number)
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
    if value is UNREADABLE:
        raise ValueError("cannot be read")
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
    name = "{}.{}".format(kind.__module__, kind.__qualname__)
    table = _table(value) or _moment(value) or _algebra(value)
    if table is not None:
        return {"o": name, "v": [table[0]] + [_encode(one, count, depth + 1) for one in table[1:]]}
    held = _held(value)
    if held is not UNREADABLE:
        return {"k": name, "v": _encode(held, count, depth + 1)}
    return {"o": name, "v": _state(value, count, depth)}


def _held(value: Any) -> Any:
    """What a value of a class of its own holds, as plain data; `UNREADABLE` if it is none."""
    kind, scalar = type(value), _class("numpy", "generic")
    if scalar is not None and issubclass(kind, scalar):
        held = scalar.item(value)
        if type(held) in (bool, int, float, complex, str, bytes):
            return held
    for base, plain in _BASES:
        if issubclass(kind, base):
            return plain(value)
    return UNREADABLE


def _class(module: str, name: str) -> Any:
    """A class of a library, if it was imported; a candidate that puts another in its place sends other data."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None


def _table(value: Any) -> Any:
    """What arrays and tables of numpy and pandas hold, however they hold it: a word, and parts that are plain."""
    kind = type(value)
    array, frame, series, index = (
        _class("numpy", "ndarray"),
        _class("pandas", "DataFrame"),
        _class("pandas", "Series"),
        _class("pandas", "Index"),
    )
    if array is not None and issubclass(kind, array):
        return ["array", str(value.dtype), list(value.shape), array.tolist(value)]
    if frame is not None and issubclass(kind, frame):
        columns = [value.iloc[:, at] for at in range(value.shape[1])]
        kinds, cells = [str(one.dtype) for one in columns], [one.tolist() for one in columns]
        return ["frame", kinds, list(value.columns), list(value.index), cells]
    if series is not None and issubclass(kind, series):
        return ["series", str(value.dtype), value.name, list(value.index), value.tolist()]
    if index is not None and issubclass(kind, index):
        return ["index", str(value.dtype), list(value)]
    return None


def _moment(value: Any) -> Any:
    """The year, the month and so on of a date or a time, which else are bytes that show nobody's words."""
    for base, parts in _MOMENTS:
        if issubclass(type(value), base):
            return ["moment"] + [getattr(base, part).__get__(value) for part in parts]
    return None


def _algebra(value: Any) -> Any:
    """What an expression or a matrix of sympy is equal by; what else there is in it depends on what it was asked."""
    kind = type(value)
    matrix = _class("sympy.matrices.matrixbase", "MatrixBase") or _class("sympy.matrices.matrices", "MatrixBase")
    basic = _class("sympy.core.basic", "Basic")
    try:
        if matrix is not None and issubclass(kind, matrix):
            return ["matrix", value.rows, value.cols, *value]
        if basic is not None and issubclass(kind, basic):
            return ["basic", *value._hashable_content()]  # noqa: SLF001 - what sympy itself compares
    except Exception:
        return None
    return None


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


def _state(value: Any, count: Any, depth: int) -> Any:
    """Give what `copy` would make an object of, or nothing."""
    if depth > STATE_DEPTH:
        return None
    if isinstance(value, type):
        return ["type", "{}.{}".format(value.__module__, value.__qualname__)]
    try:
        parts = value.__reduce_ex__(2)
    except Exception:
        return None
    if isinstance(parts, str):
        return ["name", parts]
    if not isinstance(parts, tuple) or len(parts) < 2:
        return None
    arguments = [one for one in parts[1] if not isinstance(one, type)]
    items = [None if one is None else list(one) for one in parts[3:5]]
    state = parts[2] if len(parts) > 2 else None
    return [getattr(parts[0], "__name__", "")] + [_encode(one, count, depth + 1) for one in (arguments, state, items)]
