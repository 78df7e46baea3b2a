"""Assertions that a test function calls by names of its own: an alias, or a helper of its class or its file."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Function = ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ENDING = (ast.Return, ast.Yield, ast.YieldFrom, ast.AsyncFunctionDef)  # a call may not come to what follows, or to any


class FileHelpers:
    """The functions and methods of a test file, by one look through it: it may have hundreds of tests."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = _by_name(tree.body)
        self._methods: dict[ast.stmt, Mapping[str, Function]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self._methods.update(dict.fromkeys(node.body, _by_name(node.body)))

    def of(self, function: Function) -> Helpers:
        """Those that a test function may call, which is a part of the file."""
        return Helpers(function, self._functions, self._methods.get(function, {}))


class Helpers:
    """What the calls of one test function assert, where that stands in the same file."""

    def __init__(self, function: Function, functions: Mapping[str, Function], methods: Mapping[str, Function]) -> None:
        """Let it call functions of its file, and methods of its class, by their names."""
        self._functions, self._methods = functions, methods
        self._aliases = dict(_alias(one) for one in function.body if isinstance(one, ast.Assign))

    def asserted(self, call: ast.Call) -> list[ast.expr]:
        """The conditions and assertions that a call comes to, with its own arguments in them."""
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            return []
        match call.func:
            case ast.Name(id=name) if alias := self._aliases.get(name):
                return [ast.Call(alias, call.args, call.keywords)]
            case ast.Name(id=name) if (helper := self._functions.get(name)) and not helper.decorator_list:
                return _within(helper, call, first=0)
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if helper := self._methods.get(name):
                return _within_method(helper, call)
        return []


def _by_name(body: Iterable[ast.stmt]) -> dict[str, Function]:
    return {one.name: one for one in body if isinstance(one, _FUNCTIONS)}


def _within_method(helper: Function, call: ast.Call) -> list[ast.expr]:
    """As `_within`; nobody knows what a method with other decorators makes of a call."""
    match helper.decorator_list:
        case [] | [ast.Name(id="classmethod")]:
            return _within(helper, call, first=1)
        case [ast.Name(id="staticmethod")]:
            return _within(helper, call, first=0)
    return []


def _alias(statement: ast.Assign) -> tuple[str, ast.Attribute | None]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(attr=attribute) as value):
            return name, value if attribute.startswith("assert") else None
    return "", None


def _within(helper: Function, call: ast.Call, *, first: int) -> list[ast.expr]:
    """The assertions that each run of a helper comes to, with what a call gives in place of its parameters."""
    if any(isinstance(node, _ENDING) for node in ast.walk(helper)):
        return []
    names = [one.arg for one in (*helper.args.posonlyargs, *helper.args.args)][first:]
    given = {**dict(zip(names, call.args, strict=False)), **{str(one.arg): one.value for one in call.keywords}}
    stored = {node.id for node in ast.walk(helper) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = {name: value for name, value in given.items() if name not in stored}
    return [_Given(given).visit(copy.deepcopy(one)) for part in helper.body if (one := _assertion(part)) is not None]


def _assertion(statement: ast.stmt) -> ast.expr | None:
    match statement:
        case ast.Assert(test=test):
            return test
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name)) as call) if name.startswith("assert"):
            return call
    return None


class _Given(ast.NodeTransformer):
    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._given.get(node.id, node)
