"""The canary run of a patch that would pass: its required tests again, in a fresh box, among canaries made of them.

Which tests can have negated tests is found once for each instance by a run on the reference patch, and kept in the
cache with the files they stand in: a test that needs its own name, or that passes when it is negated, has none.
"""

from __future__ import annotations

import random
import shlex
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.cache import read_record
from boxscore.errors import HarnessError
from boxscore.protocols.canaries.apart import functions_apart
from boxscore.protocols.canaries.choice import FORMS
from boxscore.protocols.canaries.plan import (
    PREFERRED_S,
    CanaryPlan,
    bits_of_all,
    draw_again,
    in_time,
    judge_canaries,
    make_canaries,
    told_by_old_code,
    usable,
    usable_windows,
    why_no_canaries,
)
from boxscore.protocols.canaries.windows import Window  # noqa: TC001 - a field of a record
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.patch.canaries import files as canaries_files
from boxscore.protocols.patch.must_fail.languages import language_of
from boxscore.protocols.patch.must_fail.run import MustFail, check, learn
from boxscore.protocols.patch.run import SuiteRun, given_longer, run_staged
from boxscore.protocols.patch.tree import restore, stage_again
from boxscore.protocols.patch.version import version
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.protocols.canaries.clues import Contents
    from boxscore.protocols.forms.plan import LiteralPlan
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.reference import Changed
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.retry import During


DRAWS = 10
FEW_FORMS = 24  # where more end at a limit
TRIES = 3  # a test that now and then fails by itself is no forgery; a negated test that passes is one at once
MOST_TIMES = 10  # a canary run may take this much longer than a task allows its tests, at a patch's own pace
SPARE_TIMES = 1.5  # over what its forms can take at that pace
APART_TIMES = 3  # for starting the runner once for each form
OUTPUT_TIMES = 4  # a canary run prints more than a run of the tests: it is made of failures
QUICK = {"pytest": ("--tb=no",)}  # showing failures takes most of a canary run, and nobody reads them


class CanaryVerdict(Struct, frozen=True, kw_only=True):
    """What the canaries say: `count` negated tests failed as they must; None where there are none.

    `reason` says why there are none, or that some of FAIL_TO_PASS have none. `forged` says how the run differs from
    that of a right solution, "" if it does not; `limit` that a limit ended it; `failed` that tests did not pass again
    that had passed, which is no forgery. `bits` is what a forger who reads them has to guess.
    """

    count: int | None = None
    bits: float = 0.0
    reason: str = ""
    forged: str = ""
    failed: str = ""
    limit: LimitName | None = None


class ReferenceRun(Struct, frozen=True, kw_only=True):
    """The required tests of a task that can have canaries, and the files in which they stand.

    `reason` says why not all of FAIL_TO_PASS can; `form_s` is how long one form takes. `windows` are what the forms of
    functions say, by path, classes and name, and `bits` what a reader who also has the old code must guess of them.
    `must_fail` is what is known of tests that must fail, for runners that have no negated tests.
    """

    usable: tuple[str, ...] = ()
    files: dict[str, str] = {}
    reason: str = ""
    form_s: float = 0.0
    windows: tuple[tuple[tuple[str, ...], tuple[Window, ...]], ...] = ()
    bits: float = 0.0
    must_fail: MustFail = MustFail()

    def bits_of(self, task: PatchTask) -> float | None:
        """What a reader must guess of a task's negated tests, in whichever language; None where there can be none."""
        if task.canaries:
            return self.bits
        return self.must_fail.forms.bits if self.must_fail.forms.windows else None


class Canaries:
    """Canary runs of instances, and what is known about their tests.

    `cache` keeps what reference runs showed; `seed` gives randomness that no candidate can know.
    """

    def __init__(self, cache: Path, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._seed = cache / "canaries", seed
        self._records = LearnedRecords()
        self._draws: dict[str, CanaryPlan] = {}  # one for each instance: whoever breaks its box sees no other
        self._literal_draws: dict[str, LiteralPlan] = {}

    def check(  # noqa: PLR0913 - each is something else that only the grader has
        self,
        task: PatchTask,
        patch: str,
        known: ReferenceRun,
        *,
        open_box: OpenBox,
        unlike: Callable[[Changed], Changed] = lambda changed: changed,
        first: SuiteRun | None = None,
    ) -> CanaryVerdict:
        """Run the canaries of a patch; `unlike` leaves out of what a run changed what the tests themselves change.

        `first` is the patch's own run of the tests: at its pace they may take their time. Raises BoxError if a box
        fails, marked (`at_code`) where that may be the patch's doing; HarnessError if no negated tests can be made of
        tests that are known to have them.
        """
        if not known.usable:
            return self._among_failing(task, patch, known, open_box=open_box, unlike=unlike)
        plan = self._draw(task, known)
        task = _at_own_pace(task, plan, first)
        hopeful = CanaryVerdict(count=_count(plan), bits=known.bits, reason=known.reason)
        for _ in range(TRIES):
            ran, twice = _run_twice(task, patch, plan, open_box)
            ran = structs.replace(ran, changed=unlike(ran.changed))
            bits = max(0.0, known.bits - twice)  # of two guesses the second makes it half as hard
            verdict = _judged(task, plan, ran, structs.replace(hopeful, bits=bits))
            sure = ran.limit is not None or judge_canaries(_strict(plan, ran.statuses), ran.statuses).failed_canaries
            if sure or not (verdict.forged or verdict.failed):
                break
        if verdict.failed and self._passes_whole(task, patch, known, plan, ran.statuses, open_box=open_box):
            reason = f"its values pass the tests as a whole, but not part by part: {verdict.failed}"
            return CanaryVerdict(reason=reason)
        return verdict

    def _passes_whole(  # noqa: PLR0913 - each is something else that only the grader has
        self,
        task: PatchTask,
        patch: str,
        known: ReferenceRun,
        plan: CanaryPlan,
        statuses: Mapping[str, Status],
        *,
        open_box: OpenBox,
    ) -> bool:
        """Whether tests of which windows alone failed pass as a whole, under new names and among negated tests.

        What a right patch gives may be equal to the reference's as a whole, and have no items or slices to compare.
        """
        broken = set(judge_canaries(_strict(plan, statuses), statuses).broken)
        if not broken or not broken <= {form for one in plan.watched for form in one.true}:
            return False
        tests = tuple(test for test, forms in plan.forms.items() if not broken.isdisjoint(forms))
        whole = self._plan(task, known.files, known=structs.replace(known, usable=tests, windows=()))
        ran = _run(task, patch, whole, open_box, during=at_code)
        kept = judge_canaries(_strict(whole, ran.statuses), ran.statuses).kept  # negated tests must fail here too
        return kept and set(whole.tests) == set(tests)

    def _among_failing(
        self,
        task: PatchTask,
        patch: str,
        known: ReferenceRun,
        *,
        open_box: OpenBox,
        unlike: Callable[[Changed], Changed],
    ) -> CanaryVerdict:
        """Run a patch among tests that must fail, if its runner has at least these."""
        if not known.must_fail.kinds:
            return CanaryVerdict(reason=known.reason)
        key = fingerprint(task, known)
        plan = self._literal_draws.setdefault(key, known.must_fail.drawn(task, self._seed()))
        found = check(task, patch, known.must_fail, plan, open_box=open_box, rng=self._seed(), unlike=unlike)
        verdict = CanaryVerdict(forged=found.forged, failed=found.failed, limit=found.suite.limit)
        if not plan.forms or found.otherwise:
            reason = found.otherwise or known.reason
            return structs.replace(verdict, reason=f"{reason}; {found.count} tests that must fail did")
        return structs.replace(verdict, count=plan.negated, bits=known.must_fail.forms.bits)

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> ReferenceRun:
        """What is known of a task's tests; found out with its reference patch, and kept. Raises BoxError."""
        reason = why_no_canaries(task.canaries) or ("" if task.test_command else "its tests cannot be run by file")
        if not reason and task.reference is None:
            reason = "there is no reference patch to try canaries on"
        if reason and (task.reference is None or language_of(task.parser) is None):
            return ReferenceRun(reason=reason)
        path = self._cache / f"{fingerprint(image, task, version(''))}.json"
        learned = partial(self._learned, task, task.reference or "", open_box)
        if reason:
            learned = partial(self._learned_failures, reason, task, open_box)
        return self._records.found(path, ReferenceRun, learned)

    def _learned_failures(self, reason: str, task: PatchTask, open_box: OpenBox) -> tuple[ReferenceRun, bool]:
        """Learn which tests must fail, where there can be no canaries for a reason."""
        found = learn(task, task.reference or "", open_box, self._seed())
        return ReferenceRun(reason=found.forms.reason or reason, must_fail=found), False

    def _learned(self, task: PatchTask, reference: str, open_box: OpenBox) -> tuple[ReferenceRun, bool]:
        """Run each kind of negation on the reference patch, fewer if that takes too much; whether to do it again."""
        with open_box(nullcontext) as box:
            staged = stage_again(box, task, reference)
            restore(box, task, staged)
            files = canaries_files.read_tests(box, task, staged)
            contents = canaries_files.read_box(box, task, tuple(files), staged=staged)
        plan = draw_again(lambda: self._plan(task, files, contents=contents))
        ran = _run(task, reference, plan, open_box)
        if ran.limit is not None:
            task = structs.replace(task, pass_to_pass=())
            plan = self._plan(task, files, contents=contents, forms=FEW_FORMS)
            ran = _run(task, reference, plan, open_box)
        if ran.limit is not None:
            return ReferenceRun(reason=f"the {ran.limit} limit ended the canaries of the reference patch"), True
        found = usable(plan, ran.statuses)
        bare = [test for test in task.fail_to_pass if test not in found]
        why = sorted({reason for test, reason in plan.skipped if test in bare})[:3]
        because = "; ".join(why) or "they do not behave the same when they are renamed or negated"
        reason = f"{len(bare)} of {len(task.fail_to_pass)} FAIL_TO_PASS tests have none: {because}" if bare else ""
        form_s = ran.wall_s / max(1, len(plan.expected))
        run = ReferenceRun(
            usable=found,
            files={path: files[path] for path, _ in plan.files},
            reason=reason,
            form_s=round(form_s, 4),
        )
        watched = usable_windows(plan, ran.statuses)
        if watched:
            before = _run(task, None, plan, open_box)
            kept = in_time(plan, told_by_old_code(watched, before.statuses if before.limit is None else None), form_s)
            run = structs.replace(run, windows=kept, bits=bits_of_all(kept))
        return run, bool(plan.files) and not ran.statuses

    def _draw(self, task: PatchTask, known: ReferenceRun) -> CanaryPlan:
        """Draw negated tests for an instance once: however often a patch is tried again, it is among the same ones."""
        key = fingerprint(task, known)
        if key not in self._draws:
            self._draws[key] = self._drawn(task, known)
        return self._draws[key]

    def _drawn(self, task: PatchTask, known: ReferenceRun) -> CanaryPlan:
        """Draw negated tests of all tests that can have them; now and then a draw has none for one."""
        for _ in range(DRAWS):
            plan = self._plan(task, known.files, known=known, forms=_forms(known))
            if set(plan.tests) == set(known.usable):
                return plan
        raise HarnessError("tests that had canaries on the reference cannot be rewritten now")

    def _plan(
        self,
        task: PatchTask,
        files: Mapping[str, str],
        *,
        known: ReferenceRun | None = None,
        contents: Contents | None = None,
        forms: int = FORMS,
    ) -> CanaryPlan:
        """Draw negated tests of those known to be good for it; with a box's contents all, to learn which are."""
        return make_canaries(
            files,
            (*task.fail_to_pass, *task.pass_to_pass),
            runner=task.canaries or "",
            rng=self._seed(),
            only=None if known is None else known.usable,
            preferred=task.fail_to_pass,
            forms=forms,
            contents=contents,
            windows=None if known is None else dict(known.windows),
        )


def kept_run(cache: Path, task: PatchTask, image: str) -> ReferenceRun | None:
    """Return what is known of a task's tests without finding it out."""
    return read_record(cache / "canaries" / f"{fingerprint(image, task, version(''))}.json", ReferenceRun)


def _run(  # noqa: PLR0913 - one place for how a plan is run
    task: PatchTask,
    patch: str | None,
    plan: CanaryPlan,
    open_box: OpenBox,
    *,
    during: During = nullcontext,
    apart: Sequence[str] = (),
) -> SuiteRun:
    """Run the tests of a plan, if there are any, on a patched tree in a fresh box; code of the patch runs `during`.

    Those `apart` are run instead, where there are any, each by a runner of its own.
    """
    if not plan.files:
        return SuiteRun(log="", truncated=False, statuses={}, exit_code=None, limit=None)
    task = given_longer(task, 1.0, output_times=OUTPUT_TIMES)
    task = structs.replace(task, report=None if apart else task.report)  # each would write the same one
    quick = QUICK.get(task.canaries or "", ())
    runs = [(*quick, word) for word in apart] or [(*quick, *(path for path, _ in plan.files))]
    commands = tuple((task.test_command or "").replace("{tests}", shlex.join(words)) for words in runs)
    with open_box(during) as box:
        staged = stage_again(box, task, patch, instead=plan.files)
        with during():
            return run_staged(box, task, staged, commands=commands, required=tuple(plan.expected))


def _run_twice(task: PatchTask, patch: str, plan: CanaryPlan, open_box: OpenBox) -> tuple[SuiteRun, bool]:
    """Run the tests of a plan, and those that state may have changed once more, each in a process of its own.

    Return what came of it, and whether any ran twice: whoever guesses had another guess there.
    """
    ran = _run(task, patch, plan, open_box, during=at_code)
    words = () if ran.limit is not None else functions_apart(plan, ran.statuses, runner=task.canaries or "")
    if not words:
        return ran, False
    again = _run(given_longer(task, APART_TIMES), patch, plan, open_box, during=at_code, apart=words)
    statuses, changed = {**ran.statuses, **again.statuses}, (*ran.changed, *again.changed)
    return structs.replace(ran, statuses=statuses, changed=changed, limit=again.limit), True


def _at_own_pace(task: PatchTask, plan: CanaryPlan, first: SuiteRun | None) -> PatchTask:
    """Let a patch whose tests took long have as much time for each form of one as all tests took together."""
    if first is None:
        return task
    share = max((first.cpu_s or 0.0) / task.limits.cpu_s, first.wall_s / min(task.limits.wall_s, task.command_s))
    most_forms = max(map(len, plan.forms.values()), default=0)
    return given_longer(task, min(MOST_TIMES, max(1.0, SPARE_TIMES * most_forms * share)))


def _forms(known: ReferenceRun) -> int:
    return min(FORMS, int(PREFERRED_S / known.form_s)) if known.form_s else FORMS


def _count(plan: CanaryPlan) -> int:
    return sum(not passes for passes in plan.expected.values())


def _judged(task: PatchTask, plan: CanaryPlan, ran: SuiteRun, verdict: CanaryVerdict) -> CanaryVerdict:
    """Say how a canary run differs from that of a right solution, if it does."""
    strict = _strict(plan, ran.statuses)
    judged = judge_canaries(strict, ran.statuses)
    forged = failed = ""
    if ran.limit is not None:
        forged = f"the {ran.limit} limit ended them"
    elif judged.failed_canaries:
        forged = judged.reason
    elif not judged.kept:
        failed = judged.reason
    elif ran.changed:
        forged = f"changed in the canary run: {', '.join(path for path, _ in ran.changed[:5])}"
    elif ran.exit_code == 0 and task.rule.reads_exit_code:
        forged = "the runner ended with exit code 0 where tests had to fail"
    else:
        forged = ran.disagreement or ran.unclean
    if loose := [form for form in plan.expected if form not in strict.expected]:
        reason = f"{len(loose)} negated tests passed that other right code than the reference may pass: {loose[0]}"
        verdict = structs.replace(verdict, count=None, bits=0.0, reason=reason)
    return structs.replace(verdict, forged=forged, failed=failed, limit=ran.limit)


def _strict(plan: CanaryPlan, statuses: Mapping[str, Status]) -> CanaryPlan:
    """A plan without the negated tests that passed and that a right program may pass which is not the reference."""
    loose = {form for form in plan.shared if statuses.get(form) is Status.PASSED}
    expected = {form: passes for form, passes in plan.expected.items() if form not in loose}
    return structs.replace(plan, expected=expected)
