"""Programs of all kinds beside the plain interpreter: what they print, and how they end, is the same in a box."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.program.task import Case, ProgramDetail, ProgramTask
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from boxscore.protocols.contract import BatchGrader

STDIN = "3 5\nhello w\u00f6rld\nlast \r\n  x\ty\n\nend"
LIMITS = Limits(cpu_s=10.0, wall_s=200.0, memory_bytes=1 << 30, processes=64)
TEXT = Path(__file__).with_name("scripts.txt").read_text("utf-8")
SCRIPTS = dict(re.findall(r"^#: (.*)\n((?:(?!#: ).*\n)+)", TEXT, re.MULTILINE))
PYTHON = f"{sys.base_prefix}/bin/python3"  # without what an environment of ours adds to its start
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    below = tmp_path_factory.mktemp("scripts")

    def run(number: int, name: str, code: str) -> tuple[str, tuple[int, str]]:
        folder = below / str(number)
        folder.mkdir()
        (folder / "main.py").write_text(code, "utf-8")
        done = subprocess.run(
            [PYTHON, "main.py"],
            input=STDIN.encode(),
            capture_output=True,
            cwd=folder,
            env=ENVIRONMENT | {"HOME": str(folder)},
            check=False,
            timeout=60,
        )
        return name, (done.returncode, done.stdout.decode("utf-8", "backslashreplace"))

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(run, range(len(SCRIPTS)), SCRIPTS, SCRIPTS.values()))


@pytest.mark.timeout(300)
def test_scripts_do_what_they_do_elsewhere(grader: BatchGrader, expected: dict[str, tuple[int, str]]) -> None:
    batch = Batch(
        instance_id="toy/scripts",
        task=ProgramTask(cases=(Case(stdin=STDIN),), limits=LIMITS),
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=name, code=code) for name, code in SCRIPTS.items()),
    )

    found = {}
    for result in grader.grade(batch):
        assert isinstance(result.detail, ProgramDetail), result
        (case,) = result.detail.cases
        status = -case.signal if case.signal is not None else case.exit_code
        found[result.sample_id] = status, case.output

    assert len(SCRIPTS) >= 200
    assert found == expected
