"""Comparisons in tests of Java of which one side is known, by the framework that they are of."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.java.literals import FLOATS, INTEGERS, is_literal
from boxscore.protocols.java_source import walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

EQUALITIES = frozenset(("assertEquals", "assertArrayEquals", "assertIterableEquals"))
OWNERS = frozenset(("Assert", "Assertions", "TestCase", "Truth"))
MATCHERS = frozenset(("is", "equalTo"))
CHAINED = frozenset(("isEqualTo", "containsExactly"))
NUMBERS = {*INTEGERS, *FLOATS}
PARTS = frozenset(("contains", "startsWith", "endsWith"))
MATCHED_PARTS = frozenset(("containsString", "startsWith", "endsWith", "hasItem"))


class Kind(enum.StrEnum):
    """How something is compared, by the method of ours that stands for it: a value may be the other side's part."""

    EQUAL = "equal"
    NEAR = "near"
    PART = "part"


ASSERTJ = {  # what a step of a chain asks of the value that the chain is about
    "isEqualTo": (Kind.EQUAL, ""),
    "containsExactly": (Kind.EQUAL, ""),
    "hasToString": (Kind.EQUAL, ".toString()"),
    "hasMessage": (Kind.EQUAL, ".getMessage()"),
    "hasMessageContaining": (Kind.PART, ".getMessage()"),
    "hasMessageStartingWith": (Kind.PART, ".getMessage()"),
    "hasMessageEndingWith": (Kind.PART, ".getMessage()"),
    **dict.fromkeys(PARTS, (Kind.PART, "")),
}
STARTS = frozenset(("assertThat", "assertThatThrownBy", "assertThatCode", "then"))


class Comparison(Struct, frozen=True):
    """A call that compares: what it expects and what it gets, and its `kind`.

    Of a step in a chain of AssertJ's, `step` says what of the chain's value is compared; `actual` is the chain before.
    """

    call: Node
    expected: Node
    actual: Node
    kind: Kind = Kind.EQUAL
    step: str | None = None


class Comparisons:
    """Finds the comparisons of a file. `known` tells which expressions are what a test expects.

    Those of which a value is only a part, and steps of chains, are looked for where they are `wide`.
    """

    def __init__(self, root: Node, known: Callable[[Node], bool], *, wide: bool = False) -> None:
        imports = "\n".join(text_of(one) for one in root.children if one.type == "import_declaration")
        own = {text_of(one.child_by_field_name("name")) for one in walk(root) if one.type == "method_declaration"}
        self._testng = "org.testng" in imports
        self._jupiter = "org.junit.jupiter" in imports
        self._assertj = wide and "org.assertj" in imports
        self._wide = wide
        self._own = own
        self._known = known

    def of(self, call: Node) -> Comparison | None:
        """The comparison that a call is, if it is one that is known."""
        arguments = call.child_by_field_name("arguments")
        if call.type != "method_invocation" or arguments is None:
            return None
        name = text_of(call.child_by_field_name("name"))
        given = [one for one in arguments.named_children if not one.type.endswith("comment")]
        if given and name in ASSERTJ:
            found = self._chained(call, given) if name in CHAINED else None
            return self._step(call, name, given) if found is None and self._assertj else found
        owner = text_of(call.child_by_field_name("object")).rpartition(".")[2]
        if owner not in OWNERS and (owner or name in self._own):
            return None
        if name in EQUALITIES:
            return self._equality(call, given)
        asked = {"assertTrue": self._truthful, "assertThat": self._matched, "assertLinesMatch": self._lines}.get(name)
        return None if asked is None else asked(call, given)

    def _pair(self, call: Node, expected: Node, actual: Node, kind: Kind = Kind.EQUAL) -> Comparison | None:
        """Put the side that is known in its place, wherever it is written; None unless exactly one is."""
        sides = self._known(expected), self._known(actual)
        if sides == (True, False):
            return Comparison(call, expected, actual, kind)
        return Comparison(call, actual, expected, kind) if sides == (False, True) else None

    def _equality(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        match given:
            case (first, second):
                return self._pair(call, first, second)
            case (first, second, third) if self._jupiter or self._testng or third.type in NUMBERS:
                return self._pair(call, first, second, Kind.NEAR if third.type in NUMBERS else Kind.EQUAL)
            case (message, first, second) if message.type in {"string_literal", "binary_expression"}:
                return self._pair(call, first, second)
            case (first, second, _, _) if self._jupiter or self._testng:
                return self._pair(call, first, second, Kind.NEAR)
            case (_, first, second, _):
                return self._pair(call, first, second, Kind.NEAR)
        return None

    def _lines(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """Whether lines match, some of which may be patterns."""
        return self._pair(call, given[0], given[1], Kind.NEAR) if self._wide and len(given) > 1 else None

    def _truthful(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """Whether it is true that something equals something, or holds it."""
        for one in given:
            if one.type == "method_invocation" and (found := self._asked(call, one)) is not None:
                return found
            if one.type == "binary_expression" and text_of(one.child_by_field_name("operator")) == "==":
                return self._pair(call, one.named_children[0], one.named_children[-1])
        return None

    def _asked(self, call: Node, one: Node) -> Comparison | None:
        name = text_of(one.child_by_field_name("name"))
        left, right = one.child_by_field_name("object"), one.child_by_field_name("arguments")
        if left is None or right is None or right.named_child_count != 1:
            return None
        if name == "equals":
            return self._pair(call, left, right.named_children[0])
        if self._wide and name in PARTS and self._known(right.named_children[0]) and not self._known(left):
            return Comparison(call, right.named_children[0], left, Kind.PART)
        return None

    def _matched(self, call: Node, given: Sequence[Node]) -> Comparison | None:
        """Whether something matches: `assertThat(actual, is(equalTo(expected)))`."""
        if len(given) not in {2, 3}:
            return None
        actual, matcher = given[-2], given[-1]
        kind = Kind.EQUAL
        while matcher.type == "method_invocation" and (found := self._matcher(matcher)) is not None:
            arguments = matcher.child_by_field_name("arguments")
            if kind is Kind.PART or arguments is None or arguments.named_child_count != 1:
                return None
            kind, matcher = found, arguments.named_children[0]
        inner = matcher is not given[-1] and self._known(matcher) and not is_literal(actual)
        return Comparison(call, matcher, actual, kind) if inner else None

    def _matcher(self, matcher: Node) -> Kind | None:
        name = text_of(matcher.child_by_field_name("name"))
        if name in MATCHERS:
            return Kind.EQUAL
        return Kind.PART if self._wide and name in MATCHED_PARTS else None

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

    def _step(self, call: Node, name: str, given: Sequence[Node]) -> Comparison | None:
        """A step of a longer chain, `assertThatThrownBy(…).isInstanceOf(…).hasMessage(expected)`."""
        kind, step = ASSERTJ[name]
        start, arguments = call.child_by_field_name("object"), call.child_by_field_name("arguments")
        if arguments is None or start is None or not all(map(self._known, given)):
            return None
        at: Node | None = start
        while at is not None and at.type == "method_invocation":
            if at.child_by_field_name("object") is None or text_of(at.child_by_field_name("name")) in STARTS:
                break
            at = at.child_by_field_name("object")
        if at is None or text_of(at.child_by_field_name("name")) not in STARTS:
            return None
        if kind is Kind.PART and len(given) != 1:
            return None
        return Comparison(call, given[0] if len(given) == 1 else arguments, start, kind, step)
