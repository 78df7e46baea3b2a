"""What verdicts on tests beside programs hang on, beside task, code and box: our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore.protocols.sent import sent, version_of
from boxscore.protocols.versions import SHARED, files, folder, sources_version

UNITTEST = (*folder("protocols/unittest"), *folder("protocols/blind"), *SHARED)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of these tests in boxes of a backend."""
    from boxscore.protocols import warm  # noqa: PLC0415 - only where samples are graded

    return version_of(backend, sent(warm.UNITTEST), sources_version(files(UNITTEST)))
