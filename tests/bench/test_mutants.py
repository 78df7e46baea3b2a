"""The generator of samples that are not gold."""

from __future__ import annotations

import ast
import importlib.util
import random
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = '''def total(items, start):
    """Add up."""
    result = start
    for place in range(len(items)):
        if items[place] > 0 and not result < 0:
            result += max(items[place], 2) * 2
    return result
'''


def load(name: str) -> Any:
    """Load a script of `bench/`, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


mutants = load("mutants")


def test_the_same_seed_gives_the_same_mutants() -> None:
    """Two runs with one seed are equal, and no text comes twice."""
    gold = mutants.Gold("T/1", PROGRAM, "total")

    first = list(mutants.mutants([gold], 30, random.Random(1)))
    second = list(mutants.mutants([gold], 30, random.Random(1)))

    assert first == second
    assert len({text for _, _, text in first}) == 30


@pytest.mark.parametrize("kind", [kind for kind in mutants.WEIGHTS if kind != "cut"])
def test_each_kind_changes_the_program_and_keeps_it_parseable(kind: str) -> None:
    """A mutant is other code than gold, and still Python."""
    gold = mutants.Gold("T/1", PROGRAM, "total")

    text = mutants.mutate(gold, kind, random.Random(3))

    assert text is not None
    assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(PROGRAM))


def test_a_head_stays_as_it_is() -> None:
    """Where gold has a head, the mutant is what comes after it, and both together are Python."""
    head, body = PROGRAM.split("    result = start", 1)
    gold = mutants.Gold("T/1", PROGRAM, "total", head)

    text = mutants.mutate(gold, "raise", random.Random(1))

    assert text is not None
    assert "def total" not in text
    assert ast.parse(head + text)
    assert body not in head
