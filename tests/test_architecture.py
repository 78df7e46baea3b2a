"""The layout: imports of the package go down the layers of docs/architecture.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "pyproject.toml"


def test_imports_go_down() -> None:
    """No folder imports one above it, and no modules import each other; the contracts stand in pyproject.toml."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(sys.argv[1], no_cache=True))"
    command = [sys.executable, "-c", code, str(CONFIGURATION)]  # a process of its own: it switches off all loggers
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_has_its_layer() -> None:
    """What is added to the package is given a place among the layers."""
    contract = tomllib.loads(CONFIGURATION.read_text())["tool"]["importlinter"]["contracts"][0]
    placed = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    here = {path.stem for path in (ROOT / "boxscore").iterdir() if re.fullmatch(r"[a-z]\w*(\.py)?", path.name)}

    assert placed == {f"boxscore.{name}" for name in here}


def test_the_page_names_every_folder() -> None:
    """docs/architecture.md says what each folder of the package is about."""
    page = (ROOT / "docs" / "architecture.md").read_text()

    for path in (ROOT / "boxscore").iterdir():
        if path.is_dir() and not path.name.startswith("_"):
            assert f"`{path.name}/`" in page
