"""What all readers of tree-sitter's trees need: walks without recursion, for sources may be hostile, and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tree_sitter import Node


def walk(node: Node, without: Collection[str] = ()) -> Iterator[Node]:
    """Yield a node and all below it, each before its children; of nodes of the types `without` nothing below them."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if one is node or one.type not in without:
            pending.extend(reversed(one.children))


def field(node: Node | None, name: str) -> Node | None:
    """Return the child that the grammar calls by a name; None where there is none, or no node."""
    return None if node is None else node.child_by_field_name(name)


def text_of(node: Node | None) -> str:
    """Return the source of a node, "" for none."""
    return "" if node is None or node.text is None else node.text.decode(errors="replace")


def edited(source: bytes, edits: Collection[tuple[int, int, str]]) -> str:
    """Replace parts of a source, each given by the bytes it spans; edits of one place stay in their order."""
    pieces, at = list[bytes](), 0
    for start, end, text in sorted(edits, key=lambda one: (one[0], one[1])):
        pieces += [source[at:start], text.encode()]
        at = max(at, end)
    return b"".join((*pieces, source[at:])).decode()
