"""Find FAIL_TO_PASS and PASS_TO_PASS by running the tests without and with the reference patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.protocols.contract import Disagreement
from boxscore.protocols.patch.logs.junit import with_one_blank
from boxscore.protocols.patch.task import ObservedPatch, PatchDetail
from boxscore.records import Evidence, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import Result


BEFORE, GOLD = "before", "gold"
NAMED = 5

_SHORT = re.compile(r"\A(\w+) \(([\w.]+)\)\Z")  # of unittest
_LONG = re.compile(r"\A(\w+) \(([\w.]+)\.\1\)\Z")


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


class PatchLists(Lists, frozen=True, kw_only=True):
    """The tests of an instance as they were found, and the problems with it, each after `before: ` or `gold: `.

    `trust` is the highest level that the reference shows its tests to have, `evidence` what stands behind that.
    """

    instance_id: str
    evidence: Evidence = Evidence()
    trust: Trust | None = None
    problems: tuple[tuple[str, str], ...] = ()


def observed_task(task: PatchTask) -> ObservedPatch:
    """The task as results of it say all that was seen."""
    return ObservedPatch(**{name: getattr(task, name) for name in task.__struct_fields__})


def lists_of(instance_id: str, task: PatchTask, before: Sequence[Result], after: Sequence[Result]) -> PatchLists:
    """Compare what runs without a patch and with the reference have shown with what is recorded."""
    lists = sort_out(task, _details(before), _details(after)) if after else Lists()
    passed = next((one for one in reversed(after) if one.outcome is Outcome.PASSED), None)
    return PatchLists(
        instance_id=instance_id,
        **{name: getattr(lists, name) for name in Lists.__struct_fields__},
        evidence=(PatchDetail.of(passed) or PatchDetail()).evidence,
        trust=None if passed is None else passed.trust,
        problems=(*_problems(before, after), *_differences(lists)),
    )


def _details(results: Sequence[Result]) -> list[PatchDetail]:
    """What was told of each run; of one in which no test ran, nothing."""
    return [PatchDetail.of(one) or PatchDetail() for one in results]


def _problems(before: Sequence[Result], after: Sequence[Result]) -> list[tuple[str, str]]:
    """What is wrong with runs by themselves, each once: gold must pass, and without it all must end but not pass."""
    problems = dict[tuple[str, str], None]()
    for one in before:
        if one.outcome is Outcome.INTERNAL:
            problems[BEFORE, f"could not be run: {one.reason}"] = None
        elif one.outcome is Outcome.PASSED:
            problems[BEFORE, "passes without the reference"] = None
    for one in after:
        if one.outcome is Outcome.INTERNAL:
            problems[GOLD, f"could not be run: {one.reason}"] = None
        elif one.outcome is not Outcome.PASSED:
            problems[GOLD, f"gold does not pass: {one.outcome}: {one.reason}"] = None
    return list(problems)


def _differences(lists: Lists) -> list[tuple[str, str]]:
    findings = (
        ("flaky", lists.flaky, "runs disagree on"),
        ("lists", lists.lost, "recorded in a list in which they were not found:"),
        ("lists", lists.new, "found in a list in which they are not recorded:"),
    )
    return [(what, f"{text} {_some(tests)}") for what, tests, text in findings if tests]


def _some(tests: Sequence[str]) -> str:
    return f"{len(tests)} tests: {first_of(tests, NAMED)}"


def counts(found: Lists) -> str:
    """Say how many tests there are of each kind."""
    return f"FAIL_TO_PASS {len(found.fail_to_pass)}, PASS_TO_PASS {len(found.pass_to_pass)}, flaky {len(found.flaky)}"


def sort_out(task: PatchTask, before: Sequence[PatchDetail], after: Sequence[PatchDetail]) -> Lists:
    """Sort the tests that were seen or are required by how they did in runs before and after the reference patch."""
    required = dict.fromkeys((*task.fail_to_pass, *task.pass_to_pass))
    seen = dict.fromkeys(name for run in (*before, *after) for name in run.reported)
    fixed, kept, flaky = list[str](), list[str](), list[str]()
    named = {with_one_blank(test) for test in required}
    others = (test for test in seen if test not in named and not _is_another_name(test, seen, required))
    for test in required | dict.fromkeys(others):
        once, then = ({_passes(task, run, test) for run in runs} for runs in (before, after))
        if len(once) > 1 or len(then) > 1:
            flaky.append(test)
        elif then == {True}:
            (kept if once == {True} else fixed).append(test)
    lost = [*_without(task.fail_to_pass, fixed), *_without(task.pass_to_pass, kept)]
    new = [*_without(fixed, task.fail_to_pass), *_without(kept, task.pass_to_pass)]
    return Lists(
        fail_to_pass=tuple(fixed),
        pass_to_pass=tuple(kept),
        flaky=tuple(flaky),
        lost=tuple(lost),
        new=tuple(new),
    )


def disagreements(
    instance_id: str, task: PatchTask, flaky: Iterable[str], runs: Iterable[Sequence[Result]]
) -> tuple[Disagreement, ...]:
    """Name for each flaky test two results of one kind that disagree on it."""
    found = []
    for test in flaky:
        for results in runs:
            passed: dict[bool, str] = {}
            for one, detail in zip(results, _details(results), strict=True):
                passed.setdefault(_passes(task, detail, test), one.sample_id)
            if len(passed) > 1:
                found.append(
                    Disagreement(instance_id=instance_id, test=test, passed=passed[True], failed=passed[False])
                )
                break
    return tuple(found)


def _passes(task: PatchTask, run: PatchDetail, test: str) -> bool:
    """Whether a test passes, for a required one by the rule of its list."""
    if test in run.tests:
        if test in task.fail_to_pass:
            return test in run.fail_to_pass[0]
        return test not in run.pass_to_pass[1]
    return run.reported.get(test) in task.rule.passing


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
