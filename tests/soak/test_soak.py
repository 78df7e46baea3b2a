"""Endurance: grading goes on for a long time while things go wrong, and nothing is lost, doubled, wrong or left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boxscore.boxes.registry import open_backend
from boxscore.errors import SandboxUnavailable

SECONDS = float(os.environ.get("BOXSCORE_SOAK_S") or 60)
LONG = SECONDS >= 600
SAMPLES = 500 if LONG else 150
SCRIPT = Path(__file__).parents[2] / "bench" / "soak.py"
SPARE_S = 1200  # the last rounds begin before the time is over and end after it


def backends() -> list[str]:
    """Name the backends that work here."""
    found = []
    for name in ("docker", "local"):
        try:
            open_backend(name).check()
        except SandboxUnavailable:
            continue
        found.append(name)
    return found


def asked_for(name: str) -> bool:
    """Whether a trouble that others on the machine notice is wanted."""
    return os.environ.get(name, "0") not in {"", "0"}


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.bubblewrap
@pytest.mark.timeout(SECONDS + SPARE_S)
def test_nothing_is_lost_doubled_or_left(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Through kills, interrupts, pauses, lost boxes, full disks, restarts and clocks that jump, all verdicts stand."""
    names = backends()
    if not names:
        pytest.skip("no backend works here")
    words = [sys.executable, str(SCRIPT), "--seconds", str(SECONDS), "--samples", str(SAMPLES)]
    words += [word for name in names for word in ("--backend", name)]
    words += ["--restarts"] if asked_for("BOXSCORE_SOAK_RESTARTS") else []
    words += ["--clock"] if asked_for("BOXSCORE_SOAK_CLOCK") else []

    with capfd.disabled():  # rounds and figures are shown also when all is well
        subprocess.run([*words, "--out", str(tmp_path / "figures.json")], check=False)

    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["problems"] == []
    assert (figures["lost"], figures["doubled"], figures["wrong"], figures["left"]) == (0, 0, 0, [])
    assert figures["samples"] >= SAMPLES * len(names)
    missed = [name for name, times in figures["disturbed"].items() if not times and not name.endswith("calm")]
    assert not LONG or not missed  # a trouble that met no engine at work has shown nothing
