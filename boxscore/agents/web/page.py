"""Whether an HTML file is a whole page: the rule by which Web-Bench refuses an answer that gives a part of one.

A page is whole if `html` or `body` is among its outermost elements. The rule is read with all peculiarities of the
parser there, node-html-parser 6.1.13 (case counts, elements that nobody closes fall apart), in time linear in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.web.script import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRAME = "documentfragmentcontainer"
_WANTED = ("html", "body")
_NAME = re.compile(r"[a-zA-Z][-.:0-9_a-zA-Z]*")
_MARK = re.compile(rf"[>/{SPACE}'\"]")
_BLANK = re.compile(rf"[{SPACE}]*")
_EMPTY = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_EMPTY.split())
_TEXT = frozenset({"script", "noscript", "style", "pre"})
_HEADS = {f"h{level}": frozenset({f"h{level}"}) for level in range(1, 7)}
_ENDED_BY_OPENING = {
    "li": frozenset({"li"}),
    "p": frozenset({"p", "div"}),
    "b": frozenset({"div"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    **_HEADS,
}
_ENDED_BY_CLOSING = {
    "li": frozenset({"ul", "ol"}),
    **dict.fromkeys(("a", "b", "i", "p"), frozenset({"div"})),
    **dict.fromkeys(("td", "th"), frozenset({"tr", "table"})),
}


class _Tag(Struct, frozen=True, kw_only=True):
    name: str
    end: int
    opens: bool
    closes: bool


class _Element(Struct):
    """An element that is open. `wanted` counts those of its children that a page must have outermost."""

    name: str
    wanted: int = 0


def is_whole_page(text: str) -> bool:
    """Whether a text is a whole page."""
    root = _Element("")
    stack = [root]
    for tag in _tags(f"<{_FRAME}>{text}</{_FRAME}>"):
        if tag.opens:
            _open(stack, tag)
        if tag.closes or _plain(tag.name) in _VOID:
            _close(stack, tag.name)
    _fall_apart(stack)
    return root.wanted > 0


def _open(stack: list[_Element], tag: _Tag) -> None:
    if not tag.closes and _plain(tag.name) in _ENDED_BY_OPENING.get(_plain(stack[-1].name), ()):
        stack.pop()
    stack[-1].wanted += tag.name in _WANTED
    stack.append(_Element(tag.name))


def _close(stack: list[_Element], name: str) -> None:
    while stack[-1].name != name:
        if _plain(name) not in _ENDED_BY_CLOSING.get(stack[-1].name.lower(), ()):
            return
        stack.pop()
    stack.pop()


def _fall_apart(stack: list[_Element]) -> None:
    """Take elements that nobody closed out of those around them, which get what was in them."""
    while len(stack) > 2:  # noqa: PLR2004 - the root, and an outermost element, which stays
        last, before = stack.pop(), stack[-1]
        before.wanted -= last.name in _WANTED
        if last.name.upper() == before.name.upper():
            stack[-2].wanted += last.wanted
            stack.pop()
        else:
            before.wanted += last.wanted


def _plain(name: str) -> str:
    """A name in lower case; one of mixed case is none that the parser knows."""
    return name.lower() if name in (name.lower(), name.upper()) else ""


def _tags(data: str) -> Iterator[_Tag]:
    """All tags outside of comments and of elements that hold plain text."""
    last = data.rfind(">")
    comments = True
    place = data.find("<")
    while place >= 0:
        if comments and data.startswith("<!--", place):
            end = data.find("-->", place + 4)
            comments = end >= 0
            place = data.find("<", end + 3 if comments else place + 1)
            continue
        tag = _tag(data, place, last)
        if tag is None:
            place = data.find("<", place + 1)
            continue
        place = tag.end
        if tag.name != _FRAME:
            if tag.opens and tag.name.lower() in _TEXT:
                closing = f"</{tag.name}>"
                end = data.find(closing, place)
                yield _Tag(name=tag.name, end=place, opens=True, closes=end >= 0 or tag.closes)
                if end < 0:
                    return
                place = end + len(closing)
            else:
                yield tag
        place = data.find("<", place)


def _tag(data: str, place: int, last: int) -> _Tag | None:
    """The tag that begins at a place, if one does; `last` is where the last `>` of all is."""
    slash = data.startswith("/", place + 1)
    name = _NAME.match(data, place + 1 + slash)
    if name is None:
        return None
    end = _end(data, name.end(), last)
    if end is None:
        return None
    return _Tag(name=name[0], end=end[0], opens=not slash, closes=slash or end[1])


def _end(data: str, place: int, last: int) -> tuple[int, bool] | None:
    """Where a tag ends whose name ends at a place, and whether it closes itself."""
    at = _closed_at(data, place)
    if at is not None or data[place] not in SPACE:
        return at
    while place <= last:
        mark = _MARK.search(data, place)
        if mark is None:
            return None
        place = mark.start()
        quote = data.find(mark[0], place + 1) if mark[0] in "'\"" else -1
        if quote >= 0:
            after = _BLANK.match(data, quote + 1)
            spaced = after.end() if after else quote + 1
            if spaced > quote + 1 and spaced <= last:
                place = spaced
                continue
            at = _closed_at(data, quote + 1)
        else:
            at = _closed_at(data, place)
        if at is not None:
            return at
        place += 1
    return None


def _closed_at(data: str, place: int) -> tuple[int, bool] | None:
    if data.startswith(">", place):
        return place + 1, False
    return (place + 2, True) if data.startswith("/>", place) else None
