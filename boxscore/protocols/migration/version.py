"""What verdicts on migrations hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore import resources
from boxscore.flags.rules import RULES
from boxscore.protocols.jvm.version import JVM
from boxscore.protocols.versions import boxes_version, files, folder, sources_version
from boxscore.records import fingerprint

MIGRATION = (
    *folder("protocols/migration"),
    *folder("protocols/patch"),
    *folder("maven"),
    *folder("flags"),
    *JVM,
)
PROGRAMS = ("maven_relay.py",)  # beside the tree programs


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of migrations in boxes of a backend."""
    sandbox = resources.folder("sandbox")
    programs = (*sorted(sandbox.glob("tree*.py")), *(sandbox / name for name in PROGRAMS))
    sources = (*files(tuple(dict.fromkeys(MIGRATION))), *programs)
    return fingerprint(boxes_version(backend), sources_version(sources), RULES.read_text("utf-8"))
