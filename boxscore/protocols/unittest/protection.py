"""What protects verdicts of the *unittest* protocol: values that never enter a box, else tests that must fail.

A sample is judged by the first of these that its task allows:

- *exact*: the blinded tests hide nothing but literals. They run in a box in which the tests have never lain as they
  are; what the program sends is compared here, and that run is verdict and proof in one. Where a value cannot be judged
  by what was sent, the tests run as they are.
- *loose*: expected values that the test makes are hidden, too. The tests run as they are, and decide; where they pass,
  the blinded ones tell the level.
- *negated tests*: where that proves too little, a program that passes runs among tests of which some must fail. Where
  a reader of these has too little to guess, they still tell forgeries that let everything pass.

What is left is a claim. No layer fails a sample whose tests pass, but for one that passes what no right program can,
or that twice gave other values than its tests expect.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from boxscore.cache import read_record
from boxscore.checks import first_of
from boxscore.protocols.blind.evidence import BlindTests
from boxscore.protocols.blind.secrecy import enough
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.unittest.blind import BlindUnit, learn_blind, not_worth
from boxscore.protocols.unittest.canary import (
    Drawn,
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
    from boxscore.protocols.unittest.layer import Runs
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

BLIND, CANARIES = "blind", "canaries"

Known = TypeVar("Known", BlindUnit, KnownCanaries)


class Protection:
    """Learns of tasks with their references, and keeps what it learned in `cache`, for one `environment` of boxes.

    `seed` gives randomness that no program can know.
    """

    def __init__(self, cache: Path, environment: str, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._environment, self._seed = cache, environment, seed
        self._records = LearnedRecords()
        self._draws: dict[str, Drawn] = {}  # one for each task: all of its samples are among the same ones
        self._last: tuple[str, BlindUnit] | None = None

    def known(self, task: UnittestTask, runs: Runs) -> ProtectedTests:
        """What is known of a task; found out with its reference, and kept. Raises what `run_unit` does."""
        key = _key(task, self._environment)
        if self._last is None or self._last[0] != key:
            learned = partial(learn_hidden, task, runs)
            self._last = key, self._found(_path(self._cache, key, BLIND), BlindUnit, learned)
        return ProtectedTests(task, self._last[1], partial(self._canaries, key, task, runs))

    def _canaries(self, key: str, task: UnittestTask, runs: Runs) -> tuple[KnownCanaries, Drawn]:
        """What is known of a task's negated tests, with those that were drawn."""
        learned = partial(learn_canaries, task, runs.plain, self._seed())
        known = self._found(_path(self._cache, key, CANARIES), KnownCanaries, learned)
        if key not in self._draws:
            self._draws[key] = draw_canaries(task, known, self._seed())
        return known, self._draws[key]

    def _found(self, path: Path, kind: type[Known], learned: Callable[[], Known]) -> Known:
        def learn() -> tuple[Known, bool]:
            found = learned()
            return found, found.unsure

        return self._records.found(path, kind, learn)


def learn_hidden(task: UnittestTask, runs: Runs) -> BlindUnit:
    """Find out what can be hidden of a task's tests. Raises what `run_unit` does."""
    if task.reference is None:
        return BlindUnit(blind=BlindTests(reason="there is no reference to try its tests on"))
    if tests := not_worth(task):
        return BlindUnit(blind=tests)
    plain = runs.plain(task.reference, task.tests, task.required)
    judged = judged_plainly(task, plain)
    if judged.outcome is not Outcome.PASSED:
        reason = f"its reference does not pass: {judged.outcome}: {judged.reason}"[:300]
        return BlindUnit(blind=BlindTests(reason=reason), unsure=True)
    return learn_blind(task, plain, runs.plain)


def kept_bits(cache: Path, task: UnittestTask) -> dict[str, float]:
    """What a forger of a task must guess, by what was learned last in any environment, without finding it out."""
    blind = _learned_last(cache, task, BLIND, BlindUnit)
    canaries = _learned_last(cache, task, CANARIES, KnownCanaries)
    return {
        **({} if blind is None else {"blind_bits": blind.blind.bits}),
        **({} if canaries is None else {"canary_bits": canaries.bits}),
    }


def kept_boxes(cache: Path, task: UnittestTask, environment: str) -> str:
    """Name the boxes that samples of a task run in; "" where what is learned of it is not kept."""
    known = read_record(_path(cache, _key(task, environment), BLIND), BlindUnit)
    return "" if known is None else "apart" if known.tests else "plain"


def _learned_last(cache: Path, task: UnittestTask, what: str, kind: type[Known]) -> Known | None:
    paths = sorted((cache / "unittest").glob(f"{_name(task)}-*-{what}.json"), key=_written)
    return read_record(paths[-1], kind) if paths else None


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _name(task: UnittestTask) -> str:
    return fingerprint(task, version(""))


def environment_of(backend: str, runtime: str | None, image_digest: str) -> str:
    """All that what is learned of a task depends on beside it."""
    return fingerprint(backend, runtime, image_digest)


def _key(task: UnittestTask, environment: str) -> str:
    return f"{_name(task)}-{environment}"


def _path(cache: Path, key: str, what: str) -> Path:
    return cache / "unittest" / f"{key}-{what}.json"


class ProtectedTests:
    """A task's tests with what protects them; `negated` finds its negated tests."""

    def __init__(
        self, task: UnittestTask, blind: BlindUnit, negated: Callable[[], tuple[KnownCanaries, Drawn]]
    ) -> None:
        self._task, self._blind, self._negated = task, blind, negated

    def look(self, program: str, runs: Runs) -> Look | None:
        """See `KnownTests.look`."""
        blind = self._blind
        if not blind.tests:
            return None
        ran = blind.as_they_were(runs.blind(program, blind.tests, blind.required(self._task)))
        return Look(ran=replace(ran, observations=b""), evidence=blind.evidence(ran), failed=blind.failed(ran))

    def judge(self, program: str, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """See `KnownTests.judge`."""
        if look is not None and self._blind.exact and (judged := self._by_look(look, samples)) is not None:
            return judged
        judged = judged_plainly(self._task, runs.plain(program, self._task.tests, self._task.required))
        if judged.outcome is not Outcome.PASSED:
            return judged
        if look is None:
            judged = replace(judged, blind_reason=self._blind.blind.reason)
            return self._among_negated(program, runs, judged, doubted=False)
        if look.evidence.wrong and (denied := self._denied(program, runs)) is not None:
            return denied
        judged = self._proved(judged, look, samples)
        if judged.trust is Trust.BLIND:
            return judged
        return self._among_negated(program, runs, judged, doubted=not look.evidence.complete)

    def _denied(self, program: str, runs: Runs) -> Judged | None:
        """Run the blinded tests once more where they deny a claim of success; if they do so again, it is none."""
        again = self.look(program, runs)
        if again is None or not again.evidence.wrong:
            return None
        reason = f"its tests passed by their own word, but other values came than they expect at line {_lines(again)}"
        return Judged(ran=again.ran, outcome=Outcome.WRONG, reason=reason)

    def _by_look(self, look: Look, samples: int) -> Judged | None:
        """Judge by a blinded run alone; None where it leaves something open."""
        judged = judged_plainly(self._task, look.ran)
        passed = judged.outcome is Outcome.PASSED
        if passed and look.evidence.complete and not look.evidence.near:
            return self._proved(judged, look, samples)
        if look.failed is not None and (look.failed or not passed):
            return self._wrong(look.ran, look.failed, look)
        return None

    def _wrong(self, ran: UnitRun, failed: frozenset[str], look: Look) -> Judged:
        """What a run comes to in which other values came than these tests expect."""
        told = {test: f"line {_lines(look)}: another value came than is expected" for test in failed}
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

    def _among_negated(self, program: str, runs: Runs, judged: Judged, *, doubted: bool) -> Judged:
        """Run a sample whose tests passed among negated ones, for its level, and against the boldest forgeries."""
        known, drawn = self._negated()
        bits = known.bits if known.usable else None
        if not drawn.plan.files:
            return replace(judged, canaries_reason=known.reason, canary_bits=bits)
        found = run_canaries(program, drawn, runs.plain, doubted=doubted)
        if found.forged:
            reason = f"canaries: {found.forged}"
            return replace(judged, outcome=Outcome.TAMPERED, reason=reason, canaries_reason=found.forged)
        if found.otherwise:
            return replace(judged, canaries=0, canary_bits=0.0, canaries_reason=found.otherwise)
        level = Trust.CANARY if known.enough else Trust.CLAIM
        return replace(judged, trust=level, canaries=found.count, canary_bits=bits, canaries_reason=known.reason)


def _lines(look: Look) -> str:
    return first_of([place.rpartition(":")[2] for place in look.evidence.wrong], 3)


def _open(evidence: Evidence, ran: UnitRun) -> str:
    if ran.outcome is not None:
        return f"the blinded run ended otherwise: {ran.outcome}: {ran.reason}"[:300]
    places = (*evidence.wrong, *evidence.lacking)
    return f"what came is not known to be right at {first_of(places, 3)}" if places else "it sent what is no value"
