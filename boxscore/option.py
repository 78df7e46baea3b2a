"""How the command line sets a field of a record: declared beside the field, so that both stand in one place."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - msgspec resolves the annotations
from typing import Any

from msgspec import Struct

GRADING, BOXES, MODEL, AGENT, RUN_DIRECTORY = "Grading", "Boxes", "Model", "Agent", "Run directory"
OUTPUT, LOG = "Output", "Log"


class Option(Struct, frozen=True, kw_only=True):
    """How the command line sets a value: by `flags`, shown in a `panel`; `read` makes the value of a text.

    `env` is the variable that sets it; None: `BOXSCORE_` and its long spelling.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    panel: str | None = None
    env: str | None = None
    read: Callable[[str], object] | None = None


def option(flags: str, help: str, panel: str | None = None, **more: Any) -> Option:  # noqa: A002 - its name
    """Make an option of its spellings, with spaces between them."""
    return Option(flags=tuple(flags.split()), help=help, panel=panel, **more)
