"""Which classes a sample may not bring: those that would stand in for the JDK's, the test frameworks' or the tests'.

Names are those of the class files that our compiler made, so it does not matter how a source spells its package, in
which file it stands, or how many classes are in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.checks import first_of
from boxscore.protocols.project.files import Refused
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

RESERVED = (
    *("java/", "javax/", "jdk/", "sun/", "com/sun/", "netscape/javascript/", "org/ietf/jgss/", "org/w3c/dom/"),
    *("org/xml/sax/", "junit/", "org/junit/", "org/hamcrest/", "org/mockito/", "org/testng/", "org/assertj/"),
    *("net/bytebuddy/", "org/objenesis/", "org/opentest4j/", "org/apiguardian/", "boxscore/"),
)
"""Packages of the JDK, of JUnit and what it needs, of Mockito and what it needs, and of our own runner."""


def shadowing(classes: Iterable[str], shadowed: Iterable[str]) -> Refused | None:
    """Refuse classes, by their names, in reserved packages, and those that libraries have, too (`shadowed`)."""
    found = sorted({*shadowed, *(name for name in classes if name.startswith(RESERVED))})
    if not found:
        return None
    reason = f"its classes would stand in for those of the JDK or of libraries: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def colliding(classes: Iterable[str], tests: Iterable[str]) -> Refused | None:
    """Refuse classes that have the name of a test's class, or that are named as if they were within one."""
    theirs = {_outermost(name) for name in tests}
    found = sorted(name for name in classes if _outermost(name) in theirs)
    if not found:
        return None
    reason = f"its classes would stand in for those of the tests: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def _outermost(name: str) -> str:
    folder, _, simple = name.rpartition("/")
    return f"{folder}/{simple.partition('$')[0] or simple}"


def _names(found: list[str]) -> str:
    return first_of([name.replace("/", ".")[:200] for name in found], 3)
