"""Join the page's modules into one script, and hash what a content security policy is to allow.

A file that is opened from a disk may import no other, so the modules are put one after another, those first that others
import, without the words `import` and `export`. What each declares has a name of its own among all of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from boxscore.errors import BoxscoreError

ASSETS = Path(__file__).with_name("assets")
ENTRY = "main.js"
_IMPORT = re.compile(r"^import\s(?:[^;\"']{0,4000}?\sfrom\s)?[\"']\./([\w.-]+)[\"'];?[ \t]*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+function|function|const|let|class)\b)", re.MULTILINE)


def joined_script(folder: Path = ASSETS, entry: str = ENTRY) -> str:
    """Join a module and all that it imports, directly or not, into one script that needs no other."""
    parts: dict[str, str] = {}
    _add(folder, entry, parts, ())
    script = "\n".join(parts.values())
    if "</script" in script.lower() or "<!--" in script:
        raise BoxscoreError("the page's script holds what would end it where it stands in a document")
    return script


def _add(folder: Path, name: str, parts: dict[str, str], above: tuple[str, ...]) -> None:
    if name in parts:
        return
    if name in above:
        raise BoxscoreError(f"the page's modules import each other in a circle: {' → '.join((*above, name))}")
    text = (folder / name).read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        _add(folder, imported, parts, (*above, name))
    parts[name] = _EXPORT.sub("", _IMPORT.sub("", text))


def hash_source(text: str) -> str:
    """What a content security policy calls a script or a style with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
