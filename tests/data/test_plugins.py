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


def test_a_file_is_a_harness(tmp_path: Path) -> None:
    """A path is loaded without being installed."""
    (tmp_path / "mine.py").write_text(GOOD)

    assert load_harness(tmp_path / "mine.py").name == "tiny"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("x =", "SyntaxError"),
        ("raise SystemExit", "SystemExit"),
        ("", "neither"),
        ("HARNESS = object()", "no attribute 'name'"),
        (GOOD.replace("HARNESS = Tiny()", "Tiny.task = 3\nHARNESS = Tiny()"), "no method 'task'"),
        (GOOD.replace("HARNESS = Tiny()", "Tiny.image = 3\nHARNESS = Tiny()"), "'image' must be str"),
        (GOOD + "\nHARNESSES = (HARNESS, HARNESS)\n", "two harnesses"),
    ],
)
def test_a_broken_plugin_is_named_in_one_line(tmp_path: Path, source: str, said: str) -> None:
    """A HarnessError names the file and what is wrong."""
    path = tmp_path / "broken.py"
    path.write_text(source)

    with pytest.raises(HarnessError, match=said) as caught:
        load_harness(str(path))

    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["nothing", "nothing.py"])
def test_an_unknown_benchmark_is_a_usage_error(name: str) -> None:
    """It says what is known."""
    with pytest.raises(UsageError, match="there is no"):
        load_harness(name)
