"""One test source of Java with the values that it expects taken out: which can be, and the text without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.java.comparisons import Comparison, Comparisons
from boxscore.protocols.blind.java.decisive import forgiven_methods, is_decisive
from boxscore.protocols.blind.java.literals import python_of, worth_hiding
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.java_source import COMMENTS, TYPES, WHOLE, edited, modifiers, parse_java, walk
from boxscore.protocols.syntax_trees import is_within, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tree_sitter import Node

EMPTY = {"integral_type": b"0", "floating_point_type": b"0", "boolean_type": b"false"}
"""What stands in a variable in the place of its value, by its type; `null` for all others."""
RUNNER = "boxscore.jvm.Blind"  # of our own runner's class path
VALUE = "boxscoreSeen"  # the name of what a chain of AssertJ's is about
METHODS = frozenset(("method_declaration", "constructor_declaration", "lambda_expression"))


class Site(Struct, frozen=True, kw_only=True):
    """A comparison whose expected value can be hidden, and who `test` is that makes it, as far as that is seen.

    `source` is the value as Python writes it, where that is known. `variable` is the place of the declaration that it
    is read from, where it is no literal itself.
    """

    number: int
    path: str
    line: int
    test: str
    source: str
    comparison: Comparison
    variable: int | None = None


class _Variable(Struct, frozen=True):
    """A variable that holds a literal: its name, what it is declared in, its type and its value."""

    name: str
    scope: Node
    kind: Node
    value: Node


class JavaFile:
    """A source with its `sites`, numbered from `first` on. Raises CannotRewriteError for what is no Java.

    `runtime` is the class that stands for comparisons, of those that may not fail without their test. Where it is
    `wide`, more of them are known.
    """

    def __init__(self, path: str, source: str, first: int, *, runtime: str = RUNNER, wide: bool = False) -> None:
        self.path = path
        self._runtime = runtime
        try:
            self._source = without_comments(source.encode())
            root = parse_java(self._source)
        except ValueError as error:
            raise CannotRewriteError(f"{path}: {error}") from None
        self.root = root
        if root.has_error:
            raise CannotRewriteError(f"{path}: it is no Java that can be read")
        self._variables = {one.value.start_byte: one for one in _variables(root)}
        found = _comparisons(root, {one.name for one in self._variables.values()}, wide=wide)
        self._drop_used(root, found)
        self.sites = tuple(
            Site(
                number=number,
                path=path,
                line=one.call.start_point[0] + 1,
                test=test_of(one.call),
                source=python_of(one.expected if variable is None else variable.value),
                comparison=one,
                variable=None if variable is None else variable.value.start_byte,
            )
            for number, (one, variable) in enumerate(self._held(found), first)
        )

    def value(self, site: Site) -> Node:
        """The literal that a comparison expects, wherever it is written."""
        return site.comparison.expected if site.variable is None else self._variables[site.variable].value

    def _held(self, found: Collection[Comparison]) -> Iterator[tuple[Comparison, _Variable | None]]:
        """Comparisons with what holds their values, without those that name what cannot be hidden."""
        for one in found:
            variable = self._variable(one.expected)
            if one.expected.type != "identifier" or variable is not None:
                yield one, variable

    def _variable(self, name: Node) -> _Variable | None:
        """The variable that a name stands for."""
        held = [one for one in self._variables.values() if one.name == text_of(name) and is_within(name, one.scope)]
        return min(held, key=lambda one: one.scope.end_byte - one.scope.start_byte) if held else None

    def _drop_used(self, root: Node, found: Collection[Comparison]) -> None:
        """Keep the variables that are declared once, and read by comparisons alone."""
        compared = {one.expected.start_byte for one in found}
        names: dict[str, list[Node]] = {one.name: [] for one in self._variables.values()}
        for one in walk(root) if names else ():
            if one.type == "identifier" and (name := text_of(one)) in names:
                names[name].append(one)
        for at, variable in list(self._variables.items()):
            uses = [one for one in names[variable.name] if is_within(one, variable.scope)]
            declared = [one for one in uses if _declares(one)]
            others = [one for one in uses if not _declares(one)]
            if len(declared) != 1 or not others or not all(one.start_byte in compared for one in others):
                del self._variables[at]

    def hidden_together(self, numbers: Collection[int]) -> set[int]:
        """Those of some sites that can be hidden without the others: of a variable all are, or none."""
        open_ = {one.variable for one in self.sites if one.variable is not None and one.number not in numbers}
        return {one.number for one in self.sites if one.number in numbers and one.variable not in open_}

    def rewrite(self, numbers: Collection[int]) -> str:
        """The text without comments and without the values of these sites."""
        edits: dict[int, tuple[int, bytes]] = {}
        hidden = self.hidden_together(numbers)
        for one in self.sites:
            if one.number not in hidden:
                continue
            start, text = self._compared(one)
            edits[start] = one.comparison.call.end_byte, text
            if one.variable is not None:
                variable = self._variables[one.variable]
                edits[one.variable] = variable.value.end_byte, EMPTY.get(variable.kind.type, b"null")
        return edited(self._source, edits).decode()

    def _compared(self, site: Site) -> tuple[int, bytes]:
        """Where what stands for a comparison begins, and what it is; it has as many lines."""
        one = site.comparison
        call, name = one.call, one.call.child_by_field_name("name")
        sent = f"{self._runtime}.{one.kind}({site.number}, ".encode()
        if one.step is not None and name is not None:
            shown = f"{VALUE}{one.step}))".encode()
            start, found = name.start_byte, b"satisfies(" + VALUE.encode() + b" -> " + sent + shown
        else:
            start, found = call.start_byte, sent + self._source[one.actual.start_byte : one.actual.end_byte] + b")"
        lines = self._source[start : call.end_byte].count(b"\n") - found.count(b"\n")
        return start, found + b"\n" * lines


def without_comments(source: bytes) -> bytes:
    """A source, as long as it is, with blanks for its comments. Raises ValueError as `parse_java` does."""
    pending, found = [parse_java(source)], bytearray(source)
    while pending:
        one = pending.pop()
        if one.type in COMMENTS:
            blank = bytes(letter if letter in b"\r\n" else ord(" ") for letter in source[one.start_byte : one.end_byte])
            found[one.start_byte : one.end_byte] = blank
        else:
            pending += one.children
    return bytes(found)


def test_of(node: Node) -> str:
    """The id of the method that a node stands in, `package.Outer$Inner#method`; of what is in none, of its class."""
    method, classes = "", list[str]()
    at: Node | None = node
    package = ""
    while at is not None:
        if at.type == "method_declaration" and not classes:
            method = text_of(at.child_by_field_name("name"))
        elif at.type in TYPES:
            classes.append(text_of(at.child_by_field_name("name")))
        elif at.type == "program":
            package = package_of(at)
        at = at.parent
    return f"{package}{'$'.join(reversed(classes))}#{method}"


def package_of(root: Node) -> str:
    """The package of a file with a point behind it, "" for none."""
    declared = next((one for one in root.children if one.type == "package_declaration"), None)
    return "" if declared is None else f"{text_of(declared.named_children[-1])}."


def _comparisons(root: Node, names: Collection[str], *, wide: bool) -> list[Comparison]:
    """The comparisons of a file, none within another but for steps of one chain."""
    finder = Comparisons(
        root, lambda node: worth_hiding(node) or (node.type == "identifier" and text_of(node) in names), wide=wide
    )
    found, pending, forgiven = list[Comparison](), [root], forgiven_methods(root)
    while pending:
        node = pending.pop()
        if node.type in WHOLE or node.type in COMMENTS:
            continue
        one = finder.of(node)
        if one is None or not is_decisive(node, forgiven):
            pending.extend(reversed(node.children))
            continue
        found.append(one)
        if one.step is not None:
            pending.append(one.actual)
    return found


def _variables(root: Node) -> Iterator[_Variable]:
    """Local variables, and private final ones of classes, that are declared with a literal."""
    for node in walk(root):
        if node.type not in {"local_variable_declaration", "field_declaration"}:
            continue
        kind = node.child_by_field_name("type")
        declared = [one for one in node.named_children if one.type == "variable_declarator"]
        if len(declared) != 1 or kind is None or text_of(kind) == "var":
            continue
        name, value = (declared[0].child_by_field_name(field) for field in ("name", "value"))
        scope = _scope(node)
        if name is None or value is None or scope is None or not worth_hiding(value):
            continue
        if node.type == "field_declaration" and not _is_own_constant(node):
            continue
        yield _Variable(text_of(name), scope, kind, value)


def _is_own_constant(declaration: Node) -> bool:
    """Whether a field is never written again, and read by its own package at most."""
    words = {*modifiers(declaration)}
    return "final" in words and ("private" in words or ("static" in words and not words & {"public", "protected"}))


def _scope(node: Node) -> Node | None:
    """What a declaration holds for: its method, or the file."""
    at: Node | None = node
    while at is not None and at.parent is not None:
        if at.type in METHODS and node.type == "local_variable_declaration":
            return at
        at = at.parent
    return at


def _declares(name: Node) -> bool:
    parent = name.parent
    return parent is not None and parent.child_by_field_name("name") == name and parent.type.endswith(
        ("declarator", "parameter", "declaration", "resource")
    )  # fmt: skip
