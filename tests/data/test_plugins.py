"""Finding harnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import HarnessError, UsageError
from boxscore.data.plugins import load_harness
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

GOOD = (folder("harnesses") / "tiny.py").read_text()


def folder_plugin(place: Path, name: str) -> Path:
    place.mkdir()
    (place / "__init__.py").write_text(
        GOOD.replace("HARNESS = Tiny()", "from .names import NAME\n\nTiny.name = NAME\nHARNESS = Tiny()")
    )
    (place / "names.py").write_text(f"NAME = {name!r}\n")
    return place


def test_a_folder_is_a_harness(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first, second = folder_plugin(tmp_path / "mine", "first"), folder_plugin(tmp_path / "a" / "mine", "second")

    assert [load_harness(path).name for path in (first, str(second), f"{first}:first")] == ["first", "second", "first"]


NARROWED = """
def narrowed(self, part):
    if part == "none":
        raise KeyError(part)
    one = Tiny()
    one.name = f"tiny@{part}"
    return one
"""


def test_a_part_of_a_harness_that_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = GOOD.replace("HARNESS = Tiny()", f"{NARROWED}\nTiny.narrowed = narrowed\nHARNESS = Tiny()")
    (tmp_path / "mine.py").write_text(plugin)
    (tmp_path / "odd@name.py").write_text(plugin)
    monkeypatch.chdir(tmp_path)

    wanted = ("mine.py@x", "./mine.py:tiny@x", f"{tmp_path}/mine.py@x", "odd@name.py", "./odd@name.py@x")

    assert [load_harness(one).name for one in wanted] == ["tiny@x", "tiny@x", "tiny@x", "tiny", "tiny@x"]
    with pytest.raises(HarnessError, match="narrowed failed, part 'none': KeyError"):
        load_harness("mine.py@none")


@pytest.mark.parametrize("name", ["nothing", "nothing.py"])
def test_an_unknown_benchmark_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        load_harness(name)
