"""The text of a pom, changed where it must be and nowhere else: elements are found by their place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES, MOST_ELEMENTS = 4 << 20, 100_000


class Element:
    """An element of a pom: its name without namespace, and the bytes that it and its content take."""

    def __init__(self, name: str, start: int, inner: int, *, empty: bool) -> None:
        self.name, self.start, self.inner, self.empty = name, start, inner, empty
        self.inner_end = self.end = inner
        self.children: list[Element] = []

    def child(self, name: str) -> Element | None:
        """The first element of a name that is directly in this one."""
        return next((one for one in self.children if one.name == name), None)

    def walk(self) -> Iterator[Element]:
        """This element and all that are in it, in the order of the text."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += reversed(one.children)


class PomText:
    """The text of a pom, and the changes that are to be made to it; `root` is its `project`."""

    def __init__(self, data: bytes) -> None:
        """Read a pom. Raises ValueError for what is none, has a document type, or is too much."""
        self.data, self.root = data, _parsed(data)
        self._edits: list[tuple[int, int, bytes]] = []

    def text(self, element: Element | None) -> str:
        """What is in an element, without blanks around it; "" if that is elements, or there is none."""
        if element is None or element.children:
            return ""
        return self.data[element.inner : element.inner_end].decode(errors="replace").strip()

    def set_text(self, element: Element, text: str) -> None:
        """Put a text in the place of what is in an element."""
        new = f"<{element.name}>{text}</{element.name}>" if element.empty else text
        where = (element.start, element.end) if element.empty else (element.inner, element.inner_end)
        if self.text(element) != text:
            self._edits.append((*where, new.encode()))

    def add(self, parent: Element, text: str) -> None:
        """Put text behind all that an element has."""
        if parent.empty:
            tag = self.data[parent.start : parent.end].rstrip(b"/>").rstrip()
            self._edits.append((parent.start, parent.end, tag + f">{text}</{parent.name}>".encode()))
        else:
            self._edits.append((parent.inner_end, parent.inner_end, text.encode()))

    def done(self) -> bytes:
        """The pom with all changes made."""
        data = self.data
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2], reverse=True):
            data = data[:start] + new + data[end:]
        return data


def _parsed(data: bytes) -> Element:
    """The elements of a pom. Raises ValueError for what is none, has a document type, or is too much."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has {len(data)} bytes")
    if b"\0" in data:
        raise ValueError("it is in an encoding that does not hold ASCII")
    parser = expat.ParserCreate()
    root = Element("", 0, 0, empty=False)
    open_elements, count = [root], 0

    def begin(name: str, _: object) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise ValueError("it has too many elements")
        start = parser.CurrentByteIndex
        inner = _tag_end(data, start)
        element = Element(name.rpartition(":")[2], start, inner, empty=data[inner - 2 : inner] == b"/>")
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        element = open_elements.pop()
        if not element.empty:
            element.inner_end = parser.CurrentByteIndex
            element.end = _tag_end(data, element.inner_end)

    def refuse(*_: object) -> None:
        raise ValueError("it has a document type")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - its signature
    except expat.ExpatError as error:
        raise ValueError(f"it is not XML: {error}") from error
    if not root.children or root.children[0].name != "project":
        raise ValueError("it is no pom")
    return root.children[0]


def _tag_end(data: bytes, start: int) -> int:
    """Where a tag that begins at `start` ends: `>` may stand in the value of an attribute."""
    quote = 0
    for place in range(start, len(data)):
        byte = data[place]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return place + 1
    raise ValueError("a tag does not end")
