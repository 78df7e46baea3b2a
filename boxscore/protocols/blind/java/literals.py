"""Expressions of Java whose value hangs on nothing but what is written in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from boxscore.protocols.blind.literals import UNKNOWN
from boxscore.protocols.java_source import walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

INTEGERS = {
    "decimal_integer_literal": 10,
    "hex_integer_literal": 16,
    "octal_integer_literal": 8,
    "binary_integer_literal": 2,
}
FLOATS = frozenset(("decimal_floating_point_literal", "hex_floating_point_literal"))
TRIVIAL = frozenset(("true", "false", "null_literal"))
MAKERS = frozenset(
    f"{owner}.{method}"
    for owner, methods in {
        "Arrays": "asList",
        "List": "of copyOf",
        "Set": "of copyOf",
        "Map": "of entry ofEntries",
        "Collections": "singletonList singleton singletonMap emptyList emptySet emptyMap",
        "ImmutableList": "of",
        "ImmutableSet": "of",
        "ImmutableMap": "of",
        "Integer": "valueOf",
        "Long": "valueOf",
        "Short": "valueOf",
        "Byte": "valueOf",
        "Double": "valueOf",
        "Float": "valueOf",
        "Character": "valueOf",
        "String": "valueOf join",
        "BigDecimal": "valueOf",
        "BigInteger": "valueOf",
        "Optional": "of",
        "OptionalInt": "of",
        "OptionalLong": "of",
        "OptionalDouble": "of",
        "LocalDate": "of parse",
        "LocalTime": "of parse",
        "LocalDateTime": "of parse",
        "Instant": "parse ofEpochSecond ofEpochMilli",
        "Duration": "ofDays ofHours ofMinutes ofSeconds ofMillis parse",
        "Period": "of ofDays parse",
        "UUID": "fromString",
        "URI": "create",
        "Stream": "of",
    }.items()
    for method in methods.split()
)
MADE = frozenset(
    ("BigDecimal", "BigInteger", "String", "Integer", "Long", "Double", "Float", "Short", "Byte", "URI", "Date")
)
LISTS = frozenset(("Arrays.", "List.", "ImmutableList.", "Collections."))
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " ", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u+[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|.)", re.DOTALL)


def is_literal(node: Node) -> bool:
    """Whether an expression is made of literals, and of what the JDK makes of literals, alone."""
    pending = [node]
    while pending:
        one = pending.pop()
        parts = _parts(one)
        if parts is None:
            return False
        pending += parts
    return True


def worth_hiding(node: Node) -> bool:
    """Whether an expression is a literal, and not one of those of which there are only two or three."""
    return node.type not in TRIVIAL and is_literal(node)


def _parts(node: Node) -> list[Node] | None:  # noqa: PLR0911 - a table
    """The expressions that a literal is made of; None for what is none."""
    kind = node.type
    if kind in INTEGERS or kind in FLOATS or kind in TRIVIAL or kind in {"string_literal", "character_literal"}:
        return []
    if kind == "unary_expression" and text_of(node.child(0)) in {"-", "+", "~"}:
        return [operand] if (operand := node.child_by_field_name("operand")) is not None else None
    if kind == "cast_expression":
        return [value] if (value := node.child_by_field_name("value")) is not None else None
    if kind in {"parenthesized_expression", "array_initializer"}:
        return list(node.named_children)
    if kind == "binary_expression":
        return [one for side in ("left", "right") if (one := node.child_by_field_name(side)) is not None]
    if kind == "array_creation_expression":
        return [value] if (value := node.child_by_field_name("value")) is not None else None
    return _made(node)


def _made(node: Node) -> list[Node] | None:
    """The arguments of a call that makes a value of them, and of nothing else."""
    arguments = node.child_by_field_name("arguments")
    if arguments is None:
        return None
    if node.type == "method_invocation":
        name = f"{text_of(node.child_by_field_name('object'))}.{text_of(node.child_by_field_name('name'))}"
        return list(arguments.named_children) if name in MAKERS else None
    if node.type == "object_creation_expression":
        name = text_of(node.child_by_field_name("type")).partition("<")[0]
        is_plain = name in MADE and node.named_children[-1] == arguments
        return list(arguments.named_children) if is_plain else None
    return None


def value_of(node: Node) -> Any:
    """The value of an integer or a text as it is written; `UNKNOWN` of everything else."""
    kind = node.type
    if kind in INTEGERS:
        return _integer(text_of(node), INTEGERS[kind])
    if kind == "string_literal":
        text = text_of(node)
        return UNKNOWN if text.startswith('"""') else _unescaped(text[1:-1])
    if kind == "parenthesized_expression" and node.named_child_count == 1:
        return value_of(node.named_children[0])
    if kind == "unary_expression" and text_of(node.child(0)) == "-":
        value = value_of(node.named_children[-1])
        return -value if isinstance(value, int) else UNKNOWN
    if kind == "binary_expression" and text_of(node.child_by_field_name("operator")) == "+":
        sides = [value_of(one) for one in (node.named_children[0], node.named_children[-1])]
        return sides[0] + sides[1] if all(isinstance(one, str) for one in sides) else UNKNOWN
    return UNKNOWN


def python_of(node: Node) -> str:
    """A value as Python writes it; of one that is not known to be equal to a Python value, no Python."""
    value = value_of(node)
    return f"java: {text_of(node)}" if value is UNKNOWN else repr(value)


def _integer(text: str, base: int) -> Any:
    digits = text.lower().rstrip("l").replace("_", "")
    try:
        value = int(digits, 0) if base in {2, 16} else int(digits, base)
    except ValueError:
        return UNKNOWN
    return value if base == 10 else UNKNOWN  # noqa: PLR2004 - others may be negative


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] == "u" and len(code) > 1:
            return chr(int(code.lstrip("u"), 16))
        return chr(int(code, 8)) if code[0].isdigit() else SIMPLE_ESCAPES.get(code, code)

    return _ESCAPE.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def written_of(node: Node) -> str:
    """A value as Python writes it, lists too; of one that is not known to be equal to a Python value, its literals."""
    value = _listed(node)
    return f"java({', '.join(map(repr, _spoken(node)))})" if value is UNKNOWN else repr(value)


def spoken(root: Node) -> Iterator[str]:
    """The texts that stand in a source, unescaped."""
    for one in walk(root):
        if one.type == "string_literal" and isinstance(text := _text(one), str):
            yield text


def _text(node: Node) -> Any:
    text = text_of(node)
    return _unescaped(text.strip('"')) if text.startswith('"""') else value_of(node)


def _listed(node: Node) -> Any:
    if node.type in FLOATS:
        return _float(text_of(node))
    items = _items(node)
    if items is None:
        return value_of(node)
    found = [_listed(one) for one in items]
    return UNKNOWN if any(one is UNKNOWN for one in found) else found


def _items(node: Node) -> list[Node] | None:
    """What a list or an array is made of; None for what is none."""
    if node.type == "array_creation_expression" and (value := node.child_by_field_name("value")) is not None:
        return list(value.named_children)
    if node.type in {"array_initializer", "argument_list"}:
        return list(node.named_children)
    if node.type == "method_invocation" and f"{text_of(node.child_by_field_name('object'))}." in LISTS:
        return _made(node)
    return None


def _float(text: str) -> Any:
    try:
        return float(text.rstrip("fFdD").replace("_", ""))
    except ValueError:
        return UNKNOWN


def _spoken(node: Node) -> Iterator[Any]:
    """The numbers and texts in an expression."""
    for one in walk(node):
        if one.type == "character_literal":
            yield _unescaped(text_of(one)[1:-1])
        elif one.type == "string_literal":
            yield _text(one)
        elif (one.type in INTEGERS or one.type in FLOATS) and (value := _listed(one)) is not UNKNOWN:
            yield value
        elif one.type in INTEGERS or one.type in FLOATS:
            yield text_of(one)
