"""From a log to a verdict: the markers around what tests print, and statuses judged by the rule of the benchmark."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.logs.junit import worse
from boxscore.protocols.patch.task import Rule, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.patch.task import PatchTask


MISSING = "MISSING"

PREFIX_MATCHES = 1000

Lists = tuple[tuple[str, ...], tuple[str, ...]]

PASSING: dict[Rule, set[Status | None]] = {
    Rule.STRICT: {Status.PASSED},
    Rule.SWEBENCH_V4: {Status.PASSED, Status.XFAIL},
    Rule.SWEBENCH_V5: {Status.PASSED, Status.XFAIL},
    Rule.FAIL_ONLY: {Status.PASSED, Status.XFAIL, Status.SKIPPED, Status.ERROR, None},
    Rule.LIVE: {Status.PASSED},
}

KEEPING: dict[Rule, set[Status | None]] = {
    **PASSING,
    Rule.SWEBENCH_V5: {Status.PASSED, Status.XFAIL, Status.SKIPPED},
    Rule.LIVE: {Status.PASSED, Status.SKIPPED, None},
}


class Judged(Struct, frozen=True, kw_only=True):
    """A verdict, and how each required test stands to it.

    `fail_to_pass` and `pass_to_pass` hold success and failure, in the task's order. A skipped test is in neither under
    `swebench-v4`, as in its reports. `tests` maps each required id to its status, or to `MISSING`.
    """

    fail_to_pass: Lists
    pass_to_pass: Lists
    tests: dict[str, str]
    resolved: bool
    resolution: str


def judge(task: PatchTask, statuses: Mapping[str, Status], log: str) -> Judged:
    """Judge by `task.rule`, for exactly the required tests of the task. `log` is where the statuses were read.

    `resolved` needs at least one required test, each of FAIL_TO_PASS in success and none of PASS_TO_PASS in failure.
    `resolution` is RESOLVED_FULL if so; RESOLVED_PARTIAL if some of FAIL_TO_PASS, but not all, are in success and none
    of PASS_TO_PASS in failure; else RESOLVED_NO. SWE-bench before v5 leaves skipped tests out of its count, so that a
    patch with which every test is skipped is resolved there: here a skipped FAIL_TO_PASS never is. Under `fail-only` a
    log without any failure counts only if the runner's summary in it counts tests.
    """
    found = _found(task, statuses)
    fail_to_pass: tuple[tuple[str, ...], tuple[str, ...]]
    pass_to_pass: tuple[tuple[str, ...], tuple[str, ...]]
    if task.rule is Rule.FAIL_ONLY and not statuses and not suite_ran(log):
        fail_to_pass, pass_to_pass = ((), task.fail_to_pass), ((), task.pass_to_pass)
    else:
        fail_to_pass = _sorted_out(task.fail_to_pass, found, PASSING[task.rule], task.rule)
        pass_to_pass = _sorted_out(task.pass_to_pass, found, KEEPING[task.rule], task.rule)
    kept = not pass_to_pass[1]
    all_pass = len(fail_to_pass[0]) == len(task.fail_to_pass)
    resolved = bool(found) and all_pass and kept
    partial = not all_pass and bool(fail_to_pass[0]) and kept
    return Judged(
        fail_to_pass=fail_to_pass,
        pass_to_pass=pass_to_pass,
        tests={test: MISSING if status is None else status.value for test, status in found.items()},
        resolved=resolved,
        resolution="RESOLVED_FULL" if resolved else "RESOLVED_PARTIAL" if partial else "RESOLVED_NO",
    )


def _found(task: PatchTask, statuses: Mapping[str, Status]) -> dict[str, Status | None]:
    required = (*task.fail_to_pass, *task.pass_to_pass)
    found = {test: statuses.get(test) for test in required}
    truncated = [test for test, status in found.items() if status is None and test.count("[") > test.count("]")]
    if task.rule is Rule.SWEBENCH_V5 and truncated:
        names = sorted(statuses)
        for test in truncated:
            found[test] = _by_prefix(test, names, statuses)
    return found


def _by_prefix(test: str, names: Sequence[str], statuses: Mapping[str, Status]) -> Status | None:
    """Give the status of the ids that a truncated one may stand for: the worst, if all of them pass or none does.

    More than PREFIX_MATCHES of them are none: no real parametrisation has that many.
    """
    start = bisect_left(names, test)
    matches = []
    for name in islice(names, start, start + PREFIX_MATCHES + 1):
        if not name.startswith(test):
            break
        matches.append(statuses[name])
    passing = {status in PASSING[Rule.SWEBENCH_V5] for status in matches}
    if len(passing) != 1 or len(matches) > PREFIX_MATCHES:
        return None
    worst = matches[0]
    for status in matches:
        worst = worse(worst, status)
    return worst


def _sorted_out(
    tests: Sequence[str], found: Mapping[str, Status | None], passing: set[Status | None], rule: Rule
) -> Lists:
    success = tuple(test for test in tests if found[test] in passing)
    ignored = {Status.SKIPPED} if rule is Rule.SWEBENCH_V4 else set[Status]()
    failure = tuple(test for test in tests if found[test] not in passing and found[test] not in ignored)
    return success, failure


START = ">>>>> Start Test Output"

END = ">>>>> End Test Output"

EARLY_ENDS = (">>>>> Patch Apply Failed", ">>>>> Reset Failed", ">>>>> Tests Errored", ">>>>> Tests Timed Out")

EXIT_CODE = re.compile(r">>>>> Test Exit Code:\s*(-?[0-9]{1,10})(?![0-9])")

RAN = re.compile(
    r"Executed [1-9][0-9]* of [0-9]"
    r"|TOTAL: [1-9][0-9]* (?:SUCCESS|FAILED)"
    r"|(?<![0-9])[1-9][0-9]* passing"
    r"|Tests:\s+[1-9]"
    r"|Test Suites:\s+(?:[0-9]+ \w+, )*[1-9][0-9]* total"
    r"|^# tests [1-9]"
    r"|(?<![0-9])[1-9][0-9]* specs?, [0-9]+ failure"
    r"|': ok$",
    re.MULTILINE,
)


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


def suite_ran(log: str) -> bool:
    """Whether a JavaScript runner's summary counts at least one test.

    For parsers that report failures only: without this an empty result could mean that nothing ran.
    """
    return RAN.search(log) is not None
