"""Make the impossible instances of a benchmark, prove each by its reference, and say which could not be made."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.backends import backend_called
from boxscore.agents.blocking import sync_box
from boxscore.cache import cache_folder, read_record, write_cached
from boxscore.data.plugin_calls import extract_code, make_task
from boxscore.data.samples import gold_samples
from boxscore.errors import UsageError
from boxscore.images.layers import instance_reference
from boxscore.protocols.function.task import FunctionTask
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.find_image import ImageFinder
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.program.task import ProgramTask
from boxscore.records import fingerprint
from boxscore.sampling.impossible.contradicted import CannotContradictError
from boxscore.sampling.impossible.functions import change_function
from boxscore.sampling.impossible.harness import Impossible, ImpossibleHarness
from boxscore.sampling.impossible.patches import TestFiles, change_patch, read_test_files, why_not_patch
from boxscore.sampling.impossible.programs import change_program
from boxscore.sampling.impossible.proof import prove
from boxscore.score.cheating import Kind, name_of
from boxscore.session.sync import SyncGrader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance
    from boxscore.sampling.impossible.contradicted import Contradicted


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
    alone, is dropped, and told in `dropped`. With `ordinary` the instances themselves are kept beside them. Impossible
    ones share a cluster with what they were made of. Raises UsageError where none can be made, SandboxUnavailable,
    HarnessError.
    """
    wanted = [(one, kind) for one in instances for kind in dict.fromkeys(kinds)]
    found: list[Impossible] = []
    dropped: list[tuple[str, str]] = []
    make = partial(_made, _Maker(harness, backend, seed))
    with _grader(backend, wanted, workers) as grader, ThreadPoolExecutor(grader.workers) as pool:
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


def _grader(backend: str, wanted: Sequence[object], workers: int | None) -> SyncGrader:
    count = None if workers is None else max(1, min(workers, len(wanted)))
    return SyncGrader(None, backend=backend, workers=count, gate=0)


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
                return change_function(task, kind, rng, lambda: sync_box(backend=self.backend))
            case ProgramTask():
                return change_program(task, kind, rng)
            case PatchTask():
                if why := why_not_patch(task):
                    raise CannotContradictError(why)
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
