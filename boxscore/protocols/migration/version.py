"""What verdicts on migrations hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore import resources
from boxscore.protocols.versions import boxes_version, files, modules, sources_version
from boxscore.records import fingerprint

MIGRATION = (
    *modules("protocols/migration", "grader run steps verdict"),
    *modules("protocols/patch", "admission boxes diff services test_files tree verdict"),
    *modules("protocols", "losses retry statuses trusted"),
)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of migrations in boxes of a backend."""
    programs = sorted(resources.folder("sandbox").glob("tree*.py"))
    return fingerprint(boxes_version(backend), sources_version((*files(MIGRATION), *programs)))
