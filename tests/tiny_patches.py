"""The rows and samples of tiny-patches, and packages for it."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = folder("instances") / "tiny_patches"
PREFIX = "tiny-patches/"


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


ROWS = {row["instance_id"].removeprefix(PREFIX): row for row in read("instances.jsonl")}
SAMPLES = read("samples.jsonl")


def samples_of(name: str) -> dict[str, dict[str, Any]]:
    """The recorded samples of an instance, by name."""
    return {row["sample_id"]: row for row in SAMPLES if row["instance_id"] == PREFIX + name}


def pack(top: str, files: Mapping[str, bytes]) -> bytes:
    """Pack files as a source distribution."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
