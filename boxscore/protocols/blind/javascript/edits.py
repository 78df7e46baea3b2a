"""Edits of a source that put text around nodes which may begin or end at the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.syntax_trees import edited

if TYPE_CHECKING:
    from tree_sitter import Node


class Edits:
    """Collects edits, those of outer nodes before those of inner ones."""

    def __init__(self) -> None:
        self._opening: list[tuple[int, int, str]] = []
        self._closing: list[tuple[int, int, str]] = []

    def insert(self, at: int, text: str) -> None:
        """Put a text in a place."""
        self._opening.append((at, at, text))

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text in the place of another."""
        self._opening.append((start, end, text))

    def wrap(self, start: int, end: int, before: str, after: str) -> None:
        """Put texts around what is between two places: within those of outer nodes."""
        self.insert(start, before)
        self._closing.append((end, end, after))

    def around(self, node: Node, before: str, after: str) -> None:
        """Put texts around a node."""
        self.wrap(node.start_byte, node.end_byte, before, after)

    def apply(self, source: bytes) -> str:
        """Return the edited source."""
        return edited(source, [*reversed(self._closing), *self._opening])
