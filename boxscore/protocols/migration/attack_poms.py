"""Changes of a pom's text that attacks on migrations are made of: all else of it stays as it was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.maven.pom_text import PomText

if TYPE_CHECKING:
    from collections.abc import Sequence

_RELEASE = re.compile(
    r"(<(?:maven\.compiler\.(?:source|target|release|testSource|testTarget|testRelease)|java\.version|release|source"
    r"|target)>)\s*[\d.]+\s*(</)"
)
_MODULE = re.compile(rb"<module>[^<]*</module>")


def put_in(pom: str, place: Sequence[str], xml: str) -> str:
    """Put elements at the end of an element of the project, such as `("build", "plugins")`, which is made if need be.

    Raises UsageError for a pom that cannot be read.
    """
    try:
        text = PomText(pom.encode())
    except ValueError as error:
        raise UsageError(f"a pom cannot be changed: {error}") from error
    element, missing = text.root, list(place)
    while missing and (found := element.child(missing[0])) is not None:
        element = found
        del missing[0]
    for name in reversed(missing):
        xml = f"<{name}>\n{xml.rstrip()}\n</{name}>\n"
    text.add(element, xml)
    return text.done().decode()


def with_release(pom: str, release: str) -> str:
    """Name another Java wherever the pom names the one to compile for."""
    return _RELEASE.sub(rf"\g<1>{release}\g<2>", pom)


def without_last_module(pom: str) -> str | None:
    """Put the last module into a comment; None where there is none."""
    found = list(_MODULE.finditer(pom.encode()))
    if not found:
        return None
    data, last = pom.encode(), found[-1]
    return (data[: last.start()] + b"<!-- " + last.group() + b" -->" + data[last.end() :]).decode()


def packaged_as_pom(pom: str) -> str:
    """Let the project be one that has modules at most, and nothing to compile."""
    bare = re.sub(r"<packaging>[^<]*</packaging>", "", pom)
    return put_in(bare, (), "<packaging>pom</packaging>\n")
