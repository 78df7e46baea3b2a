"""The types and test methods of a Java source as MigrationBench's own parser lists them, which knows Java 8 alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.java_source import TYPES, annotations_of, walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

NEWER = frozenset(
    (
        *("record_declaration", "record_pattern", "type_pattern", "guard", "permits", "receiver_parameter"),
        *("switch_rule", "yield_statement", "module_declaration", "multiline_string_fragment", "annotated_type"),
    )
)
"""What the parser breaks on: most of it is newer than Java 8."""

NEWER_WORDS = frozenset(("sealed", "non-sealed"))

ANNOTATED = frozenset(
    (
        "modifiers",
        "package_declaration",
        "annotation_argument_list",
        "element_value_pair",
        "element_value_array_initializer",
    )
)
"""Where the parser knows annotations; it does not know those of types."""

ANNOTATIONS = frozenset(("annotation", "marker_annotation"))


def listed_tests(root: Node) -> tuple[tuple[str, str], ...] | None:
    """Give (kind, name) of each type and each method of a source annotated with a plain `@Test`, in their order.

    None for a source that the parser cannot read.
    """
    if root.has_error:
        return None
    found: list[tuple[str, str]] = []
    for node in walk(root):
        if not _is_known(node):
            return None
        if node.type in TYPES:
            found.append((TYPES[node.type], text_of(node.child_by_field_name("name"))))
        elif node.type == "method_declaration" and any(name == "Test" for name, _ in annotations_of(node)):
            found.append(("method", text_of(node.child_by_field_name("name"))))
    return tuple(found)


def _is_known(node: Node) -> bool:
    """Whether the parser can read it, its children aside."""
    if node.type in NEWER or (not node.is_named and node.type in NEWER_WORDS):
        return False
    if node.type in KNOWN:
        return KNOWN[node.type](node)
    return node.type in ANNOTATED or not ANNOTATIONS.intersection(child.type for child in node.named_children)


KNOWN: dict[str, Callable[[Node], bool]] = {
    "string_literal": lambda node: not text_of(node).startswith('"""'),
    "instanceof_expression": lambda node: not any(node.child_by_field_name(name) for name in ("name", "pattern")),
    "method_reference": lambda node: node.named_children[0].type not in ("array_type", "generic_type"),
    "cast_expression": lambda node: len(node.children_by_field_name("type")) == 1,
    "resource": lambda node: node.child_by_field_name("type") is not None,
    "switch_label": lambda node: node.named_child_count <= 1,
}
"""What older Java has too, and when the parser can read it."""
