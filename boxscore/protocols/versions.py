"""What verdicts hang on besides task, code and box: a hash of all of our own sources that grade.

A result is reused only under an equal hash, so every change to these folders has its samples graded once more.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from boxscore import resources
from boxscore.boxes.registry import installed_version
from boxscore.records import fingerprint

GRADING_FOLDERS = ("boxes", "flags", "maven", "protocols")


def protocol_version(backend: str, *sources: Path) -> str:
    """Hash what decides verdicts in boxes of a backend: boxscore's own files, and a protocol's in `sources`.

    A backend of another package counts by that package's version.
    """
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    return fingerprint(backend, installed_version(backend), _own_files(), digests)


@cache
def _own_files() -> str:
    package, digest = Path(__file__).parents[1], hashlib.sha256()
    for folder in (*(package / name for name in GRADING_FOLDERS), resources.folder("sandbox")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            data = path.read_bytes()
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()
