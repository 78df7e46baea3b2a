"""Interpreters of this machine, packed for an image, where no server of interpreters can be reached."""

from __future__ import annotations

import io
import os
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX = "/opt/python"
_MAX_TEXT_BYTES = 4 << 20
# Parts of an installation that no environment needs; what is installed in it belongs to this machine.
_LEFT_OUT = re.compile(
    r"(^|/)(__pycache__|idlelib|turtledemo|tkinter|test/(?!support/|__init__\.py|regrtest\.py|libregrtest/)[^/]+"
    r"|site-packages/.+|.+\.a|_tkinter\.[^/]+|share)(/|$)"
)


def find_interpreter(version: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The newest Python `version` (X.Y) that pyenv has on this machine: its folder."""
    root = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [path for path in root.glob(f"{version}.*") if (path / "bin" / f"python{version}").exists()]
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], default=None)


def pack_interpreter(version: str, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """Pack that interpreter so that it works below `/opt/python/X.Y`; None where there is none."""
    folder = find_interpreter(version, environ)
    if folder is None:
        return None
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in _wanted(folder):
            entry = archive.gettarinfo(path, path.relative_to(folder).as_posix())
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            entry.mode = (entry.mode | 0o444) & 0o755
            if not entry.isreg():
                archive.addfile(entry)
                continue
            data = _moved(path.read_bytes(), str(folder), f"{_PREFIX}/{version}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _wanted(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if not _LEFT_OUT.search(path.relative_to(folder).as_posix()) and (path.is_symlink() or path.exists()):
            yield path


def _moved(data: bytes, old: str, new: str) -> bytes:
    """Name the new place in scripts and configuration; programs find their own place."""
    is_text = len(data) <= _MAX_TEXT_BYTES and b"\0" not in data
    return data.replace(old.encode(), new.encode()) if is_text else data
