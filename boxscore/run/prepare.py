"""From what was asked to a run that is ready to start: everything is checked here, before the first box opens."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import Capability, engine_of, needs_image, runtime_of
from boxscore.boxes.open_files import need_files
from boxscore.boxes.registry import auto_backend, open_backend
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import OWN, apply_strategy, is_path_of_harness, load_harness
from boxscore.data.rows import SUFFIXES
from boxscore.data.samples import instances_named
from boxscore.errors import BoxscoreError, ImageMissing, SandboxUnavailable, UsageError
from boxscore.protocols.registry import need_capabilities, protocol_of
from boxscore.provenance import Provenance, RunRecord, tags_of
from boxscore.records import Conditions, fingerprint
from boxscore.run.engine import now
from boxscore.run.executors.contract import LOCAL, GraderSettings, settings_for
from boxscore.run.gate import grader_factory, run_digest
from boxscore.run.images import image_notice
from boxscore.run.plan import make_plan
from boxscore.run.request import Request
from boxscore.run.store import check_folder, read_record
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.data.fetch import DataFile
    from boxscore.harness import Harness
    from boxscore.protocols.contract import GraderFactory, Grading
    from boxscore.provenance import SamplingRecord
    from boxscore.records import Instance, Limits, Sample
    from boxscore.run.plan import Given, Name, Plan

_NAME_CHARS = 40


class Benchmark(Struct, frozen=True, kw_only=True):
    """A harness with its data, and the instances that were asked for."""

    harness: Harness
    data: DataFile
    every: tuple[Instance, ...]
    asked: tuple[Instance, ...]

    def notices(self) -> tuple[str, ...]:
        """Say that the data is not the published file, where it is not."""
        if self.data.published is not False:
            return ()
        notice = (
            f"{self.data.path} is not the published data of {self.harness.name}: its sha256 is {self.data.sha256}, "
            f"not {self.harness.source.sha256}; its scores are not comparable with published ones"
        )
        return (notice,)


class Job(Struct, frozen=True, kw_only=True):
    """A run that is ready to start."""

    plan: Plan
    record: RunRecord
    folder: Path
    backend: StoppableBackend
    open_grader: GraderFactory
    settings: GraderSettings
    workers: int
    reuse: bool = True
    keep_bytes: int | None = None


class Place(Struct, frozen=True, kw_only=True):
    """Where a run is graded: in boxes of which backend, what is the same for all its samples, and who grades there."""

    backend: StoppableBackend
    conditions: Conditions
    open_grader: GraderFactory


def load_benchmark(request: Request) -> Benchmark:
    """Load harness and data; instances are named as in files of samples.

    A benchmark that is called by the path of a file of rows is one of `boxscore instances new`.
    Raises UsageError for an instance that does not exist, HarnessError, DataError.
    """
    if request.benchmark.endswith(SUFFIXES):
        if request.data is not None:
            raise UsageError(f"{request.benchmark} is a file of rows itself: leave --data out")
        request = replace(request, benchmark=OWN, data=Path(request.benchmark))
    harness = load_harness(request.benchmark)
    called = harness.name if request.benchmark != OWN or request.data is None else str(request.data)
    data = resolve(harness.source, data=request.data)
    every = load_instances(harness, data.path)
    known = [instance.instance_id for instance in every]
    named = instances_named(request.only, known)
    strange = [written for written, name in named.items() if name is None]
    if strange:
        # As it was typed: the name of a harness in a file finds nothing.
        typed = called if request.benchmark == OWN else request.benchmark
        shown = typed if request.data is None or request.benchmark == OWN else f"{typed} --data {request.data}"
        raise UsageError(f"{called} has no instance {strange[0]!r}; `boxscore show {shown} --ids` lists them")
    asked = [instance for instance in every if not named or instance.instance_id in named.values()]
    return Benchmark(harness=harness, data=data, every=every, asked=tuple(asked[: request.limit]))


def recorded_benchmark(provenance: Provenance) -> Benchmark | None:
    """Load the very data of a run; None where it is not here, or no longer the same. Nothing is fetched.

    A run directory may come from anybody, and a harness is code: one that a record names by a path is not loaded.
    """
    path = Path(provenance.data_path or "")
    if is_path_of_harness(provenance.benchmark) or not provenance.data_sha256:
        return None
    try:
        if not path.exists() or (path.is_file() and _sha256(path) != provenance.data_sha256):
            return None
        benchmark = load_benchmark(Request(benchmark=provenance.benchmark, data=path))
    except (BoxscoreError, OSError, ValueError):  # a path with NUL among them
        return None
    return benchmark if benchmark.data.sha256 == provenance.data_sha256 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_sampling(job: Job, files: Sequence[Path]) -> Job:
    """A job whose samples are those of one run, with that run's record of how they were asked for.

    Nothing is added where they come from elsewhere or from several places, are of other instances, or where the record
    does not say that every instance was asked for. What the run said of verdicts stays there.
    Raises InputError for a `run.json` that is none.
    """
    found = _sampling_of(job, files[0]) if len(files) == 1 else None
    if found is None:
        return job
    provenance = replace(job.record.provenance, samples=max(found.planned, len(job.plan.items)), sampling=found)
    return replace(job, record=replace(job.record, provenance=provenance))


def _sampling_of(job: Job, path: Path) -> SamplingRecord | None:
    folder = path if path.is_dir() else path.parent
    if not (folder / "run.json").is_file() or (path != folder and path.name != "samples.jsonl"):
        return None
    record = read_record(folder)
    sampling = record.provenance.sampling
    same = (record.provenance.benchmark, record.instances) == (job.record.provenance.benchmark, job.record.instances)
    if sampling is None or not same or sampling.sampled != len(job.plan.items):
        return None
    if sampling.samples_each < 1 or sampling.planned != sampling.samples_each * len(record.instances):
        return None  # no run asks so: whoever says it would have samples that are missing not be missed
    return sampling


def prepare(  # noqa: PLR0913 - what a run is made of
    request: Request,
    benchmark: Benchmark,
    samples: Sequence[Sample],
    inputs: dict[str, str] | None = None,
    warnings: Iterable[str] = (),
    *,
    given: Given | None = None,
    place: Place | None = None,
    codes: Mapping[Name, str | None] | None = None,
) -> Job:
    """Choose backend and image, extract code and name the run. Opens no box.

    `inputs` maps files of samples to their sha256; `warnings` are those of reading them, and the record holds them with
    what else is odd about samples and data. `given` has code and tasks in place of what the harness makes. `place`
    is where to grade if that is known already; `codes` has the code of samples from which it was extracted already.
    Raises SandboxUnavailable, ImageMissing, UsageError, HarnessError.
    """
    asked = {instance.instance_id: instance.cluster for instance in benchmark.asked}
    every, samples = samples, [sample for sample in samples if sample.instance_id in asked]
    if not samples:
        raise UsageError(f"there is no sample to grade: {_why_none(every, tuple(asked), tuple(warnings))}")
    folder = given_folder(request)
    if folder is not None:
        check_folder(folder)
    if place is None:
        if request.on == LOCAL:
            need_files(request.worker_count())
        place = place_on(asked_backend(request, benchmark, folder), request, benchmark, given)
    backend, conditions = place.backend, place.conditions
    plan = _plan(request, benchmark, samples, conditions, given, codes)
    if folder is None:
        folder = _usual_folder(benchmark.harness, plan, asked, inputs or {})
        check_folder(folder)
    provenance = _provenance(request, benchmark, folder.name, backend)
    return Job(
        plan=plan,
        record=RunRecord(
            provenance=_planned(provenance, plan, conditions, samples=len(samples), inputs=inputs or {}),
            instances=asked,
            tags=tags_of(benchmark.asked),
            warnings=(*benchmark.notices(), *_of_image(benchmark.harness, conditions), *warnings, *plan.warnings),
        ),
        folder=folder,
        backend=backend,
        open_grader=place.open_grader,
        settings=settings_for(
            conditions,
            None if conditions.image is None or request.image is not None else benchmark.harness.image,
            (protocol_of(task).name for task in plan.tasks.values()),
        ),
        workers=request.worker_count(),
        reuse=request.reuse,
        keep_bytes=request.keep_bytes,
    )


def place_on(checked: Backend, request: Request, benchmark: Benchmark, given: Given | None = None) -> Place:
    """Grade on a backend that is known to work. Raises ImageMissing, UsageError."""
    backend = StoppableBackend(checked)
    conditions = _conditions(request, benchmark.harness, backend, given)
    open_grader = grader_factory(backend, conditions.image, strict=request.strict)
    return Place(backend=backend, conditions=conditions, open_grader=open_grader)


def place_notices(request: Request, benchmark: Benchmark, backend: Backend | None = None) -> tuple[str, ...]:
    """Say what boxes may lack of a benchmark's libraries, before there is a plan. Raises as `asked_backend` does."""
    backend = backend or asked_backend(request, benchmark, given_folder(request))
    notice = image_notice(benchmark.harness, image_of(request, benchmark.harness, backend))
    return () if notice is None else (notice,)


def _of_image(harness: Harness, conditions: Conditions) -> tuple[str, ...]:
    notice = image_notice(harness, conditions.image)
    return () if notice is None else (notice,)


def begun_record(request: Request, benchmark: Benchmark, folder: Path, backend: Backend | None) -> RunRecord:
    """What is known of a run whose samples are still to come; without a backend they are graded elsewhere."""
    return RunRecord(
        provenance=_provenance(request, benchmark, folder.name, backend),
        instances={one.instance_id: one.cluster for one in benchmark.asked},
        tags=tags_of(benchmark.asked),
        warnings=benchmark.notices(),
    )


def _conditions(request: Request, harness: Harness, backend: Backend, given: Given | None) -> Conditions:
    """What is the same for all tasks of what results depend on."""
    runtime, image = runtime_of(backend), image_of(request, harness, backend)
    try:
        digest = _digest(backend, image)
    except ImageMissing as error:
        if request.image is None:
            error.details = (
                *error.details,
                f"`boxscore images build {harness.image}` builds that of {harness.name}",
            )
        raise
    return Conditions(
        backend=backend.name,
        runtime=runtime,
        strict=request.strict,
        image=image,
        image_digest=digest,
        gate=_gate_repeats(request, given) > 0,
        least_trust=request.least_trust,
    )


def _digest(backend: Backend, image: str | None) -> str:
    """What the run's image is here; one that is named by its digest is pulled."""
    from boxscore.images.layers import PINNED  # noqa: PLC0415 - only where images are used
    from boxscore.images.store import PublishedImage, store_of  # noqa: PLC0415 - as above

    try:
        return run_digest(backend, image)
    except ImageMissing:
        if image is None or not PINNED.fullmatch(image):
            raise
        store_of(backend).ensure(PublishedImage(image))
        return run_digest(backend, image)


def _plan(  # noqa: PLR0913, PLR0917 - what a plan is made of
    request: Request,
    benchmark: Benchmark,
    samples: Sequence[Sample],
    conditions: Conditions,
    given: Given | None,
    codes: Mapping[Name, str | None] | None,
) -> Plan:
    return make_plan(
        benchmark.harness,
        benchmark.asked,
        samples,
        asked=conditions,
        cpu_s=request.cpu_s,
        apply=None if request.apply is None else apply_strategy(benchmark.harness, request.apply),
        codes=codes,
        given=given,
        gate_repeats=_gate_repeats(request, given),
    )


def _usual_folder(harness: Harness, plan: Plan, asked: Iterable[str], files: Iterable[str]) -> Path:
    """The run directory of a command that names none: the same one whenever the same is graded."""
    models = {item.sample.model for item in plan.items}
    stems = [Path(file).resolve().stem for file in files]
    author = models.pop() if len(models) == 1 else ""
    name = run_name(harness.name, author or next(iter(stems), ""))
    return Path("runs") / f"{name}-{fingerprint([(*item.name, item.key) for item in plan.items], list(asked))[:6]}"


def run_name(benchmark: str, author: str) -> str:
    """Name runs of a benchmark by who made the samples: a model, or the file that they are in."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", author).strip("-.")[:_NAME_CHARS].rstrip("-.")
    return f"{benchmark}-{plain}" if plain else benchmark


def _gate_repeats(request: Request, given: Given | None) -> int:
    """How often references must resolve, 0 where no gate is asked: given code is no model's."""
    return 0 if request.no_gate or given is not None else request.gate_repeats


def _why_none(given: Sequence[Sample], asked: Sequence[str], warnings: Sequence[str]) -> str:
    """Why none of the samples is of an instance that was asked for."""
    if not asked:
        return "the benchmark has no instances"
    if not given:
        why = "; ".join(warnings) or f"none is given for any instance asked for ({len(asked)})"
        return f"{why}; an id looks like {asked[0]!r}"
    one = given[0].instance_id
    there = (
        f"{len(given):,} are of other instances, such as {one!r}" if len(given) > 1 else f"the only one is of {one!r}"
    )
    wanted = f"none of the {len(asked):,} asked for, such as" if len(asked) > 1 else "none of"
    return f"{there}, and {wanted} {asked[0]!r}"


def asked_backend(request: Request, benchmark: Benchmark | None, folder: Path | None = None) -> Backend:
    """The backend of a run or a session.

    Where the engine that was asked for is missing, the error names the way to do without one, if there is any.
    Raises SandboxUnavailable; UsageError for a backend on which the benchmark cannot be graded.
    """
    needs = frozenset[str]() if benchmark is None else needs_of(benchmark)
    try:
        backend = choose_backend(request, folder=folder, needs=needs)
    except SandboxUnavailable as error:
        if request.backend == "docker" and not needs and request.image is None:
            error.details = (*error.details, "or use `--backend local`, which needs no engine")
        raise
    if benchmark is not None:
        check_backend(benchmark, backend)
    return backend


def needs_of(benchmark: Benchmark) -> frozenset[str]:
    """What a benchmark needs of a backend, so far as it is known before there is a task of each instance."""
    protocol = _protocol(benchmark)
    needs = frozenset[str]() if protocol is None else protocol.needs
    return needs | {Capability.IMAGES} if benchmark.harness.image is None else needs


def check_backend(benchmark: Benchmark, backend: Backend) -> None:
    """Raise UsageError for a backend on which a benchmark cannot be graded."""
    protocol = _protocol(benchmark)
    if protocol is not None:
        need_capabilities(protocol, backend)


def _protocol(benchmark: Benchmark) -> Grading[Any] | None:
    """The protocol of a benchmark's first instance; None without one, or if that fails: it is reported later."""
    with suppress(BoxscoreError, IndexError):
        return protocol_of(make_task(benchmark.harness, benchmark.asked[0]))
    return None


def choose_backend(
    request: Request,
    *,
    folder: Path | None = None,
    name: str | None = None,
    needs: frozenset[str] = frozenset(),
) -> Backend:
    """The backend asked for (or `name`); for `auto` the one an earlier run in `folder` used, or the best that works.

    Going on with another backend would grade everything again. `needs` is what it must be able to do, where `auto`
    leaves the choice. Raises SandboxUnavailable.
    """
    name = name or request.backend
    if name == "auto" and folder is not None and (folder / "run.json").is_file():
        name = read_record(folder).provenance.backend or name
    if name == "auto" and request.runtime is None:
        return auto_backend(needs)
    name = "docker" if name == "auto" else name
    backend = open_backend(name)
    if request.runtime is not None:
        if Capability.RUNTIMES not in backend.capabilities:
            raise UsageError(
                f"--runtime {request.runtime} is for the docker backend, or another one with a choice, not for {name}"
            )
        backend = open_backend(name, runtime=request.runtime)
    if Capability.SANDBOX not in backend.capabilities:
        raise UsageError(f"backend {name!r} keeps nothing from what is outside its boxes: no samples are run in them")
    backend.check()
    return backend


def _limits(plan: Plan) -> Limits:
    """The limits in force for most instances of a plan."""
    return Counter(plan.conditions[name].limits for name in plan.tasks).most_common(1)[0][0]


def given_folder(request: Request) -> Path | None:
    """The run directory that was asked for; None where the run names itself. Raises UsageError."""
    if request.out is not None and request.run_id is not None:
        raise UsageError("--out names the run directory itself and --run-id one below runs/: give one of them")
    if request.run_id is None:
        return request.out
    if request.run_id in (".", "..") or "/" in request.run_id or not request.run_id.strip():
        raise UsageError(f"--run-id {request.run_id!r} is not a name for a folder below runs/; --out takes any path")
    return Path("runs") / request.run_id


def image_of(request: Request, harness: Harness, backend: Backend) -> str | None:
    """The reference of the image to grade in; None for a backend or a benchmark that has none for all instances."""
    if harness.image is None:
        if Capability.IMAGES not in backend.capabilities:
            raise UsageError(
                f"{harness.name} needs the docker backend, or another one with images: each of its instances has an "
                f"image of its own, and {backend.name} has none"
            )
        if request.image is not None:
            raise UsageError(f"--image cannot replace the images of {harness.name}: each instance has its own")
        return None
    if request.image is not None:
        return request.image
    from boxscore.images.recipes import reference  # noqa: PLC0415 - only where images are used

    image = reference(harness.image)
    if not needs_image(backend):
        try:
            backend.image_digest(image)
        except ImageMissing:
            return None  # this machine's own programs
    return image


def _provenance(request: Request, benchmark: Benchmark, run_id: str, backend: Backend | None) -> Provenance:
    import platform  # noqa: PLC0415 - only for a run

    return Provenance(
        run_id=run_id,
        benchmark=benchmark.harness.name,
        title=benchmark.harness.title,
        trust=benchmark.harness.trust,
        parts=benchmark.harness.parts,
        k=request.k,
        instances=len(benchmark.asked),
        benchmark_instances=len(benchmark.every),
        samples=0,
        data_path=str(benchmark.data.path),
        data_sha256=benchmark.data.sha256,
        data_published=benchmark.data.published,
        backend="" if backend is None else backend.name,
        runtime=request.runtime,
        engine=None if backend is None else engine_of(backend),
        on=request.on,
        limits_cpu_s=request.cpu_s,
        workers=request.worker_count(),
        no_alarm=request.no_alarm,
        counts_missing=bool(getattr(benchmark.harness, "counts_missing", False)),
        no_gate=request.no_gate,
        gate_repeats=request.gate_repeats,
        least_trust=request.least_trust,
        versions={
            "boxscore": VERSION,
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
        host=platform.node(),
        started=now(),
    )


def _planned(
    provenance: Provenance, plan: Plan, conditions: Conditions, *, samples: int, inputs: dict[str, str]
) -> Provenance:
    """Add what is known once there is a plan."""
    return replace(
        provenance,
        samples=samples,
        inputs=inputs,
        image=conditions.image,
        image_digest=conditions.image_digest,
        limits=_limits(plan),
        strict=all(one.strict for one in plan.conditions.values()),
        grading_version=plan.grading_version(),
    )
