"""From a chat answer to a program, as EvoEval's own `sanitize.py --eof` does it.

What follows the last `def NAME(` of an answer is put behind what the prompt has before its own; it ends at a fence, a
comment at the left margin or an end mark of models; lines are taken off its end until it is Python. Of that the
function alone is kept: helpers that a model writes are lost, those of the prompt are there.
"""

from __future__ import annotations

import ast

import boxscore

MAX_TEXT = 1 << 20  # characters of an answer
MAX_PARSED = 16 << 20  # characters given to the parser for one answer
ENDS = ("<|endoftext|>", "\n```", "\n</s>", "\n#")


def program_of(answer: str, *, prompt: str, name: str) -> str | None:
    """The program that an answer holds; None where it holds no such function."""
    head = f"def {name}("
    if head not in answer[:MAX_TEXT]:
        return None
    code = _four_spaces(head + answer[:MAX_TEXT].rpartition(head)[2])
    for end in ENDS:
        code = code.partition(end)[0]
    function = _function(code, name)
    return None if function is None else prompt.partition(head)[0] + function


def _four_spaces(code: str) -> str:
    """Lines that begin with three spaces get a fourth: what some models write in place of it."""
    lines = code.splitlines()
    return "".join(f"{' ' * (len(line) - len(line.lstrip()) == 3)}{line}\n" for line in lines)  # noqa: PLR2004 - as it says


def _function(code: str, name: str) -> str | None:
    """The function of that name in as many lines from the first as are Python, without its comments."""
    lines, left = code.split("\n"), MAX_PARSED
    while lines:
        source = "\n".join(lines)
        left -= len(source)
        if left < 0:
            return None
        try:
            body = boxscore.parse_source(source).body
            found = (one for one in body if isinstance(one, ast.FunctionDef) and one.name == name)
            return next((ast.unparse(one) for one in found), None)
        except SyntaxError as error:
            lines = lines[: min(len(lines) - 1, max(error.lineno or 1, 1) - 1)]
        except (ValueError, MemoryError, RecursionError):
            return None
    return None
