"""JavaScript and TypeScript: node's test runner, mocha, jest and vitest, and the usual libraries of assertions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.javascript.comparisons import Compared, Comparisons, Kind
from boxscore.protocols.blind.javascript.literals import WRAPPERS, value_of, worth_hiding
from boxscore.protocols.blind.javascript.source import ENDS, FUNCTIONS, arguments_of, parse
from boxscore.protocols.blind.javascript.titles import is_test, places, title_of
from boxscore.protocols.canaries.choices import Assertion, Sort
from boxscore.protocols.canaries.text import CannotRewriteError, Lines
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.forms.comparisons import Comparison, Literals, assertions_of
from boxscore.protocols.forms.language import FormFile, FormTest, first_end, given_once, replaced, span_of
from boxscore.protocols.forms.past import WaysPast
from boxscore.protocols.syntax_trees import ancestors, field, is_within, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value

_PLAIN = re.compile(r"[\w\s,;:'\"!=<>@#%&-]*")  # a pattern that means what it says
_DIRECTIVE = re.compile(r"@ts-|@jest|@vitest|istanbul|c8 ignore")
_BRANCHES = frozenset(
    [
        *("if_statement", "ternary_expression", "switch_case", "switch_default", "catch_clause", "for_statement"),
        *(
            "for_in_statement",
            "while_statement",
            "do_statement",
            "binary_expression",
            "augmented_assignment_expression",
        ),
    ]
)
_PAST = WaysPast(
    branches=frozenset(
        [
            *("if_statement", "ternary_expression", "switch_statement", "catch_clause"),
            "object_assignment_pattern",
        ]
    ),
    failing=re.compile(r"\bthrow\b|\b(?:done|reject|next|fail|skip)\("),
    operators=frozenset(["&&", "||", "??", "&&=", "||=", "??=", "?.", "in", "instanceof", "typeof"]),
    called=re.compile(r"\.catch|Promise\.(?:allSettled|any|race)"),
)
_ERROR = re.compile(r"_?(?:err(?:or)?|er|ex|e)?\d*", re.IGNORECASE)  # what callbacks are given first; `_` is one
_VALUES = frozenset(["string", "template_string", "true", "false", "number", "unary_expression"])
_NAMES = frozenset(["identifier", "shorthand_property_identifier"])
_TYPED = (".ts", ".mts", ".cts", ".tsx")
_HELPER = """
function {part}(value{any}, from{any}, to{any}){any} {{
  return typeof value === 'string' && value.length >= to ? value.slice(from, to) : value;
}}
"""
_SORTS = {Kind.PART: Sort.PART, Kind.LIKE: Sort.PART, Kind.THROWS: Sort.MESSAGE, Kind.REFUSES: Sort.MESSAGE}
_WHOLE = frozenset([Kind.IS, Kind.EQUAL, Kind.WEAK])
_NUMBER = re.compile(r"0|[1-9]\d*|\d+\.\d+")


class JavaScript:
    """Tests that are known by their titles, of which each form has one of its own."""

    ends: tuple[str, ...] = ENDS

    def read(self, path: str, source: str, word: str) -> FormFile:
        """See `FormLanguage.read`, and so with the others."""
        try:
            lines = Lines(source)
        except ValueError as error:
            raise CannotRewriteError(f"is no UTF-8: {error}") from None
        file = _File(parse(path, lines.data), lines, f"part_{word}")
        last = lines.position(len(lines.data))
        types = ": any" if path.endswith(_TYPED) else ""
        helper = Edit(last, last, _HELPER.format(part=file.part, any=types))
        return FormFile(lines=lines, tests=tuple(file.tests()), helpers=(helper,))

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """An id ends with a title."""
        found = places(tests, {"": names})
        return {one[1] for one in found.values() if one is not None}

    def spelled(self, value: Value, *, like: str) -> str:
        """A text in the quotes it had, or as the pattern that it was."""
        if not isinstance(value, str):
            return json.dumps(value)
        if like.startswith("/"):
            return f"/{value}/{like.rpartition('/')[2]}"
        text = json.dumps(value, ensure_ascii=False)
        return text if not like.startswith("'") else "'" + text[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"

    def without_lines(self, source: str, lines: Collection[int]) -> str:  # noqa: ARG002 - nothing is compiled
        """Where a file does not run, nobody knows which part of it is why."""
        return source


class _Literals(Literals):
    def parts(self, node: Node) -> Sequence[Node] | None:
        """See `Literals.parts`, and so with the others."""
        match node.type:
            case "array":
                return node.named_children
            case "object":
                return [one for pair in node.named_children if (one := field(pair, "value")) is not None]
            case kind if kind in WRAPPERS and node.named_children:
                return node.named_children[:1]
        return None

    def value(self, node: Node) -> Value | None:
        """Numbers, texts and truths, and patterns that mean what they say."""
        if node.type == "regex":
            pattern = text_of(field(node, "pattern"))
            return pattern if pattern and _PLAIN.fullmatch(pattern) else None
        value = value_of(node) if node.type in _VALUES else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not _NUMBER.fullmatch(text_of(node).lstrip("-")):
            return None
        return value if isinstance(value, str | int | float) else None


_LITERALS = _Literals()


class _Test(Struct, frozen=True):
    """A call that makes a test, what it is the whole statement of, and the function that is the test."""

    call: Node
    statement: Node
    function: Node


class _File:
    def __init__(self, root: Node, lines: Lines, part: str) -> None:
        self._root, self._lines, self.part = root, lines, part
        self._tests = list(_tests(root))
        self._declared = {one.function.id: _constants(one.function) for one in self._tests}
        found = Comparisons(root, lines.data.decode(), self._is_known).find()
        self._compared = [one for one in found if not one.loose]

    def tests(self) -> Iterator[FormTest]:
        """Yield those that have a title, and no tests within them; snapshots are kept by titles."""
        for one in self._tests:
            title = arguments_of(one.call)[0]
            name = title_of(one.function)
            inside = any(other is not one and is_within(other.call, one.call) for other in self._tests)
            is_kept = "Snapshot(" in text_of(one.call)
            if name is None or inside or is_kept or title.type not in {"string", "template_string"}:
                continue
            end = self._lines.position(title.end_byte - 1)
            yield FormTest(
                name=name,
                span=span_of(one.statement, self._lines),
                called=((end, end), " \0"),
                assertions=tuple(self._assertions(one)),
                hidden=tuple(self._hidden(one)),
                gets_past=_PAST.are_in(one.function) or any(map(_leaves_out, walk(one.function))),
            )

    def _is_known(self, node: Node) -> bool:
        """Whether an expression is a literal, or a name that stands for one in its test."""
        if node.type != "identifier":
            return worth_hiding(node) or node.type == "regex"
        return self._value_of(node) is not None

    def _value_of(self, name: Node) -> Node | None:
        for one in ancestors(name):
            if one.id in self._declared:
                return self._declared[one.id].get(text_of(name))
        return None

    def _assertions(self, test: _Test) -> Iterator[Assertion]:
        left = first_end(field(test.function, "body") or test.function, "return_statement", FUNCTIONS)
        near = [one for one in self._compared if one.call.start_byte < left and is_within(one.call, test.function)]
        sure = [one for one in near if _is_sure(one.call, test.function)]
        compared = [found for one in sure if (found := self._comparison(one)) is not None]
        read = [one for one in walk(test.function) if one.type in _NAMES]
        return assertions_of(compared, self._declared[test.function.id], read, _LITERALS, self._lines)

    def _comparison(self, one: Compared) -> Comparison | None:
        is_text = one.kind in _WHOLE and not one.later
        sort = _SORTS.get(one.kind, Sort.VALUE)
        part = f"{self.part}(\0, {{start}}, {{stop}})" if is_text else ""
        if one.kind in {Kind.THROWS, Kind.REFUSES}:
            given = [other for other in arguments_of(one.call) if other.start_byte > one.expected.end_byte]
            return None if given else _made(one, one.expected, "", sort)
        if one.kind.is_of_answer:
            return self._answered(one)
        blank = f"({text_of(one.actual)})" if one.later else f"void ({text_of(one.actual)})"
        return Comparison(whole=one.call, actual=one.actual, expected=one.expected, blank=blank, part=part, sort=sort)

    def _answered(self, one: Compared) -> Comparison | None:
        """What a server is asked for with supertest: at least its status, where one is written."""
        called = field(one.call, "function")
        start = field(called, "object")
        if start is None:
            return None
        status = text_of(one.actual) if one.actual.type == "number" else ""
        ending = text_of(one.ending)
        rest = (
            f".expect({', '.join(filter(None, (status, ending)))})" if status else f".end({ending})" if ending else ""
        )
        sort = Sort.PART if one.kind in {Kind.WORDS, Kind.HEADED} else Sort.VALUE
        return _made(one, one.call, f"{text_of(start)}{rest}", sort)

    def _hidden(self, test: _Test) -> Iterator[Edit]:
        """Take away comments, and what is said where something fails."""
        for node in walk(test.function):
            if node.type == "comment" and not _DIRECTIVE.search(text_of(node)):
                yield replaced(node, self._lines, "")
        for one in self._compared:
            if one.message is not None and is_within(one.call, test.function):
                yield replaced(one.message, self._lines, "''")


def _made(one: Compared, whole: Node, blank: str, sort: Sort) -> Comparison:
    return Comparison(whole=whole, actual=one.actual, expected=one.expected, blank=blank, sort=sort)


def _tests(root: Node) -> Iterator[_Test]:
    for call in walk(root):
        if not is_test(call):
            continue
        functions = [one for one in arguments_of(call) if one.type in FUNCTIONS]
        statement = call.parent
        while statement is not None and statement.type == "await_expression":
            statement = statement.parent
        if len(functions) == 1 and statement is not None and statement.type == "expression_statement":
            yield _Test(call, statement, functions[0])


def _constants(function: Node) -> Mapping[str, Node]:
    """Literals by the names that a test gives them once, in its own block."""
    body = field(function, "body")
    found: list[tuple[str, Node]] = []
    for statement in body.named_children if body is not None else []:
        if statement.type in {"lexical_declaration", "variable_declaration"}:
            for one in statement.named_children:
                name, value = field(one, "name"), field(one, "value")
                if name is not None and name.type == "identifier" and value is not None and _LITERALS.leaves(value):
                    found.append((text_of(name), value))
    return given_once(found)


def _is_sure(call: Node, function: Node) -> bool:
    """Whether each run of a test reaches a comparison: it is in no branch, loop or callback but those of promises."""
    for one in ancestors(call):
        if one == function:
            break
        if one.type in _BRANCHES or (one.type in FUNCTIONS and not _is_then(one)):
            return False
    return True


def _leaves_out(node: Node) -> bool:
    """Whether a node takes an error for a value, or a function does not look at the error that it is given first."""
    if node.type == "call_expression":
        return text_of(field(field(node, "function"), "property")) == "then" and len(arguments_of(node)) > 1
    parameters, body = field(node, "parameters"), field(node, "body")
    given = [] if parameters is None else parameters.named_children
    if node.type not in FUNCTIONS or body is None or len(given) < 2:  # noqa: PLR2004 - an error, and what else came
        return False
    name = text_of(field(given[0], "pattern") or given[0])
    return _ERROR.fullmatch(name) is not None and all(text_of(one) != name for one in walk(body) if one.type in _NAMES)


def _is_then(function: Node) -> bool:
    """Whether a function is called with what a promise gives."""
    given = function.parent
    called = field(given.parent, "function") if given is not None and given.type == "arguments" else None
    return text_of(field(called, "property")) == "then"
