"""Puts bodies into their file: the stub that a model's box gets, what a completion makes of it, the patch between."""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)


def lines_of(text: str) -> list[str]:
    """Lines with their ends: those of line feeds, and no others."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def is_on_its_line(row: Row, source: str) -> bool:
    begin = lines_of(source)[row.signature_position[0] - 1]
    return re.search(rf"\bdef\s+{re.escape(row.name)}\b", begin) is not None


def with_body(source: str, row: Row, body: str) -> str:
    lines = lines_of(source)
    first, last = row.body_position
    return "".join((*lines[: first - 1], "\n", body if body.endswith("\n") else f"{body}\n", "\n", *lines[last:]))


def stubbed(source: str, row: Row) -> str:
    """The file without the function's body: nothing in a box may hold the reference."""
    return with_body(source, row, " " * row.indent + "raise NotImplementedError\n")


def original_body(source: str, row: Row) -> str:
    first, last = row.body_position
    return "".join(lines_of(source)[first - 1 : last])


def indented(body: str, row: Row) -> str:
    return textwrap.indent(textwrap.dedent(body.replace("\r\n", "\n").expandtabs(4)), " " * row.indent)


def patch(path: str, before: str, after: str) -> str:
    """The difference of two texts of a file as `git diff` writes it; "" where there is none."""
    lines = list(difflib.unified_diff(lines_of(before), lines_of(after), f"a/{path}", f"b/{path}"))
    whole = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return f"diff --git a/{path} b/{path}\n{''.join(whole)}" if lines else ""


def body_of_completion(text: str) -> str:
    """What goes on the function that was begun: lines from the first one on that are indented no less than it."""
    lines: list[str] = []
    least = None
    for line in text.split("\n"):
        if line.strip():
            depth = len(line) - len(line.lstrip())
            least = depth if least is None else least
            if depth < least:
                break
        if least is not None:
            lines.append(line)
    return "\n".join(lines).rstrip()


def body_of_answer(text: str, name: str) -> str:
    """The body in a chat answer's first block: of the function of that name, else the block as a completion.

    Imports of the block go before the body, wherever they stand; a docstring is left out.
    """
    found = FENCE.search(text)
    block = textwrap.dedent(found[1]) if found else text
    try:
        tree = boxscore.parse_source(block)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return body_of_completion(block) if f"def {name}(" not in block else ""
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    function = next((node for node in functions if node.name == name), None)
    if function is None:
        return body_of_completion(block)
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not body:
        return ""
    lines = lines_of(block)
    start = min(getattr(node, "lineno", 1) for node in body[:1])
    text_of_body = textwrap.dedent("".join(lines[start - 1 : function.end_lineno]))
    return "\n".join((*_imports(tree, body), text_of_body)).rstrip()


def _imports(tree: ast.Module, body: Sequence[ast.stmt]) -> list[str]:
    inside = {id(node) for statement in body for node in ast.walk(statement)}
    found = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return list(dict.fromkeys(ast.unparse(node) for node in found if id(node) not in inside))


TEST = re.compile(r"[\w./-]+\.py(?:::[\w\[\], .=/+-]+)*")
NAME = re.compile(r"[\w.-]+")


class Row(Struct, frozen=True):
    """One function. Positions are of its first and last line, from 1; `indent` is that of its body in columns."""

    namespace: str
    type: Literal["function", "method"]
    completion_path: str
    signature_position: tuple[int, int]
    body_position: tuple[int, int]
    tests: tuple[str, ...]
    requirement: dict[str, str]
    indent: int
    domain: str | None = None

    @property
    def project(self) -> str:
        return self.completion_path.partition("/")[0]

    @property
    def path(self) -> str:
        """The file, below that folder."""
        return self.completion_path.partition("/")[2]

    @property
    def name(self) -> str:
        return self.namespace.rpartition(".")[2]


def row_of(data: dict[str, object], path: Path, line: int) -> Row:
    """A row as it must be. Raises InputError with file, line and field."""
    try:
        row = msgspec.convert(data, Row)
    except msgspec.ValidationError as error:
        raise boxscore.InputError(str(error), path=path, line=line) from error
    problem = _problem(row)
    if problem:
        raise boxscore.InputError(problem, path=path, line=line)
    return row


def _problem(row: Row) -> str:
    first, last = row.body_position
    if not row.signature_position[0] <= row.signature_position[1] < first <= last or row.signature_position[0] < 1:
        return "signature_position and body_position are not lines one after the other"
    if not row.tests or not all(TEST.fullmatch(test) for test in row.tests):
        return "tests must be node ids of pytest"
    parts = row.completion_path.split("/")
    if len(parts) < 2 or ".." in parts or not NAME.fullmatch(parts[0]) or "" in parts:  # noqa: PLR2004 - folder and file
        return f"completion_path is {row.completion_path!r}, no file of a repository"
    return "" if 0 < row.indent <= 64 else f"indent is {row.indent}"  # noqa: PLR2004 - deeper is no code
