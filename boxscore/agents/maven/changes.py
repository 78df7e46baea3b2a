"""What a model wants changed, in SD-Feedback's grammar, and how a file is changed by it.

    [Change Start PATH]
    [Find Start] … [Find End]
    [Replace Start] … [Replace End]
    [Change End PATH]

What is to be found may differ from the file in blanks at the beginning and the end of lines, and in empty lines.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_CHANGES = 500  # of an answer
_MARK = re.compile(r"\[Change (Start|End) ([^\]\n]{1,4096})\]")
_NOTHING = 10  # characters: what is quoted of the grammar itself has no more between its marks


class Change(Struct, frozen=True):
    """A text to be found in a file, and what is to stand there instead."""

    find: str
    replacement: str


class Answer(Struct, frozen=True, kw_only=True):
    """The changes of an answer by the path that it gave, and what is wrong with it, in words for the model."""

    changes: Mapping[str, Sequence[Change]]
    problems: tuple[str, ...] = ()


def read_answer(text: str) -> Answer:
    """Read all changes of an answer; in one with a problem there may be others that could be made."""
    changes: dict[str, list[Change]] = {}
    problems: list[str] = []
    for begun, body, ended in islice(_files(text), MOST_CHANGES):
        if begun != ended:
            if len(body) > _NOTHING:
                problems.append(f"A change of `{begun}` ends as one of `{ended}`.")
            continue
        found, problem = _changes(begun, body)
        changes.setdefault(begun, []).extend(found)
        problems += [problem] if problem else []
    if not changes and not problems:
        problems.append("Unable to get any file to change, please double check the formats for filenames.")
    return Answer(changes={path: tuple(dict.fromkeys(found)) for path, found in changes.items()}, problems=(*problems,))


def _files(text: str) -> Iterator[tuple[str, str, str]]:
    """The path that a change begins with, what is in it, and the path it ends with; in time linear in the text."""
    begun: re.Match[str] | None = None
    for mark in _MARK.finditer(text):
        if begun is None and mark[1] == "Start":
            begun = mark
        elif begun is not None and mark[1] == "End":
            yield begun[2].strip(), text[begun.end() : mark.start()], mark[2].strip()
            begun = None


def _blocks(body: str, name: str) -> list[str]:
    """What stands between the marks of a name."""
    begin, end = f"[{name} Start]", f"[{name} End]"
    found: list[str] = []
    place = body.find(begin)
    while place >= 0:
        closed = body.find(end, place)
        if closed < 0:
            break
        found.append(body[place + len(begin) : closed])
        place = body.find(begin, closed)
    return found


def _changes(path: str, body: str) -> tuple[list[Change], str]:
    finds, replacements = _blocks(body, "Find"), _blocks(body, "Replace")
    if len(finds) != len(replacements):
        count = f"{len(finds)} != {len(replacements)}"
        return [], f"Number of find vs replace blocks are not the same for `{path}`: {count}."
    if not finds:
        return [], f"There is no find and no replace block for `{path}`." if len(body) > _NOTHING else ""
    pairs = [Change(find.strip(), new.strip()) for find, new in zip(finds, replacements, strict=True)]
    useful = [pair for pair in pairs if pair.find != pair.replacement]
    same = next((pair.find for pair in pairs if pair.find == pair.replacement), None)
    problem = "" if same is None else f"Find and replace blocks are the same:\n[Find Start]\n{same}\n[Find End]"
    return useful[:MOST_CHANGES], problem


def changed(content: str, changes: Sequence[Change]) -> str | None:
    """Make changes one after the other, each wherever its text is found; None where none of them is to be found."""
    found = False
    for change in changes:
        lines = [re.escape(line) for line in (line.strip() for line in change.find.splitlines()) if line]
        if not lines:
            continue
        content, count = re.subn(r"\s*".join(lines), lambda _, new=change.replacement: new, content)  # type: ignore[misc]
        found = found or count > 0
    return content if found else None
