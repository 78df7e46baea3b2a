"""Packages and classes that changed their names between Java 8 and today, put into sources mechanically."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.java_source import COMMENTS, WHOLE, parse_java

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node

JAKARTA = (
    *("activation", "annotation.security", "annotation.sql", "batch", "decorator", "ejb", "el", "enterprise", "faces"),
    *("inject", "interceptor", "jms", "json", "jws", "mail", "persistence", "resource", "security.auth.message"),
    *("security.enterprise", "security.jacc", "servlet", "transaction", "validation", "websocket", "ws.rs", "xml.bind"),
    *("xml.soap", "xml.ws"),
)
"""Packages below `javax` that are now below `jakarta`; others of these names are the JDK's own."""

OF_ANNOTATION = ("Generated", "ManagedBean", "PostConstruct", "PreDestroy", "Priority", "Resource", "Resources")
"""Classes of `javax.annotation` that moved; the package has others that did not."""

OF_THE_JDK = rb"javax\.(?:transaction\.xa|annotation\.processing)\b"

NAMES: tuple[tuple[str, str], ...] = (
    *((f"javax.{name}", f"jakarta.{name}") for name in JAKARTA),
    *((f"javax.annotation.{name}", f"jakarta.annotation.{name}") for name in OF_ANNOTATION),
    ("org.mockito.Matchers", "org.mockito.ArgumentMatchers"),
    ("org.mockito.runners.MockitoJUnitRunner", "org.mockito.junit.MockitoJUnitRunner"),
    ("org.mockito.runners", "org.mockito.junit"),
    ("org.hibernate.validator.constraints.NotBlank", "jakarta.validation.constraints.NotBlank"),
    ("org.hibernate.validator.constraints.NotEmpty", "jakarta.validation.constraints.NotEmpty"),
    ("org.hibernate.validator.constraints.Email", "jakarta.validation.constraints.Email"),
    ("org.apache.commons.lang", "org.apache.commons.lang3"),
    ("org.apache.commons.collections", "org.apache.commons.collections4"),
    ("org.codehaus.jackson.map", "com.fasterxml.jackson.databind"),
    (
        "org.springframework.boot.context.embedded.LocalServerPort",
        "org.springframework.boot.test.web.server.LocalServerPort",
    ),
    ("org.springframework.boot.web.server.LocalServerPort", "org.springframework.boot.test.web.server.LocalServerPort"),
)
"""Each old dotted name and the new one: packages with all below them, and single classes."""


def renames_between(base: Iterable[str], now: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Give the known renames, (old, new), that a candidate made, by the dotted names in the code of both.

    It has the new name and no longer the old one, which was there.
    """
    before, after = frozenset(base), frozenset(now)
    return tuple((old, new) for old, new in NAMES if _has(before, old) and _has(after, new) and not _has(after, old))


def renamed(source: bytes, renames: Sequence[tuple[str, str]]) -> bytes:
    """Put the new names into a source: imports and qualified names, but no comment or text constant.

    A source that is too large to be read is given back as it is.
    """
    table = {old.encode(): new.encode() for old, new in renames}
    if not table or not any(old in source for old in table):
        return source
    names = b"|".join(re.escape(old) for old in sorted(table, key=len, reverse=True))
    pattern = re.compile(rb"(?<![\w.$])(?!%s)(?:%s)(?![\w$])" % (OF_THE_JDK, names))
    pieces, at = [], 0
    try:
        spans = _code(parse_java(source))
    except ValueError:
        return source
    for start, end in spans:
        pieces.append(source[at:start])
        pieces.append(pattern.sub(lambda found: table[found[0]], source[start:end]))
        at = end
    return b"".join((*pieces, source[at:]))


def _code(root: Node) -> list[tuple[int, int]]:
    """Give the stretches of a source that are neither comments nor text constants."""
    spans, at = [], 0
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in COMMENTS | WHOLE:
            spans.append((at, node.start_byte))
            at = node.end_byte
        else:
            pending.extend(reversed(node.children))
    spans.append((at, root.end_byte))
    return spans


DOTTED = re.compile(rb"(?<![\w$])[A-Za-z_$][\w$]*+(?:\s*+\.\s*+[A-Za-z_$][\w$]*+)++")


def names_in(root: Node, source: bytes) -> tuple[str, ...]:
    """Give the dotted names in the code of a source, each once."""
    found = {
        re.sub(rb"\s", b"", name).decode() for start, end in _code(root) for name in DOTTED.findall(source[start:end])
    }
    return tuple(sorted(found))


def _has(names: frozenset[str], name: str) -> bool:
    return any(one == name or one.startswith(f"{name}.") for one in names)
