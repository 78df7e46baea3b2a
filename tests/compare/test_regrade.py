"""Samples that are graded again: whose verdict changes, and what that does to the score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore import grade
from boxscore.compare.read import read_compared
from boxscore.compare.regrade import regrade
from boxscore.errors import UsageError
from boxscore.records import Outcome, Result, Sample, Trust
from tests.compare.runs import write_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.compare.read import ComparedRun

TINY = Path(__file__).parents[2] / "instances" / "tiny" / "samples.jsonl"


def test_verdicts_that_change(tmp_path: Path) -> None:
    """A sample that passes every other time is named; one that is internal says nothing."""
    (run,) = read_compared([str(write_run(tmp_path / "a", "+ - + +"))])
    turns = iter([Outcome.WRONG, Outcome.PASSED, Outcome.WRONG])

    def again(_run: ComparedRun, samples: Sequence[Sample]) -> Iterable[Result]:
        first = next(turns)
        for one, outcome in zip(samples, (first, Outcome.WRONG, Outcome.PASSED, Outcome.INTERNAL), strict=True):
            yield Result(instance_id=one.instance_id, sample_id=one.sample_id, outcome=outcome, trust=Trust.ORACLE)

    found = regrade(run, 3, again)

    assert (found.times, found.samples, found.differing_samples, found.differing) == (3, 4, 1, ("t/0 0",))
    assert found.kappa == pytest.approx(0.4)  # of the first two gradings: 2 of 3 agree, by chance 4 of 9 do
    assert found.sampling_deviation is None
    assert found.deviation == pytest.approx((1 / 3) ** 0.5 / 4)  # 2 of 4: a variance of 1/3, of one of 4 instances


def test_sampling_is_told_from_grading(tmp_path: Path) -> None:
    (run,) = read_compared([str(write_run(tmp_path / "a", "+- +- ++ --"))])

    def again(run: ComparedRun, samples: Sequence[Sample]) -> Iterable[Result]:
        return [run.scored[one.instance_id].results[one.sample_id] for one in samples]

    found = regrade(run, 1, again)

    assert (found.deviation, found.kappa) == (0.0, 1.0)
    assert found.sampling_deviation == pytest.approx((2 * 0.25) ** 0.5 / 4)  # a variance of 1/4 of two of 4 instances


def test_a_harness_in_a_file(tmp_path: Path) -> None:
    """A run knows its benchmark by name alone; where that leads nowhere it is said what to do."""
    (run,) = read_compared([str(write_run(tmp_path / "a", "+", benchmark="mine"))])

    with pytest.raises(UsageError, match=r"a is of 'mine'.*leave --regrade out"):
        regrade(run, 1)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_in_boxes(tmp_path: Path) -> None:
    """Real samples keep their verdicts, and the run is as it was."""
    rows = [json.loads(line) for line in TINY.read_text().splitlines()[:3]]
    grade("tiny", rows, backend="local", workers=1, out=tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()}
    (run,) = read_compared([str(tmp_path / "run")])

    found = regrade(run, 2)

    assert (found.differing_samples, found.deviation) == (0, 0.0)
    assert found.samples == 3
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir() if path.is_file()} == before
