"""In which order files of tests are begun: one that takes long, begun last, would run on alone at the end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
LONGEST = (
    "attack/test_function_attacks.py",
    "protocols/patch/test_attacks.py",
    "test_tiny_patches_graded.py",
    "boxes/docker/test_backend.py",
    "test_patch_faults.py",
    "images/test_instances.py",
    "protocols/patch/test_honest.py",
    "protocols/patch/blind/test_forgeries.py",
    "protocols/canaries/test_reader.py",
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
    "sampling/impossible/test_cheat_rate.py",
    "sampling/test_killed.py",
)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests: files known to take long, then those of most tests; else the order stays as it is."""
    ranks = {HERE / name: number for number, name in enumerate(LONGEST)}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (ranks.get(item.path, len(ranks)), -tests[item.path]))
