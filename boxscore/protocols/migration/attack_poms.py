"""Changes of a pom's text that attacks on migrations are made of: all else of it stays as it was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate

from boxscore.errors import UsageError

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
    data = pom.encode()
    ends = _ends(data)
    whole = ("project", *place)
    known = next(whole[:length] for length in range(len(whole), -1, -1) if length == 0 or whole[:length] in ends)
    if not known:
        raise UsageError("a pom without a project cannot be changed")
    for name in reversed(whole[len(known) :]):
        xml = f"<{name}>\n{xml.rstrip()}\n</{name}>\n"
    at = ends[known]
    return (data[:at] + xml.encode() + data[at:]).decode()


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


def _ends(data: bytes) -> dict[tuple[str, ...], int]:
    """Where the end tag of each element is, by the names on the way to it; of the last of several alike."""
    found: dict[tuple[str, ...], int] = {}
    way: list[str] = []
    parser = ParserCreate()

    def end(_: str) -> None:
        if data.startswith(b"</", parser.CurrentByteIndex):  # else it is `<name/>`, in which nothing can be put
            found[tuple(way)] = parser.CurrentByteIndex
        way.pop()

    parser.StartElementHandler = lambda name, _: way.append(name)
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's only way to say that this is all
    except ExpatError as error:
        raise UsageError(f"a pom cannot be read: {error}") from error
    return found
