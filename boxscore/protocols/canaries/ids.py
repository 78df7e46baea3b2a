"""Where the test of an id stands: its file, classes and function, told from ids as pytest and unittest write them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

RUNNERS = ("pytest", "unittest")
_UNITTEST = re.compile(r"(?P<name>\w+) \((?P<dotted>[\w.]+)\)")
_TWICE = re.compile(r"^(?P<name>\w+) \((?P<dotted>[\w.]+)\.(?P=name)\)$")
_DOTTED = re.compile(r"[\w.]+\.\w+")


class ParsedId(Struct, frozen=True, kw_only=True):
    """One test id taken apart: `before` and `after` surround each occurrence of the function's name in the id."""

    path: str
    scope: tuple[str, ...]
    name: str
    pieces: tuple[str, ...]

    def renamed(self, name: str) -> str:
        """Return the id that the same test has when its function is called `name`."""
        return name.join(self.pieces)


def locate(test_id: str, *, runner: str, paths: Collection[str]) -> ParsedId | str:
    """Return where a test is, or in words why that cannot be told.

    Known are pytest's `path::Class::name[parameters]` (also cut off inside of the parameters), and for unittest
    `name (module.Class)`, `name (module.Class.name)` and `module.Class.name`. A path or module may be the end of a
    path in `paths` if it is the end of one only.
    """
    return _locate_pytest(test_id, paths) if runner == "pytest" else _locate_unittest(test_id, paths)


def _locate_pytest(test_id: str, paths: Collection[str]) -> ParsedId | str:
    head, bracket, parameters = test_id.partition("[")
    if "::" not in head:
        return "the id names no test function"
    path, *scope, name = head.split("::")
    if not name.isidentifier() or not all(part.isidentifier() for part in scope):
        return "the id is not that of a test function (a doctest or a plugin's item)"
    known = _only_match(path, paths)
    if known is None:
        return f"its file {path} is not among the test files"
    prefix = "::".join([path, *scope, ""])
    return ParsedId(path=known, scope=tuple(scope), name=name, pieces=(prefix, bracket + parameters))


def _locate_unittest(test_id: str, paths: Collection[str]) -> ParsedId | str:
    pieces: tuple[str, ...]
    if match := _UNITTEST.fullmatch(test_id):
        name, dotted = match["name"], match["dotted"]
        pieces = ("", f" ({dotted})")
        if dotted.endswith("." + name):
            dotted = dotted.removesuffix("." + name)
            pieces = ("", f" ({dotted}.", ")")
    elif _DOTTED.fullmatch(test_id):
        dotted, _, name = test_id.rpartition(".")
        pieces = (dotted + ".", "")
    else:
        return "the id does not name a method of a class (a description or a subtest)"
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        path = _only_match("/".join(parts[:cut]) + ".py", paths) or _only_match(
            "/".join([*parts[:cut], "__init__.py"]), paths
        )
        if path is not None:
            return ParsedId(path=path, scope=tuple(parts[cut:]), name=name, pieces=pieces)
    return f"no test file belongs to {dotted}"


def one_name(test_id: str) -> str:
    """Give a test of unittest's the one of its two ids that all Pythons have: `name (module.Class)`.

    From 3.11 on they print `name (module.Class.name)`, and logs are read under both.
    """
    return _TWICE.sub(r"\g<name> (\g<dotted>)", test_id)


def described_tests(files: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The file and name of each test that unittest reports by the first line of its docstring, if no other has it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path, source in files.items():
        try:
            tree = syntax.parse(source)
        except syntax.NOT_PYTHON:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node)):
                found.setdefault(text.strip().split("\n")[0].strip(), []).append((path, node.name))
    return {line: places[0] for line, places in found.items() if len(places) == 1 and line}


def _only_match(path: str, paths: Collection[str]) -> str | None:
    if path in paths:
        return path
    matches = [known for known in paths if known.endswith("/" + path) or path.endswith("/" + known)]
    return matches[0] if len(matches) == 1 else None
