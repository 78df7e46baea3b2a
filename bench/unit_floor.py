"""The floor for tests beside programs: a bare fork for each sample, once modules are imported; no defence, no level.

    unit_floor.py SAMPLES MODULES WORKERS     grade; prints [instance, sample, passed] lines as JSON

SAMPLES are lines of `{task_id, sample_id, solution, tests}`. MODULES names a module to import on each line, as
`images/NAME/preload.txt` does. It runs in the image of a benchmark, with the standard library alone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, Any]

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


def fork_all(
    samples: Iterable[Row], passes: Callable[[Row], bool], workers: int, limit_s: int
) -> list[tuple[str, str, bool]]:
    """Judge each sample in a fork of this process, `workers` at once; returns what passed, in the order of the ends."""
    running: dict[int, Row] = {}
    verdicts = []

    def reap() -> None:
        pid, status = os.wait()
        row = running.pop(pid)
        verdicts.append((row["task_id"], row["sample_id"], status == 0))

    for sample in samples:
        while len(running) >= workers:
            reap()
        pid = os.fork()
        if not pid:
            _judge(sample, passes, limit_s)
        running[pid] = sample
    while running:
        reap()
    return verdicts


def _judge(sample: Row, passes: Callable[[Row], bool], limit_s: int) -> NoReturn:
    """Leave this process with 0 if the sample passes; what it prints goes nowhere."""
    signal.alarm(limit_s)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 2)
    code = 1
    try:
        code = 0 if passes(sample) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
