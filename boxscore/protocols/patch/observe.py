"""Which tests a reference patch mends and keeps, found by running them: what FAIL_TO_PASS and PASS_TO_PASS are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.grader import run_patched
from boxscore.protocols.patch.logs import Judged, judge
from boxscore.protocols.patch.logs.junit import with_one_blank
from boxscore.protocols.patch.task import Status  # noqa: TC001 - msgspec reads the annotation
from boxscore.protocols.patch.verdict import verdict_of
from boxscore.records import Outcome  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.task import PatchTask


_SHORT = re.compile(r"\A(\w+) \(([\w.]+)\)\Z")  # of unittest
_LONG = re.compile(r"\A(\w+) \(([\w.]+)\.\1\)\Z")


class Seen(Struct, frozen=True, kw_only=True):
    """One run of the tests: what became of each that was reported, and the verdict if it were a sample's.

    `judged` is None where no tests ran.
    """

    outcome: Outcome
    reason: str
    statuses: dict[str, Status] = {}
    judged: Judged | None = None


class Lists(Struct, frozen=True, kw_only=True):
    """Which tests fail before the reference patch and pass after it, and which pass both times.

    A `flaky` test is one whose runs before, or runs after, did not agree; it is in no other list. `lost` are required
    tests that are not in the list in which they are recorded, `new` those of a list that are not recorded in it.
    """

    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def observe(boxes: Boxes, task: PatchTask, patch: str | None) -> Seen:
    """Run the tests on the tree with a patch, or without any.

    Raises SandboxUnavailable where no box can be opened at all.
    """
    tried = boxes.tried(task, lambda: _seen(boxes, task, patch))
    return tried.found or Seen(outcome=tried.outcome, reason=tried.reason)


def _seen(boxes: Boxes, task: PatchTask, patch: str | None) -> Seen:
    found = run_patched(boxes, task, patch)
    if isinstance(found, Refused):
        return Seen(outcome=found.outcome, reason=found.reason)
    _, ran = found
    judged = judge(task, ran.statuses, ran.log)
    outcome, reason = verdict_of(task, ran, judged)
    return Seen(outcome=outcome, reason=reason, statuses=ran.statuses, judged=judged)


def sort_out(task: PatchTask, before: Sequence[Seen], after: Sequence[Seen]) -> Lists:
    """Sort the tests that were seen or are required by how they did in runs before and after the reference patch."""
    required = dict.fromkeys((*task.fail_to_pass, *task.pass_to_pass))
    seen = dict.fromkeys(name for run in (*before, *after) for name in run.statuses)
    mended, kept, flaky = list[str](), list[str](), list[str]()
    named = {with_one_blank(test) for test in required}
    others = (test for test in seen if test not in named and not _is_another_name(test, seen, required))
    for test in required | dict.fromkeys(others):
        once, then = ({_passes(task, run, test) for run in runs} for runs in (before, after))
        if len(once) > 1 or len(then) > 1:
            flaky.append(test)
        elif then == {True}:
            (kept if once == {True} else mended).append(test)
    lost = [*_without(task.fail_to_pass, mended), *_without(task.pass_to_pass, kept)]
    new = [*_without(mended, task.fail_to_pass), *_without(kept, task.pass_to_pass)]
    return Lists(
        fail_to_pass=tuple(mended),
        pass_to_pass=tuple(kept),
        flaky=tuple(flaky),
        lost=tuple(lost),
        new=tuple(new),
    )


def _passes(task: PatchTask, run: Seen, test: str) -> bool:
    """Whether a test passes, for a required one by the rule of its list."""
    if run.judged is not None and test in run.judged.tests:
        if test in task.fail_to_pass:
            return test in run.judged.fail_to_pass[0]
        return test not in run.judged.pass_to_pass[1]
    return run.statuses.get(test) in task.rule.passing


def _without(tests: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [test for test in tests if test not in known]


def _is_another_name(test: str, seen: Container[str], required: Mapping[str, None]) -> bool:
    """Whether a test that is not required has another name that is to be preferred.

    `name (module.Case.name)` of newer unittests is also read as `name (module.Case)`, and some benchmarks cut the
    parameters of an id at a blank. Names with other white space are left out before this is asked.
    """
    short, long = _LONG.sub(r"\1 (\2)", test), _SHORT.sub(r"\1 (\2.\1)", test)
    if test in required:
        return False
    if (short != test and short in seen) or (long != test and long in required):
        return True
    return any(test.startswith(one) for one in required if one.count("[") > one.count("]"))
