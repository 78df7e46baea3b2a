"""What verdicts on programs hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore.protocols.sent import sent, version_of
from boxscore.protocols.versions import SHARED, files, folder, sources_version

PROGRAM = (*folder("protocols/program"), *SHARED)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of programs in boxes of a backend."""
    from boxscore.protocols import warm  # noqa: PLC0415 - only where programs are graded

    return version_of(backend, sent(warm.PROGRAM), sources_version(files(PROGRAM)))
