"""Where the test of an id stands: its file, classes and function, told from ids as pytest and unittest write them."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Place = tuple[str, tuple[tuple[str, ...], str]]  # a file, and a function of it by its classes and its name

_UNITTEST = re.compile(r"(?P<name>\w+) \((?P<dotted>[\w.]+)\)")
_DOTTED = re.compile(r"[\w.]+\.\w+")


class ParsedId(Struct, frozen=True, kw_only=True):
    """One test id taken apart."""

    path: str
    scope: tuple[str, ...]
    name: str


def locate(test_id: str, *, runner: str, paths: Collection[str]) -> ParsedId | str:
    """Return where a test is, or in words why that cannot be told.

    Known are pytest's `path::Class::name[parameters]` (also cut off inside of the parameters), and for unittest
    `name (module.Class)`, `name (module.Class.name)` and `module.Class.name`. A path or module may be the end of a
    path in `paths` if it is the end of one only.
    """
    return _locate_pytest(test_id, paths) if runner == "pytest" else _locate_unittest(test_id, paths)


def _locate_pytest(test_id: str, paths: Collection[str]) -> ParsedId | str:
    head = test_id.partition("[")[0]
    if "::" not in head:
        return "the id names no test function"
    path, *scope, name = head.split("::")
    if not name.isidentifier() or not all(part.isidentifier() for part in scope):
        return "the id is not that of a test function (a doctest or a plugin's item)"
    known = _only_match(path, paths)
    if known is None:
        return f"its file {path} is not among the test files"
    return ParsedId(path=known, scope=tuple(scope), name=name)


def _locate_unittest(test_id: str, paths: Collection[str]) -> ParsedId | str:
    if match := _UNITTEST.fullmatch(test_id):
        name, dotted = match["name"], match["dotted"]
        dotted = dotted.removesuffix("." + name)
    elif _DOTTED.fullmatch(test_id):
        dotted, _, name = test_id.rpartition(".")
    else:
        return "the id does not name a method of a class (a description or a subtest)"
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        path = _only_match("/".join(parts[:cut]) + ".py", paths) or _only_match(
            "/".join([*parts[:cut], "__init__.py"]), paths
        )
        if path is not None:
            return ParsedId(path=path, scope=tuple(parts[cut:]), name=name)
    return f"no test file belongs to {dotted}"


def places_of(tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
    """Find the file and the function of the test that each id names; None where that cannot be told.

    Known are the ids of pytest and unittest, the bare names of functions that one file alone has, and the first line of
    a docstring, by which unittest reports a test that has one.
    """
    named, described = _functions(files)
    return {test: _place(test, files, named, described) for test in tests}


def _place(
    test: str, files: Mapping[str, str], named: Mapping[str, list[Place]], described: Mapping[str, list[Place]]
) -> Place | None:
    several = described.get(test) or (named.get(test) if test.isidentifier() else None)
    if several is not None:
        return several[0] if len(several) == 1 else None
    found = locate(test, runner="pytest" if "::" in test else "unittest", paths=files)
    return None if isinstance(found, str) else (found.path, (found.scope, found.name))


def _functions(files: Mapping[str, str]) -> tuple[dict[str, list[Place]], dict[str, list[Place]]]:
    """The functions of files by their names, and by the first lines of their docstrings."""
    named: dict[str, list[Place]] = {}
    described: dict[str, list[Place]] = {}

    def visit(path: str, node: ast.AST, classes: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                place = path, (classes, child.name)
                named.setdefault(child.name, []).append(place)
                if text := ast.get_docstring(child):
                    described.setdefault(text.strip().split("\n")[0].strip(), []).append(place)
            elif not isinstance(child, ast.expr):
                visit(path, child, (*classes, child.name) if isinstance(child, ast.ClassDef) else classes)

    for path, source in files.items():
        with suppress(*syntax.NOT_PYTHON):
            visit(path, syntax.parse(source), ())
    return named, described


def _only_match(path: str, paths: Collection[str]) -> str | None:
    if path in paths:
        return path
    matches = [known for known in paths if known.endswith("/" + path) or path.endswith("/" + known)]
    return matches[0] if len(matches) == 1 else None
