"""Forms of test methods of Java, of which one expects what it did and the others something else, under new names.

A method is written once for each value of a window in the place of one literal that it expects: a number, or a number
within a text. The window begins anywhere below the true value, so its place tells nothing; names are random letters.
"""

from __future__ import annotations

import itertools
import math
import re
import string
from collections import Counter
from collections.abc import Collection  # noqa: TC003 - fields of a record
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.jvm.blind_file import edited, test_of, without_comments
from boxscore.protocols.jvm.comparisons import Comparisons
from boxscore.protocols.jvm.literals import INTEGERS, worth_hiding
from boxscore.protocols.migration.java_source import annotations_of, parse_java, text_of, walk

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

LETTERS = 12
WIDTH = 4  # values of a window
FROM_NOUGHT = 0.8
MOST_NUMBERS = 100
LONGEST = 9  # digits of a number that is changed
TEST = frozenset(("Test", "org.junit.Test", "org.junit.jupiter.api.Test", "org.testng.annotations.Test"))
_WORD = re.compile(rb"\w+")
_NUMBER = re.compile(rb"(?<![\w.\\])\d{1,9}(?![\w.]|[lL]\b)|(?<![\w.\\])\d{1,9}(?=[lL]\b)")


class Form(Struct, frozen=True):
    """One form of a test: its id, the test it is made of, and whether it passes where that does."""

    test: str
    original: str
    passes: bool


class NegatedFile(Struct, frozen=True, kw_only=True):
    """A source with forms of some of its tests in their place; `bits` is what a reader has to guess in all of them."""

    path: str
    text: str
    forms: tuple[Form, ...] = ()
    bits: dict[str, float] = {}


class Wanted(Struct, frozen=True, kw_only=True):
    """Which tests are to have forms, and how many of them at most.

    `known` are the words and numbers that a reader finds elsewhere: a value of a window that stands out by being among
    them, or by not being so, is no riddle.
    """

    tests: Collection[str]
    known: Collection[str]
    most: int


class _Place(Struct, frozen=True):
    """Where a method expects a number, and which."""

    method: Node
    start: int
    end: int
    value: int


def negated_file(path: str, source: str, wanted: Wanted, rng: random.Random) -> NegatedFile | None:
    """Write forms of those tests that expect a number; None where none does."""
    try:
        text = without_comments(source.encode())
        root = parse_java(text)
    except ValueError:
        return None
    if root.has_error:
        return None
    edits: dict[int, tuple[int, bytes]] = {}
    forms, bits = list[Form](), dict[str, float]()
    for place in itertools.islice(_places(root, wanted.tests, text), wanted.most):
        values = _window(place.value, rng)
        original = test_of(place.method.child_by_field_name("name") or place.method)
        words = [_new_name(place.method, rng) for _ in values]
        written = [_form(text, place, word, value) for word, value in zip(words, values, strict=True)]
        edits[place.method.start_byte] = place.method.end_byte, b"\n".join(written)
        owner = original.partition("#")[0]
        forms += [
            Form(f"{owner}#{word}", original, value == place.value) for word, value in zip(words, values, strict=True)
        ]
        bits[original] = _bits(place, values, wanted.known, text)
    if not forms:
        return None
    return NegatedFile(path=path, text=edited(text, edits).decode(), forms=tuple(forms), bits=bits)


def _places(root: Node, tests: Collection[str], text: bytes) -> Iterator[_Place]:
    """The first number of each test that no other comparison of it shows, too."""
    finder, seen = Comparisons(root, worth_hiding), set[str]()
    for method in walk(root):
        if method.type != "method_declaration" or not _is_test(method):
            continue
        name = test_of(method.child_by_field_name("name") or method)
        if name not in tests or name in seen:
            continue
        seen.add(name)
        shown = _NUMBER.findall(text[method.start_byte : method.end_byte])
        found = (one for node in walk(method) if (one := finder.of(node)) is not None and not one.near)
        numbers = (place for one in found for place in _numbers(method, one.expected, text))
        place = next((one for one in numbers if shown.count(str(one.value).encode()) == 1), None)
        if place is not None:
            yield place


def _numbers(method: Node, expected: Node, text: bytes) -> Iterator[_Place]:
    """The numbers in what is expected that can be another without changing what the test is."""
    for node in walk(expected):
        if node.type in INTEGERS and INTEGERS[node.type] == 10:  # noqa: PLR2004 - others are written otherwise
            digits = text_of(node).rstrip("lL")
            if digits.isdecimal() and len(digits) <= LONGEST:
                yield _Place(method, node.start_byte, node.start_byte + len(digits), int(digits))
        elif node.type == "string_literal":
            for one in _NUMBER.finditer(text, node.start_byte, node.end_byte):
                if not one[0].startswith(b"0"):
                    yield _Place(method, one.start(), one.end(), int(one[0]))


def _is_test(method: Node) -> bool:
    """Whether a method is a test that is run once, by its annotation or as JUnit 3 has it."""
    parameters = method.child_by_field_name("parameters")
    if parameters is None or parameters.named_child_count:
        return False
    names = {name for name, _ in annotations_of(method)}
    if names:
        return bool(names & TEST) and not any(name.endswith(("RepeatedTest", "ParameterizedTest")) for name in names)
    return text_of(method.child_by_field_name("name")).startswith("test")


def _window(value: int, rng: random.Random) -> Sequence[int]:
    """Numbers in a row, of which the true one may be any, in an order that tells nothing."""
    first = max(0, value - rng.randrange(WIDTH))
    values = list(range(first, first + WIDTH))
    rng.shuffle(values)
    return values


def _bits(place: _Place, values: Sequence[int], known: Collection[str], text: bytes) -> float:
    """What a reader has to guess of a window: among values that are no more to be seen or worked out than the true one.

    Of a window that begins with nought the least are the likelier ones.
    """
    around = text[place.method.start_byte : place.start] + b" " + text[place.end : place.method.end_byte]
    numbers = [int(one) for one in set(_NUMBER.findall(around))][:MOST_NUMBERS]
    made = {*Counter(_WORD.findall(around)).values(), *numbers}
    for one, other in itertools.product(numbers, repeat=2):
        made |= {one + other, one - other, one * other}

    def seen(value: int) -> tuple[bool, bool]:
        return str(value) in known, value in made

    alike = [value for value in values if seen(value) == seen(place.value)]
    return math.log2(len(alike)) * (FROM_NOUGHT if min(values) == 0 else 1.0)


def _new_name(method: Node, rng: random.Random) -> str:
    """A name that nobody can guess; JUnit 3 runs what begins with `test`."""
    letters = "".join(rng.choices(string.ascii_lowercase, k=LETTERS))
    return f"test{letters.capitalize()}" if not annotations_of(method) else letters


def _form(text: bytes, place: _Place, word: str, value: int) -> bytes:
    """A method under another name that expects another value."""
    name = place.method.child_by_field_name("name")
    edits = {place.start: (place.end, str(value).encode())}
    if name is not None:
        edits[name.start_byte] = name.end_byte, word.encode()
    start, end = place.method.start_byte, place.method.end_byte
    return edited(text[:end], edits)[start:]
