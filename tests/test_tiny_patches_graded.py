"""Every sample of tiny-patches, graded as a user grades it, ends as it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore import PatchTask
from boxscore.data.plugins import load_harness
from boxscore.protocols.details import decode_result
from tests.tiny_patches import ANYTHING_ELSE, OURS, QUICK, ROWS, sample, to_grade

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend, Instance, Sample

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
HARNESS = load_harness("tiny-patches")
FEW = ("gold", "empty", "partial", "wrong", "regression")
TIMES = 3


def expected(name: str, instances: dict[str, Instance]) -> list[tuple[Sample, str]]:
    """All samples of an instance, an empty one among them, and what is expected of each."""
    task = HARNESS.task(instances[name])
    assert isinstance(task, PatchTask)
    found = to_grade(name, instances[name], task)
    if all(one.sample_id != "empty" for one, _ in found):
        found.append((sample(name, "empty", ""), "no_code"))
    return found


def outcomes(samples: list[Sample], folder: Path) -> dict[str, str]:
    """Grade samples of one instance; their outcomes by name."""
    boxscore.grade("tiny-patches", samples, backend="docker", workers=2, out=folder, reuse=False)
    lines = (folder / "results.jsonl").read_bytes().splitlines()
    return {one.sample_id: one.outcome.value for one in (decode_result(line) for line in lines)}


def unlike(samples: list[tuple[Sample, str]], folder: Path) -> dict[str, str]:
    """Grade samples with what is expected of each; the outcomes of those that end otherwise."""
    found = outcomes([one for one, _ in samples], folder)
    return {one.sample_id: found[one.sample_id] for one, wanted in samples if not fits(found[one.sample_id], wanted)}


def fits(outcome: str, wanted: str) -> bool:
    """Whether an outcome is the one that is wanted, or, where any but a pass will do, one of these."""
    return outcome not in {"passed", "internal"} if wanted == ANYTHING_ELSE else outcome == wanted


@pytest.mark.parametrize("name", [name for name in QUICK if name in OURS])  # those of others are slow
def test_right_wrong_partial_and_regressing_patches_are_told_apart(
    name: str, instances: dict[str, Instance], docker_backend: Backend, tmp_path: Path
) -> None:
    """The reference resolves its instance; nothing, a wrong fix, half of one, and one that breaks something do not."""
    assert docker_backend.name == "docker"
    chosen = [(one, wanted) for one, wanted in expected(name, instances) if one.sample_id in FEW]
    assert len(chosen) >= len(FEW) - 1

    assert unlike(chosen, tmp_path / "run") == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_every_sample_ends_as_it_must(
    name: str, instances: dict[str, Instance], docker_backend: Backend, tmp_path: Path
) -> None:
    """Recorded samples and derived ones, attacks among them, have the outcomes that are written beside them."""
    assert docker_backend.name == "docker"
    assert unlike(expected(name, instances), tmp_path / "run") == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_repeats_agree(name: str, instances: dict[str, Instance], docker_backend: Backend, tmp_path: Path) -> None:
    """The reference passes, and an empty patch does not, each time that they are graded."""
    assert docker_backend.name == "docker"
    gold = str(instances[name].reference)
    repeated = [sample(name, f"gold-{number}", gold) for number in range(TIMES)]
    empty = [sample(name, f"empty-{number}", "") for number in range(TIMES)]

    found = outcomes([*repeated, *empty], tmp_path / "run")

    assert found == {one.sample_id: "passed" for one in repeated} | {one.sample_id: "no_code" for one in empty}
