"""Make the impossible instances of a benchmark, prove each by its reference, and say which could not be made.

The proof: the reference, an honest answer, fails the changed test and nothing else. It is the reference gate turned
round, and kept in the cache, by all that it depends on.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.blocking import backend_called
from boxscore.cache import cache_folder, read_record, write_cached
from boxscore.data.plugin_calls import extract_code, make_task
from boxscore.data.samples import gold_samples
from boxscore.errors import UsageError
from boxscore.images.layers import instance_reference
from boxscore.protocols.contract import task_fingerprint
from boxscore.protocols.function.task import FunctionTask
from boxscore.protocols.patch.boxes import Boxes, ImageFinder
from boxscore.protocols.patch.task import PatchDetail, PatchTask
from boxscore.protocols.program.task import ProgramDetail, ProgramTask
from boxscore.protocols.registry import protocol_of
from boxscore.protocols.test_ids import RUNNERS
from boxscore.records import Outcome, fingerprint
from boxscore.sampling.impossible.contradict import CannotContradictError
from boxscore.sampling.impossible.harness import Impossible, ImpossibleHarness
from boxscore.sampling.impossible.tasks import TestFiles, change_function, change_patch, change_program, read_test_files
from boxscore.score.cheating import Kind, name_of
from boxscore.session.sync import SyncGrader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance, Result
    from boxscore.sampling.impossible.tasks import Contradicted


PASSED = "PASSED"
SHOWN_CHARS = 200


class Made(Struct, frozen=True, kw_only=True):
    """The harness of all instances asked for, and which impossible ones there are not: their ids, and why."""

    harness: ImpossibleHarness
    instances: tuple[Instance, ...]
    dropped: tuple[tuple[str, str], ...] = ()


def impossible(  # noqa: PLR0913 - options, by keyword
    harness: Harness,
    instances: Sequence[Instance],
    kinds: Iterable[Kind] = tuple(Kind),
    *,
    backend: str = "auto",
    seed: int = 0,
    workers: int | None = None,
    ordinary: bool = False,
) -> Made:
    """Make an impossible instance of each kind of each instance, in the same way for the same `seed`.

    Each is graded with its reference in `workers` boxes; one that the reference does not fail, by the changed test
    alone, is in `dropped`. With `ordinary` the instances themselves are kept beside them. Impossible
    ones share a cluster with what they were made of. Raises UsageError where none can be made, SandboxUnavailable,
    HarnessError.
    """
    wanted = [(one, kind) for one in instances for kind in dict.fromkeys(kinds)]
    found: list[Impossible] = []
    dropped: list[tuple[str, str]] = []
    make = partial(_made, _Maker(harness, backend, seed))
    count = None if workers is None else max(1, min(workers, len(wanted)))
    with SyncGrader(None, backend=backend, workers=count, gate=0) as grader, ThreadPoolExecutor(grader.workers) as pool:
        for (one, kind), made in zip(wanted, pool.map(partial(make, grader), wanted), strict=True):
            if isinstance(made, Impossible):
                found.append(made)
            else:
                dropped.append((name_of(one.instance_id, kind), made))
    if not found:
        why = f": {dropped[0][0]}: {dropped[0][1]}" if dropped else ""
        raise UsageError(f"no impossible instance can be made of {harness.name}{why}")
    kept = [replace(one, cluster=one.cluster or one.instance_id) for one in instances] if ordinary else []
    wrapped = ImpossibleHarness(harness, kept, found)
    return Made(harness=wrapped, instances=wrapped.instances, dropped=tuple(dropped))


def _made(maker: _Maker, grader: SyncGrader, wanted: tuple[Instance, Kind]) -> Impossible | str:
    """Make one and prove it; a text says why it is dropped."""
    instance, kind = wanted
    try:
        code = maker.reference(instance)
        original = make_task(maker.harness, instance)
        changed = maker.change(instance, original, kind)
        name = name_of(instance.instance_id, kind)
        cause = prove(grader, name, changed, code, original=original, backend=maker.backend.name)
    except CannotContradictError as error:
        return str(error)
    if cause:
        return cause
    made = replace(
        instance,
        instance_id=name,
        row={"impossible": kind.value, "of": instance.instance_id, "shown": changed.shown},
        reference=None,
        cluster=instance.cluster or instance.instance_id,
    )
    return Impossible(instance=made, original=instance, kind=kind, changed=changed)


class _Maker:
    """Changes tasks, with boxes where it takes them."""

    def __init__(self, harness: Harness, backend: str, seed: int) -> None:
        self.harness, self.backend, self._seed = harness, backend_called(backend), seed
        find = ImageFinder(self.backend)
        self._boxes = Boxes(self.backend, find, find_service=find.service)

    def reference(self, instance: Instance) -> str:
        """The honest answer's code. Raises CannotContradictError where there is none."""
        sample = next(gold_samples([instance]), None)
        code = None if sample is None else extract_code(self.harness, instance, sample)
        if code is None:
            raise CannotContradictError("it has no reference, and nothing would show that it is impossible")
        return code

    def change(self, instance: Instance, task: Task, kind: Kind) -> Contradicted:
        """Contradict a task. Raises CannotContradictError, BoxError, ImageMissing."""
        rng = random.Random(f"{self._seed} {instance.instance_id} {kind}")  # noqa: S311 - the same again each time
        match task:
            case FunctionTask():
                return change_function(task, kind, rng)
            case ProgramTask():
                return change_program(task, kind, rng)
            case PatchTask():
                if task.runner not in RUNNERS:
                    raise CannotContradictError(f"no test can be changed for its runner ({task.parser})")
                return change_patch(task, kind, rng, self._test_files(task))
        raise CannotContradictError(f"a {type(task).__name__} cannot be contradicted")

    def _test_files(self, task: PatchTask) -> TestFiles:
        """Read the test files of an instance, once for a machine."""
        key = fingerprint(instance_reference(task.image), task.test_patch, task.fail_to_pass, task.pass_to_pass)
        path = cache_folder() / "impossible" / f"{key}-tests.json"
        known = read_record(path, TestFiles)
        if known is None:
            known = read_test_files(task, self._boxes)
            write_cached(path, msgspec.json.encode(known))
        return known


class ImpossibleProof(Struct, frozen=True):
    """What the reference has shown: why an instance cannot be used, "" where it is impossible."""

    cause: str


def prove(  # noqa: PLR0913 - what a proof is made of
    grader: SyncGrader, instance_id: str, changed: Contradicted, code: str, *, original: Task, backend: str
) -> str:
    """Say why an instance is not shown to be impossible by its reference's `code`; "" where it is.

    `original` is the task as it was, which the reference must pass where the changed one does not say what failed.
    Trouble of ours is a cause as well, and is not kept.
    """
    version = protocol_of(changed.task).version(backend)
    key = fingerprint(task_fingerprint(changed.task), task_fingerprint(original), changed.fails, code, backend, version)
    path = cache_folder() / "impossible" / f"{key}.json"
    known = read_record(path, ImpossibleProof)
    if known is not None:
        return known.cause
    result = grader.grade_task(changed.task, code, instance_id=instance_id, sample_id="gold")
    cause = judge_impossible(result, changed)
    if not cause and not changed.fails and getattr(original, "tests", None) is not None:
        before = grader.grade_task(original, code, instance_id=instance_id, sample_id="gold")
        result = before if not before.stands else result
        cause = (
            "" if before.outcome is Outcome.PASSED else f"its reference does not resolve here: {_outcome_text(before)}"
        )
    if result.stands:
        write_cached(path, msgspec.json.encode(ImpossibleProof(cause)))
    return cause


def judge_impossible(result: Result, changed: Contradicted) -> str:
    """Say what a reference's result lacks of the proof, "" where nothing."""
    if result.outcome is Outcome.PASSED:
        return "its reference passes all the same"
    if result.outcome is not Outcome.WRONG:
        return f"its reference does not fail by the changed test: {_outcome_text(result)}"
    failed: tuple[str, ...] = ()
    match result.detail:
        case PatchDetail(tests=tests):
            failed = tuple(test for test, status in tests.items() if status != PASSED)
        case ProgramDetail(first_failing=int() as first):
            failed = (str(first),)
    strange = [one for one in failed if one not in changed.fails]
    if changed.fails and (strange or not failed):
        return f"its reference fails elsewhere: {', '.join(strange[:3]) or _outcome_text(result)}"
    return ""


def _outcome_text(result: Result) -> str:
    words = " ".join(result.reason.split())[:SHOWN_CHARS]
    return f"{result.outcome}: {words}" if words else result.outcome.value
