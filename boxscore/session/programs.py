"""What callers bring by themselves: which tests are read in a moment, and a task of one run of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.checks import check_text, shown
from boxscore.data.rows import is_text
from boxscore.errors import UsageError
from boxscore.protocols.program.task import Case, ProgramTask
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT_TESTS, SHORT_CHARS = 100, 4_000


def is_short(tests: object) -> bool:
    """Whether tests are read in a moment: a text, or a list of texts, of few characters."""
    texts = tests if isinstance(tests, list | tuple) else [tests]
    if len(texts) > SHORT_TESTS or not all(isinstance(one, str) for one in texts):
        return False
    return sum(map(len, texts)) < SHORT_CHARS


def run_task(  # noqa: PLR0913 - options, by keyword
    *,
    language: str,
    stdin: str,
    files: Mapping[str, str] | None,
    arguments: Iterable[str],
    limits: Limits | None,
    compile_limits: Limits | None,
) -> ProgramTask:
    """Make a task of one run of a program with nothing to compare. Raises UsageError."""
    check_text("run_code", "language", language)
    check_text("run_code", "stdin", stdin)
    if files is not None and not isinstance(files, Mapping):
        raise UsageError(f"run_code: files must map names to texts, not {shown(files)}")
    pairs = tuple(sorted((files or {}).items()))
    words = tuple(arguments)
    if isinstance(arguments, str) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"run_code: arguments must be strings, not {shown(arguments)}")
    for name, text in pairs:
        check_text("run_code", "the name of a file", name)
        check_text("run_code", f"file {name!r}", text)
    if not is_text("".join((stdin, *words, *(part for pair in pairs for part in pair)))):
        raise UsageError("run_code: a text contains a lone surrogate")
    for name, value in (("limits", limits), ("compile_limits", compile_limits)):
        if value is not None and not isinstance(value, Limits):
            raise UsageError(f"run_code: {name} must be Limits, not {shown(value)}")
    task = ProgramTask(cases=(Case(stdin=stdin),), language=language, files=pairs, arguments=words)
    if limits is not None:
        task = replace(task, limits=limits)
    return task if compile_limits is None else replace(task, compile_limits=compile_limits)
