"""Repositories of the embedded benchmarks, as git has them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def lay_out(root: Path, where: Path) -> Path:
    """Put the files of a repository, with git, in a folder."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            place = where / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    git(where, "init", "-q", ".")
    return where


def git(where: Path, *words: str, patch: str = "") -> bool:
    """Run git; whether it had nothing to say against it."""
    done = subprocess.run(["git", *words], cwd=where, input=patch.encode(), capture_output=True, check=False)
    return done.returncode == 0
