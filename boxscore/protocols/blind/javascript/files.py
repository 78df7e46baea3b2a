"""One test file of JavaScript or TypeScript without the values that its tests expect."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore import resources
from boxscore.protocols.blind.files import Hidden
from boxscore.protocols.blind.javascript.comparisons import Comparisons, Kind
from boxscore.protocols.blind.javascript.literals import tidied, value_of, worth_hiding
from boxscore.protocols.blind.javascript.source import SCOPES, parse
from boxscore.protocols.blind.javascript.tables import columns
from boxscore.protocols.blind.javascript.titles import is_expected_to_fail, title_of, titles_of
from boxscore.protocols.blind.literals import UNKNOWN
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.syntax_trees import ancestors, edited, field, is_within, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tree_sitter import Node

    from boxscore.protocols.blind.files import Key
    from boxscore.protocols.blind.javascript.comparisons import Compared
    from boxscore.protocols.blind.javascript.tables import Column

ALIAS = "_boxscore"
MODULE = frozenset(["import_statement", "export_statement"])
SETTINGS = re.compile(r"@(?:jest-|vitest-|jsx|flow)")  # comments that runners and compilers read, at the head of a file
NAMES = frozenset(["identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"])


class _Variable(Struct, frozen=True):
    """A constant that holds a literal: its name, what it is declared in, and its value."""

    name: str
    scope: Node
    value: Node


class ScriptFile:
    """A test file, and what of it can be hidden; `first` is the number of its first value."""

    def __init__(self, path: str, source: str, first: int) -> None:
        """Raise CannotRewriteError if the file cannot be read."""
        self._source, self._path = source.encode(), path
        self._root = parse(path, self._source)
        self._titles = titles_of(self._root)
        self._variables = _by_name(_constants(self._root))
        self._columns = columns(self._root)
        found = Comparisons(self._root, source, self._is_known).find()
        found = [one for one in found if not is_expected_to_fail(one.call)]
        self._drop_used(found)
        self._at: dict[int, list[Compared]] = {}
        self._nodes: dict[int, Node] = {}
        for one in found:
            for value in self._values(one):
                self._at.setdefault(value.start_byte, []).append(one)
                self._nodes[value.start_byte] = value
        self._number = {at: number for number, at in enumerate(sorted(self._at), first)}
        self._place = {number: at for at, number in self._number.items()}
        self.hidden = tuple(self._hidden(at, number) for at, number in self._number.items())

    def _is_known(self, node: Node) -> bool:
        is_read = self._variable(node) is not None or self._column(node) is not None
        return node.type == "regex" or worth_hiding(node) or is_read

    def _variable(self, name: Node) -> _Variable | None:
        """The constant that a name stands for."""
        if name.type != "identifier":
            return None
        held = [one for one in self._variables.get(text_of(name), ()) if is_within(name, one.scope)]
        return min(held, key=lambda one: one.scope.end_byte - one.scope.start_byte) if held else None

    def _column(self, node: Node) -> Column | None:
        """The column of a table that is read by a name."""
        held = [one for one in self._columns if one.is_named(node) and is_within(node, one.scope)]
        return held[0] if len(held) == 1 else None

    def _values(self, one: Compared) -> tuple[Node, ...]:
        """The literals that a comparison expects, wherever they are written; none if that is not known."""
        if (column := self._column(one.expected)) is not None:
            return column.cells
        if one.expected.type != "identifier":
            return () if one.expected.type == "member_expression" else (one.expected,)
        variable = self._variable(one.expected)
        return () if variable is None else (variable.value,)

    def _drop_used(self, found: Collection[Compared]) -> None:
        """Keep the constants and columns that are bound once in their scope, and read by comparisons alone."""
        compared = {one.expected.start_byte for one in found}
        names = {*self._variables, *(one.name for one in self._columns)}
        uses: dict[str, list[Node]] = {name: [] for name in names}
        for node in walk(self._root) if names else ():
            if node.type in NAMES and (name := text_of(node)) in names:
                uses[name].append(node)
        kept = []
        for one in chain.from_iterable(self._variables.values()):
            inside = [use for use in uses[one.name] if is_within(use, one.scope)]
            others = [use for use in inside if not _declares(use, one)]
            if len(others) == len(inside) - 1 and others and all(use.start_byte in compared for use in others):
                kept.append(one)
        self._variables = _by_name(kept)
        self._columns = [one for one in self._columns if self._is_read_by(one, uses[one.name], compared)]

    def _is_read_by(self, column: Column, uses: Collection[Node], compared: Collection[int]) -> bool:
        """Whether comparisons alone read a column."""
        inside = [use for use in uses if is_within(use, column.scope)]
        if not column.key:
            read = [use for use in inside if use != column.binding]
            return bool(read) and all(use.start_byte in compared for use in read)
        owners = [use.parent for use in inside if use.parent is not None and use.parent.type == "member_expression"]
        bound = [use for use in inside if use.parent is None or use.parent.type != "member_expression"]
        read = [one for one in owners if column.is_named(one)]
        is_bound_once = all(_is_parameter(use) for use in bound) and len(bound) <= 1
        return is_bound_once and bool(read) and all(one.start_byte in compared for one in read)

    def _hidden(self, at: int, number: int) -> Hidden:
        sites, value = self._at[at], self._nodes[at]
        return Hidden(
            number=number,
            path=self._path,
            line=value.start_point[0] + 1,
            source=_python_of(value, sites),
            loose=any(one.loose for one in sites),
        )

    def users(self, number: int) -> set[Key]:
        """The tests that hang on a value, each by its title: those that it is compared in, else all of the file."""
        sites = self._at.get(self._place.get(number, -1), [])
        titles = {title_of(one.call) for one in sites}
        named = {one for one in titles if one is not None}
        return {((), one) for one in (named if None not in titles else (*named, *self._titles))}

    def rewrite(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file with the values of `numbers` hidden; comparisons are written to `place`.

        Of a column all are, or none. Raises CannotRewriteError.
        """
        edits = {(one, end): text for one, end, text in self._comments()}
        sites = {one.call.start_byte: one for found in self._at.values() for one in found}
        for one in sites.values():
            values = [self._number[value.start_byte] for value in self._values(one)]
            if values and all(number in numbers for number in values):
                edits |= {(start, end): text for start, end, text in self._compared(one, values[0])}
        return edited(self._source, [*self._runtime(place), *((*at, text) for at, text in edits.items())])

    def _compared(self, one: Compared, number: int) -> Iterator[tuple[int, int, str]]:
        actual, expected = one.actual, one.expected
        if one.kind.is_of_answer:
            yield self._answer(one, number)
            return
        column = self._column(expected)
        which = str(number) if column is None else text_of(expected)
        how = f'later("{one.kind}", {which}, ' if one.later else f"{one.kind}({which}, "
        yield actual.start_byte, actual.start_byte, f"{ALIAS}.{how}"
        yield actual.end_byte, actual.end_byte, ")"
        if one.drops:
            yield self._comma_before(expected), expected.end_byte, ""
        else:
            yield expected.start_byte, expected.end_byte, "true"
        if one.matcher is not None:
            yield one.matcher.start_byte, one.matcher.end_byte, one.called
        if one.message is not None:
            yield one.message.start_byte, one.message.end_byte, '""'
        variable = self._variable(expected)
        if column is not None:
            yield from ((one.start_byte, one.end_byte, str(self._number[one.start_byte])) for one in column.cells)
        elif variable is not None:
            yield variable.value.start_byte, variable.value.end_byte, "null"

    def _answer(self, one: Compared, number: int) -> tuple[int, int, str]:
        """Ask for a server's answer by a function, and for its status and the end of it as before."""
        asked = text_of(one.actual)
        what = f"{number}, {asked}" if one.kind in {Kind.HEADER, Kind.HEADED} else str(number)
        text, end = f"{ALIAS}.{one.kind}({what})", one.expected.end_byte
        if one.actual.type == "number":
            text += f").expect({asked}"
        elif one.ending is not None:
            text, end = f"{text}).end(", one.ending.start_byte
        return one.actual.start_byte, end, text

    def _comma_before(self, node: Node) -> int:
        """Where the comma before an argument is, or the argument if it is the first."""
        before = node.prev_sibling
        return before.start_byte if before is not None and before.type == "," else node.start_byte

    def _comments(self) -> Iterator[tuple[int, int, str]]:
        """Empty the comments of a file, which may name what was taken out of it."""
        first = next((one for one in self._root.children if one.type not in {"comment", "hash_bang_line"}), self._root)
        for one in walk(self._root):
            if one.type != "comment":
                continue
            kept = [line.strip(" /*") for line in text_of(one).splitlines() if SETTINGS.search(line)]
            if one.end_byte <= first.start_byte and kept:
                yield one.start_byte, one.end_byte, f"/** {' '.join(kept)} */"
            else:
                yield one.start_byte, one.end_byte, " " + "\n" * text_of(one).count("\n")

    def _runtime(self, place: str | int) -> Iterator[tuple[int, int, str]]:
        first = next((one for one in self._root.children if not _must_be_first(one)), None)
        if first is None:
            raise CannotRewriteError("has no statement")
        is_module = any(one.type in MODULE for one in self._root.children)
        load, get = "", 'require("fs")'
        if is_module:
            load, get = f'import * as {ALIAS}Files from "fs"; ', f"{ALIAS}Files"
        if self._path.endswith(("ts", "tsx")) and not self._source.startswith(b"#!"):
            yield 0, 0, "// @ts-nocheck\n"
        text = f"{load}const {ALIAS} = {runtime()}({json.dumps(place)}, {_real(get)});"
        yield first.start_byte, first.start_byte, f"{text} "


def _real(otherwise: str) -> str:
    """Node's own files, which tests may put others in the place of."""
    of_process = "globalThis.process.getBuiltinModule"
    return f'({of_process} ? {of_process}("fs") : {otherwise})'


@cache
def runtime() -> str:
    """What stands for the hidden values, as an expression on one line."""
    source = (resources.folder("sandbox") / "blind.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in source.splitlines() if not line.lstrip().startswith("//"))
    return " ".join(line for line in lines if line)


def without_runtime(source: str) -> str:
    """Take out of a rewritten file what it has of ours."""
    return source.replace(runtime(), "")


def _must_be_first(node: Node) -> bool:
    """What has to be the first of a file: a directive, or the line that names an interpreter."""
    if node.type in {"hash_bang_line", "comment"}:
        return True
    return (
        node.type == "expression_statement" and node.named_child_count == 1 and node.named_children[0].type == "string"
    )


def _python_of(node: Node, sites: Collection[Compared]) -> str:
    """A value as Python writes it; of a pattern its text, of what only running it tells its names and literals."""
    if node.type == "regex":
        return repr(text_of(field(node, "pattern")))
    value: Any = value_of(node)
    if any(one.kind in {Kind.EQUAL, Kind.LIKE} for one in sites):
        value = tidied(value)
    return f"true({', '.join(map(repr, _parts(node)))})" if value is UNKNOWN else repr(value)


def _parts(node: Node) -> Iterator[object]:
    for one in walk(node):
        if one.type in {"identifier", "property_identifier", "shorthand_property_identifier", "string_fragment"}:
            yield text_of(one)
        elif one.type in {"string", "number"} and (value := value_of(one)) is not UNKNOWN:
            yield value


def _constants(root: Node) -> list[_Variable]:
    """Constants, and variables that may be, which are declared with a literal."""
    found = []
    for node in walk(root):
        if node.type != "variable_declarator":
            continue
        name, value = field(node, "name"), field(node, "value")
        if name is None or value is None or name.type != "identifier" or not worth_hiding(value):
            continue
        declaration = node.parent
        exported = declaration is None or (
            declaration.parent is not None and declaration.parent.type == "export_statement"
        )
        scope = next((one for one in ancestors(node) if one.type in SCOPES), None)
        if scope is not None and not exported:
            found.append(_Variable(text_of(name), scope, value))
    return found


def _by_name(variables: Iterable[_Variable]) -> dict[str, list[_Variable]]:
    """Constants by their names: a file may have thousands, and each name in it is looked up."""
    found: dict[str, list[_Variable]] = {}
    for one in variables:
        found.setdefault(one.name, []).append(one)
    return found


def _is_parameter(name: Node) -> bool:
    """Whether a name is what a function or a loop calls a row."""
    parent = name.parent
    return parent is not None and (
        parent.type in {"formal_parameters", "required_parameter", "for_in_statement"}
        or field(parent, "parameter") == name
    )


def _declares(name: Node, variable: _Variable) -> bool:
    parent = name.parent
    return parent is not None and parent.type == "variable_declarator" and field(parent, "value") == variable.value


def spoken(source: str) -> Iterator[str]:
    """The texts and numbers that stand in a source, however they are written."""
    try:
        root = parse(".tsx", source.encode())
    except CannotRewriteError:
        return
    for node in walk(root):
        if node.type in {"string", "number"}:
            value = value_of(node)
            if value is not UNKNOWN:
                yield str(value)
