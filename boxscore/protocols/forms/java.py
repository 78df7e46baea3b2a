"""Java: JUnit 3 to 5 and TestNG, with the assertions of their own, Hamcrest's, Truth's and AssertJ's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.java.comparisons import Comparison as Found
from boxscore.protocols.blind.java.comparisons import Comparisons, Kind
from boxscore.protocols.blind.java.files import test_of
from boxscore.protocols.blind.java.literals import INTEGERS, MAKERS, value_of
from boxscore.protocols.blind.java.titles import TESTS, annotated, is_test
from boxscore.protocols.canaries.choices import Sort
from boxscore.protocols.canaries.text import CannotRewriteError, Lines
from boxscore.protocols.forms.comparisons import Comparison, Literals, assertions_of, negative
from boxscore.protocols.forms.language import (
    FormFile,
    FormTest,
    at_lines,
    first_end,
    given_once,
    outermost,
    replaced,
    span_of,
    spelled_with_suffix,
)
from boxscore.protocols.forms.past import WaysPast
from boxscore.protocols.java_source import COMMENTS, annotations_of, parse_java
from boxscore.protocols.syntax_trees import ancestors, field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.values import Edit

_AROUND = frozenset(
    ["block", "expression_statement", "try_statement", "try_with_resources_statement", "finally_clause"]
)
_PAST = WaysPast(
    branches=frozenset(["if_statement", "switch_expression", "ternary_expression", "catch_clause"]),
    failing=re.compile(r"\b(?:fail|throw)\b"),
    operators=frozenset(["instanceof"]),
    called=re.compile(r"orElse\w*|getOrDefault|catchThrowable\w*"),
)
_OWNERS = frozenset(  # that make something of any value, as dates do not
    [
        *("Arrays", "List", "Set", "Map", "Collections", "ImmutableList", "ImmutableSet", "ImmutableMap", "Optional"),
        *("Integer", "Long", "Double", "BigDecimal", "BigInteger", "OptionalInt", "OptionalLong", "OptionalDouble"),
    ]
)
_NUMBER = re.compile(r"(0|[1-9]\d*|\d+\.\d+)([lLfFdD]?)")
_PART = 'java.util.Objects.toString(\0).replaceAll("(?s)^.{{{start}}}(.{{{size}}}).*$", "$1")'
_WORD = re.compile(r"\w+")


class Java:
    """Methods of classes of tests, which get names of their own."""

    ends: tuple[str, ...] = (".java",)

    def read(self, path: str, source: str, word: str) -> FormFile:  # noqa: ARG002 - nothing is added to a file
        """See `FormLanguage.read`, and so with the others."""
        lines, root = _parsed(source)
        if root.has_error:
            raise CannotRewriteError("cannot be parsed")
        return FormFile(lines=lines, tests=tuple(_tests(root, lines)))

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """An id has the name of a class, and perhaps that of a method of it; else it stands for all of them."""
        said = [{*_WORD.findall(test)} for test in tests]
        methods: dict[str, set[str]] = {}
        for name in names:
            methods.setdefault(_owner(name), set()).add(name.partition("#")[2])
        found = set()
        for name in names:
            owner, method = _owner(name), name.partition("#")[2]
            if any(owner in one and (method in one or not one & methods[owner]) for one in said):
                found.add(name)
        return found

    def spelled(self, value: Value, *, like: str) -> str:
        """A number keeps the letter behind it."""
        return spelled_with_suffix(value, like.lstrip("-"), _NUMBER)

    def without_lines(self, source: str, lines: Collection[int]) -> str:
        """Methods go, and imports of what is not there."""
        text, root = _parsed(source)
        found = at_lines(root, lines, ("method_declaration", "import_declaration"))
        return text.after(outermost(replaced(node, text, "") for node in found))


def _parsed(source: str) -> tuple[Lines, Node]:
    try:
        lines = Lines(source)
        return lines, parse_java(lines.data)
    except ValueError as error:
        raise CannotRewriteError(str(error)) from None


def _owner(name: str) -> str:
    """The simple name of a test's class."""
    return str(_WORD.findall(name.partition("#")[0])[-1])


class _Literals(Literals):
    def parts(self, node: Node) -> Sequence[Node] | None:
        """See `Literals.parts`, and so with the others."""
        match node.type:
            case "parenthesized_expression" | "array_initializer" | "argument_list":
                return node.named_children
            case "array_creation_expression":
                return [one] if (one := field(node, "value")) is not None else []
            case "method_invocation" if _makes_any(text_of(field(node, "object")), text_of(field(node, "name"))):
                return [one] if (one := field(node, "arguments")) is not None else []
        return None

    def value(self, node: Node) -> Value | None:
        """Numbers, texts and truths."""
        text = text_of(node)
        if node.type in {"true", "false"}:
            return node.type == "true"
        if node.type == "string_literal":
            value = value_of(node)
            return value if isinstance(value, str) else None
        if node.type == "unary_expression" and text.startswith("-"):
            return negative(self.value(node.named_children[-1]))
        if node.type in {*INTEGERS, "decimal_floating_point_literal"} and (found := _NUMBER.fullmatch(text)):
            return float(found[1]) if "." in found[1] else int(found[1])
        return None


_LITERALS = _Literals()


def _makes_any(owner: str, method: str) -> bool:
    """Whether a method makes something of whatever it is given, and something else of each."""
    return owner in _OWNERS and f"{owner}.{method}" in MAKERS


class _Test(Struct, frozen=True):
    """A method that is a test, its body, and the literals that it gives names to."""

    method: Node
    body: Node
    local: Mapping[str, Node]


def _tests(root: Node, lines: Lines) -> Iterator[FormTest]:
    found = {one.method.id: one for node in walk(root) if (one := _test(node)) is not None}

    def known(node: Node) -> bool:
        if node.type != "identifier":
            return bool(_LITERALS.leaves(node))
        return any(text_of(node) in found[one.id].local for one in ancestors(node) if one.id in found)

    finder = Comparisons(root, known)
    for one in found.values():
        name = field(one.method, "name") or one.method
        end = lines.position(name.end_byte)
        compared = [(call, other) for call in walk(one.body) if (other := finder.of(call)) is not None]
        left = first_end(one.body, "return_statement", ("lambda_expression", "class_body"))
        likely = [other for call, other in compared if other.kind is Kind.EQUAL and call.start_byte < left]
        sure = [_comparison(other) for other in likely if _is_sure(other.call, one.body)]
        read = [node for node in walk(one.body) if node.type == "identifier"]
        yield FormTest(
            name=test_of(name),
            span=span_of(one.method, lines),
            called=((end, end), "_\0"),
            assertions=tuple(assertions_of(sure, one.local, read, _LITERALS, lines)),
            hidden=tuple(_hidden(one.method, [other for _, other in compared], lines)),
            gets_past=_PAST.are_in(one.body),
        )


def _test(node: Node) -> _Test | None:
    body, parameters = field(node, "body"), field(node, "parameters")
    if node.type != "method_declaration" or body is None or parameters is None or parameters.named_child_count:
        return None
    if any("expected" in text_of(one) for _, one in annotations_of(node)):
        return None  # what fails in it is taken for another exception than the one that it waits for
    often = annotated(node) & TESTS - {"Test"}
    return _Test(node, body, _local(body)) if is_test(node) and not often else None


def _local(body: Node) -> Mapping[str, Node]:
    """Literals by the names that a test gives them once."""
    found = []
    for statement in body.named_children:
        for one in statement.named_children if statement.type == "local_variable_declaration" else []:
            name, value = field(one, "name"), field(one, "value")
            if name is not None and value is not None and _LITERALS.leaves(value):
                found.append((text_of(name), value))
    return given_once(found)


def _comparison(one: Found) -> Comparison:
    is_equality = text_of(field(one.call, "name")) in {"assertEquals", "isEqualTo", "assertThat"}
    return Comparison(
        whole=one.call,
        actual=one.actual,
        expected=one.expected,
        blank=f"java.util.Objects.isNull({text_of(one.actual)})",
        part=_PART if is_equality else "",
        sort=Sort.VALUE,
    )


def _is_sure(call: Node, body: Node) -> bool:
    """Whether each run of a test reaches a call: around it are blocks alone."""
    for one in ancestors(call):
        if one == body:
            break
        catches = one.type.startswith("try") and any(inner.type == "catch_clause" for inner in one.children)
        if one.type not in _AROUND or catches:
            return False
    return True


def _hidden(method: Node, compared: Collection[Found], lines: Lines) -> Iterator[Edit]:
    """Take away comments, and what is said where something fails."""
    for node in walk(method):
        if node.type in COMMENTS:
            yield replaced(node, lines, "")
    for one in compared:
        arguments = field(one.call, "arguments")
        for given in arguments.named_children if arguments is not None else []:
            if given.type == "string_literal" and given not in {one.expected, one.actual}:
                yield replaced(given, lines, '""')
