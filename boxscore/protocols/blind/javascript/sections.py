"""The sections of a test file: tests, hooks, and all else. What follows an error in one may be its consequence."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.javascript.files import ALIAS
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.blind.javascript.titles import is_test
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from boxscore.protocols.blind.javascript.edits import Edits

HOOK = -1  # as in `sandbox/blind.js`
_HOOKS = frozenset(["beforeEach", "afterEach", "setup", "teardown"])
_TOGETHER = re.compile(r"\bconcurren")


class Section(Struct, frozen=True):
    """A function of a test or of a hook, by its `number`: that of the test, from 1 on, or `HOOK`."""

    number: int
    function: Node


class Sections:
    """The sections of a file; one whose tests run at the same time is a single section."""

    def __init__(self, root: Node) -> None:
        self.found = [] if _TOGETHER.search(text_of(root)) else list(_sections(root))
        self._begins = [one.function.start_byte for one in self.found]

    def owner(self, node: Node) -> str:
        """What stands for hidden values in the section that a node is in, as an expression."""
        at = bisect_right(self._begins, node.start_byte) - 1
        if at < 0 or node.end_byte > self.found[at].function.end_byte:
            return ALIAS
        return f"{ALIAS}.of({self.found[at].number})"

    def mark(self, edits: Edits) -> None:
        """Say where each section begins, and that it ends, whatever becomes of it."""
        for section in self.found:
            body = field(section.function, "body")
            if body is None or not body.named_children:
                continue
            owner = f"{ALIAS}.of({section.number})"
            begin, end = f"{owner}.begin(); try {{", f"}} finally {{ {owner}.end(); }}"
            if body.type == "statement_block":
                edits.wrap(body.start_byte + 1, body.end_byte - 1, f" {begin}", f"{end} ")
            else:
                given = "await (" if _is_later(section.function) else "("
                edits.around(body, f"{{ {begin} return {given}", f"); {end} }}")


def _sections(root: Node) -> Iterator[Section]:
    """Functions of tests and hooks, none within another: a test may hang on what another did around it."""
    number, end = 0, 0
    for node in walk(root):
        if node.type != "call_expression" or node.start_byte < end:
            continue
        is_one = is_test(node)
        if not is_one and not _is_hook(node):
            continue
        number += is_one
        for one in arguments_of(node):
            if one.type in FUNCTIONS:
                yield Section(number if is_one else HOOK, one)
                end = one.end_byte


def _is_hook(call: Node) -> bool:
    """Whether a call makes a hook that runs with each test; one that runs once may change all that follows."""
    name = text_of(field(call, "function"))
    return name in _HOOKS or name.rpartition(".")[2] in {"beforeEach", "afterEach"}


def _is_later(function: Node) -> bool:
    return any(one.type == "async" for one in function.children)
