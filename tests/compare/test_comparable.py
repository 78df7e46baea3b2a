"""Runs that are refused because more than their answers differs, each difference by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.compare.build import compare_runs
from boxscore.compare.read import read_compared
from boxscore.errors import UsageError
from boxscore.provenance import SamplingRecord
from boxscore.records import Trust
from tests.compare.runs import CONDITIONS, with_limits, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.compare.read import Difference

SAMPLING = SamplingRecord(model="m", template="chat.j2", template_digest="aa", limits={"time_limit": "600"})

# Name → what one of the two runs has otherwise than the usual.
DIFFERENT: dict[str, dict[str, Any]] = {
    "data": {"data_sha256": "e" * 64},
    "grading": {"conditions": replace(CONDITIONS, version="v2")},
    "images": {"conditions": replace(CONDITIONS, image_digest="sha256:bb")},
    "k": {"k": (1, 5)},
    "trust": {"trust": Trust.CLAIM},
    "limits.cpu_s": {"conditions": with_limits(cpu_s=9.0)},
    "limits.wall_s": {"conditions": with_limits(wall_s=9.0)},
    "limits.memory_bytes": {"conditions": with_limits(memory_bytes=9)},
    "limits.processes": {"conditions": with_limits(processes=9)},
    "limits.disk_bytes": {"conditions": with_limits(disk_bytes=9)},
    "limits.output_bytes": {"conditions": with_limits(output_bytes=9)},
    "prompt": {"sampling": replace(SAMPLING, template_digest="bb")},
    "agent.time_limit": {"sampling": replace(SAMPLING, limits={"time_limit": "60"})},
    "agent.message_limit": {"sampling": replace(SAMPLING, limits=SAMPLING.limits | {"message_limit": "9"})},
}


def compared(tmp_path: Path, name: str, allowed: Sequence[str]) -> tuple[Difference, ...]:
    graded = "+ - + +"
    usual: dict[str, Any] = {"sampling": SAMPLING}
    write_run(tmp_path / "a", graded, **usual)
    write_run(tmp_path / "b", "+ + + + +" if name == "instances" else graded, **(usual | DIFFERENT.get(name, {})))
    runs = read_compared([str(tmp_path / "a"), str(tmp_path / "b")])
    return compare_runs(runs, allowed=allowed).differences


@pytest.mark.parametrize("name", [*DIFFERENT, "instances"])
def test_a_difference_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be compared") as caught:
        compared(tmp_path, name, [])

    assert len(caught.value.details) == 2
    assert caught.value.details[0].startswith(f"{name}: ")
    assert caught.value.details[1].endswith(f" --allow-difference {name}")


@pytest.mark.parametrize("name", [*DIFFERENT, "instances"])
def test_a_difference_that_is_allowed_is_recorded(tmp_path: Path, name: str) -> None:
    (found,) = compared(tmp_path, name, [name])

    assert (found.name, found.allowed, found.runs) == (name, True, ("a", "b"))
    assert found.baseline != found.candidate


@pytest.mark.parametrize("name", ["limits", "limits.speed", "seed", "agent.LIMIT"])
def test_what_runs_cannot_differ_in(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"runs can differ in data, instances"):
        compared(tmp_path, "none", [name])


def test_what_is_not_known_is_no_difference(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "+ -", sampling=SAMPLING)
    write_run(tmp_path / "b", "+ -", k=(1,))

    found = compare_runs(read_compared([str(tmp_path / "a"), str(tmp_path / "b")]))

    assert found.differences == ()


def test_an_image_of_each_instance(tmp_path: Path) -> None:
    own = replace(CONDITIONS, image_digest="", image="i/1")
    write_run(tmp_path / "a", "+ -", conditions=own)
    write_run(tmp_path / "b", "+ -", conditions=replace(own, image="i/2"))

    with pytest.raises(UsageError, match="images: i/1 in a, i/2 in b"):
        compare_runs(read_compared([str(tmp_path / "a"), str(tmp_path / "b")]))
