"""From the comparisons of a test to its assertions: literals that are compared at once, or by a name that they have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.choices import Assertion, Choice, Sort
from boxscore.protocols.forms.language import last_name, replaced, span_of
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.text import Lines
    from boxscore.protocols.canaries.values import Edit

_WORD = re.compile(r"[A-Za-z]+|\d+")


class Leaf(Struct, frozen=True):
    """A number, a text or a truth in what is expected."""

    node: Node
    value: Value


class Comparison(Struct, frozen=True, kw_only=True):
    """What compares `actual` with `expected`, and what takes the place of `whole` where nothing is to be expected.

    Of `actual` a `part` may be compared, where there is a text: this is how, with a NUL for `actual`, and in braces for
    where a part begins and ends and how long it is.
    """

    whole: Node
    actual: Node
    expected: Node
    blank: str
    part: str = ""
    sort: Sort = Sort.VALUE


def negative(value: Value | None) -> Value | None:
    """Return a number with a minus before it; nothing else has one."""
    return -value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Literals:
    """What a language calls a literal; of nodes of the types `joins` all parts have to be literals."""

    joins: frozenset[str] = frozenset()

    def parts(self, node: Node) -> Sequence[Node] | None:  # noqa: ARG002 - of each language's own
        """Return what an expression is made of, such as the items of a list; None where it is not made of others."""
        return None

    def value(self, node: Node) -> Value | None:  # noqa: ARG002 - of each language's own
        """Return the value of a plain literal; None for what is none, or is written in a way not known here."""
        return None

    def leaves(self, node: Node) -> list[Leaf]:
        """Return the literals of which changing any one changes what an expression is equal to."""
        parts = self.parts(node)
        if parts is None:
            value = self.value(node)
            return [] if value is None else [Leaf(node, value)]
        found = [self.leaves(part) for part in parts]
        return [] if node.type in self.joins and not all(found) else [leaf for several in found for leaf in several]

    def nothing(self, value: Value) -> str:
        """Write the value of the same kind that says nothing, as most languages have it."""
        match value:
            case bool():
                return "false"
            case str():
                return '""'
        return "0"


def sides_of(first: Node, second: Node, local: Mapping[str, Node], literals: Literals) -> tuple[Node, Node] | None:
    """Return what is compared and what is expected: a literal, or a name out of `local`. None if both are, or none."""

    def known(node: Node) -> bool:
        return bool(literals.leaves(node)) or (node.type == "identifier" and text_of(node) in local)

    if known(first) is known(second):
        return None
    return (second, first) if known(first) else (first, second)


def assertions_of(
    compared: Iterable[Comparison], local: Mapping[str, Node], read: Collection[Node], literals: Literals, lines: Lines
) -> Iterator[Assertion]:
    """Yield what comparisons may say: literals at once, and names in `local` that nothing but them has `read`."""
    used: dict[str, list[Comparison]] = {}
    for one in compared:
        if one.expected.type == "identifier":
            used.setdefault(text_of(one.expected), []).append(one)
        elif (found := direct(one, literals, lines)) is not None:
            yield found
    names = [text_of(one) for one in read]
    for name, comparisons in used.items():
        if names.count(name) == len(comparisons) + 1:
            found = named(local[name], comparisons, literals, lines)
            if found is not None:
                yield found


def direct(one: Comparison, literals: Literals, lines: Lines) -> Assertion | None:
    """What a comparison with a literal may say."""
    choices = _choices(one.expected, [one], literals, lines)
    return Assertion(tuple(choices), (replaced(one.whole, lines, one.blank),)) if choices else None


def named(value: Node, used: Sequence[Comparison], literals: Literals, lines: Lines) -> Assertion | None:
    """What comparisons with a name may say, where it stands for a value that nothing else uses."""
    choices = _choices(value, used, literals, lines)
    if not choices:
        return None
    empty = [replaced(leaf.node, lines, literals.nothing(leaf.value)) for leaf in literals.leaves(value)]
    return Assertion(tuple(choices), (*empty, *(replaced(one.whole, lines, one.blank) for one in used)))


def row(
    values: Iterable[tuple[Node, Sequence[Comparison]]], removed: Edit, literals: Literals, lines: Lines
) -> Assertion:
    """What a row of a table may say, in the columns that nothing but comparisons use; it can be `removed`."""
    found = [choice for value, used in values for choice in _choices(value, used, literals, lines, whole=True)]
    return Assertion(tuple(found), (removed,))


def _choices(
    value: Node, used: Sequence[Comparison], literals: Literals, lines: Lines, *, whole: bool = False
) -> list[Choice]:
    leaves = literals.leaves(value)
    is_text = len(leaves) == 1 and leaves[0].node == value and isinstance(leaves[0].value, str)
    if is_text and all(one.part for one in used) and len(parts := _parts(str(leaves[0].value))) > 1:
        return [_part(leaves[0], part, used, lines, whole=whole) for part in parts]
    return [
        Choice(
            used[0].sort,
            leaf.value,
            span_of(leaf.node, lines),
            asked=last_name(used[0].actual) if len(leaves) == 1 else "",
            spelling=text_of(leaf.node),
            whole=whole or len(leaves) > 1,
        )
        for leaf in leaves
    ]


def _part(leaf: Leaf, part: tuple[int, int], used: Sequence[Comparison], lines: Lines, *, whole: bool) -> Choice:
    start, stop = part
    also = tuple(
        replaced(
            one.actual,
            lines,
            one.part.format(start=start, stop=stop, size=stop - start).replace("\0", text_of(one.actual)),
        )
        for one in used
    )
    return Choice(
        Sort.VALUE,
        str(leaf.value)[start:stop],
        span_of(leaf.node, lines),
        also=also,
        length=stop - start,
        spelling=text_of(leaf.node),
        whole=whole,
    )


def _parts(text: str) -> list[tuple[int, int]]:
    """Where words and numbers stand in a text, by characters that all languages count alike."""
    return [found.span() for found in _WORD.finditer(text)] if text.isascii() else []
