"""Names of classes that are not a candidate's to give: whose packages they are, and which belong together."""

from __future__ import annotations

JDK = ("java", "jdk", "sun", "com.sun")
"""Packages of Java itself; those below `javax` are left out, which others have too."""

OF_TESTS = (
    *("junit", "org.junit", "org.hamcrest", "org.opentest4j", "org.apiguardian", "org.testng", "org.assertj"),
    *("org.mockito", "net.bytebuddy", "org.objenesis", "org.powermock", "org.easymock", "boxscore"),
)
"""Packages of what tests are written and run with, ours among them."""


def outermost(name: str) -> str:
    """The class that one is, or is inside of, by names with slashes."""
    folder, slash, simple = name.rpartition("/")
    return f"{folder}{slash}{simple.partition('$')[0] or simple}"
