"""What a supervisor does before its first fork; in a process of its own, whose output it redirects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
LOAD = """
import gc, sys
sys.path[:0] = sys.argv[1:]
import supervisor
supervisor.preload(["looks", "absent", "fails"])
print(sys.modules["looks"].collects, gc.isenabled())
"""


def test_nothing_is_collected_while_modules_are_imported(tmp_path: Path) -> None:
    (tmp_path / "looks.py").write_text("import gc\ncollects = gc.isenabled()\n", encoding="utf-8")
    (tmp_path / "fails.py").write_text("raise ValueError\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, tmp_path, SANDBOX], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == ["False", "True"]
