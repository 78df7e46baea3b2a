"""The floor: what grading costs at the least. A bare fork for each sample around `exec`: no isolation, no defence.

    bench/floor.py prepare SET DATA FILE        once, untimed: programs, inputs and expected answers of SET
    bench/floor.py SAMPLES FILE WORKERS         grade; prints [instance, sample, passed] lines as JSON

Where a set compares answers (the Plus sets), they are compared by `==` or, floats, by being near; answers of more than
1 MiB for a problem are not. So some problems may get another verdict than from a real grader.
"""

from __future__ import annotations

import copy
import gc
import json
import math
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.official import Row, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIMIT_S = 60
LONG_BYTES = 1 << 20
NEAR = 1e-6


class Problem(NamedTuple):
    """A program is `head`, the sample and `tail`; then `entry` is called with each of `arguments`.

    `expected` is None where the answers are too long to be kept.
    """

    head: str
    tail: str = ""
    entry: str = ""
    arguments: tuple[Any, ...] = ()
    expected: tuple[Any, ...] | None = ()


def prepare(name: str, data: Path, out: Path) -> None:
    """Write the problems of a set, with what its references answer."""
    from boxscore import FunctionTask  # noqa: PLC0415
    from boxscore.data.plugins import load_harness  # noqa: PLC0415 - the timed run must not pay for it

    harness = load_harness(name)
    problems = {}
    printed, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    for instance in harness.load(data):
        task = harness.task(instance)
        if not isinstance(task, FunctionTask):
            raise SystemExit(f"{name} has no functions to race")
        head = instance.prompt if name.startswith("humaneval") else ""
        if task.inputs is None:
            problems[instance.instance_id] = Problem(head, f"\n{task.tests}")
            continue
        scope: Row = {}
        exec(task.reference or "", scope)  # the benchmark's own code
        arguments = tuple(task.inputs.arguments)
        expected: tuple[Any, ...] | None = tuple(scope[task.entry_point](*copy.deepcopy(one)) for one in arguments)
        if len(pickle.dumps(expected)) > LONG_BYTES:
            expected = None
        problems[instance.instance_id] = Problem(head, "", task.entry_point, arguments, expected)
    os.dup2(printed, 1)
    out.write_bytes(pickle.dumps({key: tuple(problem) for key, problem in problems.items()}))


def passes(problem: Problem, sample: Row) -> bool:
    """Execute a sample in this process and say whether nothing was wrong."""
    text = sample["solution"] if "solution" in sample else problem.head + sample["completion"]
    scope: Row = {}
    exec(text + problem.tail, scope)
    for place, arguments in enumerate(problem.arguments):
        answer = scope[problem.entry](*arguments)
        if problem.expected is not None and not near(answer, problem.expected[place]):
            return False
    return True


def near(answer: Any, expected: Any) -> bool:
    """Whether an answer is the expected one, or so near to it as rounding may make it."""
    if isinstance(expected, float) and isinstance(answer, int | float):
        return answer == expected or math.isclose(answer, expected, rel_tol=NEAR, abs_tol=NEAR)
    if isinstance(expected, list | tuple) and isinstance(answer, list | tuple) and len(answer) == len(expected):
        return answer == expected or all(map(near, answer, expected))
    return bool(answer == expected)


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


def main() -> None:
    """Prepare, or grade."""
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return
    samples, stored, workers = read_rows(Path(sys.argv[1])), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
    problems = {key: Problem(*fields) for key, fields in pickle.loads(stored).items()}
    gc.freeze()  # else each fork's collector copies all that was read, page by page
    found = fork_all(samples, lambda sample: passes(problems[sample["task_id"]], sample), workers, LIMIT_S)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
