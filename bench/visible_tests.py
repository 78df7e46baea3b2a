"""Count the tests that prompts show, and grade each reference by them.

    bench/visible_tests.py [BENCH ...] [--data DATA] [--backend local]

For each benchmark: instances, those whose prompt shows tests, how many tests that are, and how many references pass
all of them. Exits with 1 if one does not: no agent could be told a true verdict by such tests.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import boxscore
from boxscore.data.harness_check import load_all
from boxscore.data.plugin_calls import visible_task

BENCHMARKS = (
    *("humaneval", "humanevalplus", "mbpp", "mbpp-sanitized", "mbppplus"),
    *("tiny", "tiny-programs", "tiny-patches"),
)


def shown_tests(task: boxscore.Task) -> int:
    """How many tests a task has: asserts, or cases of a program."""
    if isinstance(task, boxscore.ProgramTask):
        return len(task.cases)
    lines = (getattr(task, "tests", "") or "").splitlines()
    return sum(line.startswith("assert ") for line in lines)


def examine(name: str, data: Path | None, grader: boxscore.SyncGrader) -> list[str]:
    """Print the row of a benchmark; return the instances whose reference does not pass."""
    harness, instances = load_all(name, data)
    shown = [(one, task) for one in instances if (task := visible_task(harness, one)) is not None]
    failed = [
        f"{one.instance_id} ({result.outcome}: {result.reason[:60]})"
        for one, task in shown
        if one.reference is not None
        and (result := grader.grade_task(task, one.reference)).outcome is not boxscore.Outcome.PASSED
    ]
    tests = sum(shown_tests(task) for _, task in shown)
    print(f"{name}: {len(instances)} instances, {len(shown)} show tests, {tests} tests; references that fail:", end=" ")
    print(f"{len(failed)}{''.join(f'; {one}' for one in failed[:10])}", flush=True)
    return failed


def main() -> int:
    """Go through the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmarks", nargs="*", default=BENCHMARKS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--backend", default="auto")
    options = parser.parse_args()
    with boxscore.SyncGrader(backend=options.backend, workers=1) as grader:
        failed = [examine(name, options.data, grader) for name in options.benchmarks]
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
