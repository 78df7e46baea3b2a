"""What all readers of tree-sitter's trees need: walks without recursion, for sources may be hostile, and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, each before its children."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        pending.extend(reversed(one.children))


def text_of(node: Node | None) -> str:
    """Return the source of a node, "" for none."""
    return "" if node is None or node.text is None else node.text.decode(errors="replace")
