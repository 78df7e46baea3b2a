"""Let a test file say which way it goes wherever it asks for a truth, so that runs of two programs can be compared.

Where old code sends a test another way than the reference does, what the test comes to after that shows nothing of what
old code has: whoever changes that one truth may have all else right. So it is after an error that leaves a function of
the file in old code alone, whoever it is that catches it.
"""

from __future__ import annotations

import ast
from itertools import count
from typing import TypeVar

from boxscore.protocols.blind.files import ALIAS
from boxscore.protocols.blind.literals import dotted

_Tested = TypeVar("_Tested", ast.If, ast.While, ast.IfExp)
_Loop = TypeVar("_Loop", ast.For, ast.AsyncFor)
_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef)
_TRUTHS = frozenset({"all", "any", "bool", "callable", "hasattr", "isinstance", "issubclass"})
_MAY_FAIL = (ast.Call, ast.Attribute, ast.Subscript, ast.BinOp, ast.Compare)
NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def follow_branches(tree: ast.Module) -> ast.Module:
    """Change a soft file, in place, so that it notes which branches it takes (see `decided` in `sandbox/blind.py`).

    In equal files a branch has the same number.
    """
    _Branches().visit(tree)
    return tree


class _Branches(ast.NodeTransformer):
    def __init__(self) -> None:
        self._numbers = count()

    def visit_If(self, node: ast.If) -> ast.If:
        return self._tested(node)

    def visit_While(self, node: ast.While) -> ast.While:
        return self._tested(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        return self._tested(node)

    def _tested(self, node: _Tested) -> _Tested:
        self.generic_visit(node)
        node.test = self._noting("decided", node.test)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        self.generic_visit(node)
        node.values[:-1] = [self._noting("decided", one) for one in node.values[:-1]]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        self.generic_visit(node)
        node.slice = self._truth(node.slice)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        node.left, node.right = self._truth(node.left), self._truth(node.right)
        return node

    def _truth(self, node: ast.expr) -> ast.expr:
        """Note a truth that stands where a number may."""
        match node:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self._noting("decided", node)
            case ast.Call(func=ast.Name(id=name)) if name in _TRUTHS:
                return self._noting("decided", node)
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        return self._loop(node)

    def _loop(self, node: _Loop) -> _Loop:
        self.generic_visit(node)
        entered = self._starting(node)
        node.body.insert(0, ast.Expr(entered))
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self.generic_visit(node)
        entered = self._starting(node)
        node.ifs = [entered, *(self._noting("decided", one) for one in node.ifs)]
        return node

    def _starting(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> ast.Call:
        """Note where a loop starts, so that its rounds are told from another time; return what notes a round."""
        number = ast.Constant(next(self._numbers))
        node.iter = ast.Call(_ours("starting"), [number, node.iter], [])
        return ast.Call(_ours("entered"), [number], [])

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self._noting("decided", ast.Constant(value=True))))
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def _function(self, node: _Function) -> _Function:
        self.generic_visit(node)
        first = ast.get_docstring(node, clean=False) is not None
        handler = ast.ExceptHandler(
            ast.Name("BaseException", ast.Load()), None, [ast.Expr(self._noting("left")), ast.Raise()]
        )
        node.body[first:] = [ast.Try(node.body[first:], [handler], [], [])] if node.body[first:] else []
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.generic_visit(node)
        if any(isinstance(part, _MAY_FAIL) for part in ast.walk(node.body)):
            node.body = self._noting("leaving", ast.Lambda(NO_ARGUMENTS, node.body))
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if dotted(node.func) == f"{ALIAS}.reached":
            return node
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="filter"), args=[_, _]):
                node.func = self._noting("filtering")
            case ast.Call(func=ast.Name(id="map"), args=[_, _, *_]):
                node.func = self._noting("mapping")
            case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault"), args=[_, default]):
                if not isinstance(default, ast.Constant):  # which asks no more, or is asked for its truth
                    node.func = self._noting("with_default", node.func)
            case ast.Call(func=ast.Name(id="next"), args=[_, _]):
                node.func = self._noting("with_default", node.func)
            case ast.Call(func=ast.Name(id="max" | "min"), keywords=named) if "default" in {one.arg for one in named}:
                node.func = self._noting("with_default", node.func)
        return node

    def _noting(self, name: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(_ours(name), [ast.Constant(next(self._numbers)), *arguments], [])


def _ours(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name(ALIAS, ast.Load()), name, ast.Load())
