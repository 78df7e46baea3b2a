"""Negated tests of the *unittest* protocol: which can be had, learned with the reference, and runs of programs.

A program whose tests passed runs once more, among tests in several forms of which some must fail. One that passes what
no right program can is a forgery. Everything else that goes otherwise than with the reference costs the level alone:
a right program may keep state, or say more than the reference does.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.checks import first_of
from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.canaries.plan import (
    CanaryPlan,
    bits_of_all,
    bits_watched,
    draw_again,
    in_time,
    judge_canaries,
    make_canaries,
    told,
    usable,
    usable_windows,
)
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.canaries.source import TestFile
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.canaries.windows import Window  # noqa: TC001 - a field of a record
from boxscore.protocols.judged import CanaryFinding
from boxscore.protocols.unittest.blind import PATH, STATUSES, blind_id, stubs, texts_told, unit_id
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.canaries.plan import CanaryJudgement
    from boxscore.protocols.statuses import Status
    from boxscore.protocols.unittest.layer import Run
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

FORMS = 64  # of all tests together, about
LEAST_FORMS = 8
FEW_TESTS = 3  # up to which each has several forms, where forms are few
CRASHED = {Outcome.ERROR, Outcome.SIGNAL, Outcome.SYNTAX}
LEAST_FORGED = 2
MOST_S = 20.0  # that the forms of a task may take with the reference


class KnownCanaries(Struct, frozen=True, kw_only=True):
    """The tests of a task that can have negated ones; what the forms of functions say, and what is to be guessed there.

    `reason` says why there are none, or too few; `unsure` that another time may show something else.
    """

    usable: tuple[str, ...] = ()
    forms: int = FORMS
    windows: tuple[tuple[tuple[str, ...], tuple[Window, ...]], ...] = ()
    bits: float = 0.0
    reason: str = ""
    seed: int = 0  # of the few negated tests where a reader of more has too little to guess
    unsure: bool = False

    @property
    def enough(self) -> bool:
        """Whether a run among negated tests can show more than a claim."""
        return self.bits >= ENOUGH_BITS


class Drawn(Struct, frozen=True, kw_only=True):
    """The negated tests that all samples of a task are run among, and a shorter list for those with nothing to hide.

    `short` has some that must fail, and of those that must pass one: a run of it that goes as it must saves the other.
    There is none where a run is to show more than a claim.
    """

    plan: CanaryPlan = CanaryPlan()
    short: CanaryPlan | None = None


def learn_canaries(task: UnittestTask, run: Run, rng: random.Random) -> KnownCanaries:
    """Try each kind of negation on the reference. Raises what a run does."""
    if task.reference is None:
        return KnownCanaries(reason="there is no reference to try negated tests on")
    plan = _draw(task, rng, FORMS)
    if not plan.files:
        return KnownCanaries(reason=_why_none(plan))
    if (bits := bits_watched(plan.watched)) < ENOUGH_BITS:  # as no run can make them more
        return _learn_few(task, run, rng, bits)
    plain = run(task.reference, task.tests, task.required)
    forms = _affordable(plain, len(task.required))
    if forms < LEAST_FORMS:
        return KnownCanaries(reason=_too_long(plain))
    if forms < FORMS:
        plan = _draw(task, rng, forms)
    return _learn_all(task, run, rng, plan, forms)


def _draw(task: UnittestTask, rng: random.Random, forms: int) -> CanaryPlan:
    contents = _contents(task)
    return draw_again(lambda: _plan(task, rng, forms, contents=contents))


def _learn_all(task: UnittestTask, run: Run, rng: random.Random, plan: CanaryPlan, forms: int) -> KnownCanaries:
    """Run a plan that has every kind of negation on the reference and on stubs, if a reader has enough to guess."""
    bits = bits_watched(plan.watched)
    if bits < ENOUGH_BITS:
        return _learn_few(task, run, rng, bits)
    ran = _run(run, task.reference or "", plan)
    if ran.outcome is not None:
        return KnownCanaries(reason=_ended(ran), unsure=True)
    watched = usable_windows(plan, _statuses(ran))
    for stub in stubs(task) if bits_watched(watched) >= ENOUGH_BITS else ():
        before = _run(run, stub, plan)
        watched = told(watched, _statuses(before) if before.outcome is None else None)
    kept = in_time(plan, watched, ran.cpu_s / max(1, len(plan.expected)))
    bits = bits_of_all(kept)
    if bits < ENOUGH_BITS:
        return _learn_few(task, run, rng, bits)
    return KnownCanaries(usable=usable(plan, _statuses(ran)), forms=forms, windows=kept, bits=bits)


def _learn_few(task: UnittestTask, run: Run, rng: random.Random, bits: float) -> KnownCanaries:
    """Try the few negated tests that tell bold forgeries alone: all samples are among these very ones."""
    seed = rng.getrandbits(64)
    plan = _plan(task, random.Random(seed), LEAST_FORMS)  # noqa: S311 - of true randomness
    ran = _run(run, task.reference or "", plan)
    if _affordable(ran, len(plan.expected)) < LEAST_FORMS:
        return KnownCanaries(bits=bits, reason=f"forms of {_too_long(ran)}", unsure=ran.unsure)
    reason = f"a forger who reads negated tests has {bits:g} bits to guess"
    found = usable(plan, _statuses(ran)) if ran.outcome is None else ()
    return KnownCanaries(usable=found, bits=bits, reason=reason if found else _ended(ran), seed=seed, unsure=ran.unsure)


def _too_long(ran: UnitRun) -> str:
    return f"its tests take {ran.cpu_s:.1f} s of cpu time: too long to run several of each"


def _ended(ran: UnitRun) -> str:
    if ran.outcome is None:
        return "its tests do not behave the same when they are renamed or negated"
    return f"the reference did not run among negated tests: {ran.outcome}"


def draw_canaries(task: UnittestTask, known: KnownCanaries, rng: random.Random) -> Drawn:
    """Draw the negated tests that all samples of a task are run among."""
    if not known.usable:
        return Drawn()
    if known.enough:
        return Drawn(plan=_plan(task, rng, known.forms, known=known))
    plan = _plan(task, random.Random(known.seed), LEAST_FORMS)  # noqa: S311 - as above
    forms = {form for test in known.usable for form in plan.forms[test]}
    expected = {form: passes for form, passes in plan.expected.items() if form in forms}
    plan = structs.replace(plan, expected=expected)
    return Drawn(plan=plan, short=_shortened(plan, random.Random(known.seed)))  # noqa: S311 - as above


def _shortened(plan: CanaryPlan, rng: random.Random) -> CanaryPlan | None:
    """A plan of as few tests as tell a bold forgery, and one that must pass; None where the others cannot be taken out.

    Each assertion that fails any negated test fails one of the few: whoever replaced it passes what must fail.
    """
    negated, passing = ([form for form, passes in plan.expected.items() if passes is kind] for kind in (False, True))
    every = {form for forms in plan.forms.values() for form in forms}
    path, source = plan.files[0]
    try:
        file = TestFile(source)
        kept = {*_one_of_each(negated, plan.assertions, rng), *rng.sample(passing, min(1, len(passing)))}
        source = file.without(file.named({*map(_name, every)} - {*map(_name, kept)}))
    except CannotRewriteError:
        return None
    expected = {form: passes for form, passes in plan.expected.items() if form in kept}
    return structs.replace(plan, files=((path, source),), expected=expected)


def _one_of_each(forms: Sequence[str], assertions: Mapping[str, str], rng: random.Random) -> list[str]:
    """Draw a form for each assertion that fails any of them; at least two."""
    drawn = rng.sample(forms, len(forms))
    first = list({assertions.get(form, ""): form for form in drawn}.values())
    others = [form for form in drawn if form not in first]
    return [*first, *others[: max(0, LEAST_FORGED - len(first))]]


def _name(form: str) -> str:
    """The name of the function of a form."""
    return unit_id(form).partition("[")[0].rpartition(".")[2]


def run_canaries(program: str, drawn: Drawn, run: Run, *, doubted: bool = False) -> CanaryFinding:
    """Run a program among negated tests. Raises what a run does.

    One that is `doubted` already, since it hid what it gives from a blinded run, may pass fewer of them.
    """
    for plan in (drawn.plan,) if doubted or drawn.short is None else (drawn.short, drawn.plan):
        ran = _run(run, program, plan)
        if ran.outcome is Outcome.TAMPERED or (doubted and ran.outcome in CRASHED):
            return CanaryFinding(forged=f"the run among negated tests came to no report: {ran.reason}"[:300])
        if ran.outcome is not None:
            return CanaryFinding(
                otherwise=f"the run among negated tests ended otherwise: {ran.outcome}: {ran.reason}"[:300]
            )
        judged = judge_canaries(plan, _statuses(ran))
        if judged.kept:
            return CanaryFinding(count=sum(not passes for passes in plan.expected.values()))
    return _doubtful(drawn.plan, judged, doubted=doubted)


def _doubtful(plan: CanaryPlan, judged: CanaryJudgement, *, doubted: bool) -> CanaryFinding:
    """Say what it means that a run did not go as with the reference."""
    negated = [test for test, passes in plan.expected.items() if not passes and test not in plan.shared]
    forged = [test for test in judged.failed_canaries if test in negated]
    if not judged.reported:
        return CanaryFinding(forged="no test was reported that ran among negated ones")
    many = LEAST_FORGED if doubted else max(LEAST_FORGED, len(negated) / 2)  # state of right code lets fewer pass
    if len(forged) >= many and (doubted or not judged.broken):
        return CanaryFinding(forged=f"{len(forged)} negated tests passed, such as {unit_id(forged[0])}")
    several = (*judged.failed_canaries, *judged.broken, *judged.missing)
    return CanaryFinding(otherwise=f"among negated tests it does otherwise than the reference: {_named(several)}")


def _named(tests: tuple[str, ...]) -> str:
    return first_of([unit_id(test) for test in tests], 3)


def _affordable(plain: UnitRun, tests: int) -> int:
    """How many forms there is time for: of the processor, since the clock also tells how busy a machine is."""
    each = plain.cpu_s / max(1, tests)
    return min(FORMS, int(MOST_S / each)) if each else FORMS


def _plan(
    task: UnittestTask,
    rng: random.Random,
    forms: int,
    *,
    known: KnownCanaries | None = None,
    contents: Contents | None = None,
) -> CanaryPlan:
    ids = tuple(map(blind_id, task.required))
    return make_canaries(
        {PATH: task.tests},
        ids,
        runner="pytest",  # whose ids name files
        rng=rng,
        only=None if known is None else known.usable,
        preferred=ids if known is not None or contents is not None or len(ids) <= FEW_TESTS else (),
        forms=forms,
        contents=contents,
        windows=None if known is None else dict(known.windows),
    )


def _contents(task: UnittestTask) -> Contents:
    """What a reader has beside the tests: texts that are told, and the programs that everybody has."""
    texts = texts_told(task)
    return Contents("\n".join((*texts, *stubs(task))), {}, "\n".join(texts))


def _why_none(plan: CanaryPlan) -> str:
    reasons = sorted({reason for _, reason in plan.skipped})
    return f"no negated tests can be made: {first_of(reasons, 3)}" if reasons else "no test has negated ones"


def _run(run: Run, program: str, plan: CanaryPlan) -> UnitRun:
    return run(program, plan.files[0][1], tuple(map(unit_id, plan.expected)))


def _statuses(ran: UnitRun) -> Mapping[str, Status]:
    return {blind_id(test): STATUSES[status] for test, status in ran.statuses.items()}
