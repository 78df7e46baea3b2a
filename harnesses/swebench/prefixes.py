"""Samples as programs know them that have one prediction of an instance and file, named by the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore import distinct_names, predictions_by_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore import Sample

_ODD = re.compile(r"[^A-Za-z0-9._-]")
_MAX_PREFIX = 100  # with an ending it makes a file's name


def samples_by_prefix(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples by their model as part of a file's name; further samples of an instance by that and a number."""
    found = predictions_by_model(samples)
    names = distinct_names(found, lambda one: f"{_prefix(one[0])}-{one[1]}" if one[1] else _prefix(one[0]))
    return {names[key]: some for key, some in found.items()}


def _prefix(model: str) -> str:
    return _ODD.sub("_", model)[:_MAX_PREFIX].lstrip(".")
