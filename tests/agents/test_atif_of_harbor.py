"""Harbor's own models accept our trajectories.

Harbor needs a newer Python than boxscore and much that these models do not: they are installed apart, without the rest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome, Result, Trust
from tests.agents.test_trajectory import begun, whole

LONG_S = 600
VERSIONS = ("python3.14", "python3.13", "python3.12")
PROGRAM = """
import json, sys
from harbor.models.trajectories import Trajectory
for document in json.load(sys.stdin):
    found = Trajectory.model_validate(document)
    assert found.to_json_dict()["steps"], "no steps"
    print(found.schema_version)
"""


async def repaired() -> dict[str, Any]:
    """The trajectory of an agent that was told what fails."""
    failures = [
        Result(instance_id="i", sample_id="0", outcome=outcome, trust=Trust.ORACLE, reason="because")
        for outcome in (Outcome.WRONG, Outcome.SYNTAX, Outcome.PASSED)
    ]
    assignment = FakeAssignment(None, FakeModel(["one", "two\ud800", "three"]), judge=failures)
    await run_agent(open_agent("repair", {"keep": "best"}), assignment)
    return assignment.trajectory.as_atif()


def documents() -> list[dict[str, Any]]:
    """One of each kind."""
    import asyncio  # noqa: PLC0415 - for this only

    return [whole().as_atif(), begun().as_atif(), asyncio.run(repaired())]


def accepted(python: str | Path) -> list[str]:
    """The versions of the documents that an interpreter which has Harbor accepts."""
    done = subprocess.run(
        [python, "-c", PROGRAM],
        input=json.dumps(documents()),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()


def newer_python() -> str | None:
    """An interpreter that Harbor runs under."""
    asked = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 12))"
    named = (found for found in map(shutil.which, VERSIONS) if found is not None)
    pyenv = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.1[2-9]*/bin/python"))
    for python in (sys.executable, *named, *map(str, pyenv)):
        if subprocess.run([python, "-c", asked], capture_output=True, check=False, timeout=60).returncode == 0:
            return python
    return None


@pytest.mark.slow
def test_the_newest_harbor_accepts_them(tmp_path: Path) -> None:
    """Its wheel is fetched for this."""
    python = newer_python()
    if python is None:
        pytest.skip("Harbor needs Python 3.12, which is not here")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True, timeout=LONG_S)
    inside = tmp_path / "venv" / "bin" / "python"
    pip: list[str | Path] = [inside, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    for wanted in (["pydantic"], ["--no-deps", "harbor"]):
        done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False, timeout=LONG_S)
        if done.returncode != 0:
            pytest.skip(f"pip cannot install {wanted[-1]}: {done.stderr.strip().splitlines()[-1]}")

    assert accepted(inside) == ["ATIF-v1.8"] * len(documents())
