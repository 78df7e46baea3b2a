"""Which expressions of a test file can be hidden: literals that comparisons use, and nothing else.

A literal stands at a comparison itself, or reaches it by a name each use of which is a side of a comparison: a local
variable, a constant of the module, a column of `parametrize` or of a table that a loop goes over, or an argument of a
function of the same file. So do expressions that make an object; hiding one of these is `loose`, since the test then no
longer runs what would make it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.blind.comparisons import Kind, comparisons
from boxscore.protocols.patch.blind.literals import dotted, is_made, worth_hiding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.protocols.patch.blind.comparisons import Comparison

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SYMMETRIC = {Kind.EQUAL, Kind.EQUALITY, Kind.LIKENESS}

Name = tuple[Function | None, str]  # a name of a function that is in no other, or of the module


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
        self.everywhere: dict[str, list[ast.Name]] = {}  # loads, whosever they are
        self._walk(tree, None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                uses = self.loads if isinstance(node.ctx, ast.Load) else self.stores
                uses.setdefault((self.function[node], node.id), []).append(node)
                if isinstance(node.ctx, ast.Load):
                    self.everywhere.setdefault(node.id, []).append(node)

    def _walk(self, node: ast.AST, function: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            inner = child if function is None and isinstance(child, Function) else function
            self.parent[child], self.function[child] = node, inner
            self._walk(child, inner)

    def qualified(self, function: Function) -> tuple[tuple[str, ...], str]:
        """The classes a function stands in, from the outside in, and its name."""
        classes: list[str] = []
        node = self.parent.get(function)
        while node is not None:
            if isinstance(node, ast.ClassDef):
                classes.insert(0, node.name)
            node = self.parent.get(node)
        return tuple(classes), function.name


class Finder:
    """Finds what can be hidden in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes = Scopes(tree)
        self.comparisons: tuple[Comparison, ...] = tuple(comparisons(tree))
        self._sides = {id(side) for one in self.comparisons for side in one.sides}
        self._likened = {id(side) for one in self.comparisons if one.kind is Kind.LIKENESS for side in one.sides}

    def find(self) -> tuple[Hideable, ...]:
        """Everything that can be hidden, each expression once and none inside of another, in the order of the text."""
        found: dict[int, Hideable] = {}
        for one in (*self._direct(), *self._assigned(), *self._tables(), *self._loops(), *self._arguments()):
            found.setdefault(id(one.node), one)
        ordered = sorted(found.values(), key=lambda one: (*_start(one.node), *(-number for number in _end(one.node))))
        kept, end = list[Hideable](), (0, 0)
        for one in ordered:
            if _start(one.node) >= end:
                kept.append(one)
                end = _end(one.node)
        return tuple(kept)

    def _only_compared(self, name: Name) -> bool:
        """Whether each use of a name is a side of a comparison, and there is one."""
        uses = self.scopes.loads.get(name, [])
        return bool(uses) and all(id(use) in self._sides for use in uses)

    def _is_loose(self, name: Name, node: ast.expr) -> bool:
        """Whether an expression is no literal, or is compared by other rules than Python's where its name is used."""
        uses = self.scopes.everywhere.get(name[1], []) if name[0] is None else self.scopes.loads.get(name, [])
        return not worth_hiding(node) or any(id(use) in self._likened for use in uses)

    def _direct(self) -> Iterator[Hideable]:
        for one in self.comparisons:
            literal = [side for side in one.sides if worth_hiding(side)]
            function = self.scopes.function[one.node]
            if len(literal) == 1:  # with two there is nothing of the candidate's to compare
                yield Hideable(literal[0], function, loose=one.kind is Kind.LIKENESS)
            elif not literal and self._has_made(one, function):
                yield Hideable(one.sides[1], function, loose=True)

    def _has_made(self, comparison: Comparison, function: Function | None) -> bool:
        """Whether the second side, by custom the expected one, makes an object, and no name carries what is hidden.

        Where it is the other way round, nothing is lost and nothing gained: the old code is right there too.
        """
        if comparison.kind not in _SYMMETRIC or not is_made(comparison.sides[1]):
            return False
        names = [side.id for side in comparison.sides if isinstance(side, ast.Name)]
        return not any(self._only_compared((function, name)) or self._only_compared((None, name)) for name in names)

    def _assigned(self) -> Iterator[Hideable]:
        for node in ast.walk(self.scopes.tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if worth_hiding(value) or is_made(value):
                    function = self.scopes.function[node]
                    if function is not None and self._is_plain_local((function, name)):
                        yield Hideable(value, function, (function, name), loose=self._is_loose((function, name), value))
                    elif function is None and worth_hiding(value) and self._is_constant(node, name):
                        yield Hideable(value, None, (None, name), loose=self._is_loose((None, name), value))

    def _is_plain_local(self, name: Name) -> bool:
        stores = self.scopes.stores.get(name, [])
        return self._only_compared(name) and all(isinstance(self.scopes.parent[store], ast.Assign) for store in stores)

    def _is_constant(self, node: ast.Assign, name: str) -> bool:
        uses = self.scopes.everywhere.get(name, [])
        stores = [store for (_, other), found in self.scopes.stores.items() if other == name for store in found]
        once = self.scopes.parent[node] is self.scopes.tree and len(stores) == 1
        return once and bool(uses) and all(id(use) in self._sides for use in uses)

    def _tables(self) -> Iterator[Hideable]:
        """Columns of `parametrize` whose parameter is only compared."""
        for function in self._outer_functions():
            for call in function.decorator_list:
                if not (isinstance(call, ast.Call) and dotted(call.func).endswith("parametrize")):
                    continue
                for name, cell in _cells(call):
                    if self._is_parameter(function, name) and (worth_hiding(cell) or is_made(cell)):
                        yield Hideable(cell, function, (function, name), call, self._is_loose((function, name), cell))

    def _outer_functions(self) -> Iterator[Function]:
        for node in ast.walk(self.scopes.tree):
            if isinstance(node, Function) and self.scopes.function[node] is node:
                yield node

    def _is_parameter(self, function: Function, name: str) -> bool:
        return self._only_compared((function, name)) and (function, name) not in self.scopes.stores

    def _loops(self) -> Iterator[Hideable]:
        """Columns of a table that a loop goes over, whose variable is only compared."""
        for node in ast.walk(self.scopes.tree):
            if not (isinstance(node, ast.For) and isinstance(node.target, ast.Tuple | ast.List)):
                continue
            function = self.scopes.function[node]
            names = [target.id if isinstance(target, ast.Name) else "" for target in node.target.elts]
            for row in self._rows(node.iter, function):
                if function is None or not isinstance(row, ast.Tuple | ast.List) or len(row.elts) != len(names):
                    continue
                for name, cell in zip(names, row.elts, strict=True):
                    if name and self._is_plain_target((function, name)) and (worth_hiding(cell) or is_made(cell)):
                        yield Hideable(cell, function, (function, name), loose=self._is_loose((function, name), cell))

    def _rows(self, table: ast.expr, function: Function | None) -> Sequence[ast.expr]:
        if isinstance(table, ast.Name):
            stores = self.scopes.stores.get((function, table.id), [])
            if len(stores) == 1 and len(self.scopes.loads.get((function, table.id), [])) == 1:
                assigned = self.scopes.parent[stores[0]]
                table = assigned.value if isinstance(assigned, ast.Assign) else table
        return table.elts if isinstance(table, ast.List | ast.Tuple) else ()

    def _is_plain_target(self, name: Name) -> bool:
        stores = self.scopes.stores.get(name, [])
        return self._only_compared(name) and all(
            isinstance(self.scopes.parent[store], ast.Tuple | ast.List) for store in stores
        )

    def _arguments(self) -> Iterator[Hideable]:
        """Arguments of functions of this file, where the parameter is only compared."""
        helpers = {one.name: one for one in self._outer_functions() if not one.name.startswith("test")}
        for node in ast.walk(self.scopes.tree):
            if not isinstance(node, ast.Call) or self.scopes.function[node] is None:
                continue
            helper = helpers.get(_own_name(node.func))
            if helper is None or any(isinstance(argument, ast.Starred) for argument in node.args):
                continue
            for name, argument in _matched(helper, node):
                if self._is_parameter(helper, name) and (worth_hiding(argument) or is_made(argument)):
                    function = self.scopes.function[node]
                    yield Hideable(argument, function, (helper, name), loose=self._is_loose((helper, name), argument))


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


def _cells(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of a `parametrize` with the expression of each in each row."""
    match call.args:
        case [ast.Constant(value=str(text)), ast.List(elts=rows) | ast.Tuple(elts=rows), *_]:
            names, several = [name.strip() for name in text.split(",") if name.strip()], "," in text
        case [ast.List(elts=parts) | ast.Tuple(elts=parts), ast.List(elts=rows) | ast.Tuple(elts=rows), *_]:
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
