"""In which order files of tests are read and begun: one that takes long, begun last, would run on alone at the end."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
LONGEST = (
    "attack/test_attacks.py",
    "protocols/patch/test_attacks.py",
    "test_embedded.py",
    "boxes/docker/test_backend.py",
    "test_patch_faults.py",
    "images/test_instances.py",
    "protocols/patch/test_honest.py",
    "protocols/patch/blind/test_forgeries.py",
    "boxes/local/test_backend.py",
    "toy_protocol/test_toy_protocol.py",
    "toy_benchmark/test_toy.py",
    "cli/test_runs.py",
    "layers/test_layers.py",
    "protocols/function/test_grader.py",
    "sampling/test_provider_runs.py",
    "agents/test_shell.py",
    "agents/test_seal.py",
    "agents/hostile/test_hostile.py",
    "sampling/test_killed.py",
)


SECONDS = {"docker": 2.0, "docker_backend": 2.0, "bubblewrap": 0.5, "local_backend": 0.5}  # by marks and fixtures
PLAIN_S = 0.02


def read_in_turn(number: int, of: int) -> list[str]:
    """All files of tests, of which each of several workers begins with others.

    Each reads all of them, and what one has compiled the others find: begun at the same place, all would compile all.
    """
    files = sorted(str(path) for path in HERE.rglob("test_*.py"))
    begin = len(files) * number // of
    return files[begin:] + files[:begin]


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests: files known to take long, then those that may, by what their tests need; else the order stays."""
    ranks = {HERE / name: number for number, name in enumerate(LONGEST)}
    seconds = defaultdict[Path, float](float)
    for item in items:
        seconds[item.path] += seconds_of(item)
    items.sort(key=lambda item: (ranks.get(item.path, len(ranks)), -seconds[item.path]))


def seconds_of(item: pytest.Item) -> float:
    """About how long a test takes: one that opens boxes as long as a hundred that do not."""
    needs = {*getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
    return max((SECONDS[one] for one in needs & SECONDS.keys()), default=PLAIN_S)
