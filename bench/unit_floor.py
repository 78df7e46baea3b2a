"""The floor for tests beside programs: a bare fork for each sample, once modules are imported; no defence, no level.

    unit_floor.py SAMPLES MODULES WORKERS     grade; prints [instance, sample, passed] lines as JSON

SAMPLES are lines of `{task_id, sample_id, solution, tests}`. MODULES names a module to import on each line, as
`images/NAME/preload.txt` does. It runs in the image of a benchmark, beside `forks.py`, with the standard library alone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.forks import fork_all

if TYPE_CHECKING:
    from bench.forks import Row

LIMIT_S = 120
MODULE = "__test__"


def main() -> None:
    """Import once, fork for each sample, print the verdicts."""
    samples, modules, workers = sys.argv[1:]
    gc.disable()
    for line in Path(modules).read_text("utf-8").splitlines():
        if name := line.partition("#")[0].strip():
            importlib.import_module(name)
    gc.freeze()
    gc.enable()
    rows = [json.loads(line) for line in Path(samples).read_text("utf-8").splitlines()]
    for verdict in fork_all(rows, passes, int(workers), LIMIT_S):
        print(json.dumps(verdict))


def passes(row: Row) -> bool:
    """Run a sample's tests in this process and say whether all passed."""
    os.chdir(tempfile.mkdtemp())
    module = sys.modules[MODULE] = types.ModuleType(MODULE)
    exec(compile(f"{row['solution']}\n{row['tests']}", MODULE, "exec"), module.__dict__)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(module.TestCases).run(result)
    return result.wasSuccessful()


if __name__ == "__main__":
    main()
