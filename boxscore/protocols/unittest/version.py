"""What verdicts on tests beside programs hang on, beside task, code and box: our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore.flags.rules import RULES
from boxscore.protocols.sent import sent, version_of
from boxscore.protocols.versions import SHARED, files, folder, sources_version
from boxscore.records import fingerprint

UNITTEST = (*folder("protocols/unittest"), *folder("protocols/blind"), *folder("flags"), *SHARED)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of these tests in boxes of a backend."""
    from boxscore.protocols import warm  # noqa: PLC0415 - only where samples are graded

    sources = fingerprint(sources_version(files(UNITTEST)), RULES.read_text("utf-8"))
    return version_of(backend, sent(warm.UNITTEST), sources)
