"""A strict reader of XML that a candidate may have written: bounded, and without document types or entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from boxscore.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

XML_BYTES = 64 << 20

XML_DEPTH = 200

XML_ELEMENTS = 2_000_000


class _Reading:
    """What is open at a place in the document."""

    def __init__(self, opened: Callable[[str, dict[str, str]], None], closed: Callable[[str], None]) -> None:
        self._opened, self._closed = opened, closed
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > XML_DEPTH or self._elements > XML_ELEMENTS:
            raise ProtocolError(f"an XML document has more than {XML_DEPTH} levels or {XML_ELEMENTS} elements")
        self._opened(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._closed(tag)

    def refuse(self, *declaration: object) -> NoReturn:
        raise ProtocolError(f"an XML document declares a document type or an entity: {str(declaration[0])[:100]!r}")


def read_xml(
    data: bytes,
    *,
    opened: Callable[[str, dict[str, str]], None],
    closed: Callable[[str], None],
    text: Callable[[str], None] | None = None,
    namespaces: bool = False,
) -> None:
    """Read a UTF-8 document: `opened(tag, attributes)` at each element, `closed(tag)` at its end, `text` between tags.

    With `namespaces` a tag that has one is `namespace}name`; else it is as it is written. Raises
    ProtocolError for what is not well-formed, has a document type (so there are no entities but XML's own), or is
    beyond XML_BYTES, XML_DEPTH or XML_ELEMENTS.
    """
    if len(data) > XML_BYTES:
        raise ProtocolError(f"an XML document has {len(data)} bytes, more than {XML_BYTES}")
    reading = _Reading(opened, closed)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}" if namespaces else None)
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.EntityDeclHandler = reading.refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position: this is the whole document
    except expat.ExpatError as error:
        raise ProtocolError(f"an XML document is broken: {error}") from error
