"""What protects verdicts of the *unittest* protocol: values that never enter a box, else tests that must fail.

A sample is judged by the first of these that its task allows:

- *exact*: the blinded tests hide nothing but literals. They run in a box in which the tests have never lain as they
  are; what the program sends is compared here, and that run is verdict and proof in one. Where a value cannot be judged
  by what was sent, the tests run as they are.
- *loose*: expected values that the test makes are hidden, too. The tests run as they are, and decide; where they pass,
  the blinded ones tell the level.
- *negated tests*: where that proves too little, a program that passes runs among tests of which some must fail.

What is left is a claim. No layer fails a sample whose tests pass, but for one that passes what no right program can.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.cache import read_record, write_cached
from boxscore.checks import first_of
from boxscore.protocols.blind.evidence import BlindTests
from boxscore.protocols.blind.secrecy import enough
from boxscore.protocols.unittest.blind import BlindUnit, learn_blind
from boxscore.protocols.unittest.canary import (
    CanaryFinding,
    KnownCanaries,
    draw_canaries,
    learn_canaries,
    run_canaries,
)
from boxscore.protocols.unittest.layer import Judged, Look, judged_plainly
from boxscore.protocols.unittest.task import UnitStatus
from boxscore.protocols.unittest.version import version
from boxscore.records import Outcome, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.blind.evidence import Evidence
    from boxscore.protocols.canaries.plan import CanaryPlan
    from boxscore.protocols.unittest.layer import Runs
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask


class KnownUnit(Struct, frozen=True, kw_only=True):
    """All that was learned of a task: its blinded tests, and its negated ones where those prove too little."""

    blind: BlindUnit
    canaries: KnownCanaries = KnownCanaries()

    @property
    def unsure(self) -> bool:
        """Whether another time may show something else."""
        return self.blind.unsure or self.canaries.unsure


class Protection:
    """Learns of tasks with their references, and keeps what it learned in `cache`, for one `environment` of boxes.

    `seed` gives randomness that no program can know.
    """

    def __init__(self, cache: Path, environment: str, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._environment, self._seed = cache, environment, seed
        self._unkept: dict[str, KnownUnit] = {}
        self._draws: dict[str, CanaryPlan] = {}  # one for each task: all of its samples are among the same ones
        self._last: tuple[str, KnownUnit] | None = None

    def known(self, task: UnittestTask, runs: Runs) -> ProtectedTests:
        """What is known of a task; found out with its reference, and kept. Raises what `run_unit` does."""
        key = _key(task, self._environment)
        if self._last is None or self._last[0] != key:
            self._last = key, self._kept(key) or self._learned(key, task, runs)
        return ProtectedTests(task, self._last[1], lambda known: self._drawn(key, task, known))

    def _kept(self, key: str) -> KnownUnit | None:
        return self._unkept.get(key) or read_record(_path(self._cache, key), KnownUnit)

    def _learned(self, key: str, task: UnittestTask, runs: Runs) -> KnownUnit:
        known = learn(task, runs, self._seed())
        if known.unsure or not write_cached(_path(self._cache, key), msgspec.json.encode(known)):
            self._unkept[key] = known
        return known

    def _drawn(self, key: str, task: UnittestTask, known: KnownCanaries) -> CanaryPlan:
        if key not in self._draws:
            self._draws[key] = draw_canaries(task, known, self._seed())
        return self._draws[key]


def learn(task: UnittestTask, runs: Runs, rng: random.Random) -> KnownUnit:
    """Find out what protects a task. Raises what `run_unit` does."""
    if task.reference is None:
        return KnownUnit(blind=_none("there is no reference to try its tests on"))
    plain = runs.plain(task.reference, task.tests, task.required)
    judged = judged_plainly(task, plain)
    if judged.outcome is not Outcome.PASSED:
        return KnownUnit(blind=_none(f"its reference does not pass: {judged.reason}"[:300], unsure=True))
    blind = learn_blind(task, plain, runs.plain)
    if blind.tests:
        return KnownUnit(blind=blind)
    return KnownUnit(blind=blind, canaries=learn_canaries(task, runs.plain, plain, rng))


def _none(reason: str, *, unsure: bool = False) -> BlindUnit:
    return BlindUnit(blind=BlindTests(reason=reason), unsure=unsure)


def kept_unit(cache: Path, task: UnittestTask, environment: str) -> KnownUnit | None:
    """What is known of a task without finding it out."""
    return read_record(_path(cache, _key(task, environment)), KnownUnit)


def environment_of(backend: str, runtime: str | None, image_digest: str) -> str:
    """All that what is learned of a task depends on beside it."""
    return fingerprint(backend, runtime, image_digest)


def _key(task: UnittestTask, environment: str) -> str:
    return fingerprint(environment, task, version(""))


def _path(cache: Path, key: str) -> Path:
    return cache / "unittest" / f"{key}.json"


class ProtectedTests:
    """A task's tests with what protects them; `draw` gives the negated tests of the task."""

    def __init__(self, task: UnittestTask, known: KnownUnit, draw: Callable[[KnownCanaries], CanaryPlan]) -> None:
        self._task, self._known, self._draw = task, known, draw

    def look(self, program: str, runs: Runs) -> Look | None:
        """See `KnownTests.look`."""
        blind = self._known.blind
        if not blind.tests:
            return None
        ran = runs.blind(program, blind.tests, blind.required(self._task))
        ran = blind.as_they_were(ran)
        failed = blind.failed(ran)
        evidence = blind.evidence(ran)
        return Look(ran=replace(ran, observations=b""), evidence=evidence, failed=failed)

    def judge(self, program: str, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """See `KnownTests.judge`."""
        blind = self._known.blind
        if look is not None and blind.exact and (judged := self._by_look(look, samples)) is not None:
            return judged
        judged = judged_plainly(self._task, runs.plain(program, self._task.tests, self._task.required))
        if judged.outcome is not Outcome.PASSED:
            return judged
        if look is not None:
            return self._proved(judged, look, samples)
        return self._among_negated(program, runs, replace(judged, blind_reason=blind.blind.reason))

    def _by_look(self, look: Look, samples: int) -> Judged | None:
        """Judge by a blinded run alone; None where it leaves something open."""
        judged = judged_plainly(self._task, look.ran)
        passed = judged.outcome is Outcome.PASSED
        if passed and look.evidence.complete and not look.evidence.near:
            return self._proved(judged, look, samples)
        if look.failed is not None and (look.failed or not passed):
            return self._wrong(look.ran, look.failed, look.evidence)
        return None

    def _wrong(self, ran: UnitRun, failed: frozenset[str], evidence: Evidence) -> Judged:
        """What a run comes to in which other values came than these tests expect."""
        told = {test: f"line {_lines(evidence)}: another value came than is expected" for test in failed}
        ran = replace(
            ran,
            statuses={**ran.statuses, **dict.fromkeys(failed, UnitStatus.FAILED)},
            reasons={**ran.reasons, **told},
        )
        return judged_plainly(self._task, ran)

    def _proved(self, judged: Judged, look: Look, samples: int) -> Judged:
        """Give the level that a blinded run proves to a sample whose tests passed."""
        evidence, ran = look.evidence, look.ran
        if judged_plainly(self._task, ran).outcome is not Outcome.PASSED or not evidence.complete:
            return replace(judged, blind_bits=0.0, blind_reason=_open(evidence, ran))
        level = Trust.BLIND if enough(evidence.bits, samples) else Trust.CLAIM
        return replace(judged, trust=level, blind_bits=evidence.bits)

    def _among_negated(self, program: str, runs: Runs, judged: Judged) -> Judged:
        """Give the level that a run among negated tests proves to a sample whose tests passed."""
        known = self._known.canaries
        if not known.enough:
            return replace(judged, canaries_reason=known.reason, canary_bits=known.bits if known.usable else None)
        found: CanaryFinding = run_canaries(program, self._draw(known), runs.plain)
        if found.forged:
            reason = f"canaries: {found.forged}"
            return replace(judged, outcome=Outcome.TAMPERED, reason=reason, canaries_reason=found.forged)
        if found.otherwise:
            return replace(judged, canaries=0, canary_bits=0.0, canaries_reason=found.otherwise)
        return replace(judged, trust=Trust.CANARY, canaries=found.count, canary_bits=known.bits)


def _lines(evidence: Evidence) -> str:
    return first_of([place.rpartition(":")[2] for place in evidence.wrong], 3)


def _open(evidence: Evidence, ran: UnitRun) -> str:
    if ran.outcome is not None:
        return f"the blinded run ended otherwise: {ran.outcome}: {ran.reason}"[:300]
    places = (*evidence.wrong, *evidence.lacking)
    return f"what came is not known to be right at {first_of(places, 3)}" if places else "it sent what is no value"
