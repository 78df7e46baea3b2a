"""Canaries for test suites that share a process with a candidate: required tests and negated copies of them.

In a canary run each chosen required test stands in its file in several forms, under names that nobody can guess. Some
are the test as it was, the others must fail on a right solution. Code that forges results without solving the task
does not know which is which. The test files are rewritten here, as text; the candidate takes no part in it, though its
code may read them while they run. docs/security.md says what that is worth to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.canaries.choice import FORMS, Chooser, RequiredFunction, forms_each
from boxscore.protocols.patch.canaries.forms import Former
from boxscore.protocols.patch.canaries.ids import RUNNERS
from boxscore.protocols.patch.canaries.text import CannotRewriteError
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping, Sequence

    from boxscore.protocols.patch.canaries.forms import Form
    from boxscore.protocols.patch.canaries.source import Draw, Key

FAILING = (Status.FAILED, Status.ERROR)


class CanaryPlan(Struct, frozen=True, kw_only=True):
    """Test files to write for a canary run, and what an honest right solution makes of them.

    `files` are paths and new sources, `expected` says of each new test id whether it must pass or must fail, `tests`
    are the required ids that have canaries, `forms` the new ids of each, `skipped` the required ids that cannot have
    any and why. Required ids that were left out only because there are enough are in none of these.
    """

    files: tuple[tuple[str, str], ...] = ()
    expected: dict[str, bool] = {}
    tests: tuple[str, ...] = ()
    forms: dict[str, tuple[str, ...]] = {}
    skipped: tuple[tuple[str, str], ...] = ()


class CanaryJudgement(Struct, frozen=True, kw_only=True):
    """What a canary run says.

    `failed_canaries` are negated tests that passed, `broken` originals that did not pass (or negated tests that were
    skipped), `missing` ids that were not reported; `reported` counts the expected ids that were.
    """

    kept: bool
    reason: str = ""
    failed_canaries: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reported: int = 0


def why_no_canaries(runner: str | None) -> str:
    """Return `""` if tests of a runner can have negated tests, else why not."""
    if runner is None:
        return "no negated tests for this runner yet"
    return "" if runner in RUNNERS else f"no negated tests for {runner} yet"


def make_canaries(  # noqa: PLR0913 - each is a choice of the caller's own
    files: Mapping[str, str],
    required: Sequence[str],
    *,
    runner: str,
    rng: random.Random,
    only: Collection[str] | None = None,
    preferred: Collection[str] = (),
    forms: int = FORMS,
    every_kind: bool = False,
) -> CanaryPlan:
    """Rewrite test files so that chosen required tests stand there as originals and negated tests.

    Args:
        files: The sources of test files by their paths in the tree; their own tests that are not chosen are removed.
        required: Test ids as the runner reports them.
        runner: `pytest` or `unittest`.
        rng: Decides all that a forger must not know; seed it from the system's randomness.
        only: The ids that may have canaries, as `usable` found; None for all.
        preferred: The ids of which each must be worth trusting (FAIL_TO_PASS); of the others there is a sample.
        forms: About how many runs of preferred tests there are to be.
        every_kind: Make two originals and a negation of each kind for every test instead: to learn what is usable.

    Raises:
        ValueError: If the runner has no negated tests.
    """
    if reason := why_no_canaries(runner):
        raise ValueError(reason)
    chooser = Chooser(files, runner=runner, rng=rng)
    wanted = dict.fromkeys(required if only is None else (test_id for test_id in required if test_id in only))
    chooser.add(wanted, preferred=set(preferred))
    first, others = chooser.choose()
    draws: list[tuple[RequiredFunction, Draw]] = []
    if every_kind:
        draws = [(group, Former.every) for group in (*first, *others)]
    else:
        draws += [(group, _even(forms_each(group, preferred=len(first), most=forms))) for group in first]
        draws += [(group, _two) for group in others]
    return _written(chooser, draws, rng)


def _even(count: int) -> Draw:
    return lambda former: former.even(count)


def _two(former: Former) -> list[Form]:
    return former.draw(2)


def _written(chooser: Chooser, draws: Sequence[tuple[RequiredFunction, Draw]], rng: random.Random) -> CanaryPlan:
    files: list[tuple[str, str]] = []
    expected: dict[str, bool] = {}
    forms: dict[str, tuple[str, ...]] = {}
    for path in sorted({group.path for group, _ in draws}):
        groups = [group for group, _ in draws if group.path == path]
        wanted: dict[Key, Draw] = {group.key: draw for group, draw in draws if group.path == path}
        try:
            source, names = chooser.modules[path].rewrite(wanted, rng)
        except CannotRewriteError as error:
            chooser.skipped.update((test_id, f"{path} {error}") for group in groups for test_id in group.places)
            continue
        files.append((path, source))
        for group in groups:
            for test_id, place in group.places.items():
                forms[test_id] = tuple(place.renamed(name) for name, _ in names[group.key])
                expected.update((place.renamed(name), passes) for name, passes in names[group.key])
    skipped = tuple(chooser.skipped.items())
    return CanaryPlan(files=tuple(files), expected=expected, tests=tuple(forms), forms=forms, skipped=skipped)


def judge_canaries(plan: CanaryPlan, statuses: Mapping[str, Status]) -> CanaryJudgement:
    """Compare what a canary run reported with what a right solution makes of it.

    It is kept only if every expected id was reported, each original as PASSED and each negated test as FAILED or ERROR.
    """
    passed, broken, missing = [], [], []
    for test_id, must_pass in plan.expected.items():
        status = statuses.get(test_id)
        if status is None:
            missing.append(test_id)
        elif not must_pass and status is Status.PASSED:
            passed.append(test_id)
        elif (status is not Status.PASSED) if must_pass else (status not in FAILING):
            broken.append(test_id)
    reason = ""
    if not plan.expected:
        reason = "no test has canaries"
    elif passed:
        reason = f"{len(passed)} negated tests passed, such as {passed[0]}"
    elif broken:
        reason = f"{len(broken)} tests ended otherwise than before, such as {broken[0]}"
    elif missing:
        reason = f"{len(missing)} of {len(plan.expected)} tests were not reported, such as {missing[0]}"
    return CanaryJudgement(
        kept=not reason,
        reason=reason,
        failed_canaries=tuple(passed),
        broken=tuple(broken),
        missing=tuple(missing),
        reported=len(plan.expected) - len(missing),
    )


def usable(plan: CanaryPlan, statuses: Mapping[str, Status]) -> tuple[str, ...]:
    """Return the tests of a plan of which each form behaved as it must, in a run on the reference solution."""
    return tuple(
        test_id
        for test_id in plan.tests
        if all(
            statuses.get(form) is Status.PASSED if plan.expected[form] else statuses.get(form) in FAILING
            for form in plan.forms[test_id]
        )
    )
