"""Tables of a test file: rows of literals that tests or loops read one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.javascript.literals import WRAPPERS, value_of
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.blind.literals import UNKNOWN
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tree_sitter import Node

_LOOPS = frozenset(["forEach", "map"])
_NOT_PLAIN = frozenset(["pair_pattern", "object_assignment_pattern", "assignment_pattern", "rest_pattern"])
LEAST_ROWS = 2


class Column(Struct, frozen=True):
    """The values that a name has, one after the other, in what reads a table: `name`, or `name.key` if it has a key."""

    name: str
    key: str
    scope: Node
    cells: tuple[Node, ...]
    binding: Node | None

    def is_named(self, node: Node) -> bool:
        """Whether an expression is written as the column is read, wherever it stands."""
        if not self.key:
            return node.type == "identifier" and text_of(node) == self.name
        if node.type != "member_expression" or text_of(field(node, "property")) != self.key:
            return False
        owner = field(node, "object")
        return owner is not None and owner.type == "identifier" and text_of(owner) == self.name


def columns(root: Node) -> list[Column]:
    """Find the columns of all tables that are read once, each under the name that tests or a loop give it."""
    constants = _constants(root)
    found = []
    for node in walk(root):
        for table, pattern, scope in _readers(node):
            rows = _rows(table, constants)
            if rows is not None:
                found += [one for one in _columns(rows, pattern, scope) if all(map(_is_literal, one.cells))]
    return found


def _readers(node: Node) -> Iterator[tuple[Node, Sequence[Node], Node]]:
    """What reads a table: the table, the patterns that a row is bound to, and where these hold."""
    if node.type == "for_in_statement" and any(text_of(one) == "of" for one in node.children):
        left, right, body = (field(node, name) for name in ("left", "right", "body"))
        if left is not None and right is not None and body is not None:
            yield right, [left], body
        return
    if node.type != "call_expression":
        return
    called, given = field(node, "function"), arguments_of(node)
    if called is None or not given or given[-1].type not in FUNCTIONS:
        return
    parameters = _parameters(given[-1])
    if called.type == "member_expression" and text_of(field(called, "property")) in _LOOPS and parameters:
        owner = field(called, "object")
        if owner is not None:
            yield owner, parameters[:1], given[-1]
    if called.type == "call_expression" and text_of(field(field(called, "function"), "property")) == "each":
        table = arguments_of(called)
        if len(table) == 1:
            yield table[0], [*parameters, given[-1]], given[-1]  # the last says that rows are spread


def _parameters(function: Node) -> list[Node]:
    single = field(function, "parameter")
    if single is not None:
        return [single]
    listed = field(function, "parameters")
    found = [] if listed is None else [one for one in listed.named_children if one.type != "comment"]
    return [_bare(one) for one in found]


def _bare(parameter: Node) -> Node:
    """A parameter without its type."""
    return (field(parameter, "pattern") or parameter) if parameter.type == "required_parameter" else parameter


def _constants(root: Node) -> Mapping[str, Node]:
    """Arrays by the names of constants that are declared once in a file and read once."""
    declared: dict[str, Node] = {}
    count: dict[str, int] = {}
    for node in walk(root):
        if node.type in {"identifier", "shorthand_property_identifier"}:
            count[text_of(node)] = count.get(text_of(node), 0) + 1
        if node.type == "variable_declarator":
            name, value = field(node, "name"), field(node, "value")
            if name is not None and value is not None and value.type == "array":
                declared[text_of(name)] = value
    return {name: value for name, value in declared.items() if count.get(name) == 2}  # noqa: PLR2004 - declared and read


def _rows(table: Node, constants: Mapping[str, Node]) -> list[Node] | None:
    """The rows of a table that is written out: all arrays, or all objects."""
    if table.type == "identifier":
        table = constants.get(text_of(table), table)
    while table.type in WRAPPERS and table.named_children:
        table = table.named_children[0]
    if table.type != "array":
        return None
    rows = [one for one in table.named_children if one.type != "comment"]
    kinds = {one.type for one in rows}
    return rows if len(rows) >= LEAST_ROWS and kinds in ({"array"}, {"object"}) else None


def _columns(rows: Sequence[Node], patterns: Sequence[Node], scope: Node) -> Iterator[Column]:
    spread = len(patterns) > 1 and patterns[-1] == scope
    names = patterns[:-1] if spread else patterns
    if rows[0].type == "array":
        bound = names if spread else _items(names[0])
        for at, name in enumerate(bound):
            cells = [_item(row, at) for row in rows]
            if name.type == "identifier" and all(cell is not None for cell in cells):
                yield Column(text_of(name), "", scope, tuple(cell for cell in cells if cell is not None), name)
        return
    if len(names) != 1:
        return
    if names[0].type == "identifier":
        for key in _keys(rows[0]):
            cells = [_property(row, key) for row in rows]
            if all(cell is not None for cell in cells):
                yield Column(text_of(names[0]), key, scope, tuple(cell for cell in cells if cell is not None), None)
        return
    for one in names[0].named_children if names[0].type == "object_pattern" else ():
        key = text_of(one)
        cells = [_property(row, key) for row in rows] if one.type not in _NOT_PLAIN else [None]
        if all(cell is not None for cell in cells):
            yield Column(key, "", scope, tuple(cell for cell in cells if cell is not None), one)


def _items(pattern: Node) -> list[Node]:
    return [one for one in pattern.named_children if one.type != "comment"] if pattern.type == "array_pattern" else []


def _item(row: Node, at: int) -> Node | None:
    items = [one for one in row.named_children if one.type != "comment"]
    if any(one.type == "spread_element" for one in items):
        return None
    return items[at] if at < len(items) else None


def _keys(row: Node) -> list[str]:
    return [text_of(field(one, "key")) for one in row.named_children if one.type == "pair"]


def _property(row: Node, key: str) -> Node | None:
    if any(one.type == "spread_element" for one in row.named_children):
        return None
    return next((field(one, "value") for one in row.named_children if text_of(field(one, "key")) == key), None)


def _is_literal(node: Node) -> bool:
    return value_of(node) is not UNKNOWN
