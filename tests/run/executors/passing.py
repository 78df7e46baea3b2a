"""A grader that runs nothing and passes everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.records import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.contract import Batch


def pass_all(batch: Batch, during: Callable[[str, str], None]) -> Iterator[Result]:
    for one in batch.candidates:
        during(batch.instance_id, one.sample_id)
        yield Result(instance_id=batch.instance_id, sample_id=one.sample_id, outcome=Outcome.PASSED, trust=batch.trust)
