"""Whether a comparison that does not hold surely fails its test, and is not tried again, caught, or expected to fail.

A function that is handed to another may be called until it succeeds, whatever the other is called. So a comparison is
looked at only where all functions around it are known: those of tests and suites, of loops over tables, and callbacks
of which an error leaves nobody but the runner to catch it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.blind.javascript.titles import is_test
from boxscore.protocols.syntax_trees import ancestors, field, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_REPEATING = re.compile(
    "flaky|retry|retries|rerun|repeat|wait|poll|eventually|until|attempt|throws|rejects|doesnotthrow|soft|settled",
    re.IGNORECASE,
)
HANDED_ON = frozenset(
    ["done", "reject", "next", "fail", "callback", "cb", "t.fail", "done.fail", "t.end", "assert.fail"]
)
"""What an error is given to that fails the test."""
_SUITES = frozenset(
    ["describe", "context", "suite", "before", "beforeEach", "beforeAll", "after", "afterEach", "afterAll"]
)
_CALLBACKS = frozenset(["forEach", "map", "end", "on", "once", "then", "nextTick", "setTimeout", "setImmediate"])


def is_decisive(call: Node) -> bool:
    """Whether an error at a call fails its test."""
    around = (call, *ancestors(call))
    if any(_forgives(outer, inner) for inner, outer in pairwise(around)):
        return False
    return all(_is_known(one) for one in around if one.type in FUNCTIONS)


def _is_known(function: Node) -> bool:
    """Whether a function is a test's or suite's, or a callback that nobody calls again for an error."""
    given = function.parent
    call = None if given is None or given.type != "arguments" else given.parent
    if call is None or call.type != "call_expression":
        return False
    called = field(call, "function")
    if is_test(call):
        return True
    if called is not None and called.type == "call_expression":
        return _name(called).partition(".")[0] in _SUITES  # `describe.each(table)(title, …)`
    name = _name(call)
    return name.partition(".")[0] in _SUITES or name.rpartition(".")[2] in _CALLBACKS


def _name(call: Node) -> str:
    """What a call calls: a name, or the last of names with what is before it, if that is a name too."""
    called = field(call, "function")
    if called is None or called.type != "member_expression":
        return text_of(called)
    owner = field(called, "object")
    before = text_of(owner) if owner is not None and owner.type == "identifier" else ""
    return f"{before}.{text_of(field(called, 'property'))}"


def _forgives(outer: Node, inner: Node) -> bool:
    """Whether an error in a part of a node does not leave the node, or is none that fails a test."""
    if outer.type in {"while_statement", "do_statement"}:
        return True
    if outer.type == "try_statement":
        return field(outer, "handler") is not None and inner == field(outer, "body")
    if outer.type != "call_expression" or inner != field(outer, "arguments"):
        return False
    name = _name(outer).rpartition(".")[2]
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
    name, given = text_of(field(field(call, "function"), "property")), arguments_of(call)
    if name == "then":
        return len(given) > 1 and text_of(given[1]) not in HANDED_ON
    return name == "catch" and not (len(given) == 1 and text_of(given[0]) in HANDED_ON)
