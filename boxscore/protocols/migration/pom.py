"""Read the effective pom of a candidate's project: hostile XML in, plain values out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxscore.protocols.migration.model import EffectiveModel


def read_effective_pom(data: bytes, *, root: str) -> EffectiveModel:
    """Read what `help:effective-pom` wrote: one `project`, or `projects` with each module of the build.

    `root` is the absolute path of the tree where Maven ran; folders are told relative to it. Raises ProtocolError for
    what is no such document, has a document type, or is beyond the limits of `xml_reader`, and for two projects of one
    folder.
    """
    raise NotImplementedError((data, root))
