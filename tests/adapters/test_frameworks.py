"""The adapters with the real frameworks that are small enough to be fetched."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.framework_checks import CHECKS

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", name="fetched")
def fixture_fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frameworks")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    command = [f"{folder}/bin/pip", "install", "-q", "-e", str(ROOT), *CHECKS]
    done = subprocess.run(command, check=False, timeout=1500, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"the packages cannot be had: {done.stderr[-500:]}")
    return folder / "bin" / "python"


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.parametrize("name", CHECKS)
def test_framework(name: str, local_backend: Backend, request: pytest.FixtureRequest) -> None:
    assert local_backend.name == "local"
    python = Path(sys.executable)
    if importlib.util.find_spec(name) is None:
        python = request.getfixturevalue("fetched")

    command = [str(python), str(ROOT / "tests" / "adapters" / "framework_checks.py"), name]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=600, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("ok\n")
