"""Poms as they stand in a tree, before any Maven reads them: what has code run while it does so, or hides from it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.pom import as_utf8, read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.protocols.migration.model import Element

REPOSITORIES = frozenset({"repository", "pluginRepository", "snapshotRepository"})

FINDS = ("property", "file", "os")
"""What a profile may look at that differs between the look and the build; the Java that runs Maven does not."""


ASKED_WITH = re.compile(rb"\$\{\s*(output|outputFile|outputType|skip)\s*\}")
"""Properties that only the look at the poms is given: a pom that reads one says something else when it is built."""


def raw_faults(base: Mapping[str, bytes], now: Mapping[str, bytes]) -> Iterator[str]:
    """Say what in the poms of a tree extends Maven, brings artefacts from elsewhere, or tells steps apart, and is new.

    Both map paths to files. A pom that was there before and is as it was is not looked at.
    """
    known = {one for data in base.values() for one in _told(data)}
    asked = {one for data in base.values() for one in ASKED_WITH.findall(data)}
    for path, data in now.items():
        if base.get(path) == data:
            continue
        try:
            document = read_elements(as_utf8(data))
        except ProtocolError as error:
            yield f"{path} cannot be read: {error}"
            continue
        yield from (f"{path}: {what}" for what in _extending(document) if what not in known)
        if odd := next((one.decode() for one in ASKED_WITH.findall(as_utf8(data)) if one not in asked), ""):
            yield f"{path}: it reads the property {odd}, which is another when its poms are looked at than in its build"


def _told(data: bytes) -> tuple[str, ...]:
    try:
        return tuple(_extending(read_elements(as_utf8(data))))
    except ProtocolError:
        return ()


def _extending(document: Element) -> Iterator[str]:
    """What a pom, or one of its profiles, has Maven load before it builds anything."""
    for element in document.walk():
        name = f"{element.get('groupId')}:{element.get('artifactId')}"[:200]
        if element.tag == "extension":
            yield f"it extends Maven by {name}"
        elif element.tag == "plugin" and element.get("extensions").lower() not in {"", "false"}:
            yield f"it lets the plugin {name} extend Maven"
        elif element.tag == "systemPath":
            yield f"it takes a file for a dependency: {element.text[:200]}"
        elif element.tag in REPOSITORIES and not element.get("url").strip().startswith(("http://", "https://")):
            yield f"it has a repository at {element.get('url')[:200]}"
        elif element.tag == "activation" and (
            finds := next((one.tag for one in element.children if one.tag in FINDS), "")
        ):
            yield f"it has a profile that comes into force by a {finds}: {_written(element)}"


def _written(element: Element) -> str:
    """The first words of an element; what has more of them may be large, and stand in others that are asked for too."""
    return " ".join(f"{one.tag} {one.text}".strip() for one in islice(element.walk(), 250))[:500]
