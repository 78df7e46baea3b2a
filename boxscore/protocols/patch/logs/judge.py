"""From a log to a verdict: the markers around what tests print, and statuses judged by the rule of the benchmark."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.logs.junit import worse
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.patch.task import PatchTask, ResolutionRule


MISSING = "MISSING"
FAILING = (Status.FAILED, Status.ERROR)

PREFIX_MATCHES = 1000

Lists = tuple[tuple[str, ...], tuple[str, ...]]


class Judged(Struct, frozen=True, kw_only=True):
    """A verdict, and how each required test stands to it.

    `fail_to_pass` and `pass_to_pass` hold success and failure, in the task's order. A test that the rule
    leaves uncounted is in neither. `tests` maps each required id to its status, or to `MISSING`. `others` passed and
    are not required, where the rule forbids that. `spoilt_by` are tests that let nothing be resolved: those that must
    not fail and did, and those whose status the rule refuses.
    """

    fail_to_pass: Lists
    pass_to_pass: Lists
    tests: dict[str, str]
    resolved: bool
    others: tuple[str, ...] = ()
    spoilt_by: tuple[str, ...] = ()


def judge(task: PatchTask, statuses: Mapping[str, Status], log: str) -> Judged:
    """Judge by `task.rule`, for exactly the required tests of the task. `log` is where the statuses were read.

    `resolved` needs at least one required test, each of FAIL_TO_PASS in success, none of PASS_TO_PASS in failure, and
    no other test that spoils it. A test of FAIL_TO_PASS that is left uncounted is not in success, whatever else passed.
    Where a rule hears of failures only, a log without any counts only if the runner's summary in it counts tests. With
    `no_others` a test that passes and is not required leaves nothing resolved.
    """
    found = _found(task, statuses)
    fail_to_pass: tuple[tuple[str, ...], tuple[str, ...]]
    pass_to_pass: tuple[tuple[str, ...], tuple[str, ...]]
    rule = task.rule
    if rule.only_failures and not statuses and not suite_ran(log):
        fail_to_pass, pass_to_pass = ((), task.fail_to_pass), ((), task.pass_to_pass)
    else:
        fail_to_pass = _sorted_out(task.fail_to_pass, found, rule.passing, rule)
        pass_to_pass = _sorted_out(task.pass_to_pass, found, rule.keeping, rule)
    spoilt_by = _spoilt_by(task, statuses)
    kept = not pass_to_pass[1] and not spoilt_by
    all_pass = len(fail_to_pass[0]) == len(task.fail_to_pass)
    others = _others(found, statuses, rule)
    resolved = bool(found) and all_pass and kept and not others
    return Judged(
        fail_to_pass=fail_to_pass,
        pass_to_pass=pass_to_pass,
        tests={test: MISSING if status is None else status.value for test, status in found.items()},
        resolved=resolved,
        others=others,
        spoilt_by=spoilt_by,
    )


def _others(found: Mapping[str, object], statuses: Mapping[str, Status], rule: ResolutionRule) -> tuple[str, ...]:
    passed = (name for name, status in statuses.items() if status in rule.passing)
    return tuple(name for name in passed if name not in found) if rule.no_others else ()


def _spoilt_by(task: PatchTask, statuses: Mapping[str, Status]) -> tuple[str, ...]:
    refused = task.rule.refused
    failed = [test for test in task.must_not_fail if statuses.get(test) in FAILING]
    return (*failed, *(test for test, status in statuses.items() if status in refused and test not in failed))


def _found(task: PatchTask, statuses: Mapping[str, Status]) -> dict[str, Status | None]:
    required = (*task.fail_to_pass, *task.pass_to_pass)
    found = {test: statuses.get(test) for test in required}
    truncated = [test for test, status in found.items() if status is None and test.count("[") > test.count("]")]
    if task.rule.truncated_ids and truncated:
        names = sorted(statuses)
        for test in truncated:
            found[test] = _by_prefix(test, names, statuses, task.rule)
    return found


def _by_prefix(test: str, names: Sequence[str], statuses: Mapping[str, Status], rule: ResolutionRule) -> Status | None:
    """Give the status of the ids that a truncated one may stand for: the worst, if all of them pass or none does.

    More than PREFIX_MATCHES of them are none: no real parametrisation has that many.
    """
    start = bisect_left(names, test)
    matches = []
    for name in islice(names, start, start + PREFIX_MATCHES + 1):
        if not name.startswith(test):
            break
        matches.append(statuses[name])
    passing = {status in rule.passing for status in matches}
    if len(passing) != 1 or len(matches) > PREFIX_MATCHES:
        return None
    worst = matches[0]
    for status in matches:
        worst = worse(worst, status)
    return worst


def _sorted_out(
    tests: Sequence[str],
    found: Mapping[str, Status | None],
    passing: tuple[Status | None, ...],
    rule: ResolutionRule,
) -> Lists:
    success = tuple(test for test in tests if found[test] in passing)
    failure = tuple(test for test in tests if found[test] not in passing and found[test] not in rule.uncounted)
    return success, failure


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


def suite_ran(log: str) -> bool:
    """Whether a JavaScript runner's summary counts at least one test.

    For parsers that report failures only: without this an empty result could mean that nothing ran.
    """
    return RAN.search(log) is not None
