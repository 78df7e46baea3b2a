"""`failure_modes.json`: how samples failed, by the words of the paper, and whether the base function failed as well.

The paper tells five exceptions and all others apart; `error_stats` and `analysis` are as the
official program writes them to `basic_statistics.json` with `--run_code`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from boxscore import Outcome, StoreError, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from boxscore import GradedRun, Result

FILE = "failure_modes.json"
PASSED, TIMEOUT, OTHER = "Passed", "Timeout", "Other"
MODES = ("AssertionError", "NameError", "ValueError", "IndexError", "TypeError")
NAMES = {
    Outcome.PASSED: PASSED,
    Outcome.WRONG: "AssertionError",
    Outcome.NO_CODE: "NameError",  # what a program that defines nothing comes to in the official one
    Outcome.SYNTAX: "SyntaxError",
    Outcome.TIMEOUT: TIMEOUT,
    Outcome.MEMORY: "MemoryError",
}


def error_type(result: Result) -> str:
    """What the official program calls an end: the exception, `Timeout`, or `Passed`; else our word for it."""
    return result.error_type or NAMES.get(result.outcome, result.outcome.value)


def modes(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """For each of the paper's modes, how many samples failed so, by what their base function came to."""
    counts: dict[str, Counter[str]] = {mode: Counter() for mode in (*MODES, OTHER)}
    for result in results:
        if result.outcome is Outcome.PASSED:
            continue
        mode = error_type(result) if error_type(result) in MODES else OTHER
        base = result.parts.get("base")
        counts[mode]["samples"] += 1
        counts[mode][f"base_{'untested' if base is None else 'passed' if base is Outcome.PASSED else 'failed'}"] += 1
    fields = ("samples", "base_passed", "base_failed", "base_untested")
    return {mode: {field: counted[field] for field in fields} for mode, counted in counts.items()}


def write_failure_modes(run: GradedRun) -> list[Path]:
    """Write the file of a run; samples that got no verdict are not in it. Raises StoreError where that fails."""
    results = [one for one in run.results if one.outcome is not Outcome.INTERNAL]
    record = {
        "modes": modes(results),
        "error_stats": Counter(map(error_type, results)),
        "analysis": [
            {
                "problem_id": one.instance_id,
                "solution_id": one.sample_id,
                "status": "Passed" if one.outcome is Outcome.PASSED else "Failed",
                "error_type": error_type(one),
                **one.parts,
            }
            for one in results
        ],
    }
    path = (run.files or run.folder) / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    return [path]
