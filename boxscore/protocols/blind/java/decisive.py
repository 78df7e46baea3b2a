"""Whether a comparison of Java that does not hold surely fails its test, and is not tried again or caught."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.java_source import annotations_of
from boxscore.protocols.syntax_trees import ancestors, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_AGAIN = re.compile(
    "flaky|retry|retries|rerun|repeatif|poll|eventually|until|attempt|await|assertthrows|catchthrowable|thrownby",
    re.IGNORECASE,
)
_CATCHING = re.compile(r"\b(?:Throwable|Error|AssertionError|AssertionFailedError|ComparisonFailure)\b")
_LOOPS = frozenset(("while_statement", "do_statement"))


def is_decisive(call: Node) -> bool:
    """Whether an error at a call fails its test."""
    around = (call, *ancestors(call))
    return not any(_forgives(outer, inner) for inner, outer in pairwise(around))


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
