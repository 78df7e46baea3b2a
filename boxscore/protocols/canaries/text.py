"""A test file as text: where its functions stand, and edits at places that its syntax tree names."""

from __future__ import annotations

import ast
import bisect
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.protocols.canaries.values import Edit

Function = ast.FunctionDef | ast.AsyncFunctionDef
Position = tuple[int, int]
_MARK = "\ufeff"


class CannotRewriteError(ValueError):
    """This text cannot be rewritten; says why. Its tests get no negated tests."""


class Lines:
    """The lines of a file, addressed as `ast` does: from line 1, by bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self._mark = _MARK if source.startswith(_MARK) else ""
        self._data = source.removeprefix(_MARK).encode()
        self._starts = [0, *(m.end() for m in re.finditer(rb"\r\n|\r|\n", self._data)), len(self._data)]
        ending = re.search(rb"\r\n|\r|\n", self._data)
        self._ending = ending[0] if ending else b"\n"

    @property
    def data(self) -> bytes:
        """The file without a mark of its encoding."""
        return self._data

    def position(self, at: int) -> Position:
        """Return the place of a byte of `data`."""
        line = bisect.bisect_right(self._starts, at, hi=len(self._starts) - 1)
        return line, at - self._starts[line - 1]

    def between(self, start: Position, end: Position, edits: Iterable[Edit]) -> str:
        """Return a part of the file after edits in it. Raises CannotRewriteError if two of them meet."""
        return self._between(self._at(start), self._at(end), edits).decode()

    def after(self, edits: Iterable[Edit]) -> str:
        """Return the file after edits that do not overlap. Raises CannotRewriteError if two of them meet."""
        return self._mark + self._between(0, len(self._data), edits).decode()

    def _at(self, position: Position) -> int:
        return self._starts[position[0] - 1] + position[1]

    def _between(self, low: int, high: int, edits: Iterable[Edit]) -> bytes:
        parts, at = [], low
        ordered = sorted(enumerate(edits), key=lambda e: (self._at(e[1].start), self._at(e[1].end), e[0]))
        for _, edit in ordered:
            start = self._at(edit.start)
            if start < at:
                raise CannotRewriteError(f"line {edit.start[0]}: two changes meet")
            parts += [self._data[at:start], edit.text.replace("\n", self._ending.decode()).encode()]
            at = self._at(edit.end)
        return b"".join([*parts, self._data[at:high]])


class Text(Lines):
    """The lines of a file of Python."""

    def __init__(self, source: str) -> None:
        """Raise CannotRewriteError if this is no Python that we can parse."""
        try:
            super().__init__(source)
            self.tree = syntax.parse(self._data.decode())
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CannotRewriteError(f"cannot be parsed: {type(error).__name__}: {error}") from None

    def segment(self, node: ast.expr) -> str:
        """Return an expression as it is written."""
        return self.written(node)

    def written(self, node: ast.expr | ast.stmt) -> str:
        """Return an expression or a statement, without its decorators, as it is written."""
        start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
        return self._data[self._at(start) : self._at(end)].decode()

    def before(self, node: ast.stmt) -> str | None:
        """Return the indent of a statement; None where something else stands on its first or its last line."""
        indent = self._data[self._at((node.lineno, 0)) : self._at((node.lineno, node.col_offset))].decode()
        last = self._line(node.end_lineno or 0)[node.end_col_offset or 0 :]
        return None if indent.strip() or last.strip() else indent

    def first_line(self, node: ast.stmt) -> int:
        """Return the first line of a statement, its decorators included.

        Raises CannotRewriteError if something else stands on that line.
        """
        decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
        line = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        if decorators and not self._data[self._at((line, 0)) :].lstrip().startswith(b"@"):
            raise CannotRewriteError(f"line {line}: a decorator is written in a way not known here")
        return line

    def is_inline(self, function: Function) -> bool:
        """Return whether the body stands on the line of the `def`."""
        start = self.start_of_body(function)
        return bool(self._data[self._at((start[0], 0)) : self._at(start)].strip())

    def start_of_body(self, function: Function) -> Position:
        """Return where the first statement begins, with its decorators."""
        first = function.body[0]
        line = self.first_line(first)
        if line == first.lineno:
            return line, first.col_offset
        return line, len(self._line(line)) - len(self._line(line).lstrip())

    def indent(self, function: Function) -> str:
        """Return what the lines of the body begin with."""
        line = self._line(self.start_of_body(function)[0])
        return line[: len(line) - len(line.lstrip())].decode()

    def _line(self, line: int) -> bytes:
        return self._data[self._starts[line - 1] : self._starts[line]]

    def end_of_line(self, position: Position) -> Position:
        """Return the end of a line, before its line break."""
        return position[0], len(self._line(position[0]).rstrip(b"\r\n"))

    def find(self, pattern: bytes, start: Position, stop: Position) -> tuple[Position, Position]:
        """Return where the first group of `pattern` is. Raises CannotRewriteError if it is not between the two."""
        base = self._at(start)
        between = self._data[base : self._at(stop)]
        match = re.search(pattern.decode(), between.decode())
        if match is None:
            raise CannotRewriteError(f"line {start[0]}: written in a way not known here")
        places = [base + len(between.decode()[:at].encode()) for at in match.span(1)]
        return self.position(places[0]), self.position(places[1])

    def edited(self, function: Function, edits: Iterable[Edit]) -> bytes:
        """Return the lines of a function after edits that do not overlap; it ends with a line break."""
        low, high = self._starts[self.first_line(function) - 1], self._starts[function.end_lineno or 0]
        whole = self._between(low, high, edits)
        return whole if whole.endswith((b"\n", b"\r")) else whole + self._ending

    def after(self, edits: Iterable[Edit]) -> str:
        """Return the file after edits that do not overlap. Raises CannotRewriteError if it is no Python then."""
        result = super().after(edits)
        Text(result)
        return result

    def spliced(self, pieces: Iterable[tuple[int, int, bytes]]) -> str:
        """Return the file with lines `first` to `last` of each piece (none if it ends before it begins) replaced."""
        parts, at = [], 0
        for first, last, data in sorted(pieces):
            parts += [self._data[at : self._starts[first - 1]], data]
            at = max(self._starts[first - 1], self._starts[last])
        result = self._mark + b"".join([*parts, self._data[at:]]).decode()
        Text(result)
        return result

    def source(self, node: ast.expr) -> str:
        """Return an expression as it is written, without parentheses around it."""
        start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
        return self._data[self._at(start) : self._at(end)].decode()

    def replacement(self, function: Function) -> bytes:
        """Return a line that does nothing, for the place of a removed function."""
        line = self._line(self.first_line(function))
        return line[: len(line) - len(line.lstrip())] + b"pass" + self._ending

    def lines(self, text: str) -> bytes:
        """Return text of ours with this file's line breaks."""
        return text.encode().replace(b"\n", self._ending)


class FoundFunction(Struct, frozen=True):
    """A function in a file: its classes from the outside in, the top-level statement it is in, and itself."""

    scope: tuple[str, ...]
    top: ast.stmt
    node: Function


def functions(tree: ast.Module) -> Iterator[FoundFunction]:
    """Yield all functions of a module and of its classes, also under `if`, `try` and `with`; none inside functions."""
    for top in tree.body:
        yield from _within(top, (), top)


def _within(node: ast.stmt, scope: tuple[str, ...], top: ast.stmt) -> Iterator[FoundFunction]:
    if isinstance(node, Function):
        yield FoundFunction(scope, top, node)
        return
    inner = (*scope, node.name) if isinstance(node, ast.ClassDef) else scope
    for field in ("body", "orelse", "finalbody"):
        for child in getattr(node, field, []):
            yield from _within(child, inner, top)
    for handler in getattr(node, "handlers", []):
        for child in handler.body:
            yield from _within(child, inner, top)
