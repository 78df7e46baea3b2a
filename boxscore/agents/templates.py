"""The prompts of agents: jinja2 templates in `prompts/`, filled with plain text."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).with_name("prompts")


def filled(name: str, **values: str | bool) -> str:
    """Fill a template, which must use no other values. What is filled in is never taken for a template."""
    return _template(name).render(**values).strip("\n")


def digest_of(*names: str) -> str:
    """A digest of some templates, for whoever writes down what a model was asked with."""
    return hashlib.sha256(b"\0".join(_path(name).read_bytes() for name in names)).hexdigest()[:16]


def _path(name: str) -> Path:
    return FOLDER / f"{name}.jinja"


@cache
def _template(name: str) -> Template:
    from jinja2 import StrictUndefined  # noqa: PLC0415 - slow to import
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_path(name).read_text(encoding="utf-8"))
