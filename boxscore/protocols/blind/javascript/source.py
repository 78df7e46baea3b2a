"""Test files of JavaScript and TypeScript as trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.canaries.text import CannotRewriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

ENDS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
PLAIN_TYPESCRIPT = (".ts", ".mts", ".cts")  # in which `<T>value` is a cast, and no element
SOURCE_BYTES = 4 << 20
FUNCTIONS = frozenset(
    [
        *("arrow_function", "function_expression", "function_declaration", "method_definition"),
        *("generator_function", "generator_function_declaration"),
    ]
)
SCOPES = frozenset(["program", "statement_block", "class_body", "switch_body", *FUNCTIONS])


def parse(path: str, source: bytes) -> Node:
    """Give the root of a file's tree. Raises CannotRewriteError for what is not JavaScript, or too long."""
    import tree_sitter_typescript as typescript  # noqa: PLC0415 - for JavaScript only
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    if len(source) > SOURCE_BYTES:
        raise CannotRewriteError("is too long")
    grammar = typescript.language_typescript if path.endswith(PLAIN_TYPESCRIPT) else typescript.language_tsx
    root = Parser(Language(grammar())).parse(source).root_node
    if root.has_error:
        raise CannotRewriteError("is no JavaScript that can be read")
    return root


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it, each before its children, in their order."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        pending.extend(reversed(one.children))


def text_of(node: Node | None) -> str:
    """Give what a node is written as, "" for none."""
    return "" if node is None or node.text is None else node.text.decode(errors="replace")


def field(node: Node | None, name: str) -> Node | None:
    """Give the part of a node that has a name in the grammar."""
    return None if node is None else node.child_by_field_name(name)


def arguments_of(call: Node) -> list[Node]:
    """Give what is between the parentheses of a call; nothing for a call with a template."""
    given = field(call, "arguments")
    if given is None or given.type != "arguments":
        return []
    return [one for one in given.named_children if one.type != "comment"]


def ancestors(node: Node) -> Iterator[Node]:
    """Give what a node stands in, from the inside out."""
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def is_within(node: Node, scope: Node) -> bool:
    """Whether a node is a part of another, or is it."""
    return scope.start_byte <= node.start_byte and node.end_byte <= scope.end_byte


def edited(source: bytes, edits: list[tuple[int, int, str]]) -> str:
    """Replace parts of a source, each given by its start and end; edits of one place stay in their order."""
    pieces, at = list[bytes](), 0
    for start, end, text in sorted(edits, key=lambda one: (one[0], one[1])):
        pieces += [source[at:start], text.encode()]
        at = max(at, end)
    return b"".join((*pieces, source[at:])).decode()
