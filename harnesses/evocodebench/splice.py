"""Puts bodies into their file: the stub that a model's box gets, what a completion makes of it, the patch between."""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .row import Row

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
