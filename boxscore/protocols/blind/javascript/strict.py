"""The names by which a file knows node's `assert` in its strict mode, where `equal` is what `strictEqual` is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_REQUIRED = re.compile(r"""require\(\s*['"](?:node:)?(assert(?:/strict)?)['"]\s*\)(\.strict)?""")
_BOUND = frozenset(["identifier", "shorthand_property_identifier_pattern"])


def strict_names(root: Node) -> frozenset[str]:
    """Find the names of the module as a whole, and of single functions of it."""
    found = set[str]()
    for node in walk(root):
        if node.type == "import_statement":
            found.update(_imported(node))
        elif node.type == "variable_declarator":
            found.update(_required(node))
    return frozenset(found)


def _imported(node: Node) -> Iterator[str]:
    module = text_of(field(node, "source"))[1:-1].removeprefix("node:")
    if module not in {"assert", "assert/strict"}:
        return
    for one in walk(node):
        name, alias = field(one, "name"), field(one, "alias")
        if one.type == "import_specifier" and (module == "assert/strict" or text_of(name) == "strict"):
            yield text_of(alias or name)
        elif one.type == "identifier" and module == "assert/strict" and _is_whole(one):
            yield text_of(one)


def _is_whole(name: Node) -> bool:
    return name.parent is not None and name.parent.type in {"import_clause", "namespace_import"}


def _required(node: Node) -> Iterator[str]:
    name, found = field(node, "name"), _REQUIRED.fullmatch(text_of(field(node, "value")))
    if name is None or found is None:
        return
    is_strict = found[1] == "assert/strict" or found[2] is not None
    if name.type == "identifier":
        yield from [text_of(name)] if is_strict else []
        return
    for one in name.named_children:
        key, value = field(one, "key"), field(one, "value")
        bound = text_of(value) if one.type == "pair_pattern" else text_of(one)
        if (one.type in _BOUND or one.type == "pair_pattern") and (is_strict or (text_of(key) or bound) == "strict"):
            yield bound
