"""What can be read from tests before they run: whether they act on more than values, and who may decide them."""

from __future__ import annotations

import ast

from boxscore import syntax

VALUES_ONLY = frozenset(  # modules that work on values alone, so that it does not matter in whose process they do
    {
        *("abc", "array", "bisect", "calendar", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal"),
        *("difflib", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers"),
        *("numpy", "operator", "pytest", "re", "statistics", "string", "textwrap", "typing", "uuid", "zlib", "base64"),
    }
)
ACTS = frozenset(
    {"open", "globals", "locals", "vars", "exec", "eval", "setattr", "delattr", "id", "__import__", "input"}
)
ASKS = frozenset({"raises", "assertRaises", "isinstance", "issubclass"})  # by what they are asked, nothing is decided
_SINGLETONS = (None, True, False, ...)


def acts_on_process(source: str) -> bool:
    """Whether tests do what only works in the program's own process: seed, patch, write files, ask for identity.

    Raises SyntaxError.
    """
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            modules = []
        if any(name.partition(".")[0] not in VALUES_ONLY for name in modules):
            return True
        if isinstance(node, ast.Name) and node.id in ACTS:
            return True
        if isinstance(node, ast.Compare) and any(map(_is_identity, node.ops, node.comparators)):
            return True
    return False


def _is_identity(operator: ast.cmpop, other: ast.expr) -> bool:
    if not isinstance(operator, ast.Is | ast.IsNot):
        return False
    return not (isinstance(other, ast.Constant) and other.value in _SINGLETONS)


def deciding_names(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The program's names, beside the first, that may say what is right, as in `assert f(1) == Decimal("2.5")`.

    Those do not that tests use to catch an error or to ask for a class, or to make what they hand to the first, as in
    `assert size(Node(1, Node(2))) == 2`. Raises SyntaxError.
    """
    if len(names) == 1:
        return ()
    tree = syntax.parse(source)
    harmless = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            harmless |= set(map(id, ast.walk(node.type)))
        elif isinstance(node, ast.Call) and _called(node.func) in (*ASKS, names[0]):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            harmless |= {id(one) for part in given for one in ast.walk(part)}
    used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and id(one) not in harmless}
    return tuple(name for name in names[1:] if name in used)


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
