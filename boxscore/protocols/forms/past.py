"""Whether a test may come to its end though the code under test fails it: it branches, or takes an error for a value.

What such a test then compares may be right as soon as that one thing is, whatever the old code says of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.syntax_trees import edited, field, text_of, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_NEVER = re.compile(r"(?!)")
_BODIES = ("consequence", "body")
_LATER = frozenset(  # what is run later, by somebody else
    [
        *("arrow_function", "function_expression", "function_declaration", "func_literal", "lambda_expression"),
        *("lambda", "do_block", "class_body"),
    ]
)


class WaysPast(Struct, frozen=True, kw_only=True):
    """How a language has it: nodes of the types `branches`, `operators`, and calls of what `called` finds.

    A branch is none where what it leads to matches `failing`: the test fails there, or is skipped.
    """

    branches: frozenset[str]
    failing: re.Pattern[str]
    operators: frozenset[str] = frozenset()
    called: re.Pattern[str] = _NEVER

    def are_in(self, body: Node) -> bool:
        """Whether a test has any of them."""
        return any(self._is_one(node) for node in walk(body))

    def _is_one(self, node: Node) -> bool:
        if node.is_named and node.type in self.branches:
            return self.failing.search(_code_of(_led_to(node))) is None
        if node.type in self.operators and not node.is_named:
            return True
        name = field(node, "function") or field(node, "method") or field(node, "name")
        return field(node, "arguments") is not None and self.called.search(text_of(name)) is not None


def _led_to(branch: Node) -> Node:
    """What a branch does; of what catches an error all that may end in it, too."""
    if branch.type in {"catch_clause", "rescue"} and branch.parent is not None:
        return branch.parent
    return next((one for name in _BODIES if (one := field(branch, name)) is not None), branch)


def _code_of(node: Node) -> str:
    """The text of a node without comments, what is in quotes, and functions that somebody else runs."""
    gone: list[Node] = []
    pending = [node]
    while pending:
        one = pending.pop()
        if one.type.endswith(("comment", "string", "string_literal")) or (one.type in _LATER and one is not node):
            gone.append(one)
        else:
            pending += one.children
    start = node.start_byte
    return edited((node.text or b""), [(one.start_byte - start, one.end_byte - start, "") for one in gone])
