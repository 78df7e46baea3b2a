"""Find the methods and constructors of a piece of Java, whole or broken, and which of them are still to be written."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.java_source import parse_java
from boxscore.protocols.syntax_trees import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Mapping


TODO = b"TODO"
MAX_BYTES = 64 << 10
MAX_OPEN = 200
_PIECES = re.compile(rb'[;{}"]')
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

    Beyond 64 KiB nothing is looked at, and nothing at all of a text with more than 200 times `<` in one statement: the
    parser takes the square of the number of errors, in time or in memory, and models that repeat themselves make many.
    """
    data = source.encode("utf-8", "surrogatepass")[:MAX_BYTES]
    if any(piece.count(b"<") > MAX_OPEN for piece in _PIECES.split(data)):
        return ()
    every = list(walk(parse_java(data)))
    marked = sorted(one.start_byte for one in every if one.type == "line_comment" and TODO in (one.text or b""))
    counts: Counter[str] = Counter()
    found = []
    for node in every:
        if node.type not in _KINDS:
            continue
        name = text_of(node.child_by_field_name("name"))
        number = counts[name]
        counts[name] += 1
        body = node.child_by_field_name("body")
        if body is not None:
            todo = bisect_left(marked, node.start_byte) < bisect_left(marked, node.end_byte)
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


def with_java_bodies(source: str, bodies: Mapping[tuple[str, int], str]) -> str:
    """The source with other insides of the braces of methods still to be written, by name and number.

    Methods within one that is replaced go with it.
    """
    data, at, parts = source.encode("utf-8", "surrogatepass"), 0, list[bytes]()
    for method in sorted(java_methods(source), key=lambda one: one.start):
        inside = bodies.get((method.name, method.number)) if method.todo else None
        if inside is not None and method.start >= at:
            parts += [data[at : method.start + 1], inside.encode("utf-8", "surrogatepass")]
            at = max(method.end - 1, method.start + 1)
    return b"".join([*parts, data[at:]]).decode("utf-8", "surrogatepass")


def _part(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8", "surrogatepass")
