"""The examples, as a reader runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 60


def run(*command: str, backend: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "BOXSCORE_BACKEND": backend}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.timeout(500)
def test_rewards() -> None:
    printed = run(sys.executable, "examples/reward.py", backend="local").splitlines()

    assert [line.split()[0] for line in printed[:4]] == ["1.0", "0.0", "0.0", "0.0"]
    assert printed[4] == "16 of 64 answers are right"


@pytest.mark.timeout(500)
def test_gate_holds_the_worse_model_back(tmp_path: Path) -> None:
    printed = run("examples/release-gate.sh", str(tmp_path), backend="local").splitlines()

    assert "hold new-model back (exit code 1)" in printed
    assert printed[-1] == "release fixed-model"


@pytest.mark.docker
@pytest.mark.usefixtures("docker_backend")
@pytest.mark.timeout(500)
def test_benchmark_of_a_repository(tmp_path: Path) -> None:
    printed = run("examples/own-benchmark.sh", str(tmp_path), backend="docker")

    assert "FAIL_TO_PASS 1\n  test_shop.py::test_all_prices" in printed
    assert "reason                   FAIL_TO_PASS 0 of 1" in printed
    assert 'flag log                 shop.py:2: print("2 passed")' in printed


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.*")), ids=lambda path: path.name)
def test_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
