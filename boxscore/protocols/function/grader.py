"""The *function* protocol at trust `oracle`: samples of one function, graded in a warm box.

Samples are sent ahead of the verdicts, about as far as a pipe holds them, and verdicts that come meanwhile are kept:
neither side waits for the other. What happens when a box is lost is the same for all protocols with a supervisor
(`boxscore.protocols.supervised`); the control of a new box is in `control`.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from boxscore.boxes.contract import runtime_of
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.contract import narrowed
from boxscore.protocols.function.reference import ReferenceCache, reference_environment, run_reference
from boxscore.protocols.function.source import as_in_contests
from boxscore.protocols.function.task import FunctionTask, wall_limit_s
from boxscore.protocols.retry import at_reference
from boxscore.protocols.supervised import GRACE_S, SupervisedGrader, most_patience_s, take_frames
from boxscore.protocols.warm import REFERENCE_CPU_S, open_warm_box
from boxscore.protocols.wire import SampleVerdict, pack
from boxscore.records import Limits, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.function.reference import ReferenceAnswers
    from boxscore.protocols.function.task import Inputs
    from boxscore.protocols.warm import WarmBox


CPU_S, WALL_S = 10.0, 60.0
LINE = "control"
GOOD = f"""
import os
def control(number):
    print({LINE!r})
    with open("control", "wb") as file:
        file.write(bytes(number))
    held = bytearray(1 << 20)
    with open("control", "rb") as file:
        held[:number] = file.read()
    return [number, len(held), started(number)]
"""
ALONE = "def started(number): return number"  # where a sample may have no second process
FORKS = """
def started(number):
    child = os.fork()
    if not child:
        os._exit(number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
BAD = "def control(number): return [number, 0, 0]"
TESTS = f"assert control(7) == [7, {1 << 20}, 7]"


def prove(warm: WarmBox, limits: Limits) -> None:
    """Have a new box grade both controls. Raises BoxLost with what came of them, unless it is as it must be."""
    warm.send(_frames(limits), last=True)
    good, bad = warm.verdict(2 * WALL_S), warm.verdict(2 * WALL_S)
    heard = f"{LINE}\n".startswith(good.output) and good.output
    if good.outcome is not Outcome.PASSED or not heard:
        raise BoxLost(f"a box does not pass a program that is right: {_came_to(good)}", cause=LossCause.OUTSIDE)
    if bad.outcome is not Outcome.WRONG:
        raise BoxLost(f"a box does not fail a program that is wrong: {_came_to(bad)}", cause=LossCause.OUTSIDE)


@cache
def _frames(limits: Limits) -> bytes:
    message = {
        "entry_point": "control",
        "names": ("control",),
        "helpers": "",
        "tests": TESTS,
        "beside": "",
        "limits": {"cpu_s": CPU_S, "wall_s": WALL_S, "memory_bytes": limits.memory_bytes},
        "inputs": None,
    }
    good = GOOD + (FORKS if limits.processes > 1 else ALONE)
    return b"".join(map(pack, (("instance", message), ("sample", 0, good), ("sample", 1, BAD))))


def _came_to(verdict: SampleVerdict) -> str:
    return f"{verdict.outcome}: {verdict.reason or verdict.output[:200]}"


USUAL = Limits()


class FunctionGrader(SupervisedGrader[SampleVerdict]):
    """Grades function batches in one warm box, which it opens when first needed and replaces when lost."""

    def __init__(self, backend: Backend, image: str | None, cache: Path, *, strict: bool) -> None:
        super().__init__(backend, image, strict=strict)
        self._references = ReferenceCache(
            cache, reference_environment(backend.name, runtime_of(backend), backend.image_digest(image))
        )

    def _open_box(self, limits: Limits) -> AbstractContextManager[WarmBox]:
        return open_warm_box(self._backend, self._image, limits)

    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        prove(warm, limits)

    def _box_limits(self, limits: Limits) -> Limits:
        """Leave out times, which each instance brings: a box gives every process the cpu time of a reference."""
        return replace(
            limits, wall_s=USUAL.wall_s, cpu_s=limits.cpu_s if limits.cpu_s > REFERENCE_CPU_S else USUAL.cpu_s
        )

    def _verdicts(
        self, batch: Batch, attempt: list[tuple[int, Candidate]], *, ahead_bytes: int
    ) -> Iterator[SampleVerdict]:
        """Send the instance and the samples, so many bytes ahead; yield verdicts in their order.

        With none ahead, a sample is sent when the verdict before it has come: then a loss is a loss at that sample.
        """
        task = narrowed(batch.task, FunctionTask, batch.instance_id)
        warm = self._open(task.limits)
        message = self._message(warm, batch)
        patience_s = wall_limit_s(task) * (1 + len(task.apart)) + GRACE_S
        warm.send(pack(("instance", message)))
        made = as_in_contests if task.contest else str
        frames = deque(pack(("sample", number, made(candidate.code))) for number, candidate in attempt)
        ahead = deque[int]()
        while frames or ahead:
            if frames and sum(ahead) <= ahead_bytes // 2:
                taken = take_frames(frames, ahead, ahead_bytes)
                warm.send(taken, patience_s, last=not frames)
            yield warm.verdict(patience_s, most_patience_s(batch, patience_s))
            ahead.popleft()

    def _message(self, warm: WarmBox, batch: Batch) -> dict[str, object]:
        task = narrowed(batch.task, FunctionTask, batch.instance_id)
        inputs = None if task.inputs is None else self._inputs_message(warm, batch.instance_id, task, task.inputs)
        limits = {
            "cpu_s": task.limits.cpu_s,
            "wall_s": wall_limit_s(task),
            "memory_bytes": task.limits.memory_bytes,
        }
        return {
            "entry_point": task.entry_point,
            "names": task.names,
            "helpers": task.helpers,
            "tests": task.tests,
            "beside": task.beside,
            "borrowed": task.borrowed,
            "bound": task.bound,
            "limits": limits,
            "inputs": inputs,
            **_parts_message(task),
        }

    def _inputs_message(self, warm: WarmBox, instance_id: str, task: FunctionTask, inputs: Inputs) -> dict[str, object]:
        answers = self._reference(warm, instance_id, task, inputs)
        limits = tuple(max(inputs.min_cpu_s, inputs.cpu_factor * seconds) for seconds in answers.cpu_s)
        return {
            "arguments": inputs.arguments,
            "base": inputs.base,
            "checker": inputs.checker,
            "exact_types": inputs.exact_types,
            "expected": answers.encoded,
            "identical": answers.identical,
            "cpu_s": limits,
            "total_cpu_s": max(min(inputs.total_cpu_s, sum(limits) + 1), max(limits, default=1.0)),
        }

    def _reference(self, warm: WarmBox, instance_id: str, task: FunctionTask, inputs: Inputs) -> ReferenceAnswers:
        path = self._references.path(task, inputs)
        answers = self._references.read(path)
        if answers is None:
            with at_reference():
                answers = run_reference(warm, instance_id, task, inputs)
            self._references.write(path, answers)
        return answers

    def _judged(self, batch: Batch, ended: Result, verdict: SampleVerdict) -> Result:
        doubt = narrowed(batch.task, FunctionTask, batch.instance_id).doubt
        if verdict.beside:
            doubt = f"graded beside its tests: {verdict.beside}"
        passed = verdict.outcome is Outcome.PASSED
        return replace(
            ended,
            outcome=verdict.outcome,
            trust=Trust.CLAIM if doubt and (passed or verdict.beside) else ended.trust,
            reason=doubt if passed else verdict.reason,
            error_type=verdict.error_type,
            parts=verdict.parts,
            limit=verdict.limit,
            cpu_s=round(verdict.cpu_s, 6),
            wall_s=round(verdict.wall_s, 6),
            memory_bytes=verdict.memory_bytes,
            output=verdict.output,
            output_truncated=verdict.output_truncated,
        )


def _parts_message(task: FunctionTask) -> dict[str, object]:
    if not task.apart:
        return {}
    return {"part": task.part, "apart": tuple(msgspec.structs.asdict(one) for one in task.apart)}


@contextmanager
def open_function_grader(
    backend: Backend, image: str | None, *, cache: Path, strict: bool = False
) -> Iterator[BatchGrader]:
    """Open a grader for function batches; on exit its boxes are gone.

    `cache` keeps the references' answers. `strict` gives every sample a box of its own instead of a fresh identity in
    a warm one, at the price of opening a box for each.
    """
    grader = FunctionGrader(backend, image, cache, strict=strict)
    try:
        yield grader
    finally:
        grader.close()
