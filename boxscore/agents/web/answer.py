"""The files in an answer, as Web-Agent reads them: each fenced block is a file, and a line of it may be its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.agents.web.script import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = "```"
NO_NAME = "Cannot read properties of undefined (reading 'startsWith')"  # what models are told there
_LANGUAGES = """
    javascript js typescript ts python py java cpp c++ csharp c# php ruby rb go rust swift kotlin scala
    html css scss sass less jsx tsx vue svelte xml json yaml yml stylus styl pug ejs
    bash shell powershell batch sql markdown md tex latex diff ini toml dockerfile text plaintext console none
"""
_IS_LANGUAGE = frozenset(_LANGUAGES.split()).__contains__
_NAME = re.compile(rf"[\[\]A-Za-z0-9_,{SPACE}-]*(?:\.[A-Za-z]+)+")
_LINE_ENDS = re.compile(r"[\n\r\u2028\u2029]")


class UnreadableAnswer(ValueError):  # noqa: N818 - what happened says it best
    """An answer cannot be used; the error says why, in words for the model."""


def read_files(answer: str) -> dict[str, str]:
    """The files in an answer by name, "" for a block without one; of equal names the last counts.

    Raises UnreadableAnswer.
    """
    files: dict[str, str] = {}
    for block in _blocks(answer):
        name, content = _named(block)
        files[name] = content
    return files


def _blocks(answer: str) -> Iterator[str]:
    """Yield what is between fences, in time linear in the answer."""
    begin = answer.find(FENCE)
    while begin >= 0:
        end = answer.find(FENCE, begin + len(FENCE) + 1)  # an empty block is none
        if end < 0:
            return
        yield answer[begin + len(FENCE) : end]
        begin = answer.find(FENCE, end + len(FENCE))


def _named(block: str) -> tuple[str, str]:
    """The name of a block, in its first line or its last, and the other lines."""
    lines = block.strip("\n\r").split("\n")
    if _IS_LANGUAGE(lines[0]):
        lines = lines[1:]
    if not lines:
        raise UnreadableAnswer(NO_NAME)
    name = ""
    if _is_file_name(lines[0].removeprefix("/")):
        name, *lines = lines
    elif _is_file_name(lines[-1]):
        *lines, name = lines
    return name.removeprefix("/"), "\n".join(lines)


def _is_file_name(line: str) -> bool:
    if _NAME.fullmatch(line):
        return True
    folder, slash, name = line.rpartition("/")
    if slash and (not folder or _LINE_ENDS.search(folder)):
        return False
    return _NAME.fullmatch(name) is not None
