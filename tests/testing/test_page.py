"""The examples of docs/testing.md, run as their readers run them: as files beside the example of a harness."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore import testing

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "testing.md").read_text("utf-8")
QUICK = "not test_attacks"  # half a minute


@pytest.fixture
def folder(local_backend: Backend, tmp_path: Path) -> Path:
    assert local_backend.name == "local"
    harness = (DOCS / "harnesses.md").read_text("utf-8")
    for name, language in (("shout.py", "python"), ("shout.jsonl", "json")):
        code = re.findall(rf"```{language}\n(.*?)```", harness, re.DOTALL)[0]
        (tmp_path / name).write_text(code, encoding="utf-8")
    for name, code in re.findall(r"`(test_\w+\.py)`[^`]*\n```python\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


@pytest.mark.bubblewrap
@pytest.mark.parametrize("chosen", [QUICK, pytest.param("test_attacks", marks=pytest.mark.slow)])
def test_the_examples_pass(folder: Path, chosen: str) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, "."]
    environment = os.environ | {"DOCKER_HOST": "unix:///nowhere/docker.sock"}

    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert ("3 passed" if chosen == QUICK else "1 passed") in done.stdout


def test_all_that_is_there_is_named() -> None:
    for name in testing.__all__:
        assert re.search(rf"`{name}[`(]", PAGE), name
