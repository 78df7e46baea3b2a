"""Find the methods and constructors of a piece of Java, whole or broken, and which of them are still to be written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

TODO = b"TODO"
MAX_BYTES = 1 << 20
_TESTS = frozenset({"Test", "ParameterizedTest", "RepeatedTest", "TestFactory"})
_TYPES = frozenset({"class_declaration", "record_declaration", "interface_declaration", "enum_declaration"})
_KINDS = frozenset({"method_declaration", "constructor_declaration"})


class JavaMethod(Struct, frozen=True, kw_only=True):
    """A method or constructor with a body, in the order of the source; those of inner classes are among them.

    `number` counts those of one name, from 0, abstract ones too. `start` and `end` are the places of the body's braces
    in the source's UTF-8, the second behind its closing brace. `todo`: a `//` comment in it says TODO. `broken`: the
    body does not parse.
    """

    name: str
    number: int
    start: int
    end: int
    todo: bool
    broken: bool


def java_methods(source: str) -> tuple[JavaMethod, ...]:
    """The methods of a piece of Java; whatever stands around it, such as a fence, is passed over.

    Beyond 1 MiB nothing is looked at.
    """
    import tree_sitter_java  # noqa: PLC0415 - for Java only
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    data = source.encode("utf-8", "surrogatepass")[:MAX_BYTES]
    tree = Parser(Language(tree_sitter_java.language())).parse(data)
    counts: Counter[str] = Counter()
    found = []
    for node in _walk(tree.root_node):
        if node.type not in _KINDS:
            continue
        name = _text(node.child_by_field_name("name"))
        number = counts[name]
        counts[name] += 1
        body = node.child_by_field_name("body")
        if body is not None:
            todo = any(one.type == "line_comment" and TODO in (one.text or b"") for one in _walk(node))
            found.append(
                JavaMethod(
                    name=name,
                    number=number,
                    start=body.start_byte,
                    end=body.end_byte,
                    todo=todo,
                    broken=body.has_error,
                )
            )
    return tuple(found)


def java_body(source: str, method: JavaMethod) -> str:
    """The body of a method of a source, with its braces."""
    return _part(source.encode("utf-8", "surrogatepass"), method.start, method.end)


def with_java_bodies(source: str, bodies: dict[tuple[str, int], str]) -> str:
    """The source with other insides of the braces of methods still to be written, by name and number."""
    data = source.encode("utf-8", "surrogatepass")
    for method in sorted(java_methods(source), key=lambda one: one.start, reverse=True):
        inside = bodies.get((method.name, method.number)) if method.todo else None
        if inside is not None:
            head, tail = data[: method.start + 1], data[method.end - 1 :]
            data = head + inside.encode("utf-8", "surrogatepass") + tail
    return data.decode("utf-8", "surrogatepass")


def java_tests(source: str) -> tuple[str, ...]:
    """The ids of JUnit 5's test methods in a source, `package.Outer$Inner#method`."""
    import tree_sitter_java  # noqa: PLC0415 - as above
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    data = source.encode("utf-8", "surrogatepass")[:MAX_BYTES]
    root = Parser(Language(tree_sitter_java.language())).parse(data).root_node
    package = next((_text(one.named_children[-1]) for one in root.children if one.type == "package_declaration"), "")
    found = []
    for node in _walk(root):
        if node.type == "method_declaration" and _TESTS & {_text(one) for one in _annotations(node)}:
            owner = "$".join(reversed([*_owners(node)]))
            found.append(f"{package}.{owner}".lstrip(".") + f"#{_text(node.child_by_field_name('name'))}")
    return tuple(found)


def _annotations(node: Node) -> Iterator[Node | None]:
    for modifiers in node.children:
        if modifiers.type == "modifiers":
            yield from (one.child_by_field_name("name") for one in modifiers.children)


def _owners(node: Node) -> Iterator[str]:
    at = node.parent
    while at is not None:
        if at.type in _TYPES:
            yield _text(at.child_by_field_name("name"))
        at = at.parent


def _part(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8", "surrogatepass")


def _text(node: Node | None) -> str:
    return "" if node is None else (node.text or b"").decode("utf-8", "replace")


def _walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.children)
