"""Comparisons in tests of Java of which one side is known, by the framework that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.java_source import text_of, walk
from boxscore.protocols.jvm.literals import FLOATS, INTEGERS, is_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

EQUALITIES = frozenset(("assertEquals", "assertArrayEquals", "assertIterableEquals"))
OWNERS = frozenset(("Assert", "Assertions", "TestCase", "Truth"))
MATCHERS = frozenset(("is", "equalTo"))
CHAINED = frozenset(("isEqualTo", "containsExactly"))
NUMBERS = {*INTEGERS, *FLOATS}


class Comparison(Struct, frozen=True):
    """A call that compares: what it expects and what it gets. `near` if these may differ a little."""

    call: Node
    expected: Node
    actual: Node
    near: bool = False


class Comparisons:
    """Finds the comparisons of a file. `known` tells which expressions are what a test expects."""

    def __init__(self, root: Node, known: Callable[[Node], bool]) -> None:
        imports = "\n".join(text_of(one) for one in root.children if one.type == "import_declaration")
        own = {text_of(one.child_by_field_name("name")) for one in walk(root) if one.type == "method_declaration"}
        self._testng = "org.testng" in imports
        self._jupiter = "org.junit.jupiter" in imports
        self._own = own
        self._known = known

    def of(self, call: Node) -> Comparison | None:
        """The comparison that a call is, if it is one that is known."""
        arguments = call.child_by_field_name("arguments")
        if call.type != "method_invocation" or arguments is None:
            return None
        name = text_of(call.child_by_field_name("name"))
        given = [one for one in arguments.named_children if not one.type.endswith("comment")]
        if name in CHAINED and given:
            return self._chained(call, given)
        owner = text_of(call.child_by_field_name("object")).rpartition(".")[2]
        if owner not in OWNERS and (owner or name in self._own):
            return None
        if name in EQUALITIES:
            return self._equality(call, given)
        if name == "assertTrue":
            return self._truthful(call, given)
        return self._matched(call, given) if name == "assertThat" else None

    def _pair(self, call: Node, expected: Node, actual: Node, *, near: bool = False) -> Comparison | None:
        """Put the side that is known in its place, wherever it is written; None unless exactly one is."""
        sides = self._known(expected), self._known(actual)
        if sides == (True, False):
            return Comparison(call, expected, actual, near)
        return Comparison(call, actual, expected, near) if sides == (False, True) else None

    def _equality(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        match given:
            case (first, second):
                return self._pair(call, first, second)
            case (first, second, third) if self._jupiter or self._testng or third.type in NUMBERS:
                return self._pair(call, first, second, near=third.type in NUMBERS)
            case (message, first, second) if message.type in {"string_literal", "binary_expression"}:
                return self._pair(call, first, second)
            case (first, second, _, _) if self._jupiter or self._testng:
                return self._pair(call, first, second, near=True)
            case (_, first, second, _):
                return self._pair(call, first, second, near=True)
        return None

    def _truthful(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """Whether it is true that something equals something."""
        for one in given:
            if one.type == "method_invocation" and text_of(one.child_by_field_name("name")) == "equals":
                left, right = one.child_by_field_name("object"), one.child_by_field_name("arguments")
                if left is not None and right is not None and right.named_child_count == 1:
                    return self._pair(call, left, right.named_children[0])
            if one.type == "binary_expression" and text_of(one.child_by_field_name("operator")) == "==":
                return self._pair(call, one.named_children[0], one.named_children[-1])
        return None

    def _matched(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """Whether something matches: `assertThat(actual, is(equalTo(expected)))`."""
        if len(given) not in {2, 3}:
            return None
        actual, matcher = given[-2], given[-1]
        while matcher.type == "method_invocation" and text_of(matcher.child_by_field_name("name")) in MATCHERS:
            arguments = matcher.child_by_field_name("arguments")
            if arguments is None or arguments.named_child_count != 1:
                return None
            matcher = arguments.named_children[0]
        inner = matcher is not given[-1] and self._known(matcher) and not is_literal(actual)
        return Comparison(call, matcher, actual) if inner else None

    def _chained(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """A chain of its own, `assertThat(actual).isEqualTo(expected)`; of `containsExactly` all is what it expects."""
        start, ends = call.child_by_field_name("object"), call.parent
        if start is None or ends is None or ends.type not in {"expression_statement", "lambda_expression"}:
            return None
        if start.type != "method_invocation" or text_of(start.child_by_field_name("name")) != "assertThat":
            return None
        asked, arguments = start.child_by_field_name("arguments"), call.child_by_field_name("arguments")
        if asked is None or arguments is None or asked.named_child_count != 1 or not all(map(self._known, given)):
            return None
        expected = given[0] if len(given) == 1 else arguments
        return Comparison(call, expected, asked.named_children[0])
