"""docs/frameworks.md: its examples run, and it names every adapter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.adapters import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "frameworks.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) for title, text in SECTIONS.items()
}
PACKAGES = {"Inspect": "inspect_ai", "mini-swe-agent": "minisweagent"}  # which these examples import
ADAPTERS = ("areal", "code_eval", "inspect", "lm_eval", "minisweagent", "nemo_gym", "slime", "trl", "verl")


@pytest.fixture(scope="module", autouse=True)
def configured() -> Iterator[None]:
    """Let the examples share one engine of one box, as they would in a program."""
    engine.configure(backend="local", workers=1)
    yield
    engine.configure_from_environment()


@pytest.mark.bubblewrap
@pytest.mark.parametrize("title", [title for title, blocks in EXAMPLES.items() if blocks and title != "The engine"])
def test_example_runs(title: str, local_backend: Backend) -> None:
    assert local_backend.name == "local"

    if title in PACKAGES:
        pytest.importorskip(PACKAGES[title], reason="its extra is not installed")
    names: dict[str, object] = {}
    for block in EXAMPLES[title]:
        exec(block, names)


def test_example_of_the_engine() -> None:
    names: dict[str, object] = {}
    for block in EXAMPLES["The engine"]:
        exec(block, names)

    assert engine.ENGINE.settings == engine.EngineSettings(backend="local", workers=2, cpu_s=3.0)
    engine.configure(backend="local", workers=1)


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_adapter_is_named(name: str) -> None:
    assert (ROOT / "boxscore" / "adapters" / f"{name}.py").is_file()
    assert f"boxscore.adapters.{name}" in PAGE


def test_every_column_is_named() -> None:
    from boxscore.adapters.columns import COLUMNS  # noqa: PLC0415 - for this only

    for name in COLUMNS:
        assert f"`{name}`" in SECTIONS["Where tests are looked for"]
