"""A fork of one process for each sample: no isolation, no defence, and an exit code for a verdict.

`bench/floor.py` and `bench/unit_floor.py` are made of it. It may run in the image of a benchmark, by the standard
library alone.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, Any]


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
