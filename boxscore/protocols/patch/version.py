"""What verdicts on patches hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore import resources
from boxscore.flags.rules import RULES
from boxscore.protocols.versions import SHARED, boxes_version, files, folder, sources_version
from boxscore.records import fingerprint

PATCH = (*folder("protocols/patch"), *folder("protocols/blind"), *folder("flags"), *SHARED)
PROGRAMS = ("blind.py", "run_record.py")  # beside the tree programs


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of patches in boxes of a backend."""
    sandbox = resources.folder("sandbox")
    programs = (*sorted(sandbox.glob("tree*.py")), *(sandbox / name for name in PROGRAMS))
    return fingerprint(boxes_version(backend), sources_version((*files(PATCH), *programs)), RULES.read_text("utf-8"))
