"""Texts that agents make and read: prompts from templates, blocks of code in answers, outputs cut in their middle."""

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


FENCE = "```"
_BLANKS = " \t"


def blocks_of(text: str, *languages: str) -> list[str]:
    """Return what stands between a fence with one of these words and the next line that is a bare fence.

    Where no such line follows there is no block, whatever else would begin one.
    """
    begins = {FENCE + language for language in languages}
    found: list[str] = []
    lines: list[str] | None = None
    for line in text.split("\n"):
        mark = line.rstrip(_BLANKS) if line.startswith(FENCE) else ""
        if lines is None:
            lines = [] if mark in begins else None
        elif mark == FENCE:
            found.append("".join(f"{one}\n" for one in lines))
            lines = None
        else:
            lines.append(line)
    return found


LEAST_BYTES = 64  # the note fits in


def cut_middle(text: str, most_bytes: int, *, head: float = 0.5) -> str:
    """Return a text of at most `most_bytes` of UTF-8; where it was longer, a note says how much is missing.

    `head` is the share of what is kept that is taken from the beginning. Characters stay whole, and what is no
    character, such as one half of a surrogate pair, becomes a question mark. `most_bytes` is at least 64.
    """
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most_bytes:
        return encoded.decode()
    most_bytes = max(most_bytes, LEAST_BYTES)
    kept = most_bytes - len(_note(len(encoded)))
    first = int(kept * head)
    last = kept - first
    start = encoded[:first].decode("utf-8", "ignore")
    end = encoded[len(encoded) - last :].decode("utf-8", "ignore") if last else ""
    missing = len(encoded) - len(start.encode()) - len(end.encode())
    return f"{start}{_note(missing)}{end}"


def _note(missing: int) -> str:
    return f"\n[... {missing:,} bytes left out ...]\n"
