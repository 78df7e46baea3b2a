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

JDK = ("java", "jdk", "sun", "com.sun")
"""Packages of Java itself; those below `javax` are left out, which others have too."""

OF_TESTS = (
    *("junit", "org.junit", "org.hamcrest", "org.opentest4j", "org.apiguardian", "org.testng", "org.assertj"),
    *("org.mockito", "net.bytebuddy", "org.objenesis", "org.powermock", "org.easymock", "boxscore"),
)
"""Packages of what tests are written and run with, ours among them."""

RESERVED = (
    *(f"{package.replace('.', '/')}/" for package in (*JDK, *OF_TESTS)),
    *("javax/", "netscape/javascript/", "org/ietf/jgss/", "org/w3c/dom/", "org/xml/sax/"),
)
"""Packages of the JDK, and of what tests are run with."""


def shadowing(classes: Iterable[str], shadowed: Iterable[str]) -> Refused | None:
    """Refuse classes, by their names, in reserved packages, and those that libraries have, too (`shadowed`)."""
    found = sorted({*shadowed, *(name for name in classes if name.startswith(RESERVED))})
    if not found:
        return None
    reason = f"its classes would stand in for those of the JDK or of libraries: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def colliding(classes: Iterable[str], tests: Iterable[str]) -> Refused | None:
    """Refuse classes that have the name of a test's class, or that are named as if they were within one."""
    theirs = {outermost(name) for name in tests}
    found = sorted(name for name in classes if outermost(name) in theirs)
    if not found:
        return None
    reason = f"its classes would stand in for those of the tests: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def _names(found: list[str]) -> str:
    return first_of([name.replace("/", ".")[:200] for name in found], 3)


def outermost(name: str) -> str:
    """The class that one is, or is inside of, by names with slashes."""
    folder, slash, simple = name.rpartition("/")
    return f"{folder}{slash}{simple.partition('$')[0] or simple}"
