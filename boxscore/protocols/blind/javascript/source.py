"""Test files of JavaScript and TypeScript as trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.syntax_trees import field

if TYPE_CHECKING:
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


def arguments_of(call: Node) -> list[Node]:
    """Give what is between the parentheses of a call; nothing for a call with a template."""
    given = field(call, "arguments")
    if given is None or given.type != "arguments":
        return []
    return [one for one in given.named_children if one.type != "comment"]
