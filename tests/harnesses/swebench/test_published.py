"""SWE-bench's harnesses on published data: every record and every spec."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from boxscore.protocols.patch.logs import parser_names
from harnesses.swebench import load_swebench, swebench_task
from harnesses.swebench.environment import python_environment
from harnesses.swebench.instance import node_instance, python_instance
from harnesses.swebench.rules import FAIL_ONLY, V5
from harnesses.swebench.specs import SPECS, read_specs
from harnesses.swebench.toolchains import node_environment

pytestmark = pytest.mark.data

LINE_BYTES = 65_535  # the longest line of a Dockerfile that the classic builder reads


@pytest.fixture
def data() -> Path:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    return Path(os.environ["BOXSCORE_DATA"])


def known_parser(name: str) -> bool:
    return name.removeprefix("parse_log_").replace("_", "-") in parser_names()


def test_every_classic_record(data: Path) -> None:
    instances = load_swebench(data / "swebench" / "real_instances.jsonl")

    assert len(instances) == 12
    for instance in instances:
        task = swebench_task(instance)
        assert task.fail_to_pass
        assert task.pass_to_pass
        assert known_parser(task.parser)
        assert task.runner in ("pytest", "unittest", None)
        assert instance.row["base_commit"] in task.image.instance
        assert task.reference


def test_every_spec(data: Path) -> None:
    table = read_specs(data / "swebench" / SPECS)
    recipes = []
    for repo, versions in table.specs.items():
        language = table.languages[repo]
        for version in versions:
            spec = table.of(repo, version)
            assert spec is not None
            if language == "py":
                recipes.append(python_environment(repo, "0123abcd", spec, environment_yml=None))
                recipes.append(python_instance(repo, "0123abcd", spec))
            elif language == "js":
                recipes.append(node_environment(spec))
                recipes.append(node_instance(repo, "0123abcd", spec))

    assert len(recipes) > 800
    for recipe in recipes:
        for line in recipe.splitlines():
            assert line.split(" ", 1)[0] in ("RUN", "COPY", "ENV")
            assert len(line.encode()) < LINE_BYTES
            if line.startswith("RUN"):
                assert json.loads(line.removeprefix("RUN "))[:2] == ["/bin/bash", "-c"]


def test_every_frozen_environment(data: Path) -> None:
    table = read_specs(data / "swebench" / SPECS)
    files = sorted((data / "swebench" / "swebench" / "resources" / "swebench-og").glob("*/*/environment.yml"))
    spec = next(iter(table.specs["pytest-dev/pytest"].values()))

    recipes = [python_environment("a/b", "0", spec, environment_yml=file.read_text("utf-8")) for file in files]

    assert len(recipes) == 500
    for recipe in recipes:
        assert len(recipe.splitlines()[0].encode()) < LINE_BYTES
        assert "==" in recipe


def test_every_task_folder(data: Path) -> None:
    root = data / "swebench_multimodal"

    instances = load_swebench(root / "sweb.yaml")

    assert len(instances) == len(list((root / "tasks").iterdir()))
    for instance in instances:
        task = swebench_task(instance)
        assert task.fail_to_pass
        assert known_parser(task.parser)
        assert task.rule in (V5, FAIL_ONLY)
        assert task.image.environment
        assert "/testbed" in task.image.instance
