"""Where a test file of JavaScript compares: calls of the usual libraries of assertions, one side of which is a literal.

A comparison that may fail and be tried again, or is expected to fail, is none: hidden, it never fails.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.javascript.decisive import HANDED_ON, is_decisive
from boxscore.protocols.blind.javascript.literals import worth_hiding
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.blind.javascript.strict import strict_names
from boxscore.protocols.blind.javascript.titles import parameters_of
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

_OWNERS = frozenset(["assert", "chai.assert", "assert.strict", "t", "t.assert", "tap", "QUnit.assert"])
_STRICT = frozenset(["strictEqual", "deepStrictEqual", "is", "strictEquals", "deepStrictEquals"])
_WEAK = frozenset(["equal", "equals", "deepEqual", "deepEquals", "same", "eq", "eql", "deepEqualStrict"])
_ASSERTING = re.compile(r"""['"](?:node:)?(?:assert(?:/strict)?|chai|uvu/assert|power-assert)['"]""")
_WORDS = frozenset(
    [
        *("to", "be", "been", "is", "that", "which", "and", "has", "have", "with", "at", "of", "same", "but"),
        *("does", "still", "also", "deep", "a", "an", "resolves", "eventually", "rejects"),
    ]
)
_LATER = frozenset(["resolves", "eventually"])
_AGAIN = re.compile(r"\bretries\s*\(|\bretryTimes\s*\(|\bretry\s*:")
_MATCHERS: dict[str, str] = {
    "toBe": "is",
    "toStrictEqual": "is",
    "toEqual": "equal",
    "equal": "is",
    "equals": "is",
    "eq": "is",
    "be": "is",
    "eql": "weak",
    "eqls": "weak",
}
_SIZES = frozenset(["toHaveLength", "lengthOf", "length"])
_PARTS = frozenset(["toContain", "include", "includes", "contain", "contains", "string"])
_LIKE = frozenset(["toMatch", "match", "matches", "toMatchObject", "toMatchInlineSnapshot", "toContainEqual"])
_RAISING = frozenset(["toThrow", "toThrowError", "throw", "throws", "Throw"])
_MADE = frozenset(
    [
        *("call_expression", "new_expression", "template_string", "array", "object", "binary_expression"),
        *("unary_expression", "ternary_expression"),
    ]
)
_CHANGING = frozenset(
    [
        *("await_expression", "yield_expression", "assignment_expression", "augmented_assignment_expression"),
        "update_expression",
    ]
)


class Kind(enum.StrEnum):
    """How a value is compared, by the function of `sandbox/blind.js` that stands for it."""

    IS = "is"
    EQUAL = "equal"
    WEAK = "weak"
    LIKE = "like"
    PART = "part"
    SIZE = "size"
    THROWS = "throws"
    REFUSES = "refuses"
    TEXT = "text"
    WORDS = "words"
    JSON = "json"
    HEADER = "header"
    HEADED = "headed"

    @property
    def is_of_answer(self) -> bool:
        """Whether it is what a server is to answer, as supertest has it."""
        return self in _OF_ANSWER


_ANSWERS = {"regex": Kind.WORDS, "object": Kind.JSON, "array": Kind.JSON}
_ANSWERED = frozenset(["string", "template_string", "object", "array"])
_OF_ANSWER = frozenset([Kind.TEXT, Kind.WORDS, Kind.JSON, Kind.HEADER, Kind.HEADED])


class Compared(Struct, frozen=True, kw_only=True):
    """A call that compares `actual` with `expected`, as it is, or `later` if it is a promise of it.

    `matcher` is a name that has to be another when no more than the truth is compared, `called` that other one.
    What is expected is taken away where it `drops`. `message` is what is said where it fails, if that is a text.
    What is expected is `loose` where only running it tells what it is. What a server is to answer is asked for with
    `actual`, a status or the name of a header, if that is not what is expected itself; `ending` is then what is called
    with the answer.
    """

    kind: Kind
    call: Node
    actual: Node
    expected: Node
    later: bool = False
    matcher: Node | None = None
    called: str = ""
    drops: bool = False
    message: Node | None = None
    loose: bool = False
    ending: Node | None = None


class _Chain(Struct, frozen=True):
    """A call of a `matcher` of what was made of `actual` by `words`."""

    call: Node
    actual: Node
    given: tuple[Node, ...]
    words: tuple[str, ...]
    matcher: str


class Comparisons:
    """Finds the comparisons of a file; `known` tells which expressions are what a test expects."""

    def __init__(self, root: Node, source: str, known: Callable[[Node], bool]) -> None:
        self._root, self._known, self._owners = root, known, _OWNERS | parameters_of(root)
        self._asserting = _ASSERTING.search(source) is not None
        self._strict = strict_names(root)
        self._again = _AGAIN.search(source) is not None
        self._asks_servers = "supertest" in source

    def find(self) -> list[Compared]:
        """All comparisons, none within another; none at all where failed tests are run again."""
        found, end = list[Compared](), 0
        for node in walk(self._root) if not self._again else ():
            if node.type != "call_expression" or node.start_byte < end:
                continue
            one = self._of(node)
            if one is not None and is_decisive(node):
                found.append(one)
                end = node.end_byte
        return found

    def _of(self, call: Node) -> Compared | None:
        called, given = field(call, "function"), arguments_of(call)
        is_typed = field(call, "type_arguments") is not None
        if called is None or is_typed or any(one.type == "spread_element" for one in given):
            return None
        if called.type == "identifier":
            return self._function(call, text_of(called), given) if self._asserting else None
        return self._method(call, called, given) if called.type == "member_expression" else None

    def _method(self, call: Node, called: Node, given: Sequence[Node]) -> Compared | None:
        owner, name = text_of(field(called, "object")), text_of(field(called, "property"))
        if owner in self._owners:
            return self._function(call, name, given)
        if self._asks_servers and name == "expect":
            return _answer(call, given)
        return self._chain(call, called, given)

    def _function(self, call: Node, name: str, given: Sequence[Node]) -> Compared | None:
        if name in _STRICT | _WEAK and len(given) in {2, 3}:
            kind = Kind.IS if name in _STRICT or self._is_strict(call) else Kind.WEAK
            message = given[2] if len(given) > 2 and self._is_message(call, given[2]) else None  # noqa: PLR2004 - a message
            return self._pair(call, given[0], given[1], kind, message)
        if name in {"throws", "rejects"} and len(given) > 1 and given[1].type in {"regex", "object"}:
            kind = Kind.THROWS if name == "throws" else Kind.REFUSES
            return self._one(call, given[0], given[1], kind) if self._known(given[1]) else None
        return self._part(call, name, given)

    def _is_strict(self, call: Node) -> bool:
        """Whether a function is of node's `assert` in its strict mode."""
        called = field(call, "function")
        owner = text_of(field(called, "object")) or text_of(called)
        return owner == "assert.strict" or owner in self._strict

    def _is_message(self, call: Node, node: Node) -> bool:
        """Whether a text is for people alone: reporters of tests that bring the assertions may name these by it."""
        owner = text_of(field(field(call, "function"), "object"))
        return owner not in self._owners - _OWNERS | {"t", "tap"} and node.type in {"string", "template_string"}

    def _part(self, call: Node, name: str, given: Sequence[Node]) -> Compared | None:
        """A function that asks for a part, a pattern or a length; `ok` asks for no more than the truth."""
        matcher = field(field(call, "function"), "property")
        if matcher is None or len(given) != 2 or not self._known(given[1]):  # noqa: PLR2004 - a value and what is asked of it
            return None
        kinds = {"match": Kind.LIKE, "include": Kind.PART, "lengthOf": Kind.SIZE}
        if name not in kinds or (name != "match" and given[1].type not in {"string", "template_string", "number"}):
            return None
        return Compared(
            kind=kinds[name], call=call, actual=given[0], expected=given[1], matcher=matcher, called="ok", drops=True
        )

    def _pair(self, call: Node, first: Node, second: Node, kind: Kind, message: Node | None) -> Compared | None:
        """Put the side that is known in its place, wherever it is written; None unless exactly one is."""
        sides = self._known(first), self._known(second)
        if sides == (False, True):
            return Compared(kind=kind, call=call, actual=first, expected=second, message=message)
        if sides == (True, False):
            return Compared(kind=kind, call=call, actual=second, expected=first, message=message)
        if sides == (False, False) and is_made(second):
            return Compared(kind=kind, call=call, actual=first, expected=second, message=message, loose=True)
        return None

    def _one(self, call: Node, actual: Node, expected: Node, kind: Kind) -> Compared:
        return Compared(kind=kind, call=call, actual=actual, expected=expected, drops=True)

    def _chain(self, call: Node, called: Node, given: Sequence[Node]) -> Compared | None:
        """A chain that begins with `expect(actual)` or `actual.should`."""
        matcher, words, start = text_of(field(called, "property")), list[str](), field(called, "object")
        while start is not None and start.type == "member_expression" and text_of(field(start, "property")) != "should":
            words.append(text_of(field(start, "property")))
            start = field(start, "object")
        if start is None or not {*words} <= _WORDS or not given or _goes_on(call):
            return None
        should = start.type == "member_expression"
        actual = field(start, "object") if should else _expected_of(start)
        if actual is None or not (self._known(given[-1]) or is_made(given[-1])):
            return None
        return self._matched(_Chain(call, actual, tuple(given), tuple(words), matcher))

    def _matched(self, chain: _Chain) -> Compared | None:
        """What the matcher at the end of a chain compares."""
        matcher, expected = chain.matcher, chain.given[-1]
        if matcher in _RAISING:
            kind = Kind.REFUSES if "rejects" in chain.words else Kind.THROWS
            is_known = _is_said(expected) and self._known(expected) and not _LATER & {*chain.words}
            return self._one(chain.call, chain.actual, expected, kind) if is_known else None
        if len(chain.given) != 1 or "rejects" in chain.words:
            return None
        later = bool(_LATER & {*chain.words})
        if matcher in _MATCHERS and expected.type != "regex":
            kind, loose = Kind(_MATCHERS[matcher]), not self._known(expected)
            return Compared(
                kind=kind, call=chain.call, actual=chain.actual, expected=expected, later=later, loose=loose
            )
        return self._roughly(chain, expected) if not later and self._known(expected) else None

    def _roughly(self, chain: _Chain, expected: Node) -> Compared | None:
        """What is asked for a length, a part or a likeness; no more than the truth is asked in its place."""
        name, is_text = chain.matcher, expected.type in {"string", "template_string", "number"}
        kinds = (
            (Kind.SIZE, name in _SIZES and expected.type == "number"),
            (Kind.PART, name in _PARTS and is_text and "deep" not in chain.words),
            (Kind.LIKE, name in _LIKE),
        )
        kind = next((one for one, fits in kinds if fits), None)
        if kind is None or {"a", "an"} & {*chain.words}:
            return None
        called = "toBe" if name.startswith("to") else "equal"
        matcher = field(field(chain.call, "function"), "property")
        return Compared(
            kind=kind, call=chain.call, actual=chain.actual, expected=expected, matcher=matcher, called=called
        )


def _answer(call: Node, given: Sequence[Node]) -> Compared | None:
    """What supertest asks of a server's answer: a text or an object, after a status if there is one, or a header."""
    ending = given[-1] if given and (given[-1].type in FUNCTIONS or text_of(given[-1]) in HANDED_ON) else None
    asked = given if ending is None else given[:-1]
    owner = field(field(call, "function"), "object")
    if owner is None or owner.type != "call_expression" or not asked or not _is_answer(asked[-1]):
        return None
    first, expected = asked[0], asked[-1]
    kind: Kind | None = None
    match [one.type for one in asked]:
        case [_] | ["number", _]:
            kind = _ANSWERS.get(expected.type, Kind.TEXT)
        case ["string" | "template_string", "string" | "template_string" | "regex"]:
            kind = Kind.HEADED if expected.type == "regex" else Kind.HEADER
    if kind is None:
        return None
    return Compared(kind=kind, call=call, actual=first, expected=expected, ending=ending)


def _is_answer(node: Node) -> bool:
    """Whether what a server is to answer is written out, as a text, a pattern or an object."""
    return node.type == "regex" or (node.type in _ANSWERED and worth_hiding(node))


def is_made(node: Node) -> bool:
    """Whether an expression makes a value of more than literals: it is no name alone; it changes and awaits nothing."""
    if node.type not in _MADE:
        return False
    return not any(one.type in _CHANGING or text_of(one).startswith("expect.") for one in walk(node))


def _is_said(expected: Node) -> bool:
    return expected.type in {"string", "template_string", "regex", "binary_expression"}


def _expected_of(node: Node) -> Node | None:
    """What is given to `expect`."""
    if node.type != "call_expression" or text_of(field(node, "function")) not in {"expect", "chai.expect"}:
        return None
    given = arguments_of(node)
    return given[0] if given and given[0].type != "spread_element" and field(node, "type_arguments") is None else None


def _goes_on(call: Node) -> bool:
    """Whether more is asked of what a comparison returns."""
    parent = call.parent
    return parent is not None and parent.type == "member_expression" and not _is_then(parent)


def _is_then(member: Node) -> bool:
    return text_of(field(member, "property")) in {"then", "catch", "finally"}
