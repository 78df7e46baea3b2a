"""What verdicts on projects hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore.flags.rules import RULES
from boxscore.protocols.jvm.version import JVM
from boxscore.protocols.versions import boxes_version, files, folder, sources_version
from boxscore.records import fingerprint

PROJECT = (*folder("protocols/project"), *folder("flags"), *JVM)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of projects in boxes of a backend."""
    from boxscore.protocols.project.compiler import compiler_source  # noqa: PLC0415 - where samples are graded only

    programs = compiler_source().decode()
    return fingerprint(boxes_version(backend), sources_version(files(PROJECT)), programs, RULES.read_text("utf-8"))
