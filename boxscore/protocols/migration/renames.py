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

OF_THE_JDK = r"javax\.(?:transaction\.xa|annotation\.processing)\b"

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

_NO_CODE = r"\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n]){1,8}'|//.*|/\*(?:[^*]|\*(?!/))*+\*/"
"""Text constants and comments."""


def renames_between(base: Iterable[bytes], now: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """The known renames, (old, new), that a candidate made, by the sources before and after.

    They name the new one and no longer the old one, which was there.
    """
    before, after = (_named(sources) for sources in (base, now))
    return tuple((old, new) for old, new in NAMES if old in before and new in after and old not in after)


def renamed_tests(tests: Mapping[str, bytes], renames: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Those of some test sources, by path, that a rename changes, with the new names in its code."""
    table = dict(renames)
    if not table:
        return {}
    pattern = _pattern(table)
    found = {}
    for path, data in tests.items():
        try:
            text = data.decode()
        except UnicodeDecodeError:  # which nobody could write back as it was
            continue
        changed = pattern.sub(lambda match: table[match[1]] if match[1] else match[0], text)
        if changed != text:
            found[path] = changed
    return found


def _named(sources: Iterable[bytes]) -> frozenset[str]:
    """Which of the names, old and new, the code of some sources has."""
    names = frozenset(name for pair in NAMES for name in pair)
    pattern = _pattern(names)
    found = {name for data in sources for name in pattern.findall(data.decode(errors="replace")) if name}
    return frozenset(name for name in names if any(f"{one}.".startswith(f"{name}.") for one in found))


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """What finds names, the longest of several, as its group; what is no code is found without."""
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"{_NO_CODE}|(?<![\w.$])(?!{OF_THE_JDK})({longest_first})(?![\w$])")
