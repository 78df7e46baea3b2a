"""SWE-bench's report files: the summary, and each instance's folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from boxscore import (
    InstanceImage,
    Outcome,
    PatchTask,
    Result,
    Sample,
    SampleKind,
    Trust,
    UsageError,
)
from boxscore.protocols.patch.task import PatchDetail
from boxscore.records import Applied
from harnesses.swebench.logs import InfraFailure, classify, instance_report
from harnesses.swebench.report import check_logs, write_reports

if TYPE_CHECKING:
    from pathlib import Path


def sample(name: str, text: str = "diff --git a/a b/a\n") -> Sample:
    return Sample(instance_id=name, sample_id="0", text=text, kind=SampleKind.PATCH, model="lab/model")


def result(name: str, outcome: Outcome, output: str = "") -> Result:
    passed = outcome is Outcome.PASSED
    ran = outcome in (Outcome.PASSED, Outcome.WRONG)
    lists = (("test_a", "test_b"), ()) if passed else (("test_a",), ("test_b",))
    detail = PatchDetail(
        applied=None if outcome is Outcome.PATCH_REJECTED else Applied(rung="git apply"),
        fail_to_pass=lists if ran else ((), ()),
    )
    return Result(
        instance_id=name,
        sample_id="0",
        outcome=outcome,
        trust=Trust.WATCHED,
        output=output,
        wall_s=1800.0,
        detail=detail,
    )


def task() -> PatchTask:
    return PatchTask(
        image=InstanceImage(name="a"),
        fail_to_pass=("test_a", "test_b"),
        pass_to_pass=(),
        build=("make",),
        commands=("pytest -rA",),
        parser="pytest",
    )


def reported(folder: Path, outcomes: dict[str, Outcome], **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "instances": list(outcomes),
        "predictions": [sample(name) for name in outcomes],
        "results": [result(name, outcome) for name, outcome in outcomes.items()],
        **more,
    }
    path = write_reports(folder, run_id="run1", model="lab/model", **options)
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


@pytest.mark.parametrize("model", ["..", "../../etc/passwd", "", "/", "a\0b", "ä" * 512, "/" * 512])
def test_no_name_leads_out_of_the_folders(tmp_path: Path, model: str) -> None:
    names = ["../../up", ".."]

    write_reports(
        tmp_path / "in",
        run_id="..",
        model=model,
        instances=names,
        results=[result(name, Outcome.PASSED) for name in names],
        predictions=[sample(name) for name in names],
        logs=tmp_path / "logs",
    )

    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "logs"]
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["run_evaluation"]
    assert len(list((tmp_path / "logs").glob("run_evaluation/*/*/*/report.json"))) == 2


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        (Outcome.PASSED, "resolved_ids"),
        (Outcome.WRONG, "unresolved_ids"),
        (Outcome.TAMPERED, "unresolved_ids"),
        (Outcome.NO_TESTS, "unresolved_ids"),
        (Outcome.BUILD_FAILED, "unresolved_ids"),
        (Outcome.NO_CODE, "error_ids"),
        (Outcome.PATCH_REJECTED, "error_ids"),
        (Outcome.TIMEOUT, "error_ids"),
        (Outcome.INTERNAL, "error_ids"),
    ],
)
def test_where_outcomes_are_counted(tmp_path: Path, outcome: Outcome, field: str) -> None:
    summary = reported(tmp_path, {"a": outcome})

    lists = {name: summary[name] for name in ("resolved_ids", "unresolved_ids", "error_ids")}
    assert lists == {name: ["a"] if name == field else [] for name in lists}
    assert summary["completed_ids"] == ([] if field == "error_ids" else ["a"])


def test_empty_missing_and_not_asked(tmp_path: Path) -> None:
    summary = reported(
        tmp_path,
        {},
        instances=["empty", "missing", "lost"],
        predictions=[sample("empty", ""), sample("elsewhere"), sample("lost")],
        results=[],
    )

    assert summary["empty_patch_ids"] == ["empty"]
    assert summary["incomplete_ids"] == ["missing"]
    assert summary["submitted_ids"] == ["elsewhere", "empty", "lost"]
    assert summary["error_ids"] == ["lost"]
    assert summary["total_instances"] == 3


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("ERROR tests/test_it.py - ImportError: x", True),
        ("Executed 3 of 3 SUCCESS", True),
        ("Traceback (most recent call last):", False),
    ],
)
def test_report_of_a_log_without_required_tests(output: str, told: bool) -> None:  # noqa: FBT001
    detail = PatchDetail(tests={"test_a": "MISSING", "test_b": "MISSING"}, fail_to_pass=((), ("test_a", "test_b")))
    graded = structs.replace(result("a", Outcome.ERROR, output), detail=detail)

    report: dict[str, Any] = instance_report(sample("a"), graded, task=task())["a"]  # type: ignore[assignment]

    assert report["patch_successfully_applied"] is told
    assert ("tests_status" in report) is told


def test_nothing_of_a_forged_log_is_reported(tmp_path: Path) -> None:
    detail = PatchDetail(applied=Applied(rung="git apply"), fail_to_pass=(("test_a", "test_b"), ()))
    graded = structs.replace(result("a", Outcome.TAMPERED, "PASSED test_a"), detail=detail)

    reported(tmp_path, {"a": Outcome.TAMPERED}, results=[graded], logs=tmp_path / "logs")

    folder = tmp_path / "logs" / "run_evaluation" / "run1" / "lab__model" / "a"
    report = json.loads((folder / "report.json").read_text("utf-8"))["a"]
    assert (report["patch_successfully_applied"], report["resolved"]) == (False, False)
    assert "tests_status" not in report
    assert (folder / "test_output.txt").read_text("utf-8") == "PASSED test_a"


def test_logs_of_an_instance(tmp_path: Path) -> None:
    reported(tmp_path, {"a": Outcome.WRONG}, logs=tmp_path / "logs", tasks={"a": task()})

    folder = tmp_path / "logs" / "run_evaluation" / "run1" / "lab__model" / "a"
    files = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert sorted(files) == ["eval.sh", "patch.diff", "report.json", "run_instance.log", "test_output.txt"]
    lines = files["eval.sh"].splitlines()
    assert lines[:3] == ["#!/bin/bash", "cd /testbed", "make"]
    assert lines[-3:] == [": '>>>>> Start Test Output'", "pytest -rA", ": '>>>>> End Test Output'"]
    assert files["patch.diff"] == sample("a").text
    assert ">>>>> Applied Patch: git apply" in files["run_instance.log"]
    assert "Result for a: resolved: False" in files["run_instance.log"]


@pytest.mark.parametrize(
    ("log", "failure"),
    [
        ("ok", None),
        ("1\nKilled\n2", InfraFailure(reason="out_of_memory", environment=True)),
        ("it was Killed", None),
        ("ModuleNotFoundError: No module named 'x'", InfraFailure(reason="missing_module", environment=False)),
        ("no tests ran in 0.1s\nMissing X server", InfraFailure(reason="display_unavailable", environment=True)),
    ],
)
def test_signs_of_failures(log: str, failure: InfraFailure | None) -> None:
    assert classify(log) == failure


def written(folder: Path) -> Path:
    reported(folder / "in", {"a": Outcome.PASSED}, logs=folder / "logs")
    return folder / "logs" / "run_evaluation" / "run1" / "lab__model" / "a"


@pytest.mark.parametrize("name", ["patch.diff", "report.json", "."])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    place, mine = written(tmp_path), tmp_path / "mine"
    mine.mkdir()
    (mine / "patch.diff").write_text("mine")
    target = place / name
    if name == ".":
        shutil.rmtree(place)
        place.symlink_to(mine)
    else:
        target.unlink()
        target.symlink_to(mine / "patch.diff")

    with pytest.raises(UsageError, match="is a symbolic link: no file is written elsewhere"):
        check_logs(tmp_path / "logs", "run1")
    with pytest.raises(UsageError, match="is a symbolic link: no file is written elsewhere"):
        written(tmp_path)
    assert [(path.name, path.read_text()) for path in mine.iterdir()] == [("patch.diff", "mine")]


def test_logs_of_another_program_are_left_alone(tmp_path: Path) -> None:
    report = tmp_path / "run_evaluation" / "theirs" / "model" / "a__a-1" / "report.json"
    report.parent.mkdir(parents=True)
    report.write_text("mine")

    with pytest.raises(UsageError, match="boxscore did not write"):
        check_logs(tmp_path, "theirs")
    for _ in range(2):
        check_logs(tmp_path, "ours")
        write_reports(tmp_path, run_id="ours", model="m", instances=(), results=(), predictions=(), logs=tmp_path)

    assert report.read_text() == "mine"
