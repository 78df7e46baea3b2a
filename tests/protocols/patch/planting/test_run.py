"""Runs among tests that must fail, in boxes in memory: what the reference shows, and what a patch comes to."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.patch.planted import PlantedRun, Planting, PlantingLayer
from boxscore.records import Outcome, Trust
from tests.patch_details import patch_detail_of
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun

    Runner = Callable[[str], Completed]

GO = 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) {}\n'
GO_TASK = replace(
    TASK,
    fail_to_pass=("TestA",),
    pass_to_pass=("TestB",),
    commands=("go test -v ./a_test.go",),
    parser="go",
    reference=PATCH,
)


def go(source: str, *, failed: str = "FAIL", code: int = 1, spared: str = "") -> Completed:
    words = {"": "PASS"}
    lines = [
        f"--- {'FAIL' if name == spared else words.get(mark, failed)}: {name}{mark} (0.00s)"
        for name, mark in re.findall(r"func (Test[A-Z])(\w*)\(", source)
    ]
    return ended("\n".join(line for line in lines if "None" not in line), code)


def added(source: str, line: str) -> Completed:
    said = go(source, spared="TestA")
    return ended(f"{said.stdout.decode()}\n{line}", 1)


class Repository:
    def __init__(self, cache: Path, runner: Runner = go) -> None:
        self.cache, self.runner, self.sources = cache, runner, list[str]()
        self.fake = FakeBoxes(read=ended(json.dumps({"a_test.go": GO})), test=self._test)
        self.planting = PlantingLayer(cache, lambda: random.Random(3))

    def _test(self, _: FakeRun) -> Completed:
        staged = next(run for run in self.fake.backend.boxes[-1].runs if b'"stage"' in run.stdin)
        instead = json.loads(staged.stdin)["restore"]["instead"]
        self.sources.append(instead[0][1] if instead else GO)
        return self.runner(self.sources[-1])

    def known(self) -> Planting:
        boxes = self.fake.boxes()
        return self.planting.known(GO_TASK, image="image", open_box=lambda during: boxes.open(GO_TASK, during=during))

    def run(self, runner: Runner) -> PlantedRun:
        known = self.known()
        self.runner = runner
        self.sources.clear()
        boxes = self.fake.boxes()
        ran = self.planting.run(GO_TASK, PATCH, known, open_box=lambda during: boxes.open(GO_TASK, during=during))
        assert isinstance(ran, PlantedRun)
        return ran


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_reference_shows_which_tests_can_fail(repository: Repository) -> None:
    known = repository.known()

    assert known == Planting(kinds={"a_test.go": ("error", "fatal")}, files={"a_test.go": GO}, exit_code=1)
    assert repository.known() == known
    assert len(repository.sources) == 1


@pytest.mark.parametrize(
    ("runner", "reason"),
    [
        (lambda source: go(source, failed="None"), "its runner reports no planted test as failed"),
        (lambda source: go(source, failed="PASS"), "its runner reports no planted test as failed"),
        (lambda source: go(source, spared="TestA"), "its tests do not pass with the reference among planted ones"),
    ],
)
def test_where_the_reference_shows_nothing_nothing_is_planted(tmp_path: Path, runner: Runner, reason: str) -> None:
    repository = Repository(tmp_path, runner)
    known = repository.known()
    repository.runner = lambda _: ended(go(GO).stdout, 0)
    result = repository.fake.grade(GO_TASK, planting=repository.planting)

    assert (known.kinds, known.reason) == ({}, reason)
    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert patch_detail_of(result).evidence.reason == reason


@pytest.mark.parametrize(
    ("runner", "spared", "unlike"),
    [
        (go, "", ""),
        (lambda source: go(source, spared="TestB"), "", ""),
        (lambda source: go(source, failed="PASS"), "a_test.go", "was not reported as failed in a_test.go"),
        (lambda source: go(source, failed="None"), "", "was not reported as failed in a_test.go"),
        (lambda source: go(source, failed="SKIP"), "", "was not reported as failed in a_test.go"),
        (lambda source: go(source, code=0), "", "the runner ended with 0, and 1 is right"),
        (
            lambda source: added(source, "--- PASS: TestA (0.00s)"),
            "",
            "the log has TestA as failed and as something else",
        ),
        (lambda source: go(source, code=139), "", "the runner ended with 139, and 1 is right"),
    ],
)
def test_a_run_says_how_it_is_otherwise(repository: Repository, runner: Runner, spared: str, unlike: str) -> None:
    ran = repository.run(runner)

    assert (ran.spared, ran.count) == (spared, 2)
    assert unlike in ran.unlike
    assert bool(unlike) is bool(ran.unlike)
    assert set(ran.suite.statuses) == {"TestA", "TestB"}
    assert len(repository.sources) == 1
