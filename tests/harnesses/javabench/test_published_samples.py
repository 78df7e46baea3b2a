"""Published samples of JavaBench: the prompts that were asked, and what can be said of samples before they run."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from boxscore import Instance
    from boxscore.harness import Harness

PROJECTS = ("PA20", "PA21", "PA22")  # the samples of PA19 were replaced after its results were made
MODELS = ("gpt-3.5-turbo-1106", "gpt-4o-2024-05-13")


@cache
def loaded(context: str) -> tuple[Harness, dict[str, Instance], Path]:
    root = Path(os.environ.get("BOXSCORE_DATA", "")) / "javabench"
    if "BOXSCORE_DATA" not in os.environ or not (root / "output").is_dir():
        pytest.skip("BOXSCORE_DATA has no javabench with the published results")
    harness = load_harness("javabench" if context == "selective" else f"javabench@{context}")
    instances = harness.load(root.parent / harness.source.path)
    return harness, {one.instance_id: one for one in instances}, root


def rows(root: Path, label: str, model: str, project: str) -> list[dict[str, Any]]:
    path = root / "output" / label / f"result-{project}" / model / "samples.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


@pytest.mark.parametrize("context", ["selective", "maximum", "minimum"])
def test_prompts(context: str) -> None:
    harness, instances, root = loaded(context)
    asked: dict[str, str] = {}
    for project in PROJECTS:
        for model in MODELS:
            for row in rows(root, f"holistic-{context}", model, project):
                name = row["task_id"]
                if name not in asked:
                    messages = boxscore.render_prompt(harness, instances[name]).messages
                    asked[name] = "\n".join(one["content"] for one in messages)
                assert row["prompt"] == asked[name], (model, name)

    assert len(asked) == 35
