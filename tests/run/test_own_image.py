"""What is told where a benchmark's libraries are in an image that its samples are not graded in."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.data.plugins import load_harness
from boxscore.data.samples import gold_samples
from boxscore.images.recipes import reference
from boxscore.run.images import image_notice
from boxscore.run.prepare import load_benchmark, place_notices, prepare
from boxscore.run.request import Request

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend


@pytest.mark.parametrize("name", ["bigcodebench", "ds-1000", "bigcodebench-lite-pro", "naturalcodebench-python"])
def test_libraries_are_said_to_be_in_their_image(name: str) -> None:
    """With what builds it, and what has samples graded there."""
    harness = load_harness(name)

    told, of_another = image_notice(harness, None), image_notice(harness, "mine:1")

    assert told is not None
    assert told.startswith(f"{name} needs Python 3.10 with BigCodeBench's 139 libraries")
    assert "`boxscore images build bigcodebench`, then `--backend docker`" in told
    assert "local boxes" in told
    assert "boxes of image mine:1" in str(of_another)
    assert image_notice(harness, reference("bigcodebench")) is None


@pytest.mark.parametrize("name", ["humaneval", "tiny-programs", "tiny-java", "tiny-patches"])
def test_others_are_told_nothing(name: str) -> None:
    """Either Python is enough, or the protocol itself says which compiler is missing."""
    assert image_notice(load_harness(name), None) is None


def test_an_image_that_boxscore_does_not_have_is_no_error() -> None:
    """A harness of someone else's may name its own, and still be graded in local boxes."""
    harness: Any = copy.copy(load_harness("tiny"))
    harness.image = "my-own"

    assert image_notice(harness, None) is None
    assert image_notice(harness, "mine:1") is None


def test_a_run_says_so_before_its_first_box(
    local_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps it among its warnings, so that whoever reads its report is told too."""
    monkeypatch.chdir(tmp_path)
    request = Request(benchmark="tiny-units", backend=local_backend.name, limit=1)
    benchmark = load_benchmark(request)
    harness: Any = copy.copy(benchmark.harness)
    harness.image = "bigcodebench"
    benchmark = replace(benchmark, harness=harness)

    job = prepare(request, benchmark, list(gold_samples(benchmark.asked)))

    assert job.record.warnings == place_notices(request, benchmark) == (str(image_notice(harness, None)),)
