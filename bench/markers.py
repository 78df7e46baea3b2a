"""How SWE-bench reads a log by the lines that its eval.sh prints around the tests: what boxscore is compared with."""

from __future__ import annotations

import re

from harnesses.swebench.eval_script import END, START

EARLY_ENDS = (">>>>> Patch Apply Failed", ">>>>> Reset Failed", ">>>>> Tests Errored", ">>>>> Tests Timed Out")

EXIT_CODE = re.compile(r">>>>> Test Exit Code:\s*(-?[0-9]{1,10})(?![0-9])")


def between_markers(log: str) -> str | None:
    """Give what was printed between the first start marker and the next marker, None if either kind is missing.

    Under `set -x` the shell prints a marker as `+ : '>>>>> Start Test Output'`: the quote after it stays.
    """
    start = log.find(START)
    if start < 0 or END not in log:
        return None
    inner = log[start + len(START) :]
    return inner.split(START, 1)[0].split(END, 1)[0]


def failed_early(log: str) -> str | None:
    """Say which of SWE-bench's notes that tests did not run, or not to their end, stands in the log; None if none."""
    for note in EARLY_ENDS:
        if note in log:
            return note.removeprefix(">>>>> ")
    return None


def test_exit_code(log: str) -> int | None:
    """Read the exit code of the tests that a v5 eval.sh prints behind the end marker, None if there is none."""
    found = EXIT_CODE.search(log)
    return int(found[1]) if found else None
