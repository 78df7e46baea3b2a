"""A file of Python as text, and edits at places that its syntax tree names."""

from __future__ import annotations

import ast
import bisect
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable

Function = ast.FunctionDef | ast.AsyncFunctionDef
Position = tuple[int, int]
_MARK = "\ufeff"


class CannotRewriteError(ValueError):
    """This text cannot be rewritten; says why."""


class Edit(Struct, frozen=True):
    """Replace the bytes from `start` up to `end` of a file by `text`; lines count from 1, columns from 0, in bytes."""

    start: Position
    end: Position
    text: str


def replace(node: ast.expr, text: str) -> Edit:
    """Replace an expression."""
    return Edit((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0), text)


def insert(at: Position, text: str) -> Edit:
    """Put text somewhere."""
    return Edit(at, at, text)


def around(node: ast.expr, before: str, after: str) -> tuple[Edit, Edit]:
    """Put text around an expression."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return insert(start, before), insert(end, after)


class PythonText:
    """The lines of a file of Python, addressed as `ast` does: from line 1, by bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        """Raise CannotRewriteError if this is no Python that we can parse."""
        self._mark = _MARK if source.startswith(_MARK) else ""
        try:
            self._data = source.removeprefix(_MARK).encode()
            self.tree = syntax.parse(self._data.decode())
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CannotRewriteError(f"cannot be parsed: {type(error).__name__}: {error}") from None
        self._starts = [0, *(m.end() for m in re.finditer(rb"\r\n|\r|\n", self._data)), len(self._data)]
        ending = re.search(rb"\r\n|\r|\n", self._data)
        self._ending = ending[0] if ending else b"\n"

    def after(self, edits: Iterable[Edit]) -> str:
        """Return the file after edits. Raises CannotRewriteError if two of them meet, or if it is no Python then."""
        parts, at = [], 0
        ordered = sorted(enumerate(edits), key=lambda e: (self._at(e[1].start), self._at(e[1].end), e[0]))
        for _, edit in ordered:
            start = self._at(edit.start)
            if start < at:
                raise CannotRewriteError(f"line {edit.start[0]}: two changes meet")
            parts += [self._data[at:start], edit.text.replace("\n", self._ending.decode()).encode()]
            at = self._at(edit.end)
        result = self._mark + b"".join([*parts, self._data[at:]]).decode()
        try:
            syntax.parse(result.removeprefix(_MARK))
        except syntax.NOT_PYTHON as error:
            raise CannotRewriteError(f"cannot be parsed once it is changed: {type(error).__name__}") from None
        return result

    def written(self, node: ast.expr | ast.stmt) -> str:
        """Return an expression or a statement, without its decorators or parentheses around it, as it is written."""
        start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
        return self._data[self._at(start) : self._at(end)].decode()

    def first_line(self, node: ast.stmt) -> int:
        """Return the first line of a statement, its decorators included.

        Raises CannotRewriteError if something else stands on that line.
        """
        decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
        line = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        if decorators and not self._data[self._at((line, 0)) :].lstrip().startswith(b"@"):
            raise CannotRewriteError(f"line {line}: a decorator is written in a way not known here")
        return line

    def find(self, pattern: bytes, start: Position, stop: Position) -> tuple[Position, Position]:
        """Return where the first group of `pattern` is. Raises CannotRewriteError if it is not between the two."""
        base = self._at(start)
        between = self._data[base : self._at(stop)].decode()
        match = re.search(pattern.decode(), between)
        if match is None:
            raise CannotRewriteError(f"line {start[0]}: written in a way not known here")
        places = [base + len(between[:at].encode()) for at in match.span(1)]
        return self._position(places[0]), self._position(places[1])

    def _position(self, at: int) -> Position:
        line = bisect.bisect_right(self._starts, at, hi=len(self._starts) - 1)
        return line, at - self._starts[line - 1]

    def _at(self, position: Position) -> int:
        return self._starts[position[0] - 1] + position[1]
