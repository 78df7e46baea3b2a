"""Go: `testing`, and what testify, gomega, gocheck and quicktest compare in it."""

from __future__ import annotations

import ast
import json
import re
from itertools import chain
from typing import TYPE_CHECKING

from boxscore.protocols.canaries.choices import Assertion, Sort
from boxscore.protocols.canaries.values import Edit
from boxscore.protocols.forms.comparisons import Comparison, Literals, direct, named, negative, row
from boxscore.protocols.forms.language import (
    FormFile,
    FormTest,
    arguments_of,
    at_lines,
    given_once,
    outermost,
    parsed,
    replaced,
    span_of,
)
from boxscore.protocols.forms.past import WaysPast
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tree_sitter import Node

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.text import Lines

NESTED = ("func_literal",)
_PLAIN = frozenset(
    ["interpreted_string_literal", "raw_string_literal", "int_literal", "float_literal", "true", "false"]
)
_REMOVED = frozenset(["import_spec", "function_declaration", "method_declaration"])
_TEST = re.compile(r"Test(?![a-z])\w*")
_REPORTS = re.compile(r"\b\w+\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(")
_PAST = WaysPast(
    branches=frozenset(["if_statement", "expression_switch_statement", "type_switch_statement", "select_statement"]),
    failing=re.compile(rf"{_REPORTS.pattern}|\bpanic\(|\.Skip(?:f|Now)?\("),
    called=re.compile(r"recover"),
)
_SAYS = re.compile(r"(?:Error|Errorf|Fatal|Fatalf|Log|Logf|Skip|Skipf)")
_VERB = re.compile(r"%[-+# 0]*(?:\[\d+\])?[\d*]*(?:\.[\d*]+)?(?:\[\d+\])?[a-zA-Z%]")
_DIRECTIVE = re.compile(r"//(?:go:|\s*\+build|export |line )|/\*line ")
_SAME = re.compile(r"(?:Equal|EqualValues|Exactly|Eq|DeepEqual|Equals)f?")
_CONTAINS = re.compile(r"(?:Contains|ErrorContains)f?")
_SIZES = re.compile(r"Lenf?")
_CHECKED = re.compile(r"(?:\w+\.)?(?:Equals|DeepEquals)")
_SAID = re.compile(r"EqualErrorf?")
_HELPING = re.compile(r"(?:assert|check|expect|require|verify|want|compare|same|equals?|must)\w*", re.IGNORECASE)
_EXACT = re.compile(r"equals?|same|eq(?![a-z])", re.IGNORECASE)
_FUNCTIONS = {"reflect.DeepEqual": Sort.VALUE, "bytes.Equal": Sort.VALUE, "strings.Contains": Sort.PART}
_BASIC = frozenset(
    f"{name}{bits}" for name, sizes in (("int", " 8 16 32 64"), ("uint", " 8 16 32 64")) for bits in sizes.split(" ")
) | {"float32", "float64", "string", "byte", "rune", "bool"}
_HELPERS = """
func {blank}(values ...interface{{}}) bool {{ return false }}

func {part}(value interface{{}}, from, to int) string {{
	text := {fmt}.Sprint(value)
	if len(text) < to {{
		return text
	}}
	return text[from:to]
}}

var _ = {part}
"""


class Go:
    """Test functions of a file, and methods of suites."""

    ends: tuple[str, ...] = (".go",)

    def read(self, path: str, source: str, word: str) -> FormFile:  # noqa: ARG002 - Go's are all of one grammar
        """See `FormLanguage.read`, and so with the others."""
        import tree_sitter_go  # noqa: PLC0415 - for Go only

        lines, root = parsed(source, tree_sitter_go.language)
        package = next((one for one in root.children if one.type == "package_clause"), None)
        if package is None:
            return FormFile(lines=lines)
        file = _File(root, lines, word)
        end, last = lines.position(package.end_byte), lines.position(len(lines.data))
        names = {"blank": file.blank, "part": file.part, "fmt": f"fmt_{word}"}
        helpers = (Edit(end, end, f'\nimport fmt_{word} "fmt"\n'), Edit(last, last, _HELPERS.format(**names)))
        return FormFile(lines=lines, tests=tuple(file.tests()), helpers=helpers)

    def named(self, tests: Iterable[str], names: Collection[str]) -> Collection[str]:
        """The parts of an id are a function, perhaps a method of a suite, and subtests."""
        return {part for test in tests for part in test.split("/") if part in names}

    def spelled(self, value: Value, *, like: str) -> str:  # noqa: ARG002 - one kind of quotes
        """In JSON, but for what is neither text nor truth."""
        return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)

    def without_lines(self, source: str, lines: Collection[int]) -> str:
        """Functions go, and imports that nothing uses any more lose their names."""
        import tree_sitter_go  # noqa: PLC0415 - for Go only

        text, root = parsed(source, tree_sitter_go.language)
        found: list[Edit] = []
        for node in at_lines(root, lines, _REMOVED, ("block",)):
            if node.type == "import_spec":
                found.append(Edit(text.position(node.start_byte), span_of(field(node, "path") or node, text)[0], "_ "))
            else:
                found.append(replaced(node, text, ""))
        return text.after(outermost(found))


class _Literals(Literals):
    joins = frozenset(["binary_expression"])

    def parts(self, node: Node) -> Sequence[Node] | None:
        """See `Literals.parts`, and so with the others."""
        return None if node.type in _PLAIN or _is_negative(node) else _parts(node)

    def value(self, node: Node) -> Value | None:
        """Numbers, texts and truths; only a number has a sign."""
        if not _is_negative(node):
            return _value(text_of(node))
        return negative(_value(text_of(node.children[-1])))


_LITERALS = _Literals()


def _is_negative(node: Node) -> bool:
    return node.type == "unary_expression" and text_of(node.children[0]) == "-"


def _parts(node: Node) -> list[Node]:
    """What a value is made of: the elements of a composite one, and what is converted."""
    found: list[Node | None] = []
    match node.type:
        case "unary_expression" if text_of(node.children[0]) == "&":
            found = [node.children[-1]]
        case "composite_literal":
            found = [field(node, "body")]
        case "keyed_element":
            found = [field(node, "value")]
        case "literal_value" | "literal_element" | "parenthesized_expression":
            found = [*node.named_children]
        case "type_conversion_expression":
            found = [field(node, "operand")]
        case "call_expression" if text_of(field(node, "function")) in _BASIC:
            found = [*arguments_of(node)]
        case "binary_expression" if text_of(field(node, "operator")) == "+":
            found = [node.children[0], node.children[-1]]
    return [one for one in found if one is not None]


def _value(text: str) -> str | float | None:
    if text in {"true", "false"}:
        return text == "true"
    if text.startswith("`"):
        return text[1:-1].replace("\r", "")
    if text.startswith('"'):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None
        return value if isinstance(value, str) and (value.isascii() or "\\" not in text) else None
    if re.fullmatch(r"0|[1-9]\d*", text):
        return int(text)
    return float(text) if re.fullmatch(r"\d+\.\d+", text) else None


class _File:
    def __init__(self, root: Node, lines: Lines, word: str) -> None:
        self._root, self._lines = root, lines
        self.blank, self.part = f"blank_{word}", f"part_{word}"
        self._types = {
            text_of(field(one, "name")): inner
            for one in walk(root)
            if one.type == "type_spec" and (inner := field(one, "type")) is not None and inner.type == "struct_type"
        }
        names = (text_of(one) for one in walk(root) if one.type in {"identifier", "field_identifier"})
        self._mentioned = list(names)

    def tests(self) -> Iterator[FormTest]:
        """Yield those that nothing else refers to."""
        for node in self._root.children:
            name, body = field(node, "name"), field(node, "body")
            if node.type not in {"function_declaration", "method_declaration"} or name is None or body is None:
                continue
            if (
                not _TEST.fullmatch(text_of(name))
                or text_of(name) == "TestMain"
                or self._mentioned.count(text_of(name)) > 1
            ):
                continue
            if node.type == "function_declaration" and "testing.T" not in text_of(field(node, "parameters")):
                continue
            function = _Function(body, self)
            yield FormTest(
                name=text_of(name),
                span=span_of(node, self._lines),
                called=(span_of(name, self._lines), f"{text_of(name)}_\0"),
                assertions=tuple(function.assertions()),
                hidden=tuple(function.hidden()),
                gets_past=_PAST.are_in(body) or _leaves_out(body),
            )

    @property
    def lines(self) -> Lines:
        """The file."""
        return self._lines

    def fields(self, kind: Node | None) -> list[str]:
        """Return the names of the fields of a struct, in their order."""
        struct = self._types.get(text_of(kind)) if kind is not None and kind.type == "type_identifier" else kind
        if struct is None or struct.type != "struct_type":
            return []
        declared = (one for one in walk(struct, ("struct_type",)) if one.type == "field_declaration")
        return [text_of(name) for one in declared for name in one.children_by_field_name("name")]


class _Function:
    """One test function: the statements that each run reaches, and what they compare."""

    def __init__(self, body: Node, file: _File) -> None:
        self._body, self._file, self._lines = body, file, file.lines
        self._names = [one for one in walk(body) if one.type == "identifier"]
        self._declared = _declared(body)
        self._loops: list[tuple[str, Node]] = []  # the variable of each loop over a table, and the table
        self._compared = [one for statement in self._sure(body) for one in self._of(statement)]

    def assertions(self) -> Iterator[Assertion]:
        """Yield all that have a choice, and rows of tables that have none."""
        yield from chain.from_iterable(self._rows(*loop) for loop in self._loops)
        local = self._declared
        used: dict[str, list[Comparison]] = {}
        for one in self._compared:
            if one.expected.type == "identifier" and text_of(one.expected) in local:
                used.setdefault(text_of(one.expected), []).append(one)
            elif (found := direct(one, _LITERALS, self._lines)) is not None:
                yield found
        for name, comparisons in used.items():
            reads = [one for one in self._names if text_of(one) == name and not self._is_said(one)]
            if len(reads) == len(comparisons) + 1:
                found = named(local[name], comparisons, _LITERALS, self._lines)
                if found is not None:
                    yield found

    def hidden(self) -> Iterator[Edit]:
        """Take away comments, and what is said where something fails, but for the verbs in it."""
        for node in walk(self._body):
            if node.type == "comment" and not _DIRECTIVE.match(text_of(node)):
                yield replaced(node, self._lines, "")
            elif node.type in {"interpreted_string_literal", "raw_string_literal"} and self._is_said(node):
                yield replaced(node, self._lines, json.dumps("".join(_VERB.findall(text_of(node)))))
            elif node.type in {"int_literal", "float_literal"} and self._is_said(node):
                yield replaced(node, self._lines, "0")

    def _is_said(self, node: Node) -> bool:
        """Whether a node stands in what is said where something fails."""
        at: Node | None = node
        while at is not None and at != self._body and at.type != "func_literal":
            if at.type == "argument_list" and at.parent is not None:
                called = field(at.parent, "function")
                if called is not None and called.type == "selector_expression":
                    return _SAYS.fullmatch(text_of(field(called, "field"))) is not None
                return False
            at = at.parent
        return False

    def _sure(self, block: Node) -> Iterator[Node]:
        """Yield the statements that each run reaches: also those of subtests, and of loops over tables."""
        for statement in _statements(block):
            yield statement
            inner = statement.named_children[0] if statement.type == "expression_statement" else None
            if statement.type == "block":
                yield from self._sure(statement)
            elif inner is not None and (done := _subtest(inner)) is not None:
                yield from self._sure(done)
            elif statement.type == "for_statement" and (loop := self._loop(statement)) is not None:
                self._loops.append(loop)
                done = field(statement, "body")
                yield from () if done is None else self._sure(done)
            if any(one.type == "return_statement" for one in walk(statement, NESTED)):
                return

    def _loop(self, statement: Node) -> tuple[str, Node] | None:
        """Return the variable of a loop over a table, and the table."""
        ranged = next((one for one in statement.children if one.type == "range_clause"), None)
        names = [text_of(one) for one in (field(ranged, "left") or statement).named_children]
        right = field(ranged, "right")
        if ranged is None or right is None or not names:
            return None
        if right.type == "identifier":
            found = self._declared.get(text_of(right))
            if found is None or sum(text_of(one) == text_of(right) for one in self._names) > 2:  # noqa: PLR2004 - it is declared and read
                return None
            right = found
        return (names[-1], right) if right.type == "composite_literal" else None

    def _of(self, statement: Node) -> Iterator[Comparison]:
        match statement.type:
            case "if_statement":
                condition = field(statement, "condition")
                if condition is not None and _REPORTS.search(text_of(field(statement, "consequence"))):
                    yield from self._condition(condition)
            case "expression_statement":
                call = statement.named_children[0]
                if call.type == "call_expression" and (found := self._call(call)) is not None:
                    yield found

    def _condition(self, node: Node) -> Iterator[Comparison]:
        """What a test fails for if it is so."""
        operator = text_of(field(node, "operator"))
        if node.type == "parenthesized_expression":
            yield from self._condition(node.named_children[0])
        elif node.type == "binary_expression" and operator == "||":
            for side in ("left", "right"):
                if (one := field(node, side)) is not None:
                    yield from self._condition(one)
        elif node.type == "binary_expression" and operator == "!=":
            pair = self._pair(field(node, "left"), field(node, "right"))
            if pair is not None:
                yield self._comparison(node, pair, part=True)
        elif node.type == "unary_expression" and text_of(node.children[0]) == "!":
            call = node.children[-1]
            sort = _FUNCTIONS.get(text_of(field(call, "function")))
            given = arguments_of(call) if sort is not None else []
            pair = self._pair(*given) if len(given) == 2 else None  # noqa: PLR2004 - both sides
            if sort is not None and pair is not None:
                yield self._comparison(node, pair, sort=sort, function=text_of(field(call, "function")))

    def _pair(self, first: Node | None, second: Node | None) -> tuple[Node, Node] | None:
        """Return what is compared and what is expected, where it can be told which is which."""
        if first is None or second is None:
            return None
        for actual, expected in ((first, second), (second, first)):
            if self._is_known(expected) and not self._is_known(actual):
                return actual, expected
        return None

    def _is_known(self, node: Node) -> bool:
        """Whether an expression is a literal, or a name or a field that may stand for one."""
        if _LITERALS.leaves(node):
            return True
        if node.type == "identifier":
            value = self._declared.get(text_of(node))
            return value is not None and bool(_LITERALS.leaves(value))
        return node.type == "selector_expression" and any(
            text_of(field(node, "operand")) == name for name, _ in self._loops
        )

    def _comparison(
        self,
        whole: Node,
        pair: tuple[Node, Node],
        *,
        part: bool = False,
        sort: Sort = Sort.VALUE,
        function: str = "",
    ) -> Comparison:
        actual, expected = pair
        used = [function, text_of(actual), "" if _LITERALS.leaves(expected) else text_of(expected)]
        return Comparison(
            whole=whole,
            actual=actual,
            expected=expected,
            blank=f"{self._file.blank}({', '.join(filter(None, used))})",
            part=f"{self._file.part}(\0, {{start}}, {{stop}})" if part else "",
            sort=sort,
        )

    def _call(self, call: Node) -> Comparison | None:
        """What a statement of a library of assertions, or of the tests' own, compares."""
        function, given = field(call, "function"), arguments_of(call)
        if function is None or any(one.type == "variadic_argument" for one in given):
            return None
        name = text_of(field(function, "field")) if function.type == "selector_expression" else text_of(function)
        if name in {"To", "Should"} and len(given) == 1:
            return self._matched(call, function, given[0])
        if name in {"Assert", "Check"} and len(given) >= 3 and _CHECKED.fullmatch(text_of(given[1])):  # noqa: PLR2004 - with the checker
            pair = self._pair(given[0], given[2])
            used = f"{text_of(function)}, {text_of(given[1])}"
            return None if pair is None else self._comparison(call, pair, part=True, function=used)
        if given and re.fullmatch(r"\w+(?:\.T\(\))?", text_of(given[0])) and not self._is_known(given[0]):
            used, given = f"{text_of(function)}, {text_of(given[0])}", given[1:]
        else:
            used = text_of(function)
        kind = _kind_of(name, function)
        if kind is None or len(given) < 2:  # noqa: PLR2004 - both sides
            return None
        pair = self._pair(given[0], given[1])
        is_text = kind is Sort.VALUE and (_SAME.fullmatch(name) is not None)
        return None if pair is None else self._comparison(call, pair, part=is_text, sort=kind, function=used)

    def _matched(self, call: Node, function: Node, matcher: Node) -> Comparison | None:
        """What gomega is asked: `Expect(actual).To(Equal(expected))`."""
        start = field(function, "operand")
        given, wanted = arguments_of(start) if start is not None else [], arguments_of(matcher)
        made = text_of(field(matcher, "function")).rpartition(".")[2]
        if (
            len(given) != 1
            or len(wanted) != 1
            or made not in {"Equal", "BeEquivalentTo", "HaveLen", "ContainSubstring"}
        ):
            return None
        sort = Sort.PART if made == "ContainSubstring" else Sort.VALUE
        used = f"{text_of(field(start, 'function'))}, {text_of(field(matcher, 'function'))}"
        pair = self._pair(given[0], wanted[0])
        return None if pair is None else self._comparison(call, pair, part=made == "Equal", sort=sort, function=used)

    def _rows(self, variable: str, table: Node) -> list[Assertion]:
        """The rows of a table, of which some fields are only compared."""
        uses = [one for one in self._names if text_of(one) == variable]
        fields: dict[str, list[Node]] = {}
        for one in uses:
            parent = one.parent
            if parent is not None and parent.type == "selector_expression" and field(parent, "operand") == one:
                fields.setdefault(text_of(field(parent, "field")), []).append(parent)
            elif parent is None or parent.type != "expression_list":
                return []  # the whole row goes elsewhere
        compared = {
            name: [one for one in self._compared if any(one.expected == use for use in several)]
            for name, several in fields.items()
        }
        columns = {
            name: several
            for name, several in compared.items()
            if several and len(several) == sum(not self._is_said(use) for use in fields[name])
        }
        names, body = self._file.fields(_element(field(table, "type"))), field(table, "body")
        found = []
        for one in body.named_children if body is not None else []:
            if one.type == "comment":
                continue
            values = [(value, columns[name]) for name, value in _cells(one, names) if name in columns]
            found.append(row(values, Edit(*self._with_comma(one), ""), _LITERALS, self._lines))
        return found if any(one.choices for one in found) else []

    def _with_comma(self, node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
        after = node.next_sibling
        end = after if after is not None and text_of(after) == "," else node
        return self._lines.position(node.start_byte), self._lines.position(end.end_byte)


def _declared(body: Node) -> dict[str, Node]:
    """Return the names that are given one value in a function, and these."""
    found: list[tuple[str, Node]] = []
    for node in walk(body):
        match node.type:
            case "short_var_declaration":
                left, right = field(node, "left"), field(node, "right")
            case "var_spec" | "const_spec":
                left, right = node, field(node, "value")
            case _:
                continue
        names = node.children_by_field_name("name") if left == node else left.named_children if left else []
        values = right.named_children if right is not None else []
        if len(names) == len(values):
            found += [(text_of(name), value) for name, value in zip(names, values, strict=True)]
    return given_once(found)


def _leaves_out(body: Node) -> bool:
    """Whether a test does not look at the last of what it is given, which is where errors are."""
    for node in walk(body):
        left = field(node, "left") if node.type in {"short_var_declaration", "assignment_statement"} else None
        names = node.children_by_field_name("name") if node.type == "var_spec" else left.named_children if left else []
        if names and text_of(names[-1]) == "_":
            return True
    return False


def _kind_of(name: str, function: Node) -> Sort | None:
    """How a function of this name compares, if it does."""
    if _SAME.fullmatch(name) or _SIZES.fullmatch(name) or _SAID.fullmatch(name):
        return Sort.VALUE
    if _CONTAINS.fullmatch(name):
        return Sort.PART
    if function.type != "identifier" or not _HELPING.fullmatch(name):
        return None
    return Sort.VALUE if _EXACT.search(name) else Sort.MESSAGE  # what a helper asks for may be a part


def _statements(block: Node) -> list[Node]:
    inner = [one for one in block.children if one.type == "statement_list"]
    return [one for part in inner or [block] for one in part.named_children if one.type != "comment"]


def _subtest(call: Node) -> Node | None:
    """The body of what is given to `t.Run`, or run by a suite."""
    given = arguments_of(call) if call.type == "call_expression" else []
    if not given or given[-1].type != "func_literal" or text_of(field(field(call, "function"), "field")) != "Run":
        return None
    return field(given[-1], "body")


def _element(kind: Node | None) -> Node | None:
    """The type of the rows of a table."""
    inner = field(kind, "element") or field(kind, "value")
    return inner.named_children[0] if inner is not None and inner.type == "pointer_type" else inner


def _cells(element: Node, names: Sequence[str]) -> list[tuple[str, Node]]:
    """The fields of a row and their values, which stand by their names or in the order of the struct."""
    at: Node | None = element
    while at is not None and at.type in {"literal_element", "keyed_element"}:
        at = field(at, "value") if at.type == "keyed_element" else at.named_children[0]
    if at is None or at.type != "literal_value":
        return []
    cells = [one for one in at.named_children if one.type != "comment"]
    if all(one.type == "keyed_element" for one in cells):
        return [(text_of(field(one, "key")), value) for one in cells if (value := field(one, "value")) is not None]
    return list(zip(names, cells, strict=False)) if len(cells) == len(names) else []
