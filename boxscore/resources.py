"""The one place that knows where our own data folders are, in a checkout and in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

Folder = Literal["sandbox", "harnesses", "images", "instances"]


def package() -> Path:
    """The folder of the package itself."""
    return Path(__file__).resolve().parent


def folder(name: Folder) -> Path:
    """The path of a folder that ships with boxscore."""
    here = package()
    installed = here / "_bundled" / name
    return installed if installed.is_dir() else here.parent / name


@cache
def sandbox_program(name: str) -> str:
    """Read the source of one of our programs for boxes, `sandbox/NAME.py`."""
    return (folder("sandbox") / f"{name}.py").read_text(encoding="utf-8")
