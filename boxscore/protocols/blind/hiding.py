"""Which expressions of a test file can be hidden: literals that comparisons use, and nothing else.

A literal stands at a comparison itself, or reaches it by a name each use of which is a side of a comparison: a local
variable, a constant of the module, an attribute of the test's class, a column of `parametrize` or of a table that a
loop goes over, or an argument of a function of the same file. Messages of these comparisons may use the name too, and
so may `subTest`, which shows it only of tests that fail. Expressions that make an object do the same; hiding one of
these is `loose`, since the test then no longer runs what would make it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.comparisons import Kind, comparisons
from boxscore.protocols.blind.literals import dotted, is_made, worth_hiding
from boxscore.protocols.blind.nearness import ALMOST, tolerance_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from boxscore.protocols.blind.comparisons import Compared
    from boxscore.protocols.blind.nearness import Tolerance

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LOOSE = {Kind.LIKENESS, Kind.RESPONSE, Kind.LINES}
_PARTS = {Kind.CONTAINED, Kind.CONTAINMENT}
_DISPLAYS = ast.List | ast.Tuple
_STORES = ast.Assign | ast.AnnAssign | ast.For | ast.Tuple | ast.List

# A name of a function that is in no other, or of the module; with a dot before it an attribute of `self` or `cls`.
Name = tuple[Function | None, str]


class Hideable(Struct, frozen=True):
    """An expression that can be hidden, and the function it belongs to: that of its test, None for the module.

    `through` is the name by which it reaches comparisons, None if it stands at one; `table` the `parametrize` it is in.
    What is `loose` shows less: only a run of the test as it is tells whether it passes.
    """

    node: ast.expr
    function: Function | None
    through: Name | None = None
    table: ast.Call | None = None
    loose: bool = False


class Scopes:
    """Whose each name is, and where it is used, in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.parent: dict[ast.AST, ast.AST] = {}
        self.function: dict[ast.AST, Function | None] = {}
        self.loads: dict[Name, list[ast.Name]] = {}
        self.stores: dict[Name, list[ast.Name]] = {}
        self.everywhere: dict[str, list[ast.Name | ast.Attribute]] = {}  # loads, whosever they are
        self._walk(tree, None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                uses = self.loads if isinstance(node.ctx, ast.Load) else self.stores
                uses.setdefault((self.function[node], node.id), []).append(node)
                if isinstance(node.ctx, ast.Load):
                    self.everywhere.setdefault(node.id, []).append(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                self.everywhere.setdefault(f".{node.attr}", []).append(node)

    def _walk(self, node: ast.AST, function: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            inner = child if function is None and isinstance(child, Function) else function
            self.parent[child], self.function[child] = node, inner
            self._walk(child, inner)

    def qualified(self, function: Function) -> tuple[tuple[str, ...], str]:
        """The classes a function stands in, from the outside in, and its name."""
        return tuple(one.name for one in reversed(self.classes(function))), function.name

    def classes(self, node: ast.AST) -> list[ast.ClassDef]:
        """The classes that a node stands in, from the inside out."""
        found: list[ast.ClassDef] = []
        around = self.parent.get(node)
        while around is not None:
            if isinstance(around, ast.ClassDef):
                found.append(around)
            around = self.parent.get(around)
        return found


class Finder:
    """Finds what can be hidden in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes = Scopes(tree)
        self.comparisons: tuple[Compared, ...] = tuple(comparisons(tree))
        self._sides = {id(side) for one in self.comparisons for side in one.sides}
        self._likened = {id(side) for one in self.comparisons if one.kind in _LOOSE for side in one.sides}
        self._told = {id(use) for one in self.comparisons for use in _used_in_message(one)} | _in_subtests(tree)
        self._helpers: dict[str, list[Function]] = {}
        for node in ast.walk(tree):
            if isinstance(node, Function) and not node.name.startswith("test"):
                self._helpers.setdefault(node.name, []).append(node)
        self._passed = {id(argument): name for name, argument, _ in self._arguments_of_helpers()}

    def find(self) -> tuple[Hideable, ...]:
        """Everything that can be hidden, each expression once and none inside of another, in the order of the text."""
        found: dict[int, Hideable] = {}
        reaching = (*self._assigned(), *self._attributes(), *self._tables(), *self._loops(), *self._arguments())
        for one in (*self._direct(), *reaching):
            found.setdefault(id(one.node), one)
        literal = self.carriers({one.through for one in found.values() if one.through and worth_hiding(one.node)})
        chosen = [one for one in found.values() if worth_hiding(one.node) or self._is_expected(one, literal)]
        ordered = sorted(chosen, key=lambda one: (*_start(one.node), *(-number for number in _end(one.node))))
        kept, end = list[Hideable](), (0, 0)
        for one in ordered:
            if _start(one.node) >= end:
                kept.append(one)
                end = _end(one.node)
        return tuple(kept)

    def _is_expected(self, one: Hideable, literal: Collection[Name]) -> bool:
        """Whether what is made is the last side wherever it is compared, and with no literal.

        The last side is by custom the expected one; the first is what the candidate makes, and is to be sent.
        """
        names = self.carriers({one.through}) if one.through else set()
        for comparison in self.comparisons:
            *others, last = comparison.sides
            if not any(side is one.node or self.carried(side, names) for side in comparison.sides):
                continue
            if comparison.kind in _PARTS or not (last is one.node or self.carried(last, names)):
                return False
            if any(worth_hiding(side) or self.carried(side, {*names, *literal}) for side in others):
                return False
        return True

    def tolerance(self, one: Hideable) -> Tolerance | None:
        """How far a number may be from a hidden one; None unless all that it is compared by says so, and the same."""
        names = self.carriers({one.through}) if one.through else set()
        found = {
            _tolerance(comparison)
            for comparison in self.comparisons
            if any(side is one.node or self.carried(side, names) for side in comparison.sides)
        }
        return found.pop() if len(found) == 1 and not ALMOST.intersection(self._helpers) else None

    def carried(self, side: ast.expr, names: Collection[Name]) -> bool:
        """Whether a side is one of these names."""
        if isinstance(side, ast.Attribute):
            return (None, f".{side.attr}") in names
        if not isinstance(side, ast.Name):
            return False
        return (self.scopes.function[side], side.id) in names or (None, side.id) in names

    def _uses(self, name: Name) -> Sequence[ast.expr]:
        function, text = name
        return self.scopes.everywhere.get(text, []) if function is None else self.scopes.loads.get(name, [])

    def _only_compared(self, name: Name, through: frozenset[Name] = frozenset()) -> bool:
        """Whether each use of a name is a side of a comparison, here or in a helper, and there is one."""
        uses = [use for use in self._uses(name) if id(use) not in self._told]
        return bool(uses) and all(
            id(use) in self._sides or self._only_compared_in_helper(use, through | {name}) for use in uses
        )

    def _only_compared_in_helper(self, use: ast.expr, through: frozenset[Name]) -> bool:
        name = self._passed.get(id(use))
        return name is not None and name not in through and self._is_parameter(name, through)

    def _is_loose(self, name: Name, node: ast.expr) -> bool:
        """Whether an expression is no literal, or is compared by other rules than Python's where its name is used."""
        return not worth_hiding(node) or self._is_likened(name, frozenset())

    def _is_likened(self, name: Name, through: frozenset[Name]) -> bool:
        for use in self._uses(name):
            further = self._passed.get(id(use))
            if id(use) in self._likened or (
                further is not None and further not in through and self._is_likened(further, through | {name})
            ):
                return True
        return False

    def carriers(self, names: Collection[Name]) -> set[Name]:
        """Names that what is hidden reaches by these: also parameters of helpers that it is handed on to."""
        found, new = set(names), set(names)
        while new:
            handed = {self._passed[id(use)] for name in new for use in self._uses(name) if id(use) in self._passed}
            new = handed - found
            found |= new
        return found

    def _direct(self) -> Iterator[Hideable]:
        for one in self.comparisons:
            literal = [side for side in one.sides if worth_hiding(side)]
            function = self.scopes.function[one.node]
            if len(literal) == 1:  # with two there is nothing of the candidate's to compare
                yield Hideable(literal[0], function, loose=one.kind in _LOOSE)
            elif not literal and is_made(one.sides[-1]):
                yield Hideable(one.sides[-1], function, loose=True)

    def _assigned(self) -> Iterator[Hideable]:
        for node in ast.walk(self.scopes.tree):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=value)
                ) if value is not None and (worth_hiding(value) or is_made(value)):
                    function = self.scopes.function[node]
                    if function is not None and self._is_plain_local((function, name)):
                        yield Hideable(value, function, (function, name), loose=self._is_loose((function, name), value))
                    elif function is None and worth_hiding(value) and self._is_constant(node, name):
                        yield Hideable(value, None, (None, name), loose=self._is_loose((None, name), value))

    def _is_plain_local(self, name: Name) -> bool:
        stores = self.scopes.stores.get(name, [])
        return self._only_compared(name) and all(isinstance(self.scopes.parent[store], _STORES) for store in stores)

    def _is_constant(self, node: ast.stmt, name: str) -> bool:
        return self._is_single(node, name) and self._only_compared((None, name))

    def _is_single(self, node: ast.stmt, name: str) -> bool:
        """Whether a statement of the module is the one place in which a name gets its value."""
        stores = [store for (_, other), found in self.scopes.stores.items() if other == name for store in found]
        return self.scopes.parent[node] is self.scopes.tree and len(stores) == 1

    def _attributes(self) -> Iterator[Hideable]:
        """Attributes of classes, and of `self`, that are only compared as such."""
        for node in ast.walk(self.scopes.tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(
                    self.scopes.parent[node], ast.ClassDef
                ):
                    pass
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)], value=value):
                    pass
                case _:
                    continue
            through = None, f".{name}"
            if worth_hiding(value) and all(map(_is_own, self._uses(through))) and self._only_compared(through):
                yield Hideable(value, None, through, loose=self._is_loose(through, value))

    def _tables(self) -> Iterator[Hideable]:
        """Columns of `parametrize` whose parameter is only compared."""
        for function in self._outer_functions():
            for call in function.decorator_list:
                if not (isinstance(call, ast.Call) and dotted(call.func).endswith("parametrize")):
                    continue
                for name, cell in _cells(call, self.rows(call)):
                    if self._is_parameter((function, name)) and (worth_hiding(cell) or is_made(cell)):
                        yield Hideable(cell, function, (function, name), call, self._is_loose((function, name), cell))

    def rows(self, call: ast.Call) -> Sequence[ast.expr]:
        """The rows of a `parametrize`: its own, or those of a constant that nothing else uses."""
        return self._rows(call.args[1], None) if len(call.args) > 1 else ()

    def _outer_functions(self) -> Iterator[Function]:
        for node in ast.walk(self.scopes.tree):
            if isinstance(node, Function) and self.scopes.function[node] is node:
                yield node

    def _is_parameter(self, name: Name, through: frozenset[Name] = frozenset()) -> bool:
        return name not in self.scopes.stores and self._only_compared(name, through)

    def _loops(self) -> Iterator[Hideable]:
        """Columns of a table that a loop goes over, whose variable is only compared."""
        for node in ast.walk(self.scopes.tree):
            function = self.scopes.function.get(node)
            if not isinstance(node, ast.For) or function is None:
                continue
            for name, cell in self._bound(node.target, node.iter, function):
                if self._is_plain_local((function, name)) and (worth_hiding(cell) or is_made(cell)):
                    yield Hideable(cell, function, (function, name), loose=self._is_loose((function, name), cell))

    def _bound(self, target: ast.expr, table: ast.expr, function: Function) -> Iterator[tuple[str, ast.expr]]:
        """The variables of a loop with what each becomes, as far as that is written there."""
        match target, table:
            case ast.Tuple(elts=parts), ast.Call(func=ast.Name(id="zip"), args=columns) if len(parts) == len(columns):
                for part, column in zip(parts, columns, strict=True):
                    yield from self._bound(part, column, function)
            case ast.Tuple(elts=[_, part]), ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                yield from self._bound(part, inner, function)
            case ast.Tuple(elts=[key, part]), ast.Call(func=ast.Attribute(value=ast.Dict() as inner, attr="items")):
                for one, other in zip(inner.keys, inner.values, strict=True):
                    yield from (*_unpacked(key, one), *_unpacked(part, other))
            case _:
                for row in self._rows(table, function):
                    yield from _unpacked(target, row)

    def _rows(self, table: ast.expr, function: Function | None) -> Sequence[ast.expr]:
        """What a table has: one that is written there, or that a name has which is used nowhere else."""
        if isinstance(table, ast.Name):
            table = self._assigned_to((function, table.id)) or self._assigned_to((None, table.id)) or table
        return table.elts if isinstance(table, _DISPLAYS) else ()

    def _assigned_to(self, name: Name) -> ast.expr | None:
        stores = self.scopes.stores.get(name, [])
        if len(stores) != 1 or len(self._uses(name)) != 1:
            return None
        assigned = self.scopes.parent[stores[0]]
        if not isinstance(assigned, ast.Assign) or (name[0] is None and not self._is_single(assigned, name[1])):
            return None
        return assigned.value

    def _arguments(self) -> Iterator[Hideable]:
        """Arguments of functions of this file, where the parameter is only compared."""
        for name, argument, function in self._arguments_of_helpers():
            if self._is_parameter(name) and (worth_hiding(argument) or is_made(argument)):
                yield Hideable(argument, function, name, loose=self._is_loose(name, argument))

    def _arguments_of_helpers(self) -> Iterator[tuple[Name, ast.expr, Function]]:
        """Calls of functions of this file: a parameter, its argument, and the function in which it is called."""
        for node in ast.walk(self.scopes.tree):
            function = self.scopes.function.get(node)
            if not isinstance(node, ast.Call) or function is None:
                continue
            helper = self._called(node)
            if helper is None or any(isinstance(argument, ast.Starred) for argument in node.args):
                continue
            for name, argument in _matched(helper, node):
                yield (self.scopes.function[helper], name), argument, function

    def _called(self, call: ast.Call) -> Function | None:
        """The function of this file that is called: the one of its name, or of the caller's class if there are more."""
        found = self._helpers.get(_own_name(call.func), [])
        if len(found) > 1:
            classes = self.scopes.classes(call)[:1]
            found = [one for one in found if self.scopes.classes(one)[:1] == classes]
        return found[0] if len(found) == 1 else None


def _tolerance(comparison: Compared) -> Tolerance | None:
    call = comparison.node
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in ALMOST:
        return None
    return tolerance_of(call)


def _used_in_message(comparison: Compared) -> Iterator[ast.Name]:
    """Names in a comparison's message that are its sides too: the message is taken out with what they stand for."""
    sides = {side.id for side in comparison.sides if isinstance(side, ast.Name)}
    for node in ast.walk(comparison.message) if comparison.message is not None else ():
        if isinstance(node, ast.Name) and node.id in sides:
            yield node


def _in_subtests(tree: ast.Module) -> set[int]:
    """Names that a `subTest` is given."""
    found = set[int]()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="subTest")):
                given = (*node.args, *(keyword.value for keyword in node.keywords))
                found |= {id(one) for one in given if isinstance(one, ast.Name)}
    return found


def _is_own(use: ast.expr) -> bool:
    return isinstance(use, ast.Attribute) and isinstance(use.value, ast.Name) and use.value.id in {"self", "cls"}


def _unpacked(target: ast.expr, row: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
    match target, row:
        case _, None:
            return
        case ast.Name(id=name), _:
            yield name, row
        case ((ast.Tuple(elts=parts) | ast.List(elts=parts)), (ast.Tuple(elts=cells) | ast.List(elts=cells))):
            if len(parts) == len(cells) and not any(isinstance(one, ast.Starred) for one in (*parts, *cells)):
                for part, cell in zip(parts, cells, strict=True):
                    yield from _unpacked(part, cell)


def _own_name(called: ast.expr) -> str:
    """The name of a function of this file as it is called: bare, or of `self` or `cls`."""
    match called:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return name
    return ""


def _matched(helper: Function, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    names = [argument.arg for argument in (*helper.args.posonlyargs, *helper.args.args)]
    if isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    yield from zip(names, call.args, strict=False)
    known = {*names, *(argument.arg for argument in helper.args.kwonlyargs)}
    yield from ((one.arg, one.value) for one in call.keywords if one.arg in known and one.arg is not None)


def _cells(call: ast.Call, rows: Sequence[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of a `parametrize` with the expression of each in each row."""
    match call.args:
        case [ast.Constant(value=str(text)), *_]:
            names, several = [name.strip() for name in text.split(",") if name.strip()], "," in text
        case [ast.List(elts=parts) | ast.Tuple(elts=parts), *_]:
            names, several = [str(getattr(part, "value", "")) for part in parts], True
        case _:
            return
    for row in rows:
        cells = _row(row, several=several)
        if len(cells) == len(names):
            yield from zip(names, cells, strict=True)


def _row(row: ast.expr, *, several: bool) -> Sequence[ast.expr]:
    if isinstance(row, ast.Call) and dotted(row.func).endswith("param"):
        return row.args
    if not several:
        return (row,)
    return row.elts if isinstance(row, ast.Tuple | ast.List) else ()


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0
