"""What verdicts on functions hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from boxscore.protocols.sent import sent, version_of
from boxscore.protocols.versions import SHARED, files, folder, sources_version

if TYPE_CHECKING:
    from boxscore.protocols.sent import Sent

FUNCTION = (*folder("protocols/function"), *SHARED)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of functions in boxes of a backend."""
    return version_with(backend, sent())


def version_with(backend: str, sent: Sent) -> str:
    """Hash what decides verdicts of functions, with what is sent into boxes."""
    return version_of(backend, sent, sources_version(files(FUNCTION)))
