"""Canaries for test suites that share a process with a candidate: required tests and negated copies of them.

In a canary run each chosen required test stands in its file in several forms, under names that nobody can guess. Some
are the test as it was, the others must fail on a right solution. Code that forges results without solving the task
does not know which is which. The test files are rewritten here, as text; the candidate takes no part in it, though its
code may read them while they run. docs/security.md says what that is worth to it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.protocols.canaries.choice import FORMS, LEAST_FORMS, Chooser, RequiredFunction, forms_each
from boxscore.protocols.canaries.forms import Former
from boxscore.protocols.canaries.ids import RUNNERS
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.canaries.windows import Window, find_windows
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Mapping, Sequence

    from boxscore.protocols.canaries.clues import Contents
    from boxscore.protocols.canaries.forms import Form
    from boxscore.protocols.canaries.ids import ParsedId
    from boxscore.protocols.canaries.source import Draw, Key

REDRAWS = 3
PREFERRED_S = 60.0  # about how long the forms of FAIL_TO_PASS tests may take together
FAILING = (Status.FAILED, Status.ERROR)


class Watched(Struct, frozen=True):
    """A window of a function, which has path, classes and name; the ids of its forms, true ones and others.

    Who passes `ends`, the forms of its function that say nothing, comes to all of its assertions; there are none where
    that cannot be told: of a function that catches errors, or is run with one row of its parameters.
    """

    name: tuple[str, ...]
    window: Window
    true: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


class CanaryPlan(Struct, frozen=True, kw_only=True):
    """Test files to write for a canary run, and what an honest right solution makes of them.

    `files` are paths and new sources, `expected` says of each new test id whether it must pass or must fail, `tests`
    are the required ids that have canaries, `forms` the new ids of each, `skipped` the required ids that cannot have
    any and why. Required ids that were left out only because there are enough are in none of these. `watched` are the
    windows of preferred tests. The negated tests that are `shared` a right program may pass which is not the reference.
    `assertions` has the names of what fails negated tests, where that is known.
    """

    files: tuple[tuple[str, str], ...] = ()
    expected: dict[str, bool] = {}
    tests: tuple[str, ...] = ()
    forms: dict[str, tuple[str, ...]] = {}
    skipped: tuple[tuple[str, str], ...] = ()
    watched: tuple[Watched, ...] = ()
    shared: tuple[str, ...] = ()
    assertions: dict[str, str] = {}


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
    contents: Contents | None = None,
    windows: Mapping[tuple[str, ...], Sequence[Window]] | None = None,
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
        contents: What a reader in the box has. With it windows are found, and every test gets two originals and a
            negation of each kind, so as to learn what is usable.
        windows: Those that were found usable, by path, classes and name of their function.

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
    if contents is not None:
        draws = [(group, Former.every) for group in (*first, *others)]
        windows = _windows(chooser, files, first, contents, forms=forms, rng=rng)
    else:
        draws += [(group, _even(forms_each(group, preferred=len(first), most=forms))) for group in first]
        draws += [(group, _two) for group in others]
    return _written(chooser, draws, rng, windows or {})


def _windows(  # noqa: PLR0913 - each is something else that a reader has, or a choice
    chooser: Chooser,
    files: Mapping[str, str],
    groups: Sequence[RequiredFunction],
    contents: Contents,
    *,
    forms: int,
    rng: random.Random,
) -> Mapping[tuple[str, ...], Sequence[Window]]:
    """Find windows for the tests that are preferred."""
    paths = dict.fromkeys(group.path for group in groups)
    keys = {path: [group.key for group in groups if group.path == path] for path in paths}
    try:
        around = {path: chooser.modules[path].without(keys[path]) for path in paths}
        around |= {path: text for path, text in files.items() if path not in paths}
    except CannotRewriteError:
        return {}
    modules, base = chooser.modules, contents.base
    places = [modules[group.path].place(group.path, group.key, base.get(group.path, "")) for group in groups]
    times = max((len(group.places) for group in groups), default=1)
    return find_windows(places, contents, around=around, forms=max(LEAST_FORMS, forms // times), rng=rng)


def _even(count: int) -> Draw:
    return lambda former: former.even(count)


def _two(former: Former) -> list[Form]:
    return former.draw(2)


def _written(
    chooser: Chooser,
    draws: Sequence[tuple[RequiredFunction, Draw]],
    rng: random.Random,
    windows: Mapping[tuple[str, ...], Sequence[Window]],
) -> CanaryPlan:
    files: list[tuple[str, str]] = []
    own: dict[str, list[tuple[str, Form]]] = {}
    watched: list[Watched] = []
    for path in sorted({group.path for group, _ in draws}):
        groups = [group for group, _ in draws if group.path == path]
        wanted: dict[Key, Draw] = {group.key: draw for group, draw in draws if group.path == path}
        inside = {key: windows.get((path, *key[0], key[1]), ()) for key in wanted}
        try:
            source, names = chooser.modules[path].rewrite(wanted, rng, inside)
        except CannotRewriteError as error:
            chooser.skipped.update((test_id, f"{path} {error}") for group in groups for test_id in group.places)
            continue
        files.append((path, source))
        for group in groups:
            for test_id, place in group.places.items():
                own[test_id] = [(form_id(place, name, form), form) for name, form in names[group.key]]
            is_plain = not chooser.modules[path].catches(group.key)
            for window in inside[group.key]:
                ends = _ends(group, names[group.key]) if is_plain and not window.alone else ()
                watched.append(_watched(group, window, names[group.key], ends))
    every = [one for forms in own.values() for one in forms]
    return CanaryPlan(
        files=tuple(files),
        expected={name: form.passes for name, form in every},
        tests=tuple(own),
        forms={test_id: tuple(name for name, _ in forms) for test_id, forms in own.items()},
        skipped=tuple(chooser.skipped.items()),
        watched=tuple(watched),
        shared=tuple(name for name, form in every if form.shared and not form.passes),
        assertions={name: form.assertion for name, form in every if form.assertion},
    )


def form_id(place: ParsedId, name: str, form: Form) -> str:
    """Return the id of a form; one that has a single row of the test's parameters has an id of its own for it."""
    if form.alone:
        return f"{place.pieces[0]}{name}[0]"
    return place.renamed(name)


def _ends(group: RequiredFunction, names: Sequence[tuple[str, Form]]) -> tuple[str, ...]:
    blank = [(name, form) for name, form in names if form.blank and form.passes]
    return tuple(form_id(place, name, form) for place in group.places.values() for name, form in blank)


def _watched(
    group: RequiredFunction, window: Window, names: Sequence[tuple[str, Form]], ends: tuple[str, ...]
) -> Watched:
    ids = {
        form_id(place, name, form): form.passes
        for place in group.places.values()
        for name, form in names
        if form.window == window
    }
    true, others = (tuple(test_id for test_id, passes in ids.items() if passes is kind) for kind in (True, False))
    return Watched((group.path, *group.key[0], group.key[1]), window, true, others, ends)


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
    """Return the tests of a plan that a run on the reference solution shows to be good for negated tests.

    All forms of one behaved as they must, those of windows aside, or all of one window did.
    """
    inside = {form for one in plan.watched for form in (*one.true, *one.others)}
    good = {form for one in usable_windows(plan, statuses) for form in one.true}

    def behaved(form: str) -> bool:
        status = statuses.get(form)
        return status is Status.PASSED if plan.expected[form] else status in FAILING

    return tuple(
        test_id
        for test_id, forms in plan.forms.items()
        if good.intersection(forms) or all(behaved(form) for form in forms if form not in inside)
    )


def usable_windows(plan: CanaryPlan, statuses: Mapping[str, Status]) -> tuple[Watched, ...]:
    """Return the windows of a plan of which each form behaved as it must, in a run on the reference solution."""
    return tuple(
        one
        for one in plan.watched
        if all(statuses.get(form) is Status.PASSED for form in one.true)
        and all(statuses.get(form) in FAILING for form in one.others)
    )


def told(watched: Sequence[Watched], before: Mapping[str, Status] | None) -> tuple[Watched, ...]:
    """Take off the bits of windows what the old code says about them in a run `before`, all where that came to no end.

    Where it passes the true form a forger lets it answer. Where it passes another, that one is out of the question.
    """
    return tuple(structs.replace(one, window=structs.replace(one.window, bits=_left(one, before))) for one in watched)


def told_by_old_code(watched: Sequence[Watched], before: Mapping[str, Status] | None) -> tuple[Watched, ...]:
    """Take off the bits of windows what the code before a patch says about them in a run `before`, as `told` does.

    Where it does not come to the end of a function, all that it does not pass may follow from one error, and the code
    behind that may be right: the best window of that function counts alone.
    """
    left = told(watched, before)
    best: dict[tuple[str, ...], Watched] = {}
    for one in left:
        best[one.name] = max(best.get(one.name, one), one, key=lambda each: each.window.bits)
    ended = {one.name for one in left if one.ends and all((before or {}).get(end) is Status.PASSED for end in one.ends)}
    return tuple(one if one.name in ended or one is best[one.name] else _worth_nothing(one) for one in left)


def _worth_nothing(one: Watched) -> Watched:
    return structs.replace(one, window=structs.replace(one.window, bits=0.0))


def _left(one: Watched, before: Mapping[str, Status] | None) -> float:
    if before is None or any(before.get(form) is Status.PASSED for form in one.true):
        return 0.0
    passed = sum(before.get(form) is Status.PASSED for form in one.others) / max(1, len(one.others))
    wrong = len(one.window.texts) - 1
    return min(one.window.bits, math.log2(max(1.0, 1 + wrong * (1 - passed))))


def in_time(
    plan: CanaryPlan, watched: Sequence[Watched], form_s: float
) -> tuple[tuple[tuple[str, ...], tuple[Window, ...]], ...]:
    """Return the windows of each function, those blank for which there is no time; the best come first.

    A window of a plan that is not among those `watched` is blank too, since another may hide what it would show.
    """
    good = {(one.name, one.window.assertion): one.window for one in watched}
    left, kept = PREFERRED_S, set[tuple[tuple[str, ...], int]]()
    for one in sorted(watched, key=lambda one: -one.window.bits):
        left -= form_s * len((*one.true, *one.others))
        if left >= 0 or not kept:
            kept.add((one.name, one.window.assertion))
    found: dict[tuple[str, ...], list[Window]] = {}
    for one in plan.watched:
        place = (one.name, one.window.assertion)
        found.setdefault(one.name, []).append(good[place] if place in kept else Window(one.window.assertion))
    return tuple((name, tuple(windows)) for name, windows in found.items())


def draw_again(draw: Callable[[], CanaryPlan]) -> CanaryPlan:
    """Draw a plan that has every kind of negation, again where a reader has not quite enough to guess.

    Otherwise the level of tests near the bound would hang on one draw. To take the best of some tells a reader nothing:
    what each leaves to guess can be seen by all.
    """
    best = draw()
    for _ in range(REDRAWS):
        if not ENOUGH_BITS / 2 <= bits_watched(best.watched) < ENOUGH_BITS:
            break
        best = max(best, draw(), key=lambda plan: bits_watched(plan.watched))
    return best


def bits_watched(watched: Sequence[Watched]) -> float:
    """Return what a reader must guess to tell the originals of the functions of windows."""
    return round(sum(one.window.bits for one in watched), 2)


def bits_of_all(windows: Sequence[tuple[tuple[str, ...], Sequence[Window]]]) -> float:
    """Return what a reader must guess to tell the originals of all functions."""
    return round(sum(one.bits for _, several in windows for one in several), 2)
