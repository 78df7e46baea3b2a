"""Samples with equal code are graded once: who is graded, what the others get, and what happens in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable
from boxscore.interrupt import Stop
from boxscore.protocols.details import decode_result
from boxscore.records import Outcome, Result, Sample
from boxscore.report.build import build_report
from boxscore.run.engine import RunResults, Tools, run_plan
from boxscore.run.executors.local import LocalWorkers
from boxscore.run.run import rebuild, run_info
from boxscore.run.store import open_run
from tests.run.test_engine import FakeGrader, plan, record, samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.protocols.contract import Batch
    from boxscore.run.plan import Plan


def graded(
    folder: Path,
    work: Plan,
    grader: FakeGrader,
    *,
    share: bool = True,
    stop: Stop | None = None,
) -> RunResults:
    tools = Tools(
        open_grader=grader,
        abandon=lambda: None,
        executor=LocalWorkers(1),
        workers=1,
        stop=stop or Stop(),
        share=share,
    )
    with open_run(folder) as store:
        return run_plan(work, record(), store, tools)


def named(found: RunResults) -> dict[str, tuple[Outcome, str | None]]:
    return {one.sample_id: (one.outcome, one.copied_from) for one in found.results}


def lines(folder: Path) -> list[Result]:
    return [decode_result(line) for line in (folder / "results.jsonl").read_bytes().splitlines()]


def both(*texts: str) -> list[Sample]:
    given = samples(*texts)
    return given + [replace(one, instance_id="b") for one in given]


def test_equal_code_of_an_instance_is_graded_once(tmp_path: Path) -> None:
    """The others get the first one's result, and say so; another instance has a verdict of its own."""
    grader = FakeGrader(output="said")

    found = graded(tmp_path, plan(*both("passed", "wrong", "passed", "wrong", "error")), grader)

    assert sorted(grader.graded) == ["a/0", "a/1", "a/4", "b/0", "b/1", "b/4"]
    of_a = {one.sample_id: (one.outcome, one.copied_from) for one in found.results if one.instance_id == "a"}
    assert of_a == {
        "0": (Outcome.PASSED, None),
        "1": (Outcome.WRONG, None),
        "2": (Outcome.PASSED, "0"),
        "3": (Outcome.WRONG, "1"),
        "4": (Outcome.ERROR, None),
    }
    assert len(lines(tmp_path)) == 10
    assert {one.output for one in lines(tmp_path)} == {"said"}


def test_each_by_itself(tmp_path: Path) -> None:
    """Without sharing every sample is graded, also those that a run with it had copied."""
    work = plan(*samples("passed", "passed", "passed"))
    graded(tmp_path, work, FakeGrader())
    grader = FakeGrader()

    found = graded(tmp_path, work, grader, share=False)

    assert grader.graded == ["a/1", "a/2"]
    assert named(found) == dict.fromkeys("012", (Outcome.PASSED, None))


def test_trouble_of_ours_is_shared_with_nobody(tmp_path: Path) -> None:
    """Where the one that was graded came to `internal`, the others are graded each by itself, in the same run."""
    grader = FakeGrader()

    found = graded(tmp_path, plan(*samples("internal", "internal", "internal", "passed")), grader)

    assert sorted(grader.graded) == ["a/0", "a/1", "a/2", "a/3"]
    assert named(found)["2"] == (Outcome.INTERNAL, None)
    assert found.missing == 0


def test_copies_are_derived_again(tmp_path: Path) -> None:
    """Where a kill or a later file of samples left some without a result, those get it from what is stored, unboxed."""
    graded(tmp_path, plan(*samples("wrong", "wrong")), FakeGrader(output="said"))
    grader = FakeGrader()

    found = graded(tmp_path, plan(*samples("wrong", "wrong", "wrong")), grader)

    assert grader.opened == 0
    assert named(found) == {"0": (Outcome.WRONG, None), "1": (Outcome.WRONG, "0"), "2": (Outcome.WRONG, "0")}
    assert [(one.sample_id, one.output) for one in lines(tmp_path)] == [("0", "said"), ("1", "said"), ("2", "said")]


def of(names: str, text: str = "wrong") -> list[Sample]:
    return [Sample(instance_id="a", sample_id=name, text=text) for name in names]


def test_a_copy_is_copied_where_its_original_is_gone(tmp_path: Path) -> None:
    """A later file of samples without the one that was graded: its copy stands for it, here and in a report."""
    graded(tmp_path, plan(*of("ab")), FakeGrader(output="said"))
    grader = FakeGrader()

    found = graded(tmp_path, plan(*of("bcd")), grader)
    rebuilt = rebuild(tmp_path).report

    assert grader.opened == 0
    assert named(found) == {"b": (Outcome.WRONG, None), "c": (Outcome.WRONG, "b"), "d": (Outcome.WRONG, "b")}
    assert (rebuilt.copied_samples, [one.sample_id for one in rebuilt.failures]) == (2, ["b"])
    assert [one.output for one in lines(tmp_path)] == ["said"] * 4


def test_a_copy_is_copied_where_its_original_has_other_code(tmp_path: Path) -> None:
    """A sample that was graded for others, and answers otherwise now, takes nothing from them."""
    graded(tmp_path, plan(*of("ab")), FakeGrader())
    grader = FakeGrader()

    found = graded(tmp_path, plan(*of("a", "passed"), *of("bc")), grader)

    assert grader.graded == ["a/a"]
    assert named(found) == {"a": (Outcome.PASSED, None), "b": (Outcome.WRONG, None), "c": (Outcome.WRONG, "b")}


def test_copies_are_stored_with_their_original(tmp_path: Path) -> None:
    """A run that breaks down later has a result and its copies, or none of them."""
    work = plan(*samples("passed", "passed", "passed", "no box"))

    with pytest.raises(SandboxUnavailable):
        graded(tmp_path, work, FakeGrader())

    assert [(one.sample_id, one.copied_from) for one in lines(tmp_path)] == [("0", None), ("1", "0"), ("2", "0")]


def test_copies_count_in_scores_and_not_in_times(tmp_path: Path) -> None:
    """A report has all samples in its counts, says how many were copies, and has times of what was graded only."""
    grader = Timed()

    found = graded(tmp_path, plan(*samples("passed", "passed", "wrong", "passed")), grader)
    report = build_report(run_info(found.record, ()), found.results)

    assert (report.samples, report.copied_samples, report.outcomes) == (4, 2, {"wrong": 1, "passed": 3})
    assert report.pass_at_k["1"].value == pytest.approx(0.75)
    assert report.timing.cpu_s.n == 2


class Timed(FakeGrader):
    def grade(self, batch: Batch) -> Iterator[Result]:
        return (replace(result, cpu_s=1.0, wall_s=1.0) for result in super().grade(batch))


def test_a_sample_under_another_name_is_not_graded_again(tmp_path: Path) -> None:
    """Whose code has a result in the run directory gets it: a second model changes the names of the first's samples."""
    grader = FakeGrader()
    before = graded(tmp_path, plan(*samples("passed", "wrong")), grader)
    renamed = [replace(one, sample_id=f"model/{one.sample_id}") for one in samples("passed", "wrong", "error")]

    found = graded(tmp_path, plan(*renamed), grader)

    assert grader.graded == ["a/0", "a/1", "a/model/2"]
    assert [one.outcome for one in found.results[:2]] == [one.outcome for one in before.results]
    assert [one.copied_from for one in found.results] == [None, None, None]
    assert graded(tmp_path, plan(*renamed), grader).reused == 3
