"""The problems in Python: a module, and tests of pytest that begin with all that it defines."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from boxscore import Instance, UnittestTask

TAG, END_TAG = "[Python]", "[/Python]"
NAMED_FENCE, FENCE, END_FENCE = (re.compile(one) for one in (r"```python[\n\r]", r"```[\n\r]", r"[\n\r]```"))
BEGINNINGS = tuple(re.compile(rf"{word}\s.*", re.DOTALL) for word in ("import", "from", "class", "def"))
STDIN = "stdin.txt"
SETUP = f"import sys\nsys.stdin = sys.__stdin__ = open({STDIN!r})\n"
LIMITS = boxscore.Limits(
    cpu_s=840.0,  # as the official program has it, there of wall time
    wall_s=1680.0,
    memory_bytes=4 << 30,
    processes=256,
    disk_bytes=512 << 20,
    output_bytes=4 << 20,
)
ENVIRONMENT = (("MPLBACKEND", "Agg"), ("OMP_NUM_THREADS", "1"), ("TF_CPP_MIN_LOG_LEVEL", "3"), ("TZ", "UTC"))


def extracted(answer: str) -> str | None:
    """The code in an answer: between tags, in a fence, or from its first line that begins some code; else None."""
    behind = answer.partition(TAG)[2]
    tagged, closed, _ = behind.partition(END_TAG)
    if closed and "```" not in tagged:
        return tagged
    if not closed and TAG in answer and "```python" not in answer:
        return behind.partition("```")[0]
    if "```python" in answer:
        return _first_block(NAMED_FENCE, answer)
    if "```" in answer:
        return _first_block(FENCE, answer)
    return _bare(answer)


def _bare(answer: str) -> str | None:
    """Code without tags or fences: from the first import on, else from the first class, else the first function."""
    imported, sourced = (answer.find(word) for word in ("import ", "from "))
    if 0 <= sourced < imported:
        found = BEGINNINGS[1].search(answer)
    else:
        found = next((found for found in (one.search(answer) for one in BEGINNINGS) if found is not None), None)
    return None if found is None else found[0]


def _first_block(fence: re.Pattern[str], answer: str) -> str | None:
    blocks, _ = fenced(fence, END_FENCE, answer)
    return blocks[0] if blocks else None


def program(code: str, instance: Instance) -> str:  # noqa: ARG001 - as the one for Java
    """A module of the code; programs may use `pytest` without importing it."""
    return f"import pytest\n{code}\n"


def check(tests: str) -> None:
    """Raise ValueError where tests are no Python, or define no test."""
    try:
        required(tests)
    except SyntaxError as error:
        raise ValueError(f"is no Python: {error}") from None


def required(tests: str) -> tuple[str, ...]:
    """The ids of the tests: methods of classes `Test…`, functions `test…`. Raises SyntaxError, ValueError for none."""
    tree = boxscore.parse_source(tests)
    cases = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]
    found = [name for case in dict.fromkeys(cases) for name in boxscore.test_ids(tests, case)]
    functions = (node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    found += dict.fromkeys(node.name for node in functions if node.name.startswith("test"))
    if not found:
        raise ValueError("defines no test")
    return tuple(found)


def task(instance: Instance, files: tuple[tuple[str, bytes], ...]) -> UnittestTask:
    """Run its tests by pytest, standard input being a thousand lines with a 1, as the benchmark's program has it."""
    tests = f"import pytest\n{instance.row['testcases']}\n{instance.row.get('setup_code') or ''}"
    module = f"python_{instance.row['_id']}"
    reference = instance.reference or ""
    return boxscore.UnittestTask(
        tests=tests,
        entry_point=_entry_point(tests, reference),
        reference=program(reference, instance),
        required=required(tests),
        runner="pytest",
        module=module,
        setup=SETUP,
        files=((STDIN, b"1\n" * 1000), *files),
        environment=ENVIRONMENT,
        shown=(instance.prompt,),
        limits=LIMITS,
    )


def _entry_point(tests: str, reference: str) -> str:
    """What the tests use of the reference: the first name that both know; `main` where there is none."""
    try:
        defined = boxscore.defined_names(reference)
    except SyntaxError:
        defined = ()
    used = {node.id for node in ast.walk(boxscore.parse_source(tests)) if isinstance(node, ast.Name)}
    return next((name for name in sorted(defined) if name in used), "main")


def fenced(start: re.Pattern[str], end: re.Pattern[str], answer: str) -> tuple[list[str], str]:
    """What stands in each block, and the answer without the blocks."""
    blocks, rest, at = list[str](), list[str](), 0
    while (opened := start.search(answer, at)) is not None:
        closed = end.search(answer, opened.end())
        if closed is None:  # nor does anything end a later one
            break
        blocks.append(answer[opened.end() : closed.start()])
        rest.append(answer[at : opened.start()])
        at = closed.end()
    return blocks, "".join((*rest, answer[at:]))
