"""Negated tests of Java: learned with the reference, and runs of candidates among them.

A candidate whose tests passed runs once more, among forms of its tests of which some must fail. One that passes most of
those is a forgery. Everything else that goes otherwise than with the reference costs the level alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.protocols.blind.secrecy import tokens_of
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.judged import CanaryFinding
from boxscore.protocols.jvm.blind import OLD_UNKNOWN, with_files
from boxscore.protocols.jvm.negated_file import Form, NegatedFile, Wanted, negated_file
from boxscore.protocols.jvm.own_limits import late_tests, run_unhurried, untold_tests
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping, Sequence

    from boxscore.protocols.jvm.layer import Files, Known, Run, Runs, Suite
    from boxscore.protocols.jvm.run import TestRun

MOST_TESTS, MOST_TRUTHS = 16, 4  # that have forms: by numbers that they expect, and by truths
LEAST_FORGED = 2
CRASHED = {Outcome.ERROR, Outcome.SIGNAL}


class KnownCanaries(Struct, frozen=True, kw_only=True):
    """The files with forms of tests, those that behave as they must with the reference, and what is to be guessed.

    `reason` says why there are none, or too few; `unsure` that another time may show something else.
    """

    files: tuple[tuple[str, str], ...] = ()
    forms: tuple[Form, ...] = ()
    bits: float = 0.0
    reason: str = ""
    unsure: bool = False

    @property
    def enough(self) -> bool:
        """Whether a run among negated tests can show more than a claim."""
        return self.bits >= ENOUGH_BITS


def learn_canaries(suite: Suite, known: Known, rng: random.Random) -> KnownCanaries:
    """Write forms of tests and try them on the reference and on what everybody has. Raises what a run does."""
    if known.reference is None:
        return KnownCanaries(reason="there is no reference to try negated tests on")
    files = _negated(suite, rng)
    if not files:
        return KnownCanaries(reason="no test expects what could be something else")
    texts = tuple((one.path, one.text) for one in files)
    forms = [form for one in files for form in one.forms]
    ran = _run(known.reference.plain, suite, texts, forms)
    if ran.outcome is not None:
        reason = f"the reference did not run among negated tests: {ran.outcome}: {ran.reason}"[:300]
        return KnownCanaries(reason=reason, unsure=True)
    odd = {form.original for form in forms if not _is_as_expected(form, ran.statuses)}
    told, untold = _told_by_all(suite, known.old, texts, forms)
    kept = tuple(form for form in forms if form.original not in odd)
    found, without = _bits(files, odd | told | untold), _bits(files, odd | told)
    unsure = found < ENOUGH_BITS <= without
    reason = "" if found >= ENOUGH_BITS else f"a forger who reads negated tests has {found:g} bits to guess"
    reason += f"; {OLD_UNKNOWN}" * unsure
    if not kept:
        reason = "its tests do not behave the same when they are renamed or negated"
    unsure = unsure or bool(late_tests(ran, [form.test for form in forms]))
    return KnownCanaries(files=texts if kept else (), forms=kept, bits=found, reason=reason, unsure=unsure)


def _bits(files: Sequence[NegatedFile], known: Collection[str]) -> float:
    """How many bits there are to guess in tests that are not `known`."""
    return round(sum(worth for one in files for test, worth in one.bits.items() if test not in known), 2)


def _negated(suite: Suite, rng: random.Random) -> list[NegatedFile]:
    """Forms of some tests, of all files in turn."""
    tests, found = list(suite.required), list[NegatedFile]()
    rng.shuffle(tests)
    for path, source in suite.files:
        truths = sum(len(one.truths) for one in found)
        room = MOST_TESTS - sum(len(one.bits) for one in found) + truths
        if not path.endswith(".java") or room <= 0:
            continue
        others = (text for other, text in suite.files if other != path)
        known = {token for text in (*suite.shown, suite.repository, *others) for token in tokens_of(text)}
        if (
            one := negated_file(
                path, source, Wanted(tests=tests, known=known, most=room, truths=MOST_TRUTHS - truths), rng
            )
        ) is not None:
            found.append(one)
    return found


def run_canaries(suite: Suite, known: KnownCanaries, run: Run, *, doubted: bool) -> CanaryFinding:
    """Run a candidate among negated tests. Raises what a run does.

    One that is `doubted` already, since it hid what it gives from a blinded run, may pass fewer of them.
    """
    ran = _run(run, suite, known.files, known.forms)
    if ran.outcome is Outcome.TAMPERED or (doubted and ran.outcome in CRASHED):
        return CanaryFinding(forged=f"the run among negated tests came to no report: {ran.reason}"[:300])
    if ran.outcome is not None:
        reason = f"the run among negated tests ended otherwise: {ran.outcome}: {ran.reason}"
        return CanaryFinding(otherwise=reason[:300])
    asked = {form.test for form in known.forms}
    if not asked & ran.statuses.keys() or ran.statuses.keys() - asked:
        return CanaryFinding(forged="other tests were reported than those that ran among negated ones")
    negated = [form for form in known.forms if not form.passes]
    passed = [form.test for form in negated if ran.statuses.get(form.test) is Status.PASSED]
    many = LEAST_FORGED if doubted else max(LEAST_FORGED, len(negated) / 2)
    if len(passed) >= many:
        return CanaryFinding(forged=f"{len(passed)} negated tests passed, such as {passed[0]}")
    odd = dict.fromkeys(form.original for form in known.forms if not _is_as_expected(form, ran.statuses))
    if odd:
        reason = f"among negated tests it does otherwise than the reference: {first_of(list(odd), 3)}"
        return CanaryFinding(otherwise=reason)
    return CanaryFinding(count=len(negated))


def _run(run: Run, suite: Suite, texts: Files, forms: Sequence[Form]) -> TestRun:
    return run(with_files(suite.files, texts), [form.test for form in forms])


def _is_as_expected(form: Form, statuses: Mapping[str, Status]) -> bool:
    """Whether a form passes or fails, as it must: by its assertion and not by an error."""
    return statuses.get(form.test) is (Status.PASSED if form.passes else Status.FAILED)


def _told_by_all(suite: Suite, every: Sequence[Runs], texts: Files, forms: Sequence[Form]) -> tuple[set[str], set[str]]:
    """The tests whose true form passes with code that everybody has, and those that a clock kept it from running."""
    told, untold, files = set[str](), set[str](), with_files(suite.files, texts)
    by_name = {form.test: form.original for form in forms if form.passes}
    for old in every:
        names = [form.test for form in forms]
        ran = run_unhurried(old.plain, files, names)
        told |= {test for name, test in by_name.items() if ran.statuses.get(name) is Status.PASSED}
        untold |= {by_name[name] for name in untold_tests(ran, names) if name in by_name}
    return told, untold
