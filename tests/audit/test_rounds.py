"""Rounds of references, as audits and `boxscore validate` grade them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.audit.grading import reference_rounds
from boxscore.interrupt import Stop
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


@pytest.mark.parametrize(("repeats", "told"), [(1, []), (2, ["round 1 of 2", "round 2 of 2"])])
def test_each_of_several_rounds_is_told(local_backend: Backend, repeats: int, told: list[str]) -> None:
    request = Request(benchmark="tiny", backend=local_backend.name, limit=1, workers=1)
    said: list[str] = []

    rounds = reference_rounds(request, load_benchmark(request), repeats, Stop(), say=said.append)

    assert rounds is not None
    assert len(rounds) == repeats
    assert said == told
