"""Expressions of JavaScript whose value depends on nothing but their text, as values of Python."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from boxscore.protocols.blind.literals import UNKNOWN
from boxscore.protocols.syntax_trees import field, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

UNDEFINED = ()  # as `sandbox/blind.js` sends it: no other value of JavaScript is an empty tuple
TRIVIAL = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
LARGEST = 2**53 - 1  # of the integers that are all numbers
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
WRAPPERS = frozenset(["parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"])
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\n\r\u2028\u2029])|(.))", re.DOTALL
)
_BASES = {"0x": 16, "0o": 8, "0b": 2}


def value_of(node: Node) -> Any:
    """The value of an expression as it is written; `UNKNOWN` where that takes more than reading it."""
    try:
        return _value(node)
    except (ValueError, OverflowError, RecursionError, TypeError):
        return UNKNOWN


def worth_hiding(node: Node) -> bool:
    """Whether an expression is a literal, and none that is guessed at once, such as `true` or `null`."""
    if node.type in WRAPPERS and node.named_children:
        return worth_hiding(node.named_children[0])
    return node.type not in TRIVIAL and text_of(node) != "undefined" and value_of(node) is not UNKNOWN


def tidied(value: Any) -> Any:
    """A value without the properties that are undefined, which some comparisons take for none."""
    if isinstance(value, dict):
        return {key: tidied(one) for key, one in value.items() if one != UNDEFINED}
    return [tidied(one) for one in value] if isinstance(value, list) else value


def _value(node: Node) -> Any:  # noqa: PLR0911 - a table
    kind = node.type
    if kind in TRIVIAL:
        return TRIVIAL[kind]
    if kind == "identifier":
        return UNDEFINED if text_of(node) == "undefined" else UNKNOWN
    if kind == "number":
        return _number(text_of(node))
    if kind == "string" or (kind == "template_string" and not _has_holes(node)):
        return _text(node)
    if kind in WRAPPERS and node.named_children:
        return _value(node.named_children[0])
    if kind == "unary_expression":
        return _signed(node)
    if kind == "array":
        return _items(node)
    if kind == "object":
        return _object(node)
    return _joined(node) if kind in {"binary_expression", "call_expression"} else UNKNOWN


def _number(written: str) -> Any:
    text = written.replace("_", "").lower()
    if text.endswith("n"):
        return int(text[:-1], 0)
    if text[:2] in _BASES:
        return _whole(float(int(text[2:], _BASES[text[:2]])))
    if re.fullmatch(r"0\d+", text):
        return UNKNOWN  # octal, or decimal if it has an 8 or a 9, or an error in a module
    return _whole(float(text))


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) <= LARGEST else value


def _signed(node: Node) -> Any:
    sign, value = text_of(node.children[0]), _value(node.children[-1])
    if sign not in {"-", "+"} or not isinstance(value, int | float) or isinstance(value, bool):
        return UNKNOWN
    return (-value or -0.0) if sign == "-" else value


def _has_holes(node: Node) -> bool:
    return any(one.type == "template_substitution" for one in node.children)


def _text(node: Node) -> str:
    written = text_of(node)[1:-1]
    if node.type == "template_string":
        written = written.replace("\r\n", "\n").replace("\r", "\n")
    return unescaped(written)


def unescaped(written: str) -> str:
    """Resolve the escapes of a JavaScript string."""

    def plain(found: re.Match[str]) -> str:
        points, four, two, line, other = found.groups()
        if line is not None:
            return ""
        if other is not None:
            return ESCAPES.get(other, other)
        return chr(int(points or four or two, 16))

    found = _ESCAPE.sub(plain, written)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _items(node: Node) -> Any:
    """The values of a list; `UNKNOWN` for one with holes."""
    parts = [one for one in node.children if one.type != "comment"]
    if any(one.type in {"[", ","} and other.type == "," for one, other in pairwise(parts)):
        return UNKNOWN
    values = [_value(one) for one in parts if one.is_named]
    return UNKNOWN if any(one is UNKNOWN for one in values) else values


def _object(node: Node) -> Any:
    found: dict[str, Any] = {}
    for pair in node.named_children:
        if pair.type == "comment":
            continue
        key, value = field(pair, "key"), field(pair, "value")
        if pair.type != "pair" or key is None or value is None:
            return UNKNOWN
        name, content = _key(key), _value(value)
        if name is None or name == "__proto__" or content is UNKNOWN:
            return UNKNOWN
        found[name] = content
    return found


def _key(node: Node) -> str | None:
    if node.type == "property_identifier":
        return text_of(node)
    if node.type == "string":
        return _text(node)
    if node.type == "number":
        value = _number(text_of(node))
        return str(value) if isinstance(value, int) else None
    if node.type == "computed_property_name" and node.named_child_count == 1:
        value = _value(node.named_children[0])
        return value if isinstance(value, str) else None
    return None


def _joined(node: Node) -> Any:
    """Strings that are concatenated or joined, as long ones are written."""
    if node.type == "binary_expression":
        left, right = (_value(one) for one in (node.children[0], node.children[-1]))
        is_sum = text_of(node.children[1]) == "+" and isinstance(left, str) and isinstance(right, str)
        return left + right if is_sum else UNKNOWN
    called, given = field(node, "function"), field(node, "arguments")
    if called is None or given is None or called.type != "member_expression":
        return UNKNOWN
    if text_of(field(called, "property")) != "join" or given.named_child_count != 1:
        return UNKNOWN
    owner = field(called, "object")
    items = UNKNOWN if owner is None or owner.type != "array" else _value(owner)
    between = _value(given.named_children[0])
    are_texts = isinstance(items, list) and all(isinstance(one, str) for one in items) and isinstance(between, str)
    return between.join(items) if are_texts else UNKNOWN
