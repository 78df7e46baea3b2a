"""The types and test methods of a Java source as MigrationBench's own parser lists them, which knows Java 8 alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.migration.java_source import TYPES, annotations_of, parse_java, text_of, walk

if TYPE_CHECKING:
    from tree_sitter import Node

NEWER = frozenset(
    (
        *("record_declaration", "record_pattern", "type_pattern", "guard", "permits"),
        *("switch_rule", "yield_statement", "module_declaration", "multiline_string_fragment"),
    )
)
"""What Java 8 does not have and the parser breaks on."""

NEWER_WORDS = frozenset(("sealed", "non-sealed"))


def listed_tests(source: bytes) -> tuple[tuple[str, str], ...] | None:
    """Give (kind, name) of each type and each method annotated with a plain `@Test`, in their order.

    None for a source that the parser cannot read.
    """
    try:
        root = parse_java(source)
    except ValueError:
        return None
    if root.has_error or not source.strip():
        return None if root.has_error else ()
    found = []
    for node in walk(root):
        if node.type in NEWER or (not node.is_named and node.type in NEWER_WORDS) or _is_pattern(node):
            return None
        if node.type in TYPES:
            found.append((TYPES[node.type], text_of(node.child_by_field_name("name"))))
        elif node.type == "method_declaration" and any(name == "Test" for name, _ in annotations_of(node)):
            found.append(("method", text_of(node.child_by_field_name("name"))))
    return tuple(found)


def _is_pattern(node: Node) -> bool:
    """Whether it is an `instanceof` that binds a name, or a text block."""
    if node.type == "instanceof_expression":
        return node.child_by_field_name("name") is not None or node.child_by_field_name("pattern") is not None
    return node.type == "string_literal" and text_of(node).startswith('"""')
