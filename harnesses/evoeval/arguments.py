"""The arguments of EvoEval's inputs, which are published as Python text: `[5]*100, 'a'`, `list(range(1, 1001))`.

The official program has Python evaluate `[TEXT]`. Text of a data set is not run here: what it says is read from its
syntax tree, which may hold displays of plain values, arithmetic, comparisons, comprehensions, slices and calls of a
few built-in types. Anything else is refused, and so is what would take more time or memory than any published input.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import boxscore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_TEXT = 4 << 20  # characters of an input
MAX_STEPS = 4_000_000  # expressions that are worked out, and turns of loops
MAX_MADE = 64_000_000  # items of all lists on the way to an input
MAX_ITEMS = 16_000_000  # of one list, or of all that an input holds; 16 characters of a text count as one
MAX_BITS = 1 << 18  # of a whole number

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitXor: operator.xor,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (range, list, tuple, set, frozenset, dict, float, int, complex, str, bool, reversed, len, sorted)
}
_NUMBERS = (int, float, complex)
_SCALARS = (type(None), str, bytes, *_NUMBERS)
_FLAT = frozenset((type(None), bool, *_NUMBERS))
_SIZED = (str, bytes, list, tuple, set, frozenset, dict, range)


def arguments_of(text: str, *, most_steps: int = MAX_STEPS) -> tuple[Any, ...]:
    """The arguments that a text stands for. Raises ValueError, which says what about it cannot be."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"has more than {MAX_TEXT:,} characters")
    try:
        body = boxscore.parse_source(f"[{text}]").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"is not Python: {error}") from None
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.List):
        raise ValueError("is no list of arguments")
    try:
        found = tuple(_Reader(most_steps).value(body[0].value, {}))
        _count(found, MAX_ITEMS)
    except (TypeError, ArithmeticError, LookupError, AttributeError, MemoryError, RecursionError) as error:
        raise ValueError(f"has no value: {type(error).__name__}: {error}") from None
    return found


class _Reader:
    """Works out what an expression says, within bounds."""

    def __init__(self, most_steps: int) -> None:
        self.steps_left, self.items_left, self.looks_left = most_steps, MAX_MADE, MAX_ITEMS

    def value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        """The value of a node; `names` are those that comprehensions around it have bound."""
        self.step()
        found = _known(_READ, node)(self, node, names)
        if isinstance(found, _SIZED):
            self.items_left -= _weight(found, len(found))
            if self.items_left < 0:
                raise ValueError(f"makes more than {MAX_MADE:,} items")
        elif isinstance(found, int):
            _bound(found.bit_length(), MAX_BITS, "bits")
        return found

    def step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise ValueError("takes more than its steps")

    def look_through(self, *values: Any) -> None:
        """Count all that is in values, as often as it is met: what hashes, compares or writes them meets it so."""
        for one in values:
            if isinstance(one, range):
                _bound(len(one), MAX_ITEMS, "items")
            elif isinstance(one, (*_SCALARS, *_SIZED)):
                self.looks_left = _count(one, self.looks_left)

    def key(self, node: ast.expr, names: dict[str, Any]) -> Any:
        found = self.value(node, names)
        self.look_through(found)
        return found

    def constant(self, node: ast.Constant, _: dict[str, Any]) -> Any:
        if node.value is Ellipsis:
            raise ValueError("holds an ellipsis, which is no plain value")
        return node.value

    def name(self, node: ast.Name, names: dict[str, Any]) -> Any:
        if node.id not in names:
            raise ValueError(f"uses the name {node.id!r}, which is not read")
        return names[node.id]

    def items(self, node: ast.List | ast.Tuple | ast.Set, names: dict[str, Any]) -> list[Any]:
        return [self.value(item, names) for item in node.elts]

    def tuple_of(self, node: ast.Tuple, names: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(self.items(node, names))

    def set_of(self, node: ast.Set, names: dict[str, Any]) -> set[Any]:
        return {self.key(item, names) for item in node.elts}

    def dict_of(self, node: ast.Dict, names: dict[str, Any]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise ValueError("holds **, which is not read")
            found[self.key(key, names)] = self.value(value, names)
        return found

    def sign(self, node: ast.UnaryOp, names: dict[str, Any]) -> Any:
        return _known(_SIGNS, node.op)(self.value(node.operand, names))

    def arithmetic(self, node: ast.BinOp, names: dict[str, Any]) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        both_numbers = isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS)
        if isinstance(node.op, ast.Mult) and not both_numbers:
            _bound_repeat(left, right)
        elif isinstance(node.op, ast.Pow):
            _bound_power(left, right)
        elif isinstance(node.op, ast.Mod) and not both_numbers:
            raise ValueError("formats text, which is not read")
        return _known(_ARITHMETIC, node.op)(left, right)

    def comparison(self, node: ast.Compare, names: dict[str, Any]) -> Any:
        if len(node.ops) != 1:
            raise ValueError("chains comparisons, which is not read")
        left, right = self.value(node.left, names), self.value(node.comparators[0], names)
        self.look_through(left, right)
        return _known(_COMPARISONS, node.ops[0])(left, right)

    def choice(self, node: ast.IfExp, names: dict[str, Any]) -> Any:
        return self.value(node.body if self.value(node.test, names) else node.orelse, names)

    def part(self, node: ast.Subscript, names: dict[str, Any]) -> Any:
        return self.value(node.value, names)[self.key(node.slice, names)]

    def slice_of(self, node: ast.Slice, names: dict[str, Any]) -> slice:
        ends = (node.lower, node.upper, node.step)
        return slice(*(None if end is None else self.value(end, names) for end in ends))

    def call(self, node: ast.Call, names: dict[str, Any]) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _CALLS or name in names or node.keywords:
            raise ValueError(f"calls {ast.unparse(node.func)[:100]}, which is not read")
        given = [self.value(one, names) for one in node.args]
        self.look_through(*given)
        return _CALLS[name](*given)

    def list_made(self, node: ast.ListComp, names: dict[str, Any]) -> list[Any]:
        return [self.value(node.elt, bound) for bound in self._turns(node.generators, names)]

    def set_made(self, node: ast.SetComp, names: dict[str, Any]) -> set[Any]:
        return {self.key(node.elt, bound) for bound in self._turns(node.generators, names)}

    def dict_made(self, node: ast.DictComp, names: dict[str, Any]) -> dict[Any, Any]:
        turns = self._turns(node.generators, names)
        return {self.key(node.key, bound): self.value(node.value, bound) for bound in turns}

    def _turns(self, loops: list[ast.comprehension], names: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not loops:
            yield names
            return
        loop, *inner = loops
        if not isinstance(loop.target, ast.Name) or loop.is_async:
            raise ValueError("unpacks in a comprehension, which is not read")
        many: Iterable[Any] = self.value(loop.iter, names)
        bound = dict(names)
        for item in many:
            self.step()
            bound[loop.target.id] = item
            if not loop.ifs or all(self.value(test, bound) for test in loop.ifs):
                yield from self._turns(inner, bound)


_READ: dict[type[ast.expr], Callable[[_Reader, Any, dict[str, Any]], Any]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.List: _Reader.items,
    ast.Tuple: _Reader.tuple_of,
    ast.Set: _Reader.set_of,
    ast.Dict: _Reader.dict_of,
    ast.UnaryOp: _Reader.sign,
    ast.BinOp: _Reader.arithmetic,
    ast.Compare: _Reader.comparison,
    ast.IfExp: _Reader.choice,
    ast.Subscript: _Reader.part,
    ast.Slice: _Reader.slice_of,
    ast.Call: _Reader.call,
    ast.ListComp: _Reader.list_made,
    ast.SetComp: _Reader.set_made,
    ast.DictComp: _Reader.dict_made,
}


def _known(table: dict[Any, Any], one: ast.AST) -> Any:
    if type(one) not in table:
        raise ValueError(f"holds {type(one).__name__}, which is not read")
    return table[type(one)]


def _weight(many: Any, length: int) -> int:
    return length // 16 if isinstance(many, str | bytes) else length


def _bound_repeat(left: Any, right: Any) -> None:
    many, times = (left, right) if isinstance(left, _SIZED) else (right, left)
    if isinstance(many, _SIZED) and isinstance(times, int):
        _bound(_weight(many, len(many) * times), MAX_ITEMS, "items")


def _bound_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int):
        _bound(base.bit_length() * max(exponent, 0), MAX_BITS, "bits")


def _count(value: Any, left: int) -> int:
    """How many items are left of a number of them, each counted as often as it is met. Raises ValueError below 0."""
    left -= 1 + (_weight(value, len(value)) if isinstance(value, str | bytes) else 0)
    if left < 0:
        raise ValueError(f"has more than {MAX_ITEMS:,} items")
    if isinstance(value, dict):
        return _count(list(value.values()), _count(list(value), left))
    if isinstance(value, list | tuple | set | frozenset):
        if left >= len(value) and _FLAT.issuperset(map(type, value)):
            return left - len(value)
        for item in value:
            left = _count(item, left)
    elif not isinstance(value, _SCALARS):
        raise ValueError(f"holds a {type(value).__name__}, which is no plain value")  # noqa: TRY004 - of the data, not of a caller
    return left


def _bound(found: int, most: int, what: str) -> None:
    if found > most:
        raise ValueError(f"makes {found:,} {what}, more than {most:,}")
