"""Profiles of poms that come into force by what they find: they could tell the grader's look from the build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.pom import as_utf8, read_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.protocols.migration.model import Element

FINDS = ("property", "file", "os")
"""What a profile may look at that differs from step to step; the Java that runs Maven does not."""


def profile_faults(base: Mapping[str, bytes], now: Mapping[str, bytes]) -> Iterator[str]:
    """Tell profiles that the poms did not have, and that look at properties, files or the machine.

    Both map the paths of poms to what stands there. A pom that can no longer be read is a fault: what Maven makes of it
    may be more than is seen.
    """
    before: set[str] = set()
    for data in base.values():
        try:
            before |= {_text(one) for one in _activations(data)}
        except ProtocolError:
            continue
    for path, data in sorted(now.items()):
        if base.get(path) == data:
            continue
        try:
            for one in _activations(data):
                found = next((child.tag for child in one.children if child.tag in FINDS), "")
                if found and _text(one) not in before:
                    yield f"{path} has a profile that comes into force by a {found}: {_text(one)[:200]}"
        except ProtocolError as error:
            yield f"{path} cannot be read: {error}"


def _activations(data: bytes) -> Iterator[Element]:
    document = read_elements(as_utf8(data))
    yield from document.all("profiles", "profile", "activation")


def _text(element: Element) -> str:
    return " ".join(f"{one.tag} {one.text}".strip() for one in element.walk())
