"""How often code of a test of Java may end in an error of the code under test, and who sees that error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.java_source import TYPES, walk
from boxscore.protocols.syntax_trees import ancestors, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

CALLS = frozenset(("method_invocation", "object_creation_expression"))
FAILING = frozenset(("fail", "failBecauseExceptionWasNotThrown", "shouldHaveThrown"))
_FUNCTIONS = frozenset(("lambda_expression", "method_reference", "object_creation_expression"))
# Calls that take an error and return it.
_TAKING = re.compile(r"(?:assert|expect)Throws\w*|catch\w*(?:Throwable|Exception|Error)\w*|intercept\w*")
_OF_CALLS = frozenset(("field_access", "array_access"))
_SELF = frozenset(("", "this", "super"))


class Steps:
    """Counts steps of code: calls, what a value of a call is asked for, and rounds of loops over what is given.

    A method of the file makes more than one, and so does what a method of it is given to call.
    """

    def __init__(self, root: Node) -> None:
        named = [one.child_by_field_name("name") for one in walk(root) if one.type == "method_declaration"]
        self._own = frozenset(map(text_of, named))
        self._classes = _SELF | {text_of(one.child_by_field_name("name")) for one in walk(root) if one.type in TYPES}

    def count(self, code: Node) -> int:
        """How many steps there are in some code."""
        return sum(map(self._steps, walk(code)))

    def are_several(self, taking: Node) -> bool:
        """Whether the error that a call takes may come from any of several steps, or nobody knows from where."""
        given = taking.child_by_field_name("arguments")
        handed = [] if given is None else [one.child_by_field_name("value") or one for one in given.named_children]
        is_known = any(one.type in _FUNCTIONS for one in handed)
        return given is None or not is_known or self.count(given) > 1

    def taken(self, root: Node) -> Iterator[Node]:
        """Calls that take an error, which may be that of another step, and give it to something else."""
        for one in walk(root):
            if one.type != "method_invocation" or _TAKING.fullmatch(text_of(one.child_by_field_name("name"))) is None:
                continue
            if one.parent is not None and one.parent.type != "expression_statement":
                yield from [one] if self.are_several(one) else []

    def is_one_before_failure(self, tried: Node | None) -> bool:
        """Whether a `try` makes one step, and fails if that is no error."""
        calls = [] if tried is None else [one for one in walk(tried) if one.type in CALLS]
        fails = any(text_of(one.child_by_field_name("name")) in FAILING for one in calls)
        return fails and tried is not None and self.count(tried) <= 2  # noqa: PLR2004 - it and the failure

    def _steps(self, node: Node) -> int:
        if node.type == "enhanced_for_statement":
            return 1
        if node.type in _OF_CALLS:
            owner = node.child_by_field_name("object") or node.child_by_field_name("array")
            return int(owner is not None and owner.type in CALLS)
        if node.type == "method_reference":
            parts = [text_of(one) for one in node.named_children]
            return 1 + (parts[-1] in self._own and parts[0] in self._classes)
        if node.type not in CALLS:
            return 0
        owner, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("name"))
        is_own = name in self._own and text_of(owner) in self._classes
        return 1 + (is_own or (owner is not None and text_of(owner) in _parameters(node)))


def _parameters(node: Node) -> set[str]:
    """The names of what the method around a node is given."""
    method = next((one for one in ancestors(node) if one.type == "method_declaration"), None)
    given = None if method is None else method.child_by_field_name("parameters")
    return set() if given is None else {text_of(one.child_by_field_name("name")) for one in given.named_children}
