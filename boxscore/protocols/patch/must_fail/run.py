"""The run of a patch that would pass among tests that must fail, for runners other than pytest and unittest.

Which files can have such tests, and what the runner then says of them and of the required tests, is learned from a run
of the reference patch. What is held against a patch is only what was otherwise there.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.protocols.forms.languages import forms_of
from boxscore.protocols.forms.plan import LiteralForm, LiteralPlan, literal_forms
from boxscore.protocols.patch.canaries.files import named_files, read_files
from boxscore.protocols.patch.logs import parser_of
from boxscore.protocols.patch.must_fail.forms import KnownForms, judge_alone, judge_forms, learn_forms, without_forms
from boxscore.protocols.patch.must_fail.language import Failure, new_failure
from boxscore.protocols.patch.must_fail.languages import language_of
from boxscore.protocols.patch.must_fail.reports import count_passed, read_reports, remove_reports
from boxscore.protocols.patch.must_fail.structured import with_report
from boxscore.protocols.patch.run import FAILING, given_longer, run_staged
from boxscore.protocols.patch.tree import restore, stage_again
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterable, Mapping

    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.logs import JunitCase
    from boxscore.protocols.patch.must_fail.forms import LiteralFinding
    from boxscore.protocols.patch.reference import Changed
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.retry import During

MAX_PLANTED_FILES = 40
TRIES = 3  # tests that now and then fail by themselves
LONGER = 2  # times what the tests alone may take
OUTPUT_TIMES = 2
CLASS_NAME = re.compile(r"[^\w$]+")


class MustFail(Struct, frozen=True, kw_only=True):
    """What a run of the reference showed, with tests that must fail in its files.

    `kinds` are by path the ways in which tests were reported as failed, `files` the sources of these files. `again` are
    the required tests that passed beside them, and `passed` counts, by class, what the reports of the build tool have
    as passed, or those of the runner where it is `asked` for one. `fails` says that the runner did not end with 0.
    Where there are forms this is with them, which stand in the place of tests; `again_alone` and `passed_alone` are
    without.
    """

    kinds: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    again: tuple[str, ...] = ()
    passed: dict[str, int] = {}
    fails: bool = False
    asked: bool = False
    changed: tuple[str, ...] = ()
    forms: KnownForms = KnownForms()
    again_alone: tuple[str, ...] = ()
    passed_alone: dict[str, int] = {}

    def without_forms(self) -> MustFail:
        """What the run without forms showed, if there was one."""
        return structs.replace(self, again=self.again_alone, passed=self.passed_alone) if self.forms.windows else self

    def drawn(self, task: PatchTask, rng: random.Random, only: Collection[LiteralForm] = ()) -> LiteralPlan:
        """Write the forms of all windows, or some of these alone."""
        language = forms_of(parser_of(task.parser))
        if language is None or not self.forms.windows:
            return LiteralPlan()
        return literal_forms(self.files, self.forms.windows, language, rng, only=only)


class Seen(Struct, frozen=True, kw_only=True):
    """What a run came to: the runner's word for each test, and what reports of the build tool say."""

    suite: SuiteRun
    cases: tuple[JunitCase, ...] = ()

    def said_of(self, failure: Failure) -> set[Status]:
        """Return what log and reports say of a test that must fail."""
        found = {status for name, status in self.suite.statuses.items() if failure.name in name}
        return found | {case.status for case in self.cases if failure.name in case.name}


class MustFailVerdict(Struct, frozen=True, kw_only=True):
    """What became of `count` tests that had to fail, and of negated tests.

    `forged` says which did not, `failed` what did not pass again; both are "" for a patch of which the runner says what
    it said of the reference. `otherwise` says why its negated tests prove nothing.
    """

    count: int
    forged: str = ""
    failed: str = ""
    otherwise: str = ""
    suite: SuiteRun


def learn(task: PatchTask, reference: str, open_box: OpenBox, rng: random.Random) -> MustFail:
    """Run the reference patch with tests that must fail. Raises BoxError."""
    language = language_of(task.parser)
    if language is None:
        return MustFail()
    with open_box(nullcontext) as box:
        staged = stage_again(box, task, reference)
        restore(box, task, staged)
        files = read_files(box, task, staged, named_files(task, staged, language.ends)[:MAX_PLANTED_FILES])
    kinds = {path: found for path, source in files.items() if (found := language.kinds(source))}
    asked = bool(with_report(task.parser, task.commands)[1])
    learned = _learned(task, reference, MustFail(kinds=kinds, files=files, asked=asked), open_box, rng)
    if asked and not learned.passed:  # the runner wrote no report that can be read
        learned = _learned(task, reference, MustFail(kinds=kinds, files=files), open_box, rng)
    if not learned.kinds:  # a file that cannot be compiled with all kinds may be with the plainest
        plainest = {path: found[:1] for path, found in kinds.items()}
        learned = _learned(task, reference, MustFail(kinds=plainest, files=files), open_box, rng)
    return _with_forms(task, reference, learned, open_box, rng)


def _with_forms(task: PatchTask, reference: str, learned: MustFail, open_box: OpenBox, rng: random.Random) -> MustFail:
    """Find out which tests can have forms beside those that must fail."""

    def run(patch: str | None, sources: Mapping[str, str]) -> Seen:
        planted, tried = _draw(learned.kinds, rng), structs.replace(learned, files={**learned.files, **sources})
        return _run(task, patch, planted, tried, open_box, during=nullcontext)

    found, last = learn_forms(task, reference, learned, run, open_box=open_box, rng=rng)
    if last is None:
        return structs.replace(learned, forms=found)
    required = (*task.fail_to_pass, *task.pass_to_pass)
    cases = without_forms(last.plan, last.seen.cases)
    return structs.replace(
        learned,
        again=tuple(test for test in required if last.seen.suite.statuses.get(test) is Status.PASSED),
        passed=count_passed(_required_cases(cases, required, asked=learned.asked)),
        forms=found,
        again_alone=learned.again,
        passed_alone=learned.passed,
    )


def check(  # noqa: PLR0913 - each is something else that only the grader has
    task: PatchTask,
    patch: str,
    learned: MustFail,
    plan: LiteralPlan,
    *,
    open_box: OpenBox,
    rng: random.Random,
    unlike: Callable[[Changed], Changed],
) -> MustFailVerdict:
    """Run a patch with tests that must fail; up to three times where it is only that other tests do not pass again.

    Those of the `plan` are among them, the same in each run. Only that they pass is held against a patch: for whatever
    else is otherwise there it is judged without them. `unlike` leaves out of what a run changed what the tests
    themselves change. Raises BoxError if a box fails, marked (`at_code`) where that may be the patch's doing.
    """
    return _Check(task, patch, learned, open_box, rng, unlike).verdict(plan)


class _Check:
    """Runs one patch among tests that must fail."""

    def __init__(  # noqa: PLR0913, PLR0917 - as `check`
        self,
        task: PatchTask,
        patch: str,
        learned: MustFail,
        open_box: OpenBox,
        rng: random.Random,
        unlike: Callable[[Changed], Changed],
    ) -> None:
        self._task, self._patch, self._learned = task, patch, learned
        self._open_box, self._rng, self._unlike = open_box, rng, unlike

    def verdict(self, plan: LiteralPlan) -> MustFailVerdict:
        planted = _draw(self._learned.kinds, self._rng)
        for _ in range(TRIES):
            seen = self._run(planted, plan)
            if seen.suite.limit is not None and plan.forms:
                return self._without_copies("there is no time for copies of its tests")
            seen = structs.replace(seen, suite=structs.replace(seen.suite, changed=self._unlike(seen.suite.changed)))
            verdict, found = self._judged(planted, plan, seen)
            if found.forged or _spared(planted, seen):
                return structs.replace(verdict, forged=verdict.forged or found.forged)
            why = verdict.forged or verdict.failed or found.failed
            if not why:
                return verdict
            if verdict.forged:
                break
        return self._without_copies(f"among copies of its tests {why}") if plan.forms else verdict

    def _judged(
        self, planted: Mapping[str, tuple[Failure, ...]], plan: LiteralPlan, seen: Seen
    ) -> tuple[MustFailVerdict, LiteralFinding]:
        """Say what the tests and their copies did; those in doubt run once more, each without another of its test."""
        plain = structs.replace(seen, cases=without_forms(plan, seen.cases))
        required = (*self._task.fail_to_pass, *self._task.pass_to_pass)
        verdict, found = _judged(self._learned, planted, plain, required), judge_forms(plan, seen)
        if not found.doubted or verdict.forged:
            return verdict, found
        otherwise = f"copies of {found.doubted[0].test[1]} do otherwise than with the reference"
        only = self._learned.drawn(self._task, self._rng, found.doubted)
        alone = self._run(dict.fromkeys(only.files, ()), only)
        return structs.replace(verdict, otherwise=otherwise), judge_alone(found.doubted, alone)

    def _without_copies(self, why: str) -> MustFailVerdict:
        """Judge by the tests alone: right code may be slower, or of types that copies do not compile with."""
        plain = self._learned.without_forms()
        alone = _Check(self._task, self._patch, plain, self._open_box, self._rng, self._unlike).verdict(LiteralPlan())
        return structs.replace(alone, otherwise=why)

    def _run(self, planted: Mapping[str, tuple[Failure, ...]], plan: LiteralPlan) -> Seen:
        among = structs.replace(self._learned, files={**self._learned.files, **plan.files})
        return _run(self._task, self._patch, planted, among, self._open_box, during=at_code)


def _draw(kinds: Mapping[str, Iterable[str]], rng: random.Random) -> dict[str, tuple[Failure, ...]]:
    return {path: tuple(new_failure(kind, rng) for kind in found) for path, found in kinds.items()}


def _learned(task: PatchTask, reference: str, tried: MustFail, open_box: OpenBox, rng: random.Random) -> MustFail:
    planted = _draw(tried.kinds, rng)
    if not planted:
        return MustFail()
    seen = _run(task, reference, planted, tried, open_box, during=nullcontext)
    shown = {
        path: tuple(one.kind for one in several if seen.said_of(one) and seen.said_of(one) <= FAILING)
        for path, several in planted.items()
    }
    shown = {path: found for path, found in shown.items() if found}
    required = (*task.fail_to_pass, *task.pass_to_pass)
    passed = count_passed(_required_cases(seen.cases, required, asked=tried.asked))
    return MustFail(
        kinds=shown,
        files={path: tried.files[path] for path in shown},
        again=tuple(test for test in required if seen.suite.statuses.get(test) is Status.PASSED),
        passed=passed,
        fails=seen.suite.exit_code != 0 and seen.suite.limit is None,
        asked=tried.asked,
        changed=tuple(path for path, _ in seen.suite.changed),
    )


def _required_cases(cases: Iterable[JunitCase], required: Collection[str], *, asked: bool) -> list[JunitCase]:
    """The cases of required tests: of their classes, or, where a runner was `asked`, those with the end of an id."""
    if not asked:
        words = {word for test in required for word in CLASS_NAME.split(test)}
        return [one for one in cases if one.classname.rpartition(".")[2] in words]
    return [one for one in cases if any(test.endswith(one.name) for test in required)]


def _run(  # noqa: PLR0913 - one place for how such a run is done
    task: PatchTask,
    patch: str | None,
    planted: Mapping[str, tuple[Failure, ...]],
    tried: MustFail,
    open_box: OpenBox,
    *,
    during: During,
) -> Seen:
    """Run the task's commands on a tree, of the old code without a patch, in a fresh box; its code runs `during`."""
    language = language_of(task.parser)
    if language is None:
        raise ValueError(task.parser)
    required = (*task.fail_to_pass, *task.pass_to_pass)
    instead = tuple((path, language.plant(tried.files[path], several, required)) for path, several in planted.items())
    commands, reports = with_report(task.parser, task.commands) if tried.asked else (task.commands, language.reports)
    commands = (*remove_reports(reports), *commands)
    task = given_longer(task, LONGER, output_times=OUTPUT_TIMES)
    with open_box(during) as box:
        staged = stage_again(box, task, patch, instead=instead)
        with during():
            suite = run_staged(box, task, staged, commands=commands, required=required)
        return Seen(suite=suite, cases=read_reports(box, task, reports))


def _judged(
    learned: MustFail, planted: Mapping[str, tuple[Failure, ...]], seen: Seen, required: Collection[str]
) -> MustFailVerdict:
    """Say how a run differs from that of the reference, if it does."""
    failures = [(path, one) for path, several in planted.items() for one in several]
    verdict = MustFailVerdict(count=len(failures), suite=seen.suite)
    if seen.suite.limit is not None:
        return structs.replace(verdict, forged=f"the {seen.suite.limit} limit ended them")
    if spared := _spared(planted, seen):
        return structs.replace(verdict, forged=f"{len(spared)} tests that must fail passed, such as in {spared[0]}")
    again = [test for test in learned.again if seen.suite.statuses.get(test) is not Status.PASSED]
    if again:
        return structs.replace(verdict, failed=f"{len(again)} tests did not pass again, such as {again[0]}")
    return structs.replace(verdict, forged=_unlike(learned, failures, seen), failed=_fewer(learned, seen, required))


def _spared(planted: Mapping[str, tuple[Failure, ...]], seen: Seen) -> list[str]:
    """The files of tests that must fail and passed."""
    return [path for path, several in planted.items() for one in several if Status.PASSED in seen.said_of(one)]


def _unlike(learned: MustFail, failures: Collection[tuple[str, Failure]], seen: Seen) -> str:
    """What a runner would have to say, all other tests having passed, and did not; "" if it said all."""
    silent = [path for path, one in failures if not seen.said_of(one) & FAILING]
    if silent:
        return f"{len(silent)} tests that must fail were not reported as failed, such as in {silent[0]}"
    if seen.suite.changed:
        return f"changed beside tests that must fail: {', '.join(path for path, _ in seen.suite.changed[:5])}"
    if learned.fails and seen.suite.exit_code == 0:
        return "the runner ended with exit code 0 where tests had to fail"
    return ""


def _fewer(learned: MustFail, seen: Seen, required: Collection[str]) -> str:
    """Which class has fewer tests that passed than with the reference: they were aborted, skipped or left out."""
    passed = count_passed(_required_cases(seen.cases, required, asked=learned.asked))
    for name, count in learned.passed.items():
        if passed.get(name, 0) < count:
            return f"by the report of {name}, {passed.get(name, 0)} of its tests passed, and {count} with the reference"
    return ""
