"""Packages and classes that changed their names between Java 8 and today, put into tests that are restored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

JAKARTA = (
    *("activation", "annotation.security", "annotation.sql", "batch", "decorator", "ejb", "el", "enterprise", "faces"),
    *("inject", "interceptor", "jms", "json", "jws", "mail", "persistence", "resource", "security.auth.message"),
    *("security.enterprise", "security.jacc", "servlet", "transaction", "validation", "websocket", "ws.rs", "xml.bind"),
    *("xml.soap", "xml.ws"),
)
"""Packages below `javax` that are now below `jakarta`; others of these names are the JDK's own."""

OF_ANNOTATION = ("Generated", "ManagedBean", "PostConstruct", "PreDestroy", "Priority", "Resource", "Resources")
"""Classes of `javax.annotation` that moved; the package has others that did not."""

OF_THE_JDK = ("javax.transaction.xa", "javax.annotation.processing")

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

_MOST_PARTS = 8  # of a name that are looked at; those above have fewer
_NO_CODE = r"\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n]){1,8}'|//.*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_NAME = re.compile(rf"{_NO_CODE}|(?<![\w.$])((?:javax|jakarta|org|com)(?:\.\w+)++)")
"""Text constants and comments, or a dotted name as its group. What ends nowhere goes to the end: hostile sources take
no longer than others.
"""


def names_in(sources: Iterable[bytes]) -> frozenset[str]:
    """The dotted names, and all that they are below, in the code of some sources."""
    found = {name for data in sources for name in _NAME.findall(data.decode(errors="replace")) if name}
    return frozenset(part for name in found for part in _prefixes(name))


def renames_between(before: frozenset[str], now: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """The known renames, (old, new), that a candidate made, by the names of the project as it was and the sources now.

    They have the new name and no longer the old one, which was there.
    """
    possible = [(old, new) for old, new in NAMES if old in before]
    after = names_in(now) if possible else frozenset[str]()
    return tuple((old, new) for old, new in possible if new in after and old not in after)


def renamed_tests(tests: Mapping[str, bytes], renames: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Those of some test sources, by path, that a rename changes, with the new names in its code."""
    table = dict(renames)
    found = {}
    for path, data in tests.items() if table else ():
        try:
            text = data.decode()
        except UnicodeDecodeError:  # which nobody could write back as it was
            continue
        changed = _NAME.sub(lambda match: _renamed(match[1], table) if match[1] else match[0], text)
        if changed != text:
            found[path] = changed
    return found


def _renamed(name: str, table: Mapping[str, str]) -> str:
    old = next((one for one in reversed(_prefixes(name)) if one in table), "")
    return table[old] + name.removeprefix(old) if old else name


def _prefixes(name: str) -> list[str]:
    """A name, cut to its first parts, and what it is below, the shortest first; none where the JDK has it."""
    parts = name.split(".", _MOST_PARTS)[:_MOST_PARTS]
    found = [".".join(parts[: number + 1]) for number in range(len(parts))]
    return [] if any(one in OF_THE_JDK for one in found) else found
