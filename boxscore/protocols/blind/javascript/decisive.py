"""Whether a comparison that does not hold fails its test, or may be tried again, caught, or expected to fail."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.source import FUNCTIONS, ancestors, arguments_of, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_REPEATING = re.compile(
    "flaky|retry|retries|rerun|repeat|wait|poll|eventually|until|attempt|throws|rejects|doesnotthrow|soft|setinterval",
    re.IGNORECASE,
)
HANDED_ON = frozenset(
    ["done", "reject", "next", "fail", "callback", "cb", "t.fail", "done.fail", "t.end", "assert.fail"]
)
"""What an error is given to that fails the test."""


class Decisive:
    """The parts of a file in which errors are forgiven, and the functions that these may call."""

    def __init__(self, root: Node) -> None:
        self._forgiven = self._functions(root, _forgiven_names(root))

    def holds(self, call: Node) -> bool:
        """Whether an error at a call fails its test."""
        around = (call, *ancestors(call))
        inside = any(_forgives(outer, inner) for inner, outer in pairwise(around))
        return not inside and not any(one.start_byte in self._forgiven for one in around if one.type in FUNCTIONS)

    def _functions(self, root: Node, names: set[str]) -> set[int]:
        """Where functions of these names are, and those that they may call."""
        of_name: dict[str, list[Node]] = {}
        for node in walk(root):
            function = _function(node)
            if function is not None:
                of_name.setdefault(text_of(field(node, "name")), []).append(function)
        found, pending = set[int](), [one for name in names for one in of_name.get(name, ())]
        while pending:
            function = pending.pop()
            if function.start_byte not in found:
                found.add(function.start_byte)
                called = {text_of(one) for one in walk(function) if one.type == "identifier"}
                pending += [one for name in called for one in of_name.get(name, ())]
        return found


def _function(node: Node) -> Node | None:
    """The function that a node gives a name to."""
    if node.type == "variable_declarator":
        value = field(node, "value")
        return value if value is not None and value.type in FUNCTIONS else None
    return node if node.type in {"function_declaration", "generator_function_declaration"} else None


def _forgiven_names(root: Node) -> set[str]:
    """The names in all parts of a file in which errors are forgiven."""
    found, pending = set[str](), [(root, False)]
    while pending:
        node, inside = pending.pop()
        if inside and node.type == "identifier":
            found.add(text_of(node))
        pending += [(child, inside or _forgives(node, child)) for child in node.children]
    return found


def _forgives(outer: Node, inner: Node) -> bool:
    """Whether an error in a part of a node does not leave the node, or is none that fails a test."""
    if outer.type in {"while_statement", "do_statement"}:
        return True
    if outer.type == "try_statement":
        return field(outer, "handler") is not None and inner == field(outer, "body")
    if outer.type != "call_expression" or inner != field(outer, "arguments"):
        return False
    called = field(outer, "function")
    name = text_of(called) if called is not None and called.type == "identifier" else text_of(field(called, "property"))
    return name == "expect" or _REPEATING.search(name) is not None or any(map(_catches, _behind(outer)))


def _behind(call: Node) -> Iterator[Node]:
    """The calls of methods of what a call returns, of what these return, and so on."""
    at = call.parent
    while at is not None and at.type in {"member_expression", "call_expression"}:
        if at.type == "call_expression":
            yield at
        at = at.parent


def _catches(call: Node) -> bool:
    """Whether a call catches an error and does not hand it on."""
    if text_of(field(field(call, "function"), "property")) != "catch":
        return False
    given = arguments_of(call)
    return not (len(given) == 1 and text_of(given[0]) in HANDED_ON)
