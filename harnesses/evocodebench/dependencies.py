"""On which names of its repository a body depends: what Recall@k counts.

Names are those of the syntax and of the types that annotations, assignments and calls of classes tell. The benchmark's
own program has many rules more, so it finds a little more: see the docs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from .objects import FUNCTIONS, Function, Repository, chain_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .objects import Member, Module
    from .row import Row


def recall(row: Row, body: str, files: Mapping[str, bytes | str]) -> float | None:
    """The share of the reference's dependencies that a body has; None where the reference has none, 0 for no Python.

    `files` are those of the repository by path, the row's with the body in its place.
    """
    wanted = row.dependency.all
    if not wanted:
        return None
    if not body.strip():
        return 0.0
    try:
        return len(wanted & dependencies(row, Repository(files))) / len(wanted)
    except RecursionError:  # a parser reads deeper code than can be walked
        return 0.0


def dependencies(row: Row, repository: Repository) -> set[str]:
    """The dotted names that the function of a row uses; none where its file is no Python."""
    module = repository.module(module_of(row))
    function = None if module is None else _function_of(row, module.tree)
    if module is None or function is None:
        return set()
    uses = _Uses(repository, module)
    uses.function(function, row.namespace.rpartition(".")[0] if row.type == "method" else None)
    return uses.found


def module_of(row: Row) -> str:
    """The module of a row's function, as its namespace has it."""
    return row.namespace.rsplit(".", 2 if row.type == "method" else 1)[0]


class Value(NamedTuple):
    """What an expression stands for: a dotted name, or an object of the class of that name."""

    dotted: str
    is_object: bool


class _Uses:
    """Walks a function and notes what it uses."""

    def __init__(self, repository: Repository, module: Module) -> None:
        self._repository, self._module = repository, module
        self._names = dict(module.names)
        self._objects: dict[str, Value] = {}
        self._owner: str | None = None
        self.found: set[str] = set()

    def function(self, node: Function, owner: str | None) -> None:
        """Take in the parameters, then walk the body."""
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for argument in arguments:
            named = self._repository.annotated(argument.annotation, self._names)
            if named:
                self._objects[argument.arg] = Value(named, is_object=True)
        self._owner = owner
        if owner and arguments:
            of_class = any(chain_of(mark) == ("classmethod",) for mark in node.decorator_list)
            self._objects[arguments[0].arg] = Value(owner, is_object=not of_class)
        for told in (node.args, node.returns):
            if told is not None:
                self._value(told)
        self._names.update(self._module.imports(ast.Module(body=node.body, type_ignores=[])))
        for statement in node.body:
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            value = self._value(node.value) if node.value else None
            if isinstance(node, ast.AnnAssign):
                self._value(node.annotation)
                named = self._repository.annotated(node.annotation, self._names)
                value = Value(named, is_object=True) if named else value
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._bind(target, value)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.withitem):
                value = self._value(child.context_expr)
                if child.optional_vars:
                    self._bind(child.optional_vars, value)
            elif isinstance(child, ast.expr):
                self._value(child)
            else:
                self._statement(child)

    def _bind(self, target: ast.expr, value: Value | None) -> None:
        if isinstance(target, ast.Name) and value is not None:
            self._objects[target.id] = value
        elif not isinstance(target, ast.Name):
            self._value(target)

    def _value(self, node: ast.AST) -> Value | None:
        """What an expression stands for; notes what is used on the way."""
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        values = [self._value(child) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]
        chosen = isinstance(node, (ast.IfExp, ast.BoolOp, ast.Await, ast.NamedExpr))
        return next((value for value in values if value), None) if chosen else None

    def _name(self, name: str) -> Value | None:
        if name in self._objects:
            value = self._objects[name]
            self.found.add(value.dotted)
            return value
        return self._noted(self._names[name]) if name in self._names else None

    def _noted(self, dotted: str) -> Value:
        found = self._repository.find(dotted)
        self.found.update({dotted, found[0]} if found else {dotted})
        return Value(found[0] if found else dotted, is_object=False)

    def _attribute(self, node: ast.Attribute) -> Value | None:
        of = self._value(node.value)
        if of is None:
            return None
        name = of.dotted
        member = self._repository.member(name, node.attr)
        if member is None:
            return self._noted(f"{name}.{node.attr}")
        self.found.update((f"{name}.{node.attr}", f"{member.owner}.{node.attr}"))
        return self._typed(member) or Value(f"{member.owner}.{node.attr}", is_object=False)

    def _typed(self, member: Member) -> Value | None:
        """The class of an attribute: of its annotation, or of the class that is called for it."""
        named = self._repository.annotated(member.annotation, member.module.names)
        if named:
            return Value(named, is_object=True)
        value = member.value
        if isinstance(value, ast.Name) and member.method is not None:
            given = [*member.method.args.args, *member.method.args.kwonlyargs]
            told = next((one.annotation for one in given if one.arg == value.id), None)
            named = self._repository.annotated(told, member.module.names)
            return Value(named, is_object=True) if named else None
        if isinstance(value, ast.Call):
            named = self._repository.named(value.func, member.module.names)
            found = self._repository.class_of(named) if named else None
            return Value(found[0], is_object=True) if found else self._returned(named) if named else None
        return None

    def _call(self, node: ast.Call) -> Value | None:
        if chain_of(node.func) == ("super",):
            return self._above()
        called = self._value(node.func)
        for child in (*node.args, *node.keywords):
            self._value(child)
        if called is None or called.is_object:
            return None
        if self._repository.class_of(called.dotted):
            first = self._repository.member(called.dotted, "__init__")
            if first is not None:
                self.found.add(f"{first.owner}.__init__")
            return Value(called.dotted, is_object=True)
        return self._returned(called.dotted)

    def _above(self) -> Value | None:
        """What `super()` is in the method that is walked."""
        line = self._repository.bases(self._owner) if self._owner else []
        if len(line) < 2:  # noqa: PLR2004 - itself and one above
            return None
        self.found.add(line[1])
        return Value(line[1], is_object=True)

    def _returned(self, dotted: str) -> Value | None:
        """The class of what a function or method returns, as it is annotated."""
        found = self._repository.find(dotted)
        if found and isinstance(found[2], FUNCTIONS):
            named = self._repository.annotated(found[2].returns, found[1].names)
            return Value(named, is_object=True) if named else None
        owner, _, name = dotted.rpartition(".")
        member = self._repository.member(owner, name)
        if member is not None and isinstance(member.statement, FUNCTIONS):
            named = self._repository.annotated(member.statement.returns, member.module.names)
            return Value(named, is_object=True) if named else None
        return None


def _function_of(row: Row, tree: ast.Module) -> Function | None:
    """The function of a row: of those of its name the one on its lines, for overloads have the same name."""
    path = tuple(row.namespace.split(".")[-2 if row.type == "method" else -1 :])
    named = [node for found, node in _functions(tree, ()) if found == path]
    first, last = row.signature_position
    return next((node for node in named if first <= node.lineno <= last), named[-1] if named else None)


def _functions(node: ast.AST, within: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            yield (*within, child.name), child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (child.name,))
        elif isinstance(child, (ast.If, ast.Try)):
            yield from _functions(child, within)
