"""Java sources as trees: hostile text in, bounded in size, and walked without recursion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

SOURCE_BYTES = 1 << 20
"""More than people write; what is longer is left unread."""

Kind = Literal["class", "interface", "enum", "annotation", "record"]

TYPES: dict[str, Kind] = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "annotation_type_declaration": "annotation",
    "record_declaration": "record",
}
"""The declarations of types, and what each is."""

COMMENTS = frozenset(("line_comment", "block_comment"))

WHOLE = frozenset(("string_literal", "character_literal"))
"""Nodes that are one token, whatever parts the parser gives them."""


def parse_java(source: bytes) -> Node:
    """Give the root of a source's tree; parts that are no Java are marked as errors in it.

    Raises ValueError for a source over SOURCE_BYTES.
    """
    import tree_sitter_java  # noqa: PLC0415 - for Java only
    from tree_sitter import Language, Parser  # noqa: PLC0415 - for Java only

    if len(source) > SOURCE_BYTES:
        raise ValueError(f"it has {len(source)} bytes, more than {SOURCE_BYTES}")
    return Parser(Language(tree_sitter_java.language())).parse(source).root_node


def package_of(root: Node) -> str:
    """The package of a file with a point behind it, "" for none."""
    declared = next((one for one in root.children if one.type == "package_declaration"), None)
    return "" if declared is None else f"{text_of(declared.named_children[-1])}."


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it but comments, each before its children; tokens that are one are not taken apart."""
    pending = [node]
    while pending:
        one = pending.pop()
        if one.type in COMMENTS:
            continue
        yield one
        if one.type not in WHOLE:
            pending.extend(reversed(one.children))


def tokens(node: Node) -> tuple[str, ...]:
    """Give the tokens of a node in their order, without comments."""
    return tuple(text_of(one) for one in walk(node) if one.type in WHOLE or not one.child_count)


def annotations_of(declaration: Node) -> tuple[tuple[str, Node], ...]:
    """Give the annotations of a declaration: the name of each as it is written, and its node."""
    found = next((child for child in declaration.children if child.type == "modifiers"), None)
    kinds = ("annotation", "marker_annotation")
    inside = () if found is None else tuple(child for child in found.children if child.type in kinds)
    return tuple(("".join(text_of(one.child_by_field_name("name")).split()), one) for one in inside)


def edited(source: bytes, edits: dict[int, tuple[int, bytes]]) -> bytes:
    """Put other text in the place of some, given by where it begins, ends, and what it becomes."""
    pieces, at = list[bytes](), 0
    for start, (end, text) in sorted(edits.items()):
        pieces += [source[at:start], text]
        at = end
    return b"".join((*pieces, source[at:]))
