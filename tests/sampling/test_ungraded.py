"""Samples that are made where the key is, and graded where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.cli.grade import GradeOptions, grade_command
from boxscore.errors import UsageError
from boxscore.run.request import Request
from boxscore.run.store import open_run, read_record, read_run
from tests.sampling.runs import FEW, model, run

if TYPE_CHECKING:
    from pathlib import Path


def test_no_box_is_needed(tmp_path: Path) -> None:
    finished = run(tmp_path / "run", model(), samples_each=2, ungraded=True, grading={"backend": "none"})

    record, samples, results = read_run(tmp_path / "run")
    assert finished.run is None
    assert (finished.record.sampled, len(samples), len(results)) == (6, 6, 0)
    assert record.provenance.sampling == finished.record
    assert record.provenance.finished is None


def test_nothing_is_asked_for_twice(tmp_path: Path) -> None:
    run(tmp_path / "run", model(), ungraded=True)
    asked = model()

    run(tmp_path / "run", asked, ungraded=True)

    assert asked.asked == []
    assert len(read_run(tmp_path / "run")[1]) == 3


@pytest.mark.usefixtures("local_backend")
def test_the_same_run_can_be_graded(tmp_path: Path) -> None:
    """Without the option the command grades what is there, and asks nothing again."""
    run(tmp_path / "run", model(), ungraded=True)
    asked = model()

    finished = run(tmp_path / "run", asked)

    assert asked.asked == []
    assert finished.run is not None
    assert finished.run.report.pass_at_k["1"].value == 1.0


@pytest.mark.parametrize("agent", ["repair", "shell"])
def test_agents_that_run_code_are_refused(tmp_path: Path, agent: str) -> None:
    """An agent that works in a box or learns from tests is refused before anything is asked."""
    asked = model()

    with pytest.raises(UsageError, match="--no-grade runs no code"):
        run(tmp_path / "run", asked, ungraded=True, agent=agent)

    assert asked.asked == []


@pytest.mark.usefixtures("local_backend")
def test_who_grades_them_knows_how_they_were_asked_for(tmp_path: Path) -> None:
    """The graded run has the record of the sampling, and equals one that was graded at once."""
    made = run(tmp_path / "made", model(lambda q: q.number == 0), samples_each=2, ungraded=True).record
    grading = Request(benchmark="tiny", backend="local", only=FEW, out=tmp_path / "graded", workers=2)

    code = grade_command(GradeOptions(request=grading, predictions=(tmp_path / "made",), quiet=True))

    graded = read_record(tmp_path / "graded").provenance
    assert code == 0
    assert graded.sampling == made
    assert graded.samples == 6


@pytest.mark.usefixtures("local_backend")
def test_samples_of_other_instances_bring_no_record(tmp_path: Path) -> None:
    run(tmp_path / "made", model(), ungraded=True)
    grading = Request(benchmark="tiny", backend="local", only=FEW[:1], out=tmp_path / "graded", workers=1)

    grade_command(GradeOptions(request=grading, predictions=(tmp_path / "made",), quiet=True))

    assert read_record(tmp_path / "graded").provenance.sampling is None


@pytest.mark.usefixtures("local_backend")
@pytest.mark.parametrize("forged", [{"samples_each": 0}, {"samples_each": -1}, {"planned": 2}, {"samples_each": 2}])
def test_a_record_that_no_run_writes_is_not_taken_over(tmp_path: Path, forged: dict[str, int]) -> None:
    """Whoever hands samples in could else have those that are missing not be missed."""
    made = run(tmp_path / "made", model(), ungraded=True).record
    record = read_record(tmp_path / "made")
    changed = replace(record.provenance, sampling=replace(made, **forged))
    with open_run(tmp_path / "made") as store:
        store.write_record(replace(record, provenance=changed))
    grading = Request(benchmark="tiny", backend="local", only=FEW, out=tmp_path / "graded", workers=1)

    code = grade_command(GradeOptions(request=grading, predictions=(tmp_path / "made",), quiet=True))

    assert code == 0
    assert read_record(tmp_path / "graded").provenance.sampling is None
