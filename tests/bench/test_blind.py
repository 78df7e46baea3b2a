"""Suites of others come to the same with what they expect hidden."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.blind import Folder, measure

if TYPE_CHECKING:
    import pytest

TESTS = """
import pytest

def length(x): return len(x)
def upper(x): return x.upper()

@pytest.mark.parametrize("text, expected", [("quince marzipan", 15), ("gooseberry", 1010)])
def test_length(text, expected):
    assert length(text) + 1000 * (text == "gooseberry") == expected

def test_upper():
    assert upper("kumquat") == "KUMQUAT"

def test_used_otherwise():
    expected = "loganberry"
    assert "loganberry" == expected
    assert len(expected) == 10

@pytest.mark.skip
def test_skipped(): pass

def test_failing(): assert length("a") == 2
"""


def test_a_suite_comes_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite comes to the same."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    tree = tmp_path / "tree"
    (tree / "tests").mkdir(parents=True)
    (tree / "tests" / "test_it.py").write_text(TESTS)
    found = measure("it", Folder(tree, Path(sys.executable), ("tests",)), tree, objects=False)
    assert (found.tests, found.same, found.differ) == (6, 6, [])
    assert (found.functions, found.any_hidden) == (3, 1.0)
    assert (found.hidden, found.put_back) == (5, 0)
