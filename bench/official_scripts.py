"""Grade samples of BigCodeBench-Lite Pro as CodeEval-Pro does: each with its tests in one file, run as a script.

    python official_scripts.py SAMPLES --data bigcodebench_lite_pro.json --out VERDICTS [--timeout 30]

Run it by the interpreter of an environment that has BigCodeBench's libraries, as in boxscore's image `bigcodebench`;
it needs nothing of boxscore. A script that ends with exit status 0 within so many seconds of wall time passes. Each
runs in a fork of a process that has imported the large libraries, which takes a tenth of the time that starting an
interpreter for each takes, and comes to the same. VERDICTS is as `bench/official.py` writes it. Scripts are not
sandboxed: give it only samples that you would run yourself.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import runpy
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "pandas", "scipy.stats", "scipy.spatial", "matplotlib.pyplot", "seaborn", "sklearn.linear_model")
ZONES = {"BigCodeBench/551": "Asia/Shanghai"}


def script_of(sample: dict[str, Any], row: dict[str, Any]) -> str:
    """The program with four blanks for each tab, and its tests."""
    program: str = sample["solution"].replace("\t", "    ")
    return f"{program}\n{row['test_code']}"


def run_script(path: Path, zone: str | None) -> None:
    """Run a script as the main program, in this process, and end it."""
    os.setsid()
    os.chdir(path.parent)
    log = os.open("log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if zone:
        os.environ["TZ"] = zone
        time.tzset()
    status = 0
    try:
        sys.argv = [str(path)]
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as end:
        status = int(end.code not in (None, 0))
    except BaseException:  # noqa: BLE001 - whatever ends a script
        traceback.print_exc()
        status = 1
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def waited(child: int, timeout_s: float) -> int | None:
    """The status of a child; None where it took too long, and was ended."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def graded(sample: dict[str, Any], row: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    """One line of the verdicts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gen_0.py"
        path.write_text(script_of(sample, row), "utf-8")
        child = os.fork()
        if not child:
            run_script(path, ZONES.get(row["id"]))
        status = waited(child, timeout_s)
        log = path.with_name("log")
        said = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
    detail = "passed" if status == 0 else "timed out" if status is None else said[-1] if said else "failed"
    return {
        "instance_id": row["id"],
        "sample_id": sample["sample_id"],
        "passed": status == 0,
        "base": None,
        "plus": None,
        "detail": detail[:200],
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--timeout", type=float, default=30.0)
    asked = parser.parse_args()
    os.environ.setdefault("MPLBACKEND", "agg")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in LIBRARIES:
        importlib.import_module(name)
    rows = {row["id"]: row for row in json.loads(asked.data.read_text("utf-8"))}
    passed = 0
    with asked.out.open("w", encoding="utf-8") as out:
        for line in asked.samples.read_text("utf-8").splitlines():
            sample = json.loads(line)
            verdict = graded(sample, rows[sample["task_id"]], asked.timeout)
            passed += verdict["passed"]
            out.write(json.dumps(verdict) + "\n")
            out.flush()
    print(f"{passed} passed")


if __name__ == "__main__":
    main()
