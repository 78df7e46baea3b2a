"""One test file without the values that its tests expect."""

from __future__ import annotations

import ast
import io
import tokenize
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import resources
from boxscore.protocols.blind.comparisons import Kind
from boxscore.protocols.blind.hiding import Finder
from boxscore.protocols.blind.nearness import Tolerance  # noqa: TC001 - a field of a record
from boxscore.protocols.canaries.text import CannotRewriteError, Text
from boxscore.protocols.canaries.values import Edit, around, insert, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from boxscore.protocols.blind.comparisons import Compared
    from boxscore.protocols.blind.hiding import Hideable

ALIAS = "_boxscore"
RUNTIME_STATEMENTS = 3  # in the line that loads our runtime into a file (`_runtime`)
_OPERATORS = {Kind.EQUAL: rb"(==)", Kind.CONTAINED: rb"\b(in)\b"}
_FIRST_LINES = 2  # in which a comment may declare the encoding

Key = tuple[tuple[str, ...], str]  # the classes a function stands in, and its name


class Hidden(Struct, frozen=True, kw_only=True):
    """A value that was taken out of a file.

    `number` stands in its place, and `source` is what is written there. What is `loose` shows less (see `Hideable`),
    and `almost` is the tolerance where a number may differ a little.
    """

    number: int
    path: str
    line: int
    source: str
    loose: bool = False
    almost: Tolerance | None = None


class PythonFile:
    """A test file, and what of it can be hidden; `first` is the number of its first value."""

    def __init__(self, path: str, source: str, first: int) -> None:
        """Raise CannotRewriteError if the file cannot be read."""
        self._path, self._text = path, Text(source)
        try:
            self._finder = Finder(self._text.tree)
            found = self._finder.find()
        except RecursionError:
            raise CannotRewriteError("is nested too deeply") from None
        self._numbered = dict(enumerate(found, first))
        self.hidden = tuple(self._hidden(number, one) for number, one in self._numbered.items())

    def _hidden(self, number: int, one: Hideable) -> Hidden:
        return Hidden(
            number=number,
            path=self._path,
            line=one.node.lineno,
            source=self._text.source(one.node),
            loose=one.loose,
            almost=self._finder.tolerance(one),
        )

    def users(self, number: int) -> set[Key]:
        """The functions whose tests hang on a value: its own, or all that use a constant of the module."""
        one = self._numbered[number]
        scopes = self._finder.scopes
        if one.function is not None:
            return {scopes.qualified(one.function)}
        uses = scopes.everywhere.get(one.through[1], []) if one.through else []
        return {scopes.qualified(function) for use in uses if (function := scopes.function[use]) is not None}

    def rewrite(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file with the values of `numbers` hidden; comparisons are written to `place` (see `SuiteFacts`).

        Raises CannotRewriteError.
        """
        chosen = [(number, one) for number, one in self._numbered.items() if number in numbers]
        nodes = {id(one.node) for _, one in chosen}
        names = self._finder.carriers({one.through for _, one in chosen if one.through})
        edits = [replace(one.node, f"{ALIAS}.hidden({number})") for number, one in chosen]
        said: dict[int, ast.expr] = {}
        for comparison in self._finder.comparisons:
            if any(id(side) in nodes or self._finder.carried(side, names) for side in comparison.sides):
                edits += self._compared(comparison)
                said |= {id(one): one for one in (comparison.message,) if one is not None}
        edits += [replace(one, '""') for one in said.values()]
        tables = {id(one.table): one.table for _, one in chosen if one.table}
        edits += [edit for table in tables.values() for edit in self._opaque_ids(table)]
        return _without_comments(self._text.after([*edits, self._runtime(place)]))

    def _compared(self, comparison: Compared) -> Iterator[Edit]:
        node = comparison.node
        if isinstance(node, ast.Call):
            yield from around(node.func, f"{ALIAS}.{comparison.kind}(", ")")
            return
        left, right = node.left, node.comparators[0]
        end = (left.end_lineno or 0, left.end_col_offset or 0)
        yield from around(node, f"{ALIAS}.{comparison.kind}(", ")")
        start, stop = self._text.find(_OPERATORS[comparison.kind], end, (right.lineno, right.col_offset))
        yield Edit(start, stop, ",")

    def _opaque_ids(self, table: ast.Call) -> Iterator[Edit]:
        """Give the rows of a `parametrize` ids that say nothing, where it has none of its own."""
        if any(keyword.arg == "ids" for keyword in table.keywords):
            return
        count = len(self._finder.rows(table))
        last = max(
            (
                (node.end_lineno or 0, node.end_col_offset or 0)
                for node in ast.walk(table)
                if node is not table and isinstance(node, ast.expr)
            ),
        )
        end = (table.end_lineno or 0, (table.end_col_offset or 1) - 1)
        comma = "" if self._has_comma(last, end) else ","
        ids = ", ".join(f'"case{row}"' for row in range(count))
        yield insert(end, f"{comma} ids=[{ids}]")

    def _has_comma(self, start: tuple[int, int], end: tuple[int, int]) -> bool:
        try:
            self._text.find(rb"(,)", start, end)
        except CannotRewriteError:
            return False
        return True

    def _runtime(self, place: str | int) -> Edit:
        first = next((one for one in self._text.tree.body if not must_be_first(one)), None)
        if first is None:
            raise CannotRewriteError("has no statement")
        text = (
            f'{ALIAS} = __import__("types").ModuleType("{ALIAS}"); exec({_runtime_source()!r}, {ALIAS}.__dict__); '
            f"{ALIAS}._PATH[0] = {place!r}\n"
        )
        return insert((self._text.first_line(first), 0), text)


@cache
def _runtime_source() -> str:
    return (resources.folder("sandbox") / "blind.py").read_text()


def without_runtime(source: str) -> str:
    """Take out of a rewritten file what it has of ours."""
    return source.replace(repr(_runtime_source()), "")


def must_be_first(statement: ast.stmt) -> bool:
    """Whether nothing of ours may stand before a statement of a module."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
            return True
    return False


def _without_comments(source: str) -> str:
    """Empty the comments of a file, which may name what was taken out of it."""
    lines = io.StringIO(source, newline="").readlines()  # as the tokenizer parts them
    try:
        found = list(tokenize.generate_tokens(io.StringIO(source, newline="").readline))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return source
    for one in reversed(found):
        line, column = one.start
        if one.type == tokenize.COMMENT and line > _FIRST_LINES:
            old = lines[line - 1]
            lines[line - 1] = old[:column] + "#" + old[column + len(one.string) :]
    return "".join(lines)
