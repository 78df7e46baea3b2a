"""What verdicts on web projects hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

import hashlib
from functools import cache

from boxscore import resources
from boxscore.protocols.versions import SHARED, boxes_version, files, folder, sources_version
from boxscore.records import fingerprint

WEB = (*folder("protocols/web"), "protocols/patch/verdict.py", *SHARED)


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of web projects in boxes of a backend."""
    folder = resources.folder("sandbox") / "web"
    programs = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in programs]
    return fingerprint(boxes_version(backend), sources_version(files(WEB)), digests)
