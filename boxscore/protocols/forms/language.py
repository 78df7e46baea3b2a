"""What a language must tell so that its tests can have forms that expect one of several values."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.protocols.canaries.choices import Assertion, Span  # noqa: TC001 - fields of a record
from boxscore.protocols.canaries.text import CannotRewriteError, Lines
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterable, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value

SOURCE_BYTES = 4 << 20


class FormTest(Struct, frozen=True, kw_only=True):
    """A test that can have forms: the `span` of its text, and in it what a form replaces to have a name of its own.

    `called` is the place of that, and what comes there, with a NUL for the word that is new in each form. All forms
    have the `hidden` edits: they remove comments and messages of assertions. A test that `gets_past` what the code
    under test lacks may come to its end without it.
    """

    name: str
    span: Span
    called: tuple[Span, str]
    assertions: tuple[Assertion, ...]
    hidden: tuple[Edit, ...] = ()
    gets_past: bool = False


class FormFile(Struct, frozen=True, kw_only=True):
    """A test file: its tests, and what has to be added to it for their forms."""

    lines: Lines
    tests: tuple[FormTest, ...] = ()
    helpers: tuple[Edit, ...] = ()


class FormLanguage(Protocol):
    """Finds the tests of one language and runner, and what they compare with literals.

    `ends` are what the names of its sources end with.
    """

    ends: tuple[str, ...]

    def read(self, path: str, source: str, word: str) -> FormFile:
        """Read a test file; `word` is for the names of helpers. Raises CannotRewriteError."""

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """Return those of the names of tests in a file that the ids `tests` mean."""

    def spelled(self, value: Value, *, like: str) -> str:
        """Write a value as a literal, a text in the quotes of `like`."""

    def without_lines(self, source: str, lines: Collection[int]) -> str:
        """Return a source without what a compiler finds errors in at these lines; itself where there are no such."""


def parsed(source: str, grammar: Callable[[], object], *, broken: bool = False) -> tuple[Lines, Node]:
    """Parse a source by a grammar; parts may be `broken`. Raises CannotRewriteError where it cannot be understood."""
    from tree_sitter import Language, Parser  # noqa: PLC0415 - for other languages than Python only

    try:
        lines = Lines(source)
    except ValueError as error:
        raise CannotRewriteError(f"is no UTF-8: {error}") from None
    if len(lines.data) > SOURCE_BYTES:
        raise CannotRewriteError("is too long")
    root = Parser(Language(grammar())).parse(lines.data).root_node
    if root.has_error and not broken:
        raise CannotRewriteError("cannot be parsed")
    return lines, root


def span_of(node: Node, lines: Lines) -> Span:
    """Where a node begins and ends, as edits have it."""
    return lines.position(node.start_byte), lines.position(node.end_byte)


def replaced(node: Node, lines: Lines, text: str) -> Edit:
    """Replace a node."""
    return Edit(*span_of(node, lines), text)


def at_lines(root: Node, lines: Collection[int], kinds: Collection[str], without: Collection[str] = ()) -> list[Node]:
    """Return the nodes of some kinds that stand at any of these lines, which count from 1."""
    return [
        node
        for node in walk(root, tuple(without))
        if node.type in kinds and any(node.start_point[0] < line <= node.end_point[0] + 1 for line in lines)
    ]


def spelled_with_suffix(value: Value, like: str, number: re.Pattern[str]) -> str:
    """Write a value as JSON has it; a number keeps what is behind it in `like`, the second group of `number`."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    found = number.fullmatch(like)
    return json.dumps(value) if found is None or isinstance(value, bool) else f"{value!r}{found[2]}"


def arguments_of(call: Node) -> list[Node]:
    """Return what is between the parentheses of a call, without comments."""
    given = field(call, "arguments")
    return [] if given is None else [one for one in given.named_children if one.type != "comment"]


def given_once(values: Sequence[tuple[str, Node]]) -> dict[str, Node]:
    """Return values by their names, without the names that are given more than one value."""
    counts = Counter(name for name, _ in values)
    return {name: value for name, value in values if counts[name] == 1}


def first_end(body: Node, kind: str, without: Collection[str] = ()) -> float:
    """Return where the first part of a kind ends; behind everything where there is none."""
    return min((one.end_byte for one in walk(body, tuple(without)) if one.type == kind), default=math.inf)


def outermost(edits: Iterable[Edit]) -> list[Edit]:
    """Leave out edits of what another replaces."""
    found: list[Edit] = []
    for one in sorted(edits, key=lambda one: (one.start, (-one.end[0], -one.end[1]))):
        if not found or one.start >= found[-1].end or one.start == one.end:
            if not (found and one.start == one.end and found[-1].start <= one.start < found[-1].end):
                found.append(one)
        elif one.end > found[-1].end:
            raise CannotRewriteError(f"line {one.start[0]}: two changes meet")
    return found


def last_name(node: Node | None, parts: Sequence[str] = ("field", "property", "method", "name", "function")) -> str:
    """Return the name of what is asked for: of a call what is called, of an attribute itself."""
    while node is not None and node.child_count:
        inner = next((one for part in parts if (one := field(node, part)) is not None), None)
        if inner is None:
            return ""
        node = inner
    return text_of(node)
