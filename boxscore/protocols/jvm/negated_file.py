"""Forms of test methods of Java, of which one expects what it did and the others something else, under new names.

A method is written once for each value of a window in the place of one literal that it expects: a number, or a number
within a text. The window begins anywhere below the true value, so its place tells nothing; names are random letters.
Where there is no number it is written with an assertion and its opposite, which tells bold forgeries alone.
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

from boxscore.protocols.blind.java.comparisons import OWNERS, Comparisons, Kind
from boxscore.protocols.blind.java.files import test_of, without_comments
from boxscore.protocols.blind.java.literals import INTEGERS, worth_hiding
from boxscore.protocols.java_source import annotations_of, edited, parse_java, walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence

    from tree_sitter import Node

OPPOSITE = {"assertTrue": "assertFalse", "assertNull": "assertNotNull", "assertSame": "assertNotSame"}
OPPOSITE |= {opposite: word for word, opposite in OPPOSITE.items()}
CALENDAR = frozenset(("LocalDate", "LocalDateTime", "LocalTime", "MonthDay", "OffsetTime", "Year", "YearMonth"))
LETTERS = 12
WIDTH = 4  # values of a window
FROM_NOUGHT = 0.8
MOST_NUMBERS = 100
LONGEST = 9  # digits of a number that is changed
TEST = frozenset(("Test", "org.junit.Test", "org.junit.jupiter.api.Test", "org.testng.annotations.Test"))
_IMPORTED = rb"\bimport\s+static\s+([\w.]+)\.%s\s*;"
_WORD = re.compile(rb"\w+")
_NUMBER = re.compile(rb"(?<![\w.\\])\d{1,9}(?![\w.]|[lL]\b)|(?<![\w.\\])\d{1,9}(?=[lL]\b)")


class Form(Struct, frozen=True):
    """One form of a test: its id, the test it is made of, and whether it passes where that does."""

    test: str
    original: str
    passes: bool


class NegatedFile(Struct, frozen=True, kw_only=True):
    """A source with forms of some of its tests in their place; `bits` is what a reader has to guess in each of them.

    `truths` are those that expect no number.
    """

    path: str
    text: str
    forms: tuple[Form, ...] = ()
    bits: dict[str, float] = {}
    truths: tuple[str, ...] = ()


class Wanted(Struct, frozen=True, kw_only=True):
    """Which tests are to have forms, and at most how many: of those that expect numbers, and of others.

    `known` are the words and numbers that a reader finds elsewhere: a value of a window that stands out by being among
    them, or by not being so, is no riddle.
    """

    tests: Collection[str]
    known: Collection[str]
    most: int
    truths: int = 0


class _Place(Struct, frozen=True):
    """Where a method says what it expects: a number, or by its word whether something is so."""

    method: Node
    start: int
    end: int
    value: int | bytes


def negated_file(path: str, source: str, wanted: Wanted, rng: random.Random) -> NegatedFile | None:
    """Write forms of those tests that expect a number or whether something is so; None where none does."""
    try:
        text = without_comments(source.encode())
        root = parse_java(text)
    except ValueError:
        return None
    if root.has_error:
        return None
    edits: dict[int, tuple[int, bytes]] = {}
    forms, bits, truths = list[Form](), dict[str, float](), list[str]()
    for place in _chosen(_places(root, wanted.tests, text), wanted):
        values = _values(place, rng)
        original = test_of(place.method.child_by_field_name("name") or place.method)
        words = [_new_name(place.method, rng) for _ in values]
        written = [_form(text, place, word, value) for word, value in zip(words, values, strict=True)]
        edits[place.method.start_byte] = place.method.end_byte, b"\n".join(written)
        owner = original.partition("#")[0]
        forms += [
            Form(f"{owner}#{word}", original, value == place.value) for word, value in zip(words, values, strict=True)
        ]
        bits[original] = _bits(place, values, wanted.known, text)
        truths += [] if isinstance(place.value, int) else [original]
    if not forms:
        return None
    return NegatedFile(
        path=path, text=edited(text, edits).decode(), forms=tuple(forms), bits=bits, truths=tuple(truths)
    )


def _chosen(places: Iterable[_Place], wanted: Wanted) -> Iterator[_Place]:
    """As many places of either kind as there is room for."""
    numbers = truths = 0
    for place in places:
        is_number = isinstance(place.value, int)
        numbers, truths = numbers + is_number, truths + (not is_number)
        if numbers <= wanted.most if is_number else truths <= wanted.truths:
            yield place


def _values(place: _Place, rng: random.Random) -> Sequence[int | bytes]:
    return _window(place.value, rng) if isinstance(place.value, int) else _both(place.value, rng)


def _places(root: Node, tests: Collection[str], text: bytes) -> Iterator[_Place]:
    """The first number of each test that stands in it once; where there is none, its first assertion of a truth."""
    finder, seen = Comparisons(root, worth_hiding), set[str]()
    for method in walk(root):
        if method.type != "method_declaration" or not _is_test(method):
            continue
        name = test_of(method.child_by_field_name("name") or method)
        if name not in tests or name in seen:
            continue
        seen.add(name)
        shown = _NUMBER.findall(text[method.start_byte : method.end_byte])
        found = (one for node in walk(method) if (one := finder.of(node)) is not None and one.kind is Kind.EQUAL)
        numbers = (place for one in found for place in _numbers(method, one.expected, text))
        place = next((one for one in numbers if shown.count(str(one.value).encode()) == 1), None) or _truth(
            method, text
        )
        if place is not None:
            yield place


def _truth(method: Node, text: bytes) -> _Place | None:
    """The word of a test's first assertion that something is so, or is not.

    Where the word alone is imported its class goes before it, so that its opposite can be written too.
    """
    for node in walk(method):
        word = node.child_by_field_name("name") if node.type == "method_invocation" else None
        owner = text_of(node.child_by_field_name("object")).rpartition(".")[2]
        if word is not None and text_of(word) in OPPOSITE and (not owner or owner in OWNERS):
            imported = None if owner else re.search(_IMPORTED % re.escape(text_of(word).encode()), text)
            value = text_of(word).encode() if imported is None else imported[1] + b"." + text_of(word).encode()
            return _Place(method, word.start_byte, word.end_byte, value)
    return None


def _both(word: bytes, rng: random.Random) -> Sequence[bytes]:
    """An assertion and its opposite, in an order that tells nothing."""
    owner, dot, name = word.decode().rpartition(".")
    both = [word, f"{owner}{dot}{OPPOSITE[name]}".encode()]
    rng.shuffle(both)
    return both


def _numbers(method: Node, expected: Node, text: bytes) -> Iterator[_Place]:
    """The numbers in what is expected that can be another without changing what the test is."""
    for node in walk(expected):
        if _is_of_calendar(node.parent and node.parent.parent):
            continue
        if node.type in INTEGERS and INTEGERS[node.type] == 10:  # noqa: PLR2004 - others are written otherwise
            digits = text_of(node).rstrip("lL")
            if digits.isdecimal() and len(digits) <= LONGEST:
                yield _Place(method, node.start_byte, node.start_byte + len(digits), int(digits))
        elif node.type == "string_literal":
            for one in _NUMBER.finditer(text, node.start_byte, node.end_byte):
                if not one[0].startswith(b"0"):
                    yield _Place(method, one.start(), one.end(), int(one[0]))


def _is_of_calendar(call: Node | None) -> bool:
    """Whether a call makes a date or a time of numbers: of others it may make none at all."""
    return call is not None and text_of(call.child_by_field_name("object")).rpartition(".")[2] in CALENDAR


def _is_test(method: Node) -> bool:
    """Whether a method is a test that is run once, by its annotation or as JUnit 3 has it."""
    parameters = method.child_by_field_name("parameters")
    if parameters is None or parameters.named_child_count:
        return False
    annotations = annotations_of(method)
    names = {name for name, _ in annotations}
    if any("expected" in text_of(one) for _, one in annotations):
        return False  # what fails in it is taken for another exception than the one that it waits for
    if names:
        return bool(names & TEST) and not any(name.endswith(("RepeatedTest", "ParameterizedTest")) for name in names)
    return text_of(method.child_by_field_name("name")).startswith("test")


def _window(value: int, rng: random.Random) -> Sequence[int]:
    """Numbers in a row, of which the true one may be any, in an order that tells nothing."""
    first = max(0, value - rng.randrange(WIDTH))
    values = list(range(first, first + WIDTH))
    rng.shuffle(values)
    return values


def _bits(place: _Place, values: Sequence[int | bytes], known: Collection[str], text: bytes) -> float:
    """What a reader has to guess of a window: among values that are no more to be seen or worked out than the true one.

    Of a window that begins with nought the least are the likelier ones. Whether something is so, names tell.
    """
    window, true = [value for value in values if isinstance(value, int)], place.value
    if not isinstance(true, int):
        return 0.0
    around = text[place.method.start_byte : place.start] + b" " + text[place.end : place.method.end_byte]
    numbers = [int(one) for one in set(_NUMBER.findall(around))][:MOST_NUMBERS]
    made = {*Counter(_WORD.findall(around)).values(), *numbers}
    for one, other in itertools.product(numbers, repeat=2):
        made |= {one + other, one - other, one * other}

    def seen(value: int) -> tuple[bool, bool]:
        return str(value) in known, value in made

    alike = [value for value in window if seen(value) == seen(true)]
    return math.log2(len(alike)) * (FROM_NOUGHT if min(window) == 0 else 1.0)


def _new_name(method: Node, rng: random.Random) -> str:
    """A name that nobody can guess; JUnit 3 runs what begins with `test`."""
    letters = "".join(rng.choices(string.ascii_lowercase, k=LETTERS))
    return f"test{letters.capitalize()}" if not annotations_of(method) else letters


def _form(text: bytes, place: _Place, word: str, value: int | bytes) -> bytes:
    """A method under another name that expects another value."""
    name = place.method.child_by_field_name("name")
    edits = {place.start: (place.end, str(value).encode() if isinstance(value, int) else value)}
    if name is not None:
        edits[name.start_byte] = name.end_byte, word.encode()
    start, end = place.method.start_byte, place.method.end_byte
    return edited(text[:end], edits)[start:]
