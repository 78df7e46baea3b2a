"""What plugins that ship with boxscore may use of it, and boxscore of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted((ROOT / "harnesses").rglob("*.py"))
ENGINE = sorted((ROOT / "boxscore").rglob("*.py"))


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return found | {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_plugins_use_the_public_api_alone(path: Path) -> None:
    used = {name for name in imported(path) if name.partition(".")[0] in {"boxscore", "harnesses"}}

    assert used <= {"boxscore", "boxscore.testing"}


def test_the_engine_knows_no_plugin() -> None:
    assert [path for path in ENGINE if any(name.partition(".")[0] == "harnesses" for name in imported(path))] == []
