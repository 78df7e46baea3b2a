"""The files that Multi-SWE-bench's programs write: the final report, and a folder of each instance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Trust
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from harnesses.multi_swe_bench.report import write_reports
from tests.harnesses.multi_swe_bench.records import AFTER, cargo_log, record, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME = "sharkdp/fd:pr-{}"


def sample(number: int, *, model: str = "", sample_id: str = "0", text: str = "diff\n") -> Sample:
    return Sample(instance_id=NAME.format(number), sample_id=sample_id, text=text, kind=SampleKind.PATCH, model=model)


def result(
    number: int, outcome: Outcome = Outcome.PASSED, *, log: str = cargo_log(AFTER), sample_id: str = "0"
) -> Result:
    return Result(
        instance_id=NAME.format(number), sample_id=sample_id, outcome=outcome, trust=Trust.WATCHED, output=log
    )  # fmt: skip


def graded(folder: Path, samples: Sequence[Sample], results: Sequence[Result], files: Path | None = None) -> GradedRun:
    instances = load_multi_swe(written(folder, [record(number=number) for number in range(1, 10)]))
    place = folder / "run1"
    place.mkdir(exist_ok=True)
    return GradedRun(
        run_id="run1",
        folder=place,
        files=files,
        instances=tuple(one.instance_id for one in instances),
        samples=tuple(samples),
        results=tuple(results),
        tasks={one.instance_id: multi_swe_task(one) for one in instances},
        printed=lambda one: one.output,
        rows={one.instance_id: one.row for one in instances},
    )


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_final_report(tmp_path: Path) -> None:
    contradiction = cargo_log(AFTER) + "test kept ... FAILED\n"
    results = [
        result(1),
        result(2, Outcome.WRONG, log=cargo_log({**AFTER, "mended": "FAIL"})),
        result(3, Outcome.PATCH_REJECTED, log=""),
        result(4, Outcome.NO_CODE, log=""),
        result(5, Outcome.INTERNAL, log=""),
        result(6, Outcome.WRONG, log=contradiction),
        result(7, Outcome.TAMPERED),
    ]
    samples = [sample(number, text="" if number == 4 else "diff\n") for number in range(1, 9)]

    (path,) = write_reports(graded(tmp_path, samples, results))

    found = read(path)
    assert path.name == "final_report.json"
    assert found["resolved_ids"] == [NAME.format(1)]
    assert found["unresolved_ids"] == [NAME.format(number) for number in (2, 3, 4, 7)]
    assert found["error_ids"] == found["incomplete_ids"] == [NAME.format(number) for number in (5, 6, 8)]
    assert found["completed_ids"] == found["resolved_ids"] + found["unresolved_ids"]
    assert (found["total_instances"], found["submitted_instances"], found["empty_patch_instances"]) == (8, 8, 0)
    assert all(found[f"{name.removesuffix('_ids')}_instances"] == len(found[name]) for name in found if "_ids" in name)


def test_the_folder_of_an_instance(tmp_path: Path) -> None:
    files = tmp_path / "workdir"

    write_reports(graded(tmp_path, [sample(1)], [result(1)], files))

    place = files / "sharkdp" / "fd" / "evals" / "pr-1"
    report = read(place / "report.json")
    assert (place / "fix.patch").read_text() == "diff\n"
    assert (place / "fix-patch-run.log").read_text() == cargo_log(AFTER)
    assert (report["valid"], report["error_msg"]) == (True, "")
    wanted = record(number=1)
    for name in ("p2p_tests", "f2p_tests", "s2p_tests", "n2p_tests", "fixed_tests"):
        assert report[name] == wanted[name]
    for name in ("run_result", "test_patch_result", "fix_patch_result"):
        assert report[name] == wanted[name]
    assert read(files / "final_report.json") == read(tmp_path / "run1" / "final_report.json")
