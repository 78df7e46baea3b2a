"""Recorded samples of tiny-java are what they say they are, and end as they must where they are graded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import Outcome, ProjectDetail, Result, Sample, SampleKind
from boxscore.images import environments
from boxscore.protocols.details import decode_result
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Backend

ROOT = folder("instances") / "tiny_java"
SAMPLES = [json.loads(line) for line in (ROOT / "samples.jsonl").read_text("utf-8").splitlines()]
KINDS = {"solution": SampleKind.SOLUTION, "answer": SampleKind.ANSWER, "completion": SampleKind.COMPLETION}
CLASSES = [json.loads(line)["task_id"] for line in (ROOT / "instances.jsonl").read_text("utf-8").splitlines()]


def test_samples_belong_to_instances_and_expect_known_outcomes() -> None:
    """Each has one text, a name of its own and an outcome; each class has a right and a wrong one."""
    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES}) == len(SAMPLES) >= 35
    for row in SAMPLES:
        assert row["instance_id"] in CLASSES
        assert len(KINDS.keys() & row.keys()) == 1
        Outcome(row["expect"])
    for name in CLASSES:
        expected = {row["expect"] for row in SAMPLES if row["instance_id"] == name}
        assert "passed" in expected
        assert len(expected) > 1


def graded(benchmark: str, samples: Sequence[Sample] | None, backend: Backend, out: Path) -> list[Result]:
    """Grade samples, references if None; skip where the image is not here."""
    (image,) = environments.check(["jvm"])
    if not image.present:
        pytest.skip("the image `jvm` is not here: boxscore images build jvm")
    boxscore.grade(benchmark, samples, backend=backend.name, workers=1, out=out, reuse=False)
    return [decode_result(line) for line in (out / "results.jsonl").read_bytes().splitlines()]


def unlike(rows: Sequence[dict[str, Any]], results: Sequence[Result]) -> list[str]:
    """Those that ended otherwise than they must."""
    found = {(one.instance_id, one.sample_id): one for one in results}
    pairs = [(row, found[row["instance_id"], row["sample_id"]]) for row in rows]
    return [
        f"{row['instance_id']} {row['sample_id']}: {one.outcome}, not {row['expect']}: {one.reason}"
        for row, one in pairs
        if one.outcome != row["expect"]
    ]


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(3600)
def test_all_samples_end_as_they_must(docker_backend: Backend, tmp_path: Path) -> None:
    """Right, wrong, raising, endless and unreadable ones, and those that leave something undone."""
    samples = [
        Sample(instance_id=row["instance_id"], sample_id=row["sample_id"], text=row[name], kind=kind)
        for row in SAMPLES
        for name, kind in KINDS.items()
        if name in row
    ]

    assert unlike(SAMPLES, graded("tiny-java", samples, docker_backend, tmp_path / "run")) == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", ["@test-wise", "@project-wise"])
def test_references_pass(part: str, docker_backend: Backend, tmp_path: Path) -> None:
    """All classes of a suite or of the project together; each time that a test ran is counted."""
    results = graded(f"tiny-java{part}", None, docker_backend, tmp_path / "run")

    assert {one.outcome for one in results} == {Outcome.PASSED}
    for one in results:
        assert isinstance(one.detail, ProjectDetail)
        assert all(passed == count for passed, count in one.detail.invocations.values())
    if part == "@project-wise":
        (detail,) = (one.detail for one in results)
        assert isinstance(detail, ProjectDetail)
        assert sum(detail.invocations.get(name, (1, 1))[1] for name in detail.tests) == 48
