"""What a test of JavaScript reads of modules: old code that has no such part gives nothing there, and no error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.blind.javascript.files import ALIAS
from boxscore.protocols.blind.javascript.source import FUNCTIONS, arguments_of
from boxscore.protocols.syntax_trees import field, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

MEMBERS = frozenset(["member_expression", "subscript_expression"])
_READ = MEMBERS | {"identifier", "shorthand_property_identifier"}
_NAMED = frozenset(["identifier", "shorthand_property_identifier_pattern"])
_LOADED = re.compile(
    r"[\s(]*(?:await\s+)?[\w.]*(?:import|require\w*|importActual|nterop\w*|proxyquire|rewire|esmock)\s*(?:<[^<>]*>)?\("
)
_LOADING = frozenset(["default", "__esModule"])  # names by which modules are loaded, and not what they have
_READ_IN = frozenset(  # where a value is read that may be undefined, and is no error
    [
        *("arguments", "pair", "array", "binary_expression", "unary_expression", "ternary_expression"),
        *("return_statement", "variable_declarator", "assignment_expression", "augmented_assignment_expression"),
        *("assignment_pattern", "object_assignment_pattern", "required_parameter", "optional_parameter"),
        *("public_field_definition", "field_definition", "computed_property_name", "switch_case", "spread_element"),
        *("template_substitution", "arrow_function", "parenthesized_expression", "subscript_expression"),
        *("sequence_expression", "await_expression", "yield_expression", "jsx_expression", "as_expression"),
        *("satisfies_expression", "non_null_expression"),
    ]
)
# Fields of these that name something, or that fail by themselves where there is nothing.
_NOT_READ = ("name", "left", "key", "object", "parameter", "pattern")
_KEEPING = frozenset(["typeof", "delete", "void"])
LISTS = frozenset(
    f"Object.{name}" for name in ("keys", "values", "entries", "getOwnPropertyNames", "getOwnPropertyDescriptors")
) | {"Reflect.ownKeys"}


class Modules:
    """The modules of a file, by the names of them and of what is taken out of them."""

    def __init__(self, root: Node) -> None:
        self._names = frozenset(_of_modules(root))
        self._defaulting = frozenset(_defaulting(root))

    def has(self, node: Node | None) -> bool:
        """Whether an expression is a part of a module, or a whole one."""
        while node is not None and node.type in MEMBERS:
            node = field(node, "object")
        return node is not None and node.type.endswith("identifier") and text_of(node) in self._names

    def is_read(self, node: Node) -> bool:
        """Whether a part of a module is read where it would be no error if there were none."""
        parent = node.parent
        if (
            parent is None
            or node.type not in _READ
            or text_of(field(node, "property")) in _LOADING
            or not self.has(node)
        ):
            return False
        if node.type == "shorthand_property_identifier":
            return True
        if parent.type not in _READ_IN or text_of(field(parent, "operator")) in _KEEPING:
            return False
        return parent.type == "binary_expression" or not any(node == field(parent, name) for name in _NOT_READ)

    def searched(self, node: Node) -> Iterator[Node]:
        """Parts of modules that are asked for all that they have: nobody sees what is not among it."""
        if node.type == "for_in_statement":
            yield from self._among([field(node, "right")])
        elif node.type == "object":
            behind = [one for one in node.named_children if one.type != "comment"][1:]
            yield from self._among([one.named_children[0] for one in behind if one.type == "spread_element"])
        elif node.type == "call_expression":
            name, given = text_of(field(node, "function")), arguments_of(node)
            if name in LISTS or name in self._defaulting:
                yield from self._among(given)
            elif name == "Object.assign":
                yield from self._among(given[1:] if given and text_of(given[0]) != "{}" else given[2:])

    def _among(self, nodes: Iterable[Node | None]) -> Iterator[Node]:
        for one in nodes:
            taken = one.named_children[0] if one is not None and one.type == "object" and _copies(one) else one
            taken = taken.named_children[0] if taken is not None and taken.type == "spread_element" else taken
            if taken is not None and self.has(taken):
                yield taken


def names_in(node: Node) -> Iterator[str]:
    """The names in a pattern, or in a list of them."""
    return (text_of(one) for one in walk(node) if one.type in _NAMED or one.type == "type_identifier")


def _copies(literal: Node) -> bool:
    """Whether an object is made of another one first of all."""
    return bool(literal.named_children) and literal.named_children[0].type == "spread_element"


def _of_modules(root: Node) -> set[str]:
    """Names of modules, and of what is taken out of them."""
    found = set[str]()
    for node in walk(root):
        name, value = None, None
        if node.type == "import_clause":
            found.update(names_in(node))
        elif node.type == "variable_declarator":
            name, value = field(node, "name"), field(node, "value")
        elif node.type == "assignment_expression":
            name, value = field(node, "left"), field(node, "right")
        if name is not None and name.type in MEMBERS:
            continue
        if name is not None and value is not None and text_of(name) != ALIAS and _is_of(value, found):
            found.update(names_in(name))
    return found


def _is_of(value: Node, names: set[str]) -> bool:
    """Whether a value is a module or a part of one of these names."""
    if value.type in FUNCTIONS:
        return False
    at: Node | None = value
    while at is not None and at.type in MEMBERS:
        at = field(at, "object")
    is_part = at is not None and at.type == "identifier" and text_of(at) in names
    return is_part or _LOADED.match(text_of(value)) is not None


def _defaulting(root: Node) -> Iterator[str]:
    """Names of functions that take defaults for parts of what they are given."""
    for node in walk(root):
        function = field(node, "value") if node.type == "variable_declarator" else node
        if function is None or function.type not in FUNCTIONS:
            continue
        parameters = field(function, "parameters")
        if parameters is not None and any(one.type == "object_assignment_pattern" for one in walk(parameters)):
            yield text_of(field(node, "name"))
