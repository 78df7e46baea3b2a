"""The parser of p5.js's suite: mocha's numbered failures, after blocks of JSON and XML are taken out of the log."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.lines import indent_of, lines, without_escapes
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.patch.logs.lines import Found

TAG = re.compile(r"<(/?)(\w+)>")
NUMBER = re.compile(r"^[^\S\n]*\d+\)", re.MULTILINE)
TITLE_CHARACTERS = 1000


def p5js(log: str) -> Found:
    """Read failures: a number, then suites and title on lines each indented more, up to a colon, joined by colons."""
    text = _without_xml("\n".join(_without_json(without_escapes(log))))
    done = 0
    for start in NUMBER.finditer(text):
        colon = text.find(":", start.end(), start.end() + TITLE_CHARACTERS + 1) if start.start() >= done else -1
        if colon < 0:
            continue
        done = colon + 1
        titles = text[start.end() : colon].split("\n")
        indents = [0, *map(indent_of, titles)]
        if all(one < other for one, other in pairwise(indents)):
            yield ":".join(title.strip() for title in titles), Status.FAILED


def _without_json(log: str) -> Iterator[str]:
    in_object = in_list = False
    for line in lines(log):
        text = line.rstrip()
        if text.endswith("{"):
            in_object = True
        elif text.endswith("["):
            in_list = True
        elif text == "}" and in_object:
            in_object = False
        elif text == "]" and in_list:
            in_list = False
        elif not (in_object or in_list or text[:1] + text[-1:] in ("{}", "[]")):
            yield line


def _without_xml(text: str) -> str:
    """Remove each element, from its tag to the end tag that balances it, or to the last there is."""
    tags: dict[str, list[tuple[int, int, int]]] = {}
    for found in TAG.finditer(text):
        tags.setdefault(found[2], []).append((found.start(), found.end(), -1 if found[1] else 1))
    kept, done = [], 0
    places = dict.fromkeys(tags, 0)
    for found in TAG.finditer(text):
        if found[1] or found.start() < done:
            continue
        end, left, places[found[2]] = _element(tags[found[2]], places[found[2]], found.start())
        if end:
            kept += [text[done : found.start()], f"<{found[2]}>" * left]
            done = end
    return "".join([*kept, text[done:]])


def _element(tags: list[tuple[int, int, int]], place: int, start: int) -> tuple[int, int, int]:
    """Find where the element that starts at `start` ends, how many inner ones stay open, and the next tag's place.

    The end is 0 if there is no end tag behind it. Each tag is looked at once, over all calls for one name.
    """
    while place < len(tags) and tags[place][0] < start:
        place += 1
    depth, end, left, after = 0, 0, 0, place
    while after < len(tags):
        _, stop, step = tags[after]
        depth += step
        after += 1
        if step < 0:
            end, left = stop, depth
        if depth <= 0:
            break
    return end, left, after
