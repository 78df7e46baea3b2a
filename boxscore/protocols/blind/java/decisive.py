"""Whether a comparison of Java that does not hold surely fails its test, and is not tried again or caught."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.java_source import annotations_of
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

_AGAIN = re.compile(
    "flaky|retry|retries|rerun|repeatif|poll|eventually|until|attempt|await|assertthrows|catchthrowable|thrownby",
    re.IGNORECASE,
)
_CATCHING = re.compile(r"\b(?:Throwable|Error|AssertionError|AssertionFailedError|ComparisonFailure)\b")
_LOOPS = frozenset(("while_statement", "do_statement"))


def is_decisive(call: Node, forgiven: Collection[str] = ()) -> bool:
    """Whether an error at a call fails its test; those in methods of the names `forgiven` may not."""
    around = (call, *ancestors(call))
    if any(_forgives(outer, inner) for inner, outer in pairwise(around)):
        return False
    return not any(text_of(field(one, "name")) in forgiven for one in around if one.type == "method_declaration")


def forgiven_methods(root: Node) -> frozenset[str]:
    """Names of the methods of a file that are called where an error does not fail a test, or by one that is."""
    own = {text_of(field(one, "name")) for one in walk(root) if one.type == "method_declaration"}
    callers: dict[str, set[str]] = {}
    forgiven = set[str]()
    for node in walk(root):
        name = _called(node)
        if name not in own:
            continue
        if not is_decisive(node):
            forgiven.add(name)
        around = (one for one in ancestors(node) if one.type == "method_declaration")
        callers.setdefault(name, set()).update(text_of(field(one, "name")) for one in around)
    found = forgiven
    while found:
        found = {name for name, by in callers.items() if by & forgiven} - forgiven
        forgiven |= found
    return frozenset(forgiven)


def _called(node: Node) -> str:
    """The name of the method that a node calls, or hands on; "" where it does neither."""
    if node.type == "method_reference":
        return text_of(node.children[-1])
    return text_of(field(node, "name")) if node.type == "method_invocation" else ""


def _forgives(outer: Node, inner: Node) -> bool:
    """Whether an error in a part of a node does not leave the node, or is none that fails a test."""
    if outer.type in _LOOPS:
        return True
    if outer.type in {"try_statement", "try_with_resources_statement"}:
        return inner == outer.child_by_field_name("body") and any(map(_catches, outer.children))
    if outer.type == "method_declaration":
        return any(_AGAIN.search(name) or "AssertionError" in text_of(one) for name, one in annotations_of(outer))
    if outer.type == "method_invocation" and inner == outer.child_by_field_name("arguments"):
        return _AGAIN.search(text_of(outer.child_by_field_name("name"))) is not None
    return False


def _catches(clause: Node) -> bool:
    """Whether a part of a `try` catches what assertions throw."""
    if clause.type != "catch_clause":
        return False
    caught = next((one for one in clause.children if one.type == "catch_formal_parameter"), None)
    return _CATCHING.search(text_of(caught)) is not None
