"""Find the examples that a prompt shows of a function, and make asserts of them: what an agent may test itself by.

An example is a call of the function with plain values and the plain value that it gives: after `>>>`, as an assert, or
beside an arrow or an equals sign. What is written in any other way is no example. Both sides are taken word for word,
so that nothing is in an assert that is not in the prompt.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_BETWEEN = re.compile(r"\s*(?:==>|=>|==|->|➞|=|returns|should return)\s*")
_MOST = 10_000  # characters of a line: longer ones hold data, not examples
_NOT_PLAIN = (*syntax.NOT_PYTHON, TypeError)


def shown_asserts(prompt: str, function: str) -> tuple[str, ...]:
    """The examples of a function in a prompt, as assert statements, each once, in their order."""
    return tuple(dict.fromkeys(_asserts(prompt.split("\n"), function)))


def said_by_name(asserts: Iterable[str]) -> Iterator[str]:
    """Give each assert its own text as its message, so that a failure says which it was; one that has another keeps it.

    What is no single assert stays as it is.
    """
    for source in asserts:
        body = syntax.parse(source).body if _reads(source, syntax.parse) else []
        only = body[0] if len(body) == 1 else None
        if isinstance(only, ast.Assert) and only.msg is None:
            text = ast.get_source_segment(source, only) or source
            yield f"{text}, {text!r}"
        else:
            yield source


def _asserts(lines: list[str], function: str) -> Iterator[str]:
    for line, following in zip(map(str.strip, lines), map(str.strip, [*lines[1:], ""]), strict=True):
        if function not in line or len(line) > _MOST:
            continue
        if line.startswith("assert ") and _reads(line, syntax.parse):
            yield line
            continue
        call, rest = _call(line, function)
        between = _BETWEEN.match(rest)
        if between is not None:
            value = _value(rest[between.end() :])
        else:
            value = _value(following) if line == f">>> {call}" else None
        if value is not None:
            yield f"assert {call} == {value}"


def _call(line: str, function: str) -> tuple[str, str]:
    """The first call of a function with plain values in a line, and what is behind it; twice nothing without one."""
    for found in re.finditer(rf"(?<![\w.]){re.escape(function)} ?\(", line):
        ends = (place + 1 for place in range(found.end(), len(line)) if line[place] == ")")
        call = next((line[found.start() : end] for end in ends if _reads(line[found.start() : end], _plain_call)), None)
        if call is not None:
            return call, line[found.start() + len(call) :]
    return "", ""


def _plain_call(source: str) -> None:
    """Raise ValueError for anything but a call with plain values."""
    tree = syntax.parse_expression(source)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise ValueError("not a call")  # noqa: TRY004 - as for sources that are no literals
    for value in [*tree.args, *(one.value for one in tree.keywords)]:
        ast.literal_eval(value)


def _value(text: str) -> str | None:
    """The plain value that a text is, before a remark or a full stop; None where there is none."""
    candidates = (text.partition("#")[0].rstrip(" .,;"), text.rstrip(" .,;"), text.partition("//")[0])
    return next((value.strip() for value in candidates if _reads(value.strip(), syntax.literal)), None)


def _reads(source: str, read: Callable[[str], object]) -> bool:
    try:
        read(source)
    except _NOT_PLAIN:
        return False
    return True
