"""The sections of a test file: tests, hooks, and all else. What follows an error in one may be its consequence."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.javascript.files import ALIAS
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.blind.javascript.titles import is_test
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from boxscore.protocols.blind.javascript.edits import Edits

FILE, HOOK, HELPER, ANYBODY = 0, -1, -2, -3  # as in `sandbox/blind.js`
_EACH = frozenset(["beforeEach", "afterEach", "setup", "teardown"])
_ONCE = frozenset(["before", "beforeAll", "suiteSetup", "after", "afterAll", "suiteTeardown"])
_SUITES = frozenset(["describe", "context", "suite"])
_TOGETHER = re.compile(r"\bconcurren")


class Section(Struct, frozen=True):
    """A function of a test or of a hook.

    Its `number` is that of the test, from 1 on, `HOOK` where it runs with each test, or `FILE` where it runs once. It
    is within tests of the numbers `outer`, the innermost first.
    """

    number: int
    function: Node
    outer: tuple[int, ...] = ()

    @property
    def owner(self) -> str:
        """What stands for hidden values in it, as an expression."""
        return _of(self.number, *self.outer)


class Sections:
    """The sections of a file; one whose tests run at the same time is a single section."""

    def __init__(self, root: Node) -> None:
        self._together = _TOGETHER.search(text_of(root)) is not None
        self.found = [] if self._together else list(_sections(root))
        self._begins = [one.function.start_byte for one in self.found]
        self._functions = [] if self._together else list(_helpers(root))
        self._own = [frozenset(_names_in(one.function)) for one in self.found]
        self._helper = _of(ANYBODY if any(map(_calls_between, walk(root))) else HELPER)

    def owner(self, node: Node) -> str:
        """What stands for hidden values where a node is, as an expression."""
        for at in range(bisect_right(self._begins, node.start_byte) - 1, -1, -1):
            if node.end_byte <= self.found[at].function.end_byte:
                return self.found[at].owner
            if not self.found[at].outer:
                break
        before = bisect_right(self._functions, (node.start_byte, node.start_byte)) - 1
        is_inside = before >= 0 and self._functions[before][0] < node.start_byte < self._functions[before][1]
        return self._helper if is_inside else ALIAS

    def leaves(self, statement: Node) -> bool:
        """Whether a statement of a test sets a variable that is none of its own: other tests may be made of it."""
        if statement.type != "expression_statement" or self.owner(statement) in {ALIAS, self._helper, _of(HOOK)}:
            return False
        at = bisect_right(self._begins, statement.start_byte) - 1
        while at >= 0 and statement.end_byte > self.found[at].function.end_byte:
            at -= 1
        own = self._own[at]
        assigned = (field(one, "left") for one in walk(statement) if one.type == "assignment_expression")
        return any(one is not None and one.type == "identifier" and text_of(one) not in own for one in assigned)

    def mark(self, edits: Edits) -> None:
        """Say where each section begins, and that it ends, whatever becomes of it."""
        for section in self.found:
            body = field(section.function, "body")
            if body is None or not body.named_children:
                continue
            begin, end = f"{section.owner}.begin(); try {{", f"}} finally {{ {section.owner}.end(); }}"
            if body.type == "statement_block":
                edits.wrap(body.start_byte + 1, body.end_byte - 1, f" {begin}", f"{end} ")
            else:
                given = "await (" if _is_later(section.function) else "("
                edits.around(body, f"{{ {begin} return {given}", f"); {end} }}")


def _names_in(function: Node) -> Iterator[str]:
    """The names that are declared in a function."""
    for node in walk(function):
        named = field(node, "name") if node.type == "variable_declarator" else field(node, "parameter")
        if node.type == "formal_parameters":
            named = node
        if named is not None:
            yield from (text_of(one) for one in walk(named) if one.type.endswith(("identifier", "identifier_pattern")))


def _of(number: int, *outer: int) -> str:
    return f"{ALIAS}.of({', '.join(map(str, (number, *outer)))})" if number != FILE else ALIAS


def _sections(root: Node) -> Iterator[Section]:
    """Functions of tests, and of hooks that are in none, in the order in which they begin."""
    number, around = 0, list[tuple[int, int]]()  # numbers and ends of the tests around
    for node in walk(root):
        if node.type != "call_expression":
            continue
        while around and around[-1][1] <= node.start_byte:
            around.pop()
        is_one, name = is_test(node), _hook(node)
        if not is_one and (not name or around):
            continue
        number += is_one
        outer = tuple(one for one, _ in reversed(around))
        for one in arguments_of(node):
            if one.type in FUNCTIONS:
                yield Section(number if is_one else HOOK if name in _EACH else FILE, one, outer)
        if is_one:
            around.append((number, node.end_byte))


def _hook(call: Node) -> str:
    """The name of the hook that a call makes, "" for other calls."""
    name = text_of(field(call, "function"))
    last = name.rpartition(".")[2]
    is_one = name in _EACH | _ONCE or last in {"beforeEach", "afterEach", "beforeAll", "afterAll"}
    return last if is_one or name in {"test.before", "test.after", "t.before", "t.after"} else ""


def _calls_between(node: Node) -> bool:
    """Whether functions may be called between tests, for others than the last one.

    Hooks that are not written in place may call them, and the file itself where it waits for a test.
    """
    if node.type == "await_expression":
        return not any(one.type in FUNCTIONS for one in ancestors(node))
    if node.type == "call_expression" and _hook(node):
        given = arguments_of(node)
        return bool(given) and given[0].type != "number" and not any(one.type in FUNCTIONS for one in given)
    name = field(node, "key") if node.type == "pair" else field(node, "name")
    return node.type in {"pair", "method_definition"} and text_of(name) in _EACH | _ONCE


def _helpers(root: Node) -> Iterator[tuple[int, int]]:
    """Where functions begin and end that somebody calls, without those in them."""
    end = 0
    for node in walk(root):
        if node.start_byte >= end and _is_helper(node):
            yield node.start_byte, node.end_byte
            end = node.end_byte


def _is_helper(node: Node) -> bool:
    """Whether a node is a function that somebody calls, and not a suite's."""
    if node.type not in FUNCTIONS:
        return False
    call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
    called = field(call, "function")
    while called is not None and called.type == "call_expression":  # `describe.each(table)(title, …)`
        called = field(called, "function")
    return not _SUITES & {*text_of(called).split(".")}


def _is_later(function: Node) -> bool:
    return any(one.type == "async" for one in function.children)
