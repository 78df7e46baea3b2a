"""What protects verdicts of tests in a JVM: values that never enter a box, else tests that must fail.

The tests as they are decide. Before, they run without the values that they expect, in a box in which these have never
been; what the candidate's code gives in their place is sent out and compared here. Where all of it is right, and there
was enough to guess, the verdict is `blind`. Else a candidate that passes runs among tests of which some must fail.

What is left is a claim. No layer fails a candidate whose tests pass, but for one that passes what no right one can, or
that twice gave other values than its tests expect.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from boxscore.checks import first_of
from boxscore.images.watch import current_watch
from boxscore.protocols.blind.evidence import BlindTests
from boxscore.protocols.blind.secrecy import enough
from boxscore.protocols.jvm.blind import BlindSuite, learn_blind
from boxscore.protocols.jvm.canary import KnownCanaries, learn_canaries, run_canaries
from boxscore.protocols.jvm.layer import Judged, Known, Look, Runs, Suite, judged_plainly
from boxscore.protocols.jvm.own_limits import run_in_time
from boxscore.protocols.jvm.run import classes_of
from boxscore.protocols.jvm.version import layer_version
from boxscore.protocols.learned import LearnedRecords
from boxscore.records import Outcome, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.jvm.run import TestRun

BLIND, CANARIES = "blind", "canaries"
_LEARNED = {BLIND: "what {} can hide", CANARIES: "how {} end when they are negated"}

Kept = TypeVar("Kept", BlindSuite, KnownCanaries)


class Protection:
    """Learns of suites with their references, and keeps what it learned in `cache`, for one `environment` of boxes.

    `seed` gives randomness that no program can know.
    """

    def __init__(self, cache: Path, environment: str, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._environment, self._seed = cache, environment, seed
        self._records = LearnedRecords()

    def known(self, suite: Suite, known: Known) -> ProtectedTests:
        """See `ProtectiveLayer.known`."""
        blind = self._found(suite, BLIND, BlindSuite, partial(learn_hidden, suite, known))
        learned = partial(self._learned_canaries, suite, known)
        negated = partial(self._found, suite, CANARIES, KnownCanaries, learned)
        return ProtectedTests(suite, blind, negated, known.reference)

    def _learned_canaries(self, suite: Suite, known: Known) -> KnownCanaries:
        return learn_canaries(suite, known, self._seed())

    def _found(self, suite: Suite, what: str, kind: type[Kept], learned: Callable[[], Kept]) -> Kept:
        path = self._cache / "jvm" / f"{fingerprint(suite.name, self._environment, layer_version())}-{what}.json"

        def learn() -> tuple[Kept, bool]:
            with current_watch().work(f"learning with the reference {_LEARNED[what].format(tests_of(suite))}"):
                found = learned()
            return found, found.unsure

        return self._records.found(path, kind, learn)


def tests_of(suite: Suite) -> str:
    """A suite's tests in few words."""
    classes = [name.rpartition(".")[2] for name in classes_of(suite.required)]
    count = len(suite.required)
    return f"{count} test{'s' * (count != 1)} of {first_of(classes, 2)}"


def learn_hidden(suite: Suite, known: Known) -> BlindSuite:
    """Find out what can be hidden of a suite's tests. Raises what a run raises."""
    if known.reference is None:
        return learn_blind(suite, known)
    ran = run_in_time(known.reference.plain, suite.files, suite.required, reference=None)
    judged = judged_plainly(suite, ran)
    if judged.outcome is not Outcome.PASSED:
        reason = f"its reference does not pass: {judged.outcome}: {judged.reason}"[:300]
        return BlindSuite(blind=BlindTests(reason=reason), unsure=True)
    return learn_blind(suite, known)


class ProtectedTests:
    """A suite's tests with what protects them; `negated` finds its negated tests. See `ProtectedSuite`.

    `reference` is asked where tests are late by limits of their own.
    """

    def __init__(
        self, suite: Suite, blind: BlindSuite, negated: Callable[[], KnownCanaries], reference: Runs | None
    ) -> None:
        self._suite, self._blind, self._negated = suite, blind, negated
        self._reference = None if reference is None else reference.plain

    def look(self, runs: Runs) -> Look | None:
        """See `ProtectedSuite.look`."""
        files = self._blind.files(self._suite)
        if not files:
            return None
        ran = run_in_time(runs.blind, files, self._suite.required, reference=None)
        evidence = self._blind.evidence(ran)
        return Look(ran=replace(ran, observations=b""), evidence=evidence, silent=not ran.observations)

    def judge(self, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """See `ProtectedSuite.judge`."""
        suite = self._suite
        ran = run_in_time(runs.plain, suite.files, suite.required, reference=self._reference)
        judged = judged_plainly(suite, ran)
        if judged.outcome is not Outcome.PASSED:
            return judged
        if look is None:
            return self._among_negated(replace(judged, blind_reason=self._blind.blind.reason), runs, doubted=False)
        if self._denies(look) and (denied := self._denied(runs)) is not None:
            return denied
        judged = self._proved(judged, look, samples)
        if judged.trust is Trust.BLIND:
            return judged
        return self._among_negated(judged, runs, doubted=not look.evidence.complete)

    def _among_negated(self, judged: Judged, runs: Runs, *, doubted: bool) -> Judged:
        """Run a candidate whose tests passed among negated ones, for its level, and against the boldest forgeries."""
        known = self._negated()
        bits = known.bits if known.forms else None
        if not known.forms:
            return replace(judged, canaries_reason=known.reason, canary_bits=bits)
        found = run_canaries(self._suite, known, runs.plain, doubted=doubted)
        if found.forged:
            reason = f"canaries: {found.forged}"
            return replace(judged, outcome=Outcome.TAMPERED, reason=reason, canaries_reason=found.forged)
        if found.otherwise:
            return replace(judged, canaries=0, canary_bits=0.0, canaries_reason=found.otherwise)
        level = Trust.CANARY if known.enough else Trust.CLAIM
        return replace(judged, trust=level, canaries=found.count, canary_bits=bits, canaries_reason=known.reason)

    def _denies(self, look: Look) -> bool:
        """Whether a blinded run denies a claim of success: by other values, or by a success that compared nothing."""
        if look.evidence.wrong:
            return True
        return look.silent and judged_plainly(self._suite, look.ran).outcome is Outcome.PASSED

    def _denied(self, runs: Runs) -> Judged | None:
        """Run the blinded tests once more where they deny a claim of success; if they do so again, it is none."""
        again = self.look(runs)
        if again is None or not self._denies(again):
            return None
        if not again.evidence.wrong:
            reason = "its tests passed by their own word, but none of their comparisons was made"
            return Judged(ran=again.ran, outcome=Outcome.TAMPERED, reason=reason)
        places = first_of(again.evidence.wrong, 3)
        reason = f"its tests passed by their own word, but other values came than they expect at {places}"
        return Judged(ran=again.ran, outcome=Outcome.WRONG, reason=reason)

    def _proved(self, judged: Judged, look: Look, samples: int) -> Judged:
        """Give the level that a blinded run proves to a candidate whose tests passed."""
        evidence = look.evidence
        if judged_plainly(self._suite, look.ran).outcome is not Outcome.PASSED or not evidence.complete:
            return replace(judged, blind_bits=0.0, blind_reason=_open(look))
        level = Trust.BLIND if enough(evidence.bits, samples) else Trust.CLAIM
        return replace(judged, trust=level, blind_bits=evidence.bits)


def _open(look: Look) -> str:
    ran: TestRun = look.ran
    if ran.outcome is not None:
        return f"the blinded run ended otherwise: {ran.outcome}: {ran.reason}"[:300]
    places = (*look.evidence.wrong, *look.evidence.lacking)
    return f"what came is not known to be right at {first_of(places, 3)}" if places else "it sent what is no value"
