"""The one place that knows where our own data folders are, in a checkout and in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from boxscore.version import VERSION

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


def how_to_install(extra: str) -> str:
    """Say how to add an extra to this copy of boxscore, a checkout or an installed wheel: no index has boxscore."""
    if (package() / "_bundled").is_dir():
        return f"pip install 'boxscore-{VERSION}-py3-none-any.whl[{extra}]'"
    return f"pip install '.[{extra}]' (in {package().parent})"
