"""The reference gate: no sample is charged where the reference of its instance does not resolve either.

Some instances cannot be resolved on this machine by anybody: their tests need a network, or their image holds newer
packages than when they were made. So each instance is checked once per image and per version of the code that decides:
its reference must resolve, and a sample that changes nothing, the baseline, must not. The result is cached. Where the
check fails, samples of the instance are `internal` and marked `unresolvable`: not run, not charged, counted by the
report.

For patches the check runs before the first sample, so that which instances count never depends on what a model wrote.
For functions it runs only where a sample failed and none has passed: a passing sample proves as much, at no cost.

A failure of ours, such as a lost box or an image that cannot be built, says nothing about the reference: samples that
would have been charged are then `internal` without that mark, and nothing is cached.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import needs_image
from boxscore.boxes.stoppable import pause
from boxscore.cache import cache_folder, locked, read_record, write_cached
from boxscore.data.samples import GOLD
from boxscore.errors import ImageMissing, ProtocolError
from boxscore.images.watch import current_watch
from boxscore.log import event, since
from boxscore.protocols.contract import Candidate
from boxscore.protocols.registry import protocol_of
from boxscore.records import LimitName, Outcome, Result, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Gate, GraderFactory, Reference


NOT_RESOLVED = "the reference does not resolve here"
BASELINE = "baseline"
CAUSE_CHARS = 300
HELD = 10  # samples of a function that wait for one of them to pass: few, as a run that is to end waits too
_LOOK_S = 0.1  # how often a worker looks whether another one is done with the same gate
_FORM = 1  # of what is asked of an instance: another form knows nothing of what was seen


class GateFinding(Struct, frozen=True, kw_only=True):
    """What a check of an instance found: `cause` says why its samples cannot be charged, "" where they can.

    The reference resolved `repeats` times. With `ours` the cause is a failure of ours, and is not cached; with `kept`
    False it is not cached either, since another run may find otherwise.
    """

    cause: str = ""
    repeats: int = 1
    ours: bool = False
    kept: bool = True


class Gates:
    """What is known of references, for all graders of a process; and in the cache, for all of a machine."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "gates"
        self._findings: dict[str, GateFinding] = {}
        self._passed: set[str] = set()

    def note_pass(self, reference: Reference) -> None:
        """Remember that a sample of the reference's instance passed."""
        self._passed.add(reference.key)

    def recall(self, reference: Reference, digest: str) -> GateFinding | None:
        """Return what a check of a reference in an image found, if that is enough."""
        if reference.key in self._passed:
            return GateFinding()
        key = fingerprint(_FORM, reference.key, digest)
        finding = self._findings.get(key) or self._read(key)
        return finding if finding is not None and (finding.cause or finding.repeats >= reference.repeats) else None

    def keep(self, reference: Reference, digest: str, finding: GateFinding) -> None:
        """Remember a finding, unless it is trouble of ours."""
        if finding.ours:
            return
        key = fingerprint(_FORM, reference.key, digest)
        self._findings[key] = finding
        if finding.kept:
            write_cached(self._path(key), msgspec.json.encode(finding))

    @contextmanager
    def lock(self, reference: Reference, wait: Callable[[], object]) -> Iterator[None]:
        """Look at a reference while no other worker of this machine does; call `wait` again and again until then."""
        with locked(self._folder / f"{reference.key}.lock", wait=wait):
            yield

    def _read(self, key: str) -> GateFinding | None:
        return read_record(self._path(key), GateFinding)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


class GatedGrader:
    """Grades batches by another grader, behind the gate. `digest` says what an image is here.

    `open_grader` opens one that shares no box with it.
    """

    def __init__(
        self,
        grader: BatchGrader,
        open_grader: GraderFactory,
        gates: Gates,
        backend: Backend,
        digest: Callable[[str | None], str],
    ) -> None:
        self._grader, self._open_grader, self._gates = grader, open_grader, gates
        self._pause, self._ask_digest = partial(pause, backend), digest
        self._digests: dict[str | None, str] = {}

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        gate = None if batch.reference is None else protocol_of(batch.task).gate(batch.task)
        if gate is None or batch.reference is None:
            return self._grader.grade(batch)
        return self._grade_gated(batch, batch.reference, gate)

    def _grade_gated(self, batch: Batch, reference: Reference, gate: Gate) -> Iterator[Result]:
        blank, pending = _split_blank(batch.candidates)
        if blank:  # which need neither a box nor a gate to be no code
            yield from self._grader.grade(replace(batch, candidates=tuple(blank)))
        finding = None
        if pending and gate.before_samples:
            finding = self._check_once(batch, reference, gate)
        elif len(pending) > 1:  # one alone may pass, and then nobody needs to know
            finding = self._recall(batch, reference)
        while pending and finding is None:
            finding = yield from self._grade_first(replace(batch, candidates=tuple(pending[:HELD])), reference, gate)
            del pending[:HELD]
            if pending and finding is not None and not finding.cause:  # so that nobody parts such a batch again
                self._keep(batch, reference, finding)
        if finding is not None and finding.cause:
            yield from (_withhold(batch, one.sample_id, finding) for one in pending)
        elif pending:
            yield from self._grader.grade(replace(batch, candidates=tuple(pending)))

    def _grade_first(
        self, batch: Batch, reference: Reference, gate: Gate
    ) -> Generator[Result, None, GateFinding | None]:
        """Grade a few samples, and hold back those that fail until one passes or the reference is known."""
        finding: GateFinding | None = None
        held: list[Result] = []
        for result in self._grader.grade(batch):
            if result.outcome is Outcome.PASSED:
                self._gates.note_pass(reference)
                finding = GateFinding(repeats=reference.repeats)
                yield from held
                held.clear()
            if finding is None and result.outcome is not Outcome.INTERNAL:
                held.append(result)
            else:
                yield result
        if held:
            finding = self._check_once(batch, reference, gate)
            yield from (_withhold(batch, one.sample_id, finding) if finding.cause else one for one in held)
        return finding

    def _check_once(self, batch: Batch, reference: Reference, gate: Gate) -> GateFinding:
        """Return what is known of the reference; check it where nothing is, while no other worker does."""
        finding = self._recall(batch, reference)
        if finding is not None:
            return finding
        with self._gates.lock(reference, partial(self._pause, _LOOK_S)):
            finding = self._recall(batch, reference)
            if finding is None:
                finding = self._check(batch, reference, gate)
                self._keep(batch, reference, finding)
        if gate.before_samples:
            self._pause(0)  # begins no sample where a run was told to end meanwhile
        return finding

    def _check(self, batch: Batch, reference: Reference, gate: Gate) -> GateFinding:
        """Grade the reference and the baseline, and log what they show."""
        began = monotonic()
        event("reference_started", instance=batch.instance_id)
        with current_watch().grading(f"the reference of {batch.instance_id}"):
            finding = _check_reference(self._grader, batch, reference, gate)
            if finding.cause and not gate.before_samples:  # in a box where samples ran, which may have had it fail
                with self._open_grader() as other:
                    finding = _check_reference(other, batch, reference, gate)
        level = logging.WARNING if finding.cause else logging.INFO
        shown = bool(finding.cause) and current_watch().has_reported(finding.cause)
        event(
            "reference_ended",
            level,
            shown=shown,
            instance=batch.instance_id,
            reason=finding.cause or None,
            wall_s=since(began),
        )
        return finding

    def _recall(self, batch: Batch, reference: Reference) -> GateFinding | None:
        digest = self._digest(batch)
        return None if digest is None else self._gates.recall(reference, digest)

    def _keep(self, batch: Batch, reference: Reference, finding: GateFinding) -> None:
        digest = self._digest(batch)
        if digest is not None:
            self._gates.keep(reference, digest, finding)

    def _digest(self, batch: Batch) -> str | None:
        """What the image of a batch is here, None where it is not here. One of an instance may change while we run."""
        conditions = batch.conditions
        image = None if conditions is None else conditions.image
        if image in self._digests:
            return self._digests[image]
        try:
            digest = self._ask_digest(image)
        except ImageMissing:
            return None
        if conditions is None or conditions.image_digest:
            self._digests[image] = digest
        return digest


def judge_reference(result: Result, repeats: int = 1) -> GateFinding:
    """Say what the result of a reference shows."""
    if result.outcome is Outcome.PASSED:
        return GateFinding(repeats=repeats)
    if result.unresolvable:
        return GateFinding(cause=result.reason)
    if not result.stands:
        return GateFinding(cause=f"the reference could not be graded: {result.reason}", ours=True)
    # A busy machine lets time pass and charges more of it; one that runs out of memory sends signals.
    passing = result.limit in {LimitName.WALL, LimitName.CPU} or result.outcome is Outcome.SIGNAL
    return GateFinding(cause=f"{NOT_RESOLVED}: {_cause(result)}", kept=not passing)


def _check_reference(grader: BatchGrader, batch: Batch, reference: Reference, gate: Gate) -> GateFinding:
    """Grade the reference and the baseline as often as asked, until something is amiss."""
    finding = GateFinding(repeats=reference.repeats)
    for _ in range(reference.repeats):
        result = _grade_alone(grader, batch, Candidate(sample_id=GOLD, code=reference.code))
        finding = judge_reference(result, reference.repeats)
        if not finding.cause and gate.baseline is not None:
            task, code = gate.baseline
            result = _grade_alone(grader, replace(batch, task=task), Candidate(sample_id=BASELINE, code=code))
            finding = judge_baseline(result, reference.repeats)
        if finding.cause:
            break
    return finding


def _grade_alone(grader: BatchGrader, batch: Batch, candidate: Candidate) -> Result:
    """Grade a candidate by itself."""
    batch = replace(batch, candidates=(candidate,))
    results = [one for one in grader.grade(batch) if one.sample_id == candidate.sample_id]
    if len(results) != 1:
        raise ProtocolError(f"a grader gave {len(results)} results for {candidate.sample_id!r}")
    return results[0]


def judge_baseline(result: Result, repeats: int = 1) -> GateFinding:
    """Say what the result of a sample that changes nothing shows."""
    if result.outcome is Outcome.PASSED:
        return GateFinding(cause="nothing to fix here: the tests pass without any patch")
    if not result.stands:
        return GateFinding(cause=f"the tests could not be run without a patch: {result.reason}", ours=True)
    return GateFinding(repeats=repeats)


def gate_graders(
    open_grader: GraderFactory, gates: Gates, backend: Backend, digest: Callable[[str | None], str]
) -> GraderFactory:
    """Open graders behind the gate."""

    @contextmanager
    def open_gated() -> Iterator[BatchGrader]:
        with open_grader() as grader:
            yield GatedGrader(grader, open_grader, gates, backend, digest)

    return open_gated


def _split_blank(candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Part candidates that hold no code from the others."""
    blank: list[Candidate] = []
    rest: list[Candidate] = []
    for one in candidates:
        (rest if one.code.strip() else blank).append(one)
    return blank, rest


def _withhold(batch: Batch, sample_id: str, finding: GateFinding) -> Result:
    """Make the result of a sample that cannot be charged."""
    return Result(
        instance_id=batch.instance_id,
        sample_id=sample_id,
        outcome=Outcome.INTERNAL,
        trust=batch.trust,
        reason=finding.cause,
        unresolvable=not finding.ours,
    )


def _cause(result: Result) -> str:
    line = ": ".join(filter(None, (result.outcome.value, " ".join(result.reason.split()))))
    return line if len(line) <= CAUSE_CHARS else f"{line[: CAUSE_CHARS - 1]}…"


def run_digest(backend: Backend, image: str | None) -> str:
    """What the run's image is here; "" where each instance has an image of its own. Raises ImageMissing."""
    return "" if image is None and needs_image(backend) else backend.image_digest(image)


def grader_factory(
    backend: Backend, image: str | None, *, strict: bool = False, gates: Gates | None = None
) -> GraderFactory:
    """How workers open graders in boxes of this backend; `strict`: a box for each sample, not only for each patch.

    They share what is known of references, also with those of another backend that are given the same `gates`.
    """
    from boxscore.protocols.registry import open_grader  # noqa: PLC0415 - only where boxes are used

    ungated = partial(open_grader, backend, image, cache=cache_folder(), strict=strict)
    return gate_graders(ungated, gates or Gates(cache_folder()), backend, partial(run_digest, backend))
