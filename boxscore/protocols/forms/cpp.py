"""C++: googletest."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.choices import Assertion, Sort
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.forms.comparisons import Comparison, Literals, assertions_of, sides_of
from boxscore.protocols.forms.language import (
    FormFile,
    FormTest,
    arguments_of,
    at_lines,
    first_end,
    given_once,
    outermost,
    parsed,
    replaced,
    span_of,
    spelled_with_suffix,
)
from boxscore.protocols.forms.past import WaysPast
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.text import Lines

_ASSERTED = re.compile(r"(EXPECT|ASSERT)_(EQ|STREQ|FLOAT_EQ|DOUBLE_EQ|THAT|TRUE)")
_MATCHERS = {"Eq": Sort.VALUE, "StrEq": Sort.VALUE, "HasSubstr": Sort.PART}
_MADE = frozenset(["std::string", "string", "std::string_view", "std::vector", "StringPiece"])
_AROUND = frozenset(["compound_statement", "expression_statement", "binary_expression"])
_PAST = WaysPast(
    branches=frozenset(
        [
            *("if_statement", "switch_statement", "conditional_expression", "catch_clause", "preproc_if"),
            *("preproc_ifdef", "preproc_else", "preproc_elif"),
        ]
    ),
    failing=re.compile(r"\b(?:GTEST_FAIL|GTEST_SKIP|FAIL|ADD_FAILURE|ASSERT_\w+|throw|abort)\b"),
    called=re.compile(r"\bvalue_or\b"),
)
_NUMBER = re.compile(r"(-?(?:0|[1-9]\d*|\d+\.\d+))([uUlLfF]*)")
_HELPERS = """
#include <string>
template <typename... T> inline bool {blank}(T&&...) {{ return true; }}
template <typename T> inline std::string {part}(const T& whole, std::size_t from, std::size_t to) {{
  const std::string value(whole);
  return value.size() < to ? value : value.substr(from, to - from);
}}

"""


class GoogleTest:
    """`TEST` and `TEST_F`, whose names end with the word of a form."""

    ends: tuple[str, ...] = (".cc", ".cpp", ".cxx", ".C", ".h", ".hpp")

    def read(self, path: str, source: str, word: str) -> FormFile:  # noqa: ARG002 - C++'s are all of one grammar
        """See `FormLanguage.read`, and so with the others."""
        lines, root = _parsed(source)
        names = _Names(f"blank{word}", f"part{word}")
        found = [node for node in walk(root) if _name(node) is not None and not node.has_error]
        if not found:
            return FormFile(lines=lines)
        top = [one for one in (found[0], *ancestors(found[0])) if one.parent is not None][-1]
        at = lines.position(top.start_byte)
        helpers = Edit(at, at, _HELPERS.format(blank=names.blank, part=names.part))
        return FormFile(lines=lines, tests=tuple(_test(node, lines, names) for node in found), helpers=(helpers,))

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """An id is the suite and the name."""
        return {*tests} & {*names}

    def spelled(self, value: Value, *, like: str) -> str:
        """A number keeps the letters behind it."""
        return spelled_with_suffix(value, like, _NUMBER)

    def without_lines(self, source: str, lines: Collection[int]) -> str:
        """Tests go, and other functions."""
        text, root = _parsed(source)
        found = at_lines(root, lines, ("function_definition",))
        return text.after(outermost(replaced(node, text, "") for node in found))


class _Names(Struct, frozen=True):
    """What the helpers of a file are called."""

    blank: str
    part: str


def _parsed(source: str) -> tuple[Lines, Node]:
    import tree_sitter_cpp  # noqa: PLC0415 - for C++ only

    return parsed(source, tree_sitter_cpp.language, broken=True)


class _Literals(Literals):
    def parts(self, node: Node) -> Sequence[Node] | None:
        """See `Literals.parts`, and so with the others."""
        match node.type:
            case "initializer_list" | "parenthesized_expression":
                return node.named_children
            case "compound_literal_expression":
                return [one] if (one := field(node, "value")) is not None else []
            case "call_expression" if text_of(field(node, "function")).partition("<")[0] in _MADE:
                return arguments_of(node)
        return None

    def value(self, node: Node) -> Value | None:
        """Numbers, texts and truths."""
        text = text_of(node)
        if node.type in {"true", "false"}:
            return text == "true"
        if node.type == "number_literal" and (found := _NUMBER.fullmatch(text)):
            return float(found[1]) if "." in found[1] else int(found[1])
        if node.type == "string_literal" and text.startswith('"'):
            try:
                value = json.loads(text)
            except ValueError:
                return None
            return value if isinstance(value, str) else None
        return None


_LITERALS = _Literals()


def _name(node: Node) -> tuple[str, Node] | None:
    """The id of a test, and the node of its own name."""
    declared = field(node, "declarator") if node.type == "function_definition" else None
    given = field(declared, "parameters")
    if (
        given is None
        or text_of(field(declared, "declarator")) not in {"TEST", "TEST_F"}
        or given.named_child_count != 2  # noqa: PLR2004 - the suite and the name
    ):
        return None
    suite, name = given.named_children
    return f"{text_of(suite)}.{text_of(name)}", name


def _test(node: Node, lines: Lines, names: _Names) -> FormTest:
    name, place = _name(node) or ("", node)
    body = field(node, "body") or node
    end = lines.position(place.end_byte)
    return FormTest(
        name=name,
        span=span_of(node, lines),
        called=((end, end), "\0"),
        assertions=tuple(_assertions(body, lines, names)),
        hidden=tuple(_hidden(body, lines)),
        gets_past=_PAST.are_in(body),
    )


def _assertions(body: Node, lines: Lines, names: _Names) -> Iterator[Assertion]:
    local = _local(body)
    left = first_end(body, "return_statement", ("lambda_expression",))
    calls = [one for one in walk(body) if one.type == "call_expression" and one.start_byte < left]
    calls = [one for one in calls if _is_sure(one, body)]
    compared = [found for node in calls if (found := _comparison(node, local, names)) is not None]
    read = [one for one in walk(body) if one.type == "identifier"]
    return assertions_of(compared, local, read, _LITERALS, lines)


def _local(body: Node) -> Mapping[str, Node]:
    """Literals by the names that a test gives them once."""
    found = []
    for statement in body.named_children:
        declared = field(statement, "declarator") if statement.type == "declaration" else None
        name, value = field(declared, "declarator"), field(declared, "value")
        if name is not None and name.type == "identifier" and value is not None and _LITERALS.leaves(value):
            found.append((text_of(name), value))
    return given_once(found)


def _comparison(call: Node, local: Mapping[str, Node], names: _Names) -> Comparison | None:
    """What a macro compares."""
    found, given = _ASSERTED.fullmatch(text_of(field(call, "function"))), arguments_of(call)
    if found is None:
        return None
    sort, part = Sort.VALUE, found[2] in {"EQ", "TRUE"}
    if found[2] == "TRUE" and len(given) == 1 and text_of(field(given[0], "operator")) == "==":
        sides = [given[0].named_children[0], given[0].named_children[-1]]
    elif found[2] == "THAT" and len(given) == 2:  # noqa: PLR2004 - both sides
        matcher = text_of(field(given[1], "function")).rpartition("::")[2]
        wanted = arguments_of(given[1])
        if matcher not in _MATCHERS or len(wanted) != 1:
            return None
        sort, sides = _MATCHERS[matcher], [given[0], wanted[0]]
    elif found[2] != "TRUE" and len(given) == 2:  # noqa: PLR2004 - both sides
        sides = given
    else:
        return None
    pair = sides_of(sides[0], sides[1], local, _LITERALS)
    if pair is None:
        return None
    used = ", ".join(text_of(one) for one in pair if one == pair[0] or one.type == "identifier")
    return Comparison(
        whole=call,
        actual=pair[0],
        expected=pair[1],
        blank=f"{found[1]}_TRUE({names.blank}({used}))",
        part=f"{names.part}(\0, {{start}}, {{stop}})" if part else "",
        sort=sort,
    )


def _is_sure(call: Node, body: Node) -> bool:
    """Whether each run of a test reaches a call: around it are blocks alone."""
    for one in ancestors(call):
        if one == body:
            break
        if one.type not in _AROUND:
            return False
    return True


def _hidden(body: Node, lines: Lines) -> Iterator[Edit]:
    """Take away comments, and what is said where something fails."""
    for node in walk(body):
        if node.type == "comment":
            yield replaced(node, lines, "")
        elif node.type == "string_literal" and _is_said(node):
            yield replaced(node, lines, '""')


def _is_said(node: Node) -> bool:
    """Whether a text is written behind an assertion."""
    at = node.parent
    while at is not None and at.type == "binary_expression" and text_of(field(at, "operator")) == "<<":
        left = at.named_children[0]
        if _ASSERTED.match(text_of(left)):
            return not (left.start_byte <= node.start_byte < left.end_byte) or left.type == "binary_expression"
        at = at.parent
    return False
