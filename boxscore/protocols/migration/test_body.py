"""The body of a test as tokens in which layout and the mechanical steps of a migration do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.java_source import COMMENTS, WHOLE
from boxscore.protocols.migration.renames import NAMES
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

ASSERTIONS = ("Assert", "Assertions", "TestCase", "MatcherAssert")
"""The classes whose methods compare; by which of them one is called does not matter."""

PARTS = 50
"""How many parts a message is put together from at the most."""

MESSAGES = {
    **dict.fromkeys(("assertTrue", "assertFalse", "assertNull", "assertNotNull"), (2,)),
    **dict.fromkeys(("assertEquals", "assertNotEquals", "assertSame", "assertNotSame"), (3, 4)),
    **dict.fromkeys(("assertArrayEquals", "assertIterableEquals"), (3, 4)),
}
"""Methods that JUnit 4 gives the message first and JUnit 5 last, and how many arguments they then have."""


def body_tokens(method: Node) -> tuple[str, ...]:
    """Give the tokens of a method's body and of what its `@Test` expects, brought into one form."""
    body = method.child_by_field_name("body")
    return () if body is None else tuple(_renamed(list(_tokens(body))))


def _tokens(top: Node) -> Iterator[str]:
    """Give tokens in order; messages of assertions come last, and the class of an assertion is left out."""
    pending = [top]
    while pending:
        node = pending.pop()
        if node.type in COMMENTS:
            continue
        if node.type in WHOLE or not node.child_count:
            yield text_of(node)
        elif node.type == "method_invocation":
            pending.extend(reversed(_call(node)))
        else:
            pending.extend(reversed(node.children))


def _call(node: Node) -> list[Node]:
    """Give the parts of a call in the order in which they are compared."""
    children = list(node.children)
    owner, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("name"))
    if not name.startswith(("assert", "fail")):
        return children
    if owner is not None and owner.type in ("identifier", "field_access") and _last_word(owner) in ASSERTIONS:
        children = children[2:]  # the class and its dot
    arguments = children.pop() if children and children[-1].type == "argument_list" else None
    if arguments is None:
        return children
    given = [one for one in arguments.named_children if one.type not in COMMENTS]
    if len(given) in MESSAGES.get(name, ()) and _is_text(given[0]) and not _is_text(given[-1]):
        given = [*given[1:], given[0]]
    return [*children, *given]


def _last_word(node: Node) -> str:
    return text_of(node.child_by_field_name("field") or node)


def _is_text(node: Node) -> bool:
    """Whether an expression is a text, as far as its first part tells."""
    for _ in range(PARTS):
        if node.type not in ("binary_expression", "parenthesized_expression") or not node.named_child_count:
            break
        node = node.named_children[0]
    return node.type == "string_literal"


def _renamed(words: list[str]) -> Iterator[str]:
    """Put the newest names in the place of old ones that stand as `a . b . c`, and of the steps from JUnit 4 to 5."""
    at = 0
    while at < len(words):
        if words[at] in STARTS:
            for old, new in STARTS[words[at]]:
                if words[at : at + len(old)] == list(old):
                    yield from new
                    at += len(old)
                    break
            else:
                yield words[at]
                at += 1
        else:
            yield words[at]
            at += 1


def _split(name: str) -> tuple[str, ...]:
    return tuple(part for word in name.split(".") for part in (word, "."))[:-1]


STARTS: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
for _old, _new in sorted(NAMES, key=lambda pair: -len(pair[0])):
    STARTS.setdefault(_old.partition(".")[0], []).append((_split(_old), _split(_new)))
