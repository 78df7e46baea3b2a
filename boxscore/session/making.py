"""Make work of what callers pass: a sample of the benchmark, code with tests of its own, or code with a task."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import needs_image, runtime_of
from boxscore.checks import check_name, check_text, shown
from boxscore.data.plugin_calls import extract_code
from boxscore.data.plugins import apply_strategy
from boxscore.data.rows import is_blank, is_text
from boxscore.data.sample_warnings import check_kind
from boxscore.data.samples import SampleReader
from boxscore.errors import UsageError
from boxscore.protocols.contract import Candidate, Task
from boxscore.protocols.program.task import Case, ProgramTask
from boxscore.protocols.registry import conditions_of, protocol_of
from boxscore.records import Conditions, Limits, Sample, SampleKind, Trust
from boxscore.run.gate import run_digest
from boxscore.run.plan import asked_task, check_sample, gate_reference, no_code, result_key, task_key
from boxscore.run.prepare import image_of
from boxscore.session.pool import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from boxscore.boxes.contract import Backend
    from boxscore.harness import Harness
    from boxscore.protocols.contract import Reference
    from boxscore.records import ApplyStrategy, Instance
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request

    Extract = Callable[[Harness, Instance, Sample], str | None]

PYTHON = "python"  # the recipe of the image for code that comes with its tests


class Graded(Struct, frozen=True, kw_only=True):
    """How an instance is graded in this session."""

    task: Task
    conditions: Conditions
    key: str
    reference: Reference | None = None


class Making(Struct, frozen=True):
    """How work is made, in a worker's thread, and what it may be graded together with."""

    make: Callable[[], Work]
    group: str | None = None


class WorkMaker:
    """Makes work for boxes of one backend. Its methods check what they are given, in the caller's thread.

    What takes longer is put off to the call of what they return, in a worker's thread: code is found in answers, and
    how an instance is graded is worked out when it is first asked for.
    """

    def __init__(self, request: Request, benchmark: Benchmark | None, backend: Backend) -> None:
        self._request, self._benchmark, self._backend = request, benchmark, backend
        self._asking = threading.Lock()  # harnesses are asked by one thread at a time, as in a run
        self._known: dict[str, Graded] = {}
        self.instances: dict[str, Instance] = {}
        self._apply: ApplyStrategy | None = None
        self._benchmark_conditions: Conditions | None = None
        self._inline: Conditions | None = None
        # Samples that take seconds each are better off on a worker of their own.
        self._together = benchmark is not None and benchmark.harness.image is not None and not request.strict
        if benchmark is not None:
            self.instances = {one.instance_id: one for one in benchmark.asked}
            image = image_of(request, benchmark.harness, backend)
            self._benchmark_conditions = self._conditions(image, gate=self._gate > 0)
            if request.apply is not None:
                self._apply = apply_strategy(benchmark.harness, request.apply)
        self._read = SampleReader(self.instances)

    @property
    def _gate(self) -> int:
        return 0 if self._request.no_gate else self._request.gate_repeats

    def of_sample(self, given: object, extract: Extract = extract_code) -> Making:
        """Take an answer to an instance of the benchmark; `extract` finds its code. Raises UsageError, InputError."""
        if self._benchmark is None:
            raise UsageError("this grader has no benchmark: name one, or bring tests to grade_tests")
        sample = self._read(given)
        check_sample(sample, self.instances)
        group = sample.instance_id if self._together else None
        return Making(partial(self._work_of, self._benchmark, sample, extract), group)

    def of_visible(self, sample: Sample, task: Task) -> Making:
        """Take an answer to be graded by another task than its instance's, that of the tests which may be seen, say."""
        if self._benchmark is None:
            raise UsageError("this grader has no benchmark: bring code to grade_task")
        return Making(partial(self._work_by, self._benchmark, sample, task))

    def of_task(
        self, task: object, code: object, *, instance_id: str, sample_id: str, may_be_blank: bool = False
    ) -> Making:
        """Take code and the task it is graded by. Code of white space alone is none, unless it `may_be_blank`.

        Raises UsageError.
        """
        check_text("grader", "code", code)
        check_name("code", "instance_id", instance_id)
        check_name("code", "sample_id", sample_id)
        if not is_text(f"{code}{instance_id}{sample_id}"):
            raise UsageError(f"the code of sample {sample_id!r} contains a lone surrogate")
        if not isinstance(task, Task):
            raise UsageError(f"a task must be a FunctionTask, a ProgramTask or another boxscore.Task, not {task!r:.80}")
        protocol = protocol_of(task)
        reason = protocol.invalid_reason(task)
        if reason is not None:
            raise UsageError(f"this task cannot be graded: {reason}")
        sample = Sample(instance_id=instance_id, sample_id=sample_id, text=str(code), kind=SampleKind.SOLUTION)
        return Making(partial(self._work_of_task, task, sample, protocol.trust, needs_code=not may_be_blank))

    def _work_of(self, benchmark: Benchmark, sample: Sample, extract: Extract) -> Work:
        harness, instance = benchmark.harness, self.instances[sample.instance_id]
        with self._asking:
            graded = self._known.get(sample.instance_id) or self._graded(benchmark, instance)
            code = extract(harness, instance, sample)
        check_kind(sample, code, harness.name, protocol_of(graded.task))
        work = _work(sample, code, graded, harness.trust)
        return replace(work, reference=graded.reference, of_caller=False)

    def _work_by(self, benchmark: Benchmark, sample: Sample, task: Task) -> Work:
        harness = benchmark.harness
        with self._asking:
            code = extract_code(harness, self.instances[sample.instance_id], sample)
        check_kind(sample, code, harness.name, protocol_of(task))
        conditions = replace(conditions_of(task, self._of_benchmark()), least_trust=None)  # advice, and no reward
        key = task_key(task, conditions, harness.trust)
        return _work(sample, code, Graded(task=task, conditions=conditions, key=key), harness.trust)

    def _work_of_task(self, task: Task, sample: Sample, trust: Trust, *, needs_code: bool) -> Work:
        conditions = conditions_of(task, self._of_inline())
        code = None if needs_code and is_blank(sample.text) else sample.text
        graded = Graded(task=task, conditions=conditions, key=task_key(task, conditions, trust))
        return replace(_work(sample, code, graded, trust), image=self._of_inline().image)

    def _graded(self, benchmark: Benchmark, instance: Instance) -> Graded:
        harness = benchmark.harness
        task = asked_task(harness, instance, cpu_s=self._request.cpu_s, apply=self._apply)
        conditions = conditions_of(task, self._of_benchmark())
        key = task_key(task, conditions, harness.trust)
        reference = gate_reference(harness, instance, task, key, repeats=self._gate)
        graded = Graded(task=task, conditions=conditions, key=key, reference=reference)
        self._known[instance.instance_id] = graded
        return graded

    def _of_benchmark(self) -> Conditions:
        if self._benchmark is None or self._benchmark_conditions is None:
            raise UsageError("this grader has no benchmark: name one, or bring tests to grade_tests")
        return self._benchmark_conditions

    def _of_inline(self) -> Conditions:
        if self._inline is None:
            self._inline = self._conditions(self._inline_image(), gate=False)
        return self._inline

    def usual(self) -> tuple[Conditions, str | None]:
        """Conditions of most requests, and the recipe of their image: None where it is not ours, or there is none."""
        conditions = self._benchmark_conditions or self._of_inline()
        recipe = PYTHON if self._benchmark is None else self._benchmark.harness.image
        return conditions, None if conditions.image is None or self._request.image is not None else recipe

    def _inline_image(self) -> str | None:
        """The image for code that is of no benchmark: the one that was named, else boxscore's own Python image."""
        if not needs_image(self._backend):
            return None
        if self._request.image is not None:
            return self._request.image
        from boxscore.images.recipes import reference  # noqa: PLC0415 - only where images are used

        return reference(PYTHON)

    def _conditions(self, image: str | None, *, gate: bool) -> Conditions:
        return Conditions(
            backend=self._backend.name,
            runtime=runtime_of(self._backend),
            strict=self._request.strict,
            image=image,
            image_digest=run_digest(self._backend, image),
            gate=gate,
            least_trust=self._request.least_trust,
        )


def _work(sample: Sample, code: str | None, graded: Graded, trust: Trust) -> Work:
    """Make the work of a sample whose code was found, or was not: then no box is needed."""
    return Work(
        instance_id=sample.instance_id,
        sample_id=sample.sample_id,
        task=graded.task,
        trust=trust,
        conditions=graded.conditions,
        key=result_key(graded.key, code, graded.conditions.least_trust),
        candidate=None if code is None else Candidate(sample_id=sample.sample_id, code=code),
        image=graded.conditions.image,
        known=no_code(sample, trust, graded.task) if code is None else None,
        of_caller=True,
    )


def run_task(  # noqa: PLR0913 - options, by keyword
    *,
    language: str,
    stdin: str,
    files: Mapping[str, str] | None,
    arguments: Iterable[str],
    limits: Limits | None,
    compile_limits: Limits | None,
) -> ProgramTask:
    """Make a task of one run of a program with nothing to compare. Raises UsageError."""
    check_text("run_code", "language", language)
    check_text("run_code", "stdin", stdin)
    if files is not None and not isinstance(files, Mapping):
        raise UsageError(f"run_code: files must map names to texts, not {shown(files)}")
    pairs = tuple(sorted((files or {}).items()))
    words = tuple(arguments)
    if isinstance(arguments, str) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"run_code: arguments must be strings, not {shown(arguments)}")
    for name, text in pairs:
        check_text("run_code", "the name of a file", name)
        check_text("run_code", f"file {name!r}", text)
    if not is_text("".join((stdin, *words, *(part for pair in pairs for part in pair)))):
        raise UsageError("run_code: a text contains a lone surrogate")
    for name, value in (("limits", limits), ("compile_limits", compile_limits)):
        if value is not None and not isinstance(value, Limits):
            raise UsageError(f"run_code: {name} must be Limits, not {shown(value)}")
    task = ProgramTask(cases=(Case(stdin=stdin),), language=language, files=pairs, arguments=words)
    if limits is not None:
        task = replace(task, limits=limits)
    return task if compile_limits is None else replace(task, compile_limits=compile_limits)
