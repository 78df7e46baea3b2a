"""Which values of a test file can be hidden, and the file without them.

Hidden are values that are written at a comparison for equality (`assert f(x) == 42`, `self.assertEqual(f(x), 42)`), or
given to a local name that is used for nothing else than such comparisons.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore import resources, syntax
from boxscore.protocols.blind.words import words_of
from boxscore.protocols.python_source import CannotRewriteError, Edit, Function, PythonText, around, insert, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


_CALLED = """
    set frozenset tuple list dict bytes bytearray complex float int str range sorted
    OrderedDict Counter Decimal Fraction datetime date timedelta time UUID dedent cleandoc
    textwrap.dedent inspect.cleandoc collections.OrderedDict collections.Counter decimal.Decimal fractions.Fraction
    datetime.datetime datetime.date datetime.timedelta datetime.time dt.datetime dt.date dt.timedelta dt.time uuid.UUID
"""
_CALLS = frozenset(_CALLED.split())
_OF_TEXTS = "join format encode decode strip lstrip rstrip lower upper replace split splitlines title"
_METHODS = frozenset(_OF_TEXTS.split())
_NAMES = frozenset(("math.inf", "math.pi", "timezone.utc", "datetime.timezone.utc"))


class Unknown(Struct, frozen=True):
    """Stands for a value that only the tests' own interpreter can tell."""


UNKNOWN = Unknown()


def dotted(node: ast.expr) -> str:
    """Write a name with its attributes as `a.b.c`; "" for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is made of literals, and of calls of Python's library on literals, alone."""
    match node:
        case ast.Constant():
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(map(is_literal, parts))
        case ast.Dict(keys=keys, values=values):
            return None not in keys and all(is_literal(part) for part in (*keys, *values) if part is not None)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
            return is_literal(operand)
    return _is_literal_call(node) if isinstance(node, ast.Call) else dotted(node) in _NAMES


def _is_literal_call(call: ast.Call) -> bool:
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    if not all(map(is_literal, (*call.args, *(keyword.value for keyword in call.keywords)))):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and is_literal(call.func.value):
        return True
    return dotted(call.func) in _CALLS


def value_of(source: str) -> Any:
    """The value of an expression as it is written; `UNKNOWN` where that takes more than reading it."""
    try:
        return syntax.literal(f"({source}\n)")
    except (*syntax.NOT_PYTHON, TypeError):
        return UNKNOWN


def written_in(node: ast.expr) -> str:
    """All that the constants of an expression say, in their order."""
    return " ".join(_text(one.value) for one in _in_order(node) if isinstance(one, ast.Constant))


def _in_order(node: ast.AST) -> list[ast.AST]:
    return [node, *(one for child in ast.iter_child_nodes(node) for one in _in_order(child))]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python writes
        return ""


ALIAS = "_boxscore"
_EQUAL = frozenset(
    [
        *("assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertTupleEqual", "assertSetEqual"),
        "assertMultiLineEqual",
    ]
)
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

Key = tuple[tuple[str, ...], str]  # the classes a function stands in, and its name


class Hidden(Struct, frozen=True, kw_only=True):
    """A value that can be hidden: where it stands, how it is written, its words, and how many comparisons use it."""

    number: int
    path: str
    line: int
    source: str
    words: bytes
    comparisons: int

    @property
    def ways(self) -> tuple[bytes, bytes]:
        """Its words, as they are and as they are written here: `1_000` and `1.50` are other words than 1000 and 1.5."""
        return self.words, words_of(self.source)


class _Comparison(Struct, frozen=True):
    node: ast.Compare | ast.Call
    sides: tuple[ast.expr, ast.expr]


class _Value(Struct, frozen=True):
    node: ast.expr
    comparisons: tuple[_Comparison, ...]


class TestFile:
    """A test file, and what of the functions in `within` can be hidden; `first` is the number of its first value.

    `checks` counts all that these functions assert.
    """

    __test__ = False

    def __init__(self, path: str, source: str, first: int, within: Collection[Key]) -> None:
        """Raise CannotRewriteError if the file cannot be read."""
        self._text = PythonText(source)
        try:
            functions = [one for key, one in _functions(self._text.tree.body, ()) if key in within]
            values = [value for one in functions for value in _values(one)]
            self.checks = sum(map(_checks, functions))
            self._values = dict(enumerate(values, first))
            self.hidden = tuple(
                Hidden(
                    number=number,
                    path=path,
                    line=one.node.lineno,
                    source=self._text.written(one.node),
                    words=words_of(written_in(one.node)),
                    comparisons=len(one.comparisons),
                )
                for number, one in self._values.items()
            )
        except RecursionError:
            raise CannotRewriteError("is nested too deeply") from None

    def without(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file without some values; what is compared with them is written to `place`, a path or descriptor.

        Raises CannotRewriteError.
        """
        chosen = {number: one for number, one in self._values.items() if number in numbers}
        edits = [replace(one.node, f"{ALIAS}.hidden({number})") for number, one in chosen.items()]
        compared = {id(one.node): one for value in chosen.values() for one in value.comparisons}
        edits += [edit for one in compared.values() for edit in self._compared(one)]
        return self._text.after([*edits, self._runtime(place)]) if chosen else self._text.after([])

    def _compared(self, one: _Comparison) -> Iterator[Edit]:
        if isinstance(one.node, ast.Call):
            yield from around(one.node.func, f"{ALIAS}.equality(", ")")
            return
        left, right = one.sides
        yield from around(one.node, f"{ALIAS}.equal(", ")")
        end = (left.end_lineno or 0, left.end_col_offset or 0)
        yield Edit(*self._text.find(rb"(==)", end, (right.lineno, right.col_offset)), ",")

    def _runtime(self, place: str | int) -> Edit:
        first = next((one for one in self._text.tree.body if not _must_be_first(one)), None)
        if first is None:
            raise CannotRewriteError("has no statement")
        text = (
            f'{ALIAS} = __import__("types").ModuleType("{ALIAS}"); exec({_runtime_source()!r}, {ALIAS}.__dict__); '
            f"{ALIAS}._PATH[0] = {place!r}\n"
        )
        return insert((self._text.first_line(first), 0), text)


@cache
def _runtime_source() -> str:
    return (resources.folder("sandbox") / "blind.py").read_text()


def _must_be_first(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
            return True
    return False


def _functions(body: list[ast.stmt], classes: tuple[str, ...]) -> Iterator[tuple[Key, Function]]:
    """The functions of a module and of its classes, also under `if`, `try` and `with`."""
    for node in body:
        if isinstance(node, Function):
            yield (classes, node.name), node
            continue
        inner = (*classes, node.name) if isinstance(node, ast.ClassDef) else classes
        for field in ("body", "orelse", "finalbody"):
            yield from _functions(getattr(node, field, []), inner)
        for handler in getattr(node, "handlers", []):
            yield from _functions(handler.body, inner)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """All that is in a function, but for what is in functions and classes within it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _INNER):
            yield child
            yield from _own(child)


def _checks(function: Function) -> int:
    """How many assertions a function makes, by `assert` or a call that is named so, or of an error that must come."""
    found = 0
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            found += len(_conditions(node.test))
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found += name.startswith("assert") or name in {"raises", "warns"}
    return found


def _conditions(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]


def _comparisons(function: Function) -> Iterator[_Comparison]:
    for node in _own(function):
        match node:
            case ast.Assert(test=test):
                for one in _conditions(test):
                    match one:
                        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                            yield _Comparison(one, (left, right))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[first, second, *_]):
                if name in _EQUAL and not any(isinstance(one, ast.Starred) for one in (first, second)):
                    yield _Comparison(node, (first, second))


def _values(function: Function) -> list[_Value]:
    """The values that can be hidden, in the order of the text."""
    compared = list(_comparisons(function))
    found = [
        _Value(one.sides[at], (one,))
        for one in compared
        for at in (0, 1)
        if is_literal(one.sides[at]) and not is_literal(one.sides[1 - at])
    ]
    found += _named(function, compared)
    return sorted(found, key=lambda one: (one.node.lineno, one.node.col_offset))


def _named(function: Function, compared: list[_Comparison]) -> Iterator[_Value]:
    """Values of names that are assigned once, and then only compared with what is no such value."""
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    assigned: dict[str, ast.expr] = {}
    for node in _own(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_literal(value):
                assigned[name] = value
    for name, value in assigned.items():
        uses = [one for one in nodes if one.id == name]
        stores = [one for one in uses if not isinstance(one.ctx, ast.Load)]
        sides = {id(one.sides[at]): (one, one.sides[1 - at]) for one in compared for at in (0, 1)}
        loads = [sides.get(id(one)) for one in uses if isinstance(one.ctx, ast.Load)]
        others = [one[1] for one in loads if one is not None]
        plain = all(not is_literal(one) and not (isinstance(one, ast.Name) and one.id in assigned) for one in others)
        if len(stores) == 1 and loads and None not in loads and plain:
            yield _Value(value, tuple(one[0] for one in loads if one is not None))
