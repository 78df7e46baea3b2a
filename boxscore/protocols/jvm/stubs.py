"""Java sources whose methods do nothing, and members put into classes: what attacks and stubs are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.java_source import edited, parse_java, walk

if TYPE_CHECKING:
    from tree_sitter import Node

NOTHING = {
    "void_type": b"{ }",
    "boolean_type": b"{ return false; }",
    "integral_type": b"{ return 0; }",
    "floating_point_type": b"{ return 0; }",
}


def emptied(source: str) -> str:
    """A source whose methods give nothing; what is no Java is left as it is. Constructors do what they did."""
    data = source.encode()
    root = _root(data)
    if root is None:
        return source
    edits: dict[int, tuple[int, bytes]] = {}
    end = 0
    for node in walk(root):
        body = node.child_by_field_name("body")
        if node.type == "method_declaration" and body is not None and node.start_byte >= end:
            kind = node.child_by_field_name("type")
            array = node.child_by_field_name("dimensions") is not None
            edits[body.start_byte] = body.end_byte, _nothing(None if array else kind)
            end = node.end_byte
    return edited(data, edits).decode()


def _nothing(kind: Node | None) -> bytes:
    return NOTHING.get("" if kind is None else kind.type, b"{ return null; }")


def with_members(source: str, members: str) -> str:
    """A source whose outermost classes begin with further members; as it is where there is no class."""
    data = source.encode()
    root = _root(data)
    found = () if root is None else tuple(one for one in root.children if one.type == "class_declaration")
    bodies = (one.child_by_field_name("body") for one in found)
    places = [one.start_byte + 1 for one in bodies if one is not None]
    return edited(data, {at: (at, f"\n{members}\n".encode()) for at in places}).decode()


def _root(data: bytes) -> Node | None:
    try:
        root = parse_java(data)
    except ValueError:
        return None
    return None if root.has_error else root
