"""Let a test file say which way it goes wherever it asks for a truth, so that runs of two programs can be compared.

Where old code sends a test another way than the reference does, what the test comes to after that shows nothing of what
old code has: whoever changes that one truth may have all else right.
"""

from __future__ import annotations

import ast
from itertools import count
from typing import TypeVar

from boxscore.protocols.blind.files import ALIAS

_Tested = TypeVar("_Tested", ast.If, ast.While, ast.IfExp)
_Loop = TypeVar("_Loop", ast.For, ast.AsyncFor)


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

    def visit_For(self, node: ast.For) -> ast.For:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        return self._loop(node)

    def _loop(self, node: _Loop) -> _Loop:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self._noting("entered")))
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self.generic_visit(node)
        node.ifs = [self._noting("entered"), *(self._noting("decided", one) for one in node.ifs)]
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self._noting("entered")))
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="filter"), args=[_, _]):
                node.func = self._noting("filtering")
            case ast.Call(func=ast.Name(id="next"), args=[_, default]):
                node.func = self._noting("with_default", node.func)
            case ast.Call(func=ast.Name(id="max" | "min"), keywords=named) if any(one.arg == "default" for one in named):
                node.func = self._noting("with_default", node.func)
        return node

    def _noting(self, name: str, *arguments: ast.expr) -> ast.Call:
        number = ast.Constant(next(self._numbers))
        return ast.Call(ast.Attribute(ast.Name(ALIAS, ast.Load()), name, ast.Load()), [number, *arguments], [])
