"""Samples as programs know them that have one prediction of an instance and file, named by the model."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore import Sample

_ODD = re.compile(r"[^A-Za-z0-9._-]")
_MAX_PREFIX = 100  # with an ending it makes a file's name


def samples_by_prefix(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples by their model as part of a file's name; further samples of an instance by that and a number."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        prefix = _ODD.sub("_", sample.model)[:_MAX_PREFIX].lstrip(".")
        number = seen[sample.instance_id, prefix]
        seen[sample.instance_id, prefix] += 1
        found[f"{prefix}-{number}" if number else prefix].append(sample)
    return found
