"""Which parts of a test file may fail though no test does: they are caught, tried again, or handed to who may do so."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from boxscore.protocols.blind.literals import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CAUGHT = frozenset({"AssertionError", "Exception", "BaseException", "self.failureException"})
_REPEATING = re.compile("flaky|retry|retries|rerun|repeat|wait|poll|eventually|until|attempt|tenacity")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRIES = (ast.Try, ast.TryStar)
_WITHS = (ast.With, ast.AsyncWith)
_LEAVING = (ast.Return, ast.Break, ast.Continue)
_EXITS = ("__exit__", "__aexit__")


class Catching:
    """What a test file catches, and which of its functions are called where that is so."""

    def __init__(self, tree: ast.AST) -> None:
        self._every = list(ast.walk(tree))
        assigned = [one for one in self._every if isinstance(one, ast.Assign)]
        self._errors = _CAUGHT | {name for one in assigned if _names(one.value, _CAUGHT) for name in _targets(one)}
        self._catchers = {name for one in self._every if (name := self._catcher(one))}
        self._managers: set[str] = set()
        self._managers = {name for one in assigned if self._is_catching(one.value) for name in _targets(one)}
        self._functions = [one for one in self._every if isinstance(one, _FUNCTIONS)]
        self.functions = self._called_from(self._tried() | self._tried_again() | self._handed_on())

    def is_caught(self, node: ast.AST) -> bool:
        """Whether what is in the body of a statement may fail, and the test go on; or what is decorated."""
        match node:
            case ast.Try(handlers=[_, *_]) | ast.TryStar():
                return True
            case ast.Try(finalbody=[_, *_] as last):
                return any(isinstance(part, _LEAVING) for one in last for part in ast.walk(one))
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return any(self._is_catching(one.context_expr) for one in items) or self._enters(body)
            case ast.FunctionDef(decorator_list=some) | ast.AsyncFunctionDef(decorator_list=some):
                return any(_repeats(one) or _own_name(_called(one)) in self._catchers for one in some)
        return False

    def _catcher(self, node: ast.AST) -> str:
        """The name of a function or class of the file that may catch what fails where it is used; "" if it does not."""
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                return name if any(self._takes(one) for one in ast.walk(node)) else ""
            case ast.ClassDef(name=name):
                exits = [one for one in node.body if isinstance(one, _FUNCTIONS) and one.name in _EXITS]
                return name if any(_may_swallow(one) for one in exits) else ""
        return ""

    def _takes(self, node: ast.AST) -> bool:
        """Whether a statement catches assertions that fail."""
        if isinstance(node, _TRIES):
            types = [one.type for one in node.handlers]
            return any(one is None or _names(one, self._errors) for one in types) or (
                not types and self.is_caught(node)
            )
        return isinstance(node, _WITHS) and any(_is_told(one.context_expr, self._errors) for one in node.items)

    def _is_catching(self, manager: ast.expr) -> bool:
        """Whether a `with` goes on after an assertion that fails."""
        if isinstance(manager, ast.Name) and manager.id in self._managers:
            return True
        return _is_told(manager, self._errors) or _own_name(_called(manager)) in self._catchers

    def _enters(self, body: Sequence[ast.stmt]) -> bool:
        """Whether what catches is entered in the body of a `with`, as a stack of them does."""
        calls = [part for one in body for part in ast.walk(one) if isinstance(part, ast.Call)]
        return any(
            isinstance(one.func, ast.Attribute)
            and one.func.attr.startswith("enter_")
            and any(map(self._is_catching, one.args))
            for one in calls
        )

    def _tried(self) -> set[str]:
        """Names of functions that are called where what fails is caught, or decorated so, or called in a lambda."""
        found: set[str] = set()
        for node in self._every:
            if isinstance(node, ast.Lambda):
                found.update(_calls([node.body]))
            elif isinstance(node, (*_TRIES, *_WITHS)) and self._may_go_on(node):
                found.update(_calls(node.body))
            elif isinstance(node, _FUNCTIONS) and self.is_caught(node):
                found.add(node.name)
        return found

    def _may_go_on(self, node: ast.Try | ast.TryStar | ast.With | ast.AsyncWith) -> bool:
        """Whether a test goes on after an assertion in a body that fails; errors of other kinds are of no account."""
        return self._takes(node) if isinstance(node, _TRIES) else self.is_caught(node)

    def _tried_again(self) -> set[str]:
        """Names of functions that are handed to what calls them until they succeed."""
        calls = [node for node in self._every if isinstance(node, ast.Call) and _repeats(node.func)]
        return {argument.id for call in calls for argument in call.args if isinstance(argument, ast.Name)}

    def _handed_on(self) -> set[str]:
        """Names of functions, but of tests, and of methods that are used for something else than to call them."""
        called = {id(node.func) for node in self._every if isinstance(node, ast.Call)}
        names = (_own_name(node) for node in self._every if id(node) not in called)
        return {name for name in names if name and not name.startswith("test")}

    def _called_from(self, names: set[str]) -> frozenset[str]:
        """Names of functions, and of all of the file that these call."""
        found, new = set(names), set(names)
        while new:
            new = {name for one in self._functions if one.name in new for name in _calls(one.body)} - found
            found |= new
        return frozenset(found)


def _may_swallow(function: ast.AST) -> bool:
    """Whether a function gives anything but nothing or False."""
    given = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    return any(not (isinstance(one, ast.Constant) and not one.value) for one in given)


def _is_told(manager: ast.expr, errors: frozenset[str]) -> bool:
    """Whether a call is told to catch assertions that fail."""
    return isinstance(manager, ast.Call) and any(_names(one, errors) for one in manager.args)


def _names(node: ast.expr, errors: frozenset[str]) -> bool:
    return any(isinstance(part, ast.expr) and dotted(part) in errors for part in ast.walk(node))


def _targets(node: ast.Assign) -> Iterator[str]:
    return (one.id for one in node.targets if isinstance(one, ast.Name))


def _calls(body: Iterable[ast.AST]) -> Iterator[str]:
    """Own names of what is called."""
    for one in body:
        for part in ast.walk(one):
            if isinstance(part, ast.Call) and (name := _own_name(part.func)):
                yield name


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _own_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Load()):
            return name
    return ""


def _repeats(node: ast.expr) -> bool:
    return _REPEATING.search(dotted(_called(node)).lower()) is not None
