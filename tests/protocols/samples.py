"""Samples in text files: `#: NAME` heads each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_samples(path: Path) -> dict[str, str]:
    blocks = f"\n{path.read_text('utf-8').rstrip()}".split("\n#: ")[1:]
    return {name: f"{text}\n" for name, _, text in (block.partition("\n") for block in blocks)}
