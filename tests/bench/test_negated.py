"""What a reader has to guess of negated tests, counted on an archive."""

from __future__ import annotations

import io
import random
import tarfile
from typing import TYPE_CHECKING

from bench.negated import Place, bits_of, places_in, read, row

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest
from pack import label, same

class TestLabel:
    def test_label(self):
        assert label(3) == "gooseberry"

    def helper(self): pass

def test_nothing():
    same(1)

@pytest.fixture
def test_fixture(): pass
"""
WORDS = "apple gooseberry quince marzipan kumquat loganberry mulberry cloudberry wineberry boysenberry elderberry"
FILES = {
    "tests/test_it.py": TESTS,
    "pack.py": f"WORDS = '''{WORDS}'''\n",
    "README.md": "About berries.\n",
    "picture.bin": "no text",
}


def archive(folder: Path) -> Path:
    """A source archive."""
    path = folder / "pack-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name, text in FILES.items():
            one = tarfile.TarInfo(f"pack-1.0/{name}")
            one.size = len(text)
            packed.addfile(one, io.BytesIO(text.encode()))
    return path


def test_texts_are_read(tmp_path: Path) -> None:
    """Sources come first, and what is no text is left out."""
    assert list(read(archive(tmp_path))) == ["pack.py", "tests/test_it.py", "README.md"]


def test_test_functions_are_found() -> None:
    """Neither helpers nor fixtures."""
    places = places_in(FILES)

    assert [place.id for place in places] == [
        "tests/test_it.py::TestLabel::test_label",
        "tests/test_it.py::test_nothing",
    ]


def test_a_word_is_guessed_among_others() -> None:
    """A word that the repository has beside others has to be guessed; where nothing is asserted there is nothing."""
    places = [Place("tests/test_it.py", ("TestLabel", "test_label")), Place("tests/test_it.py", ("test_nothing",))]

    word, nothing = bits_of(places, FILES, random.Random(1))

    assert word > 0
    assert nothing == 0


def test_a_row(tmp_path: Path) -> None:
    """A row has all that a table needs."""
    assert row(archive(tmp_path), 30, random.Random(1)).startswith("| pack-1.0 | 2 | 2 | ")
