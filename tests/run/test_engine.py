"""Grading a plan into a run directory, with graders that run nothing."""

from __future__ import annotations

import itertools
import resource
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.errors import HarnessError, ProtocolError, SandboxUnavailable, StoreError, UsageError
from boxscore.harness import DataSource, FunctionTask, Inputs
from boxscore.interrupt import Stop
from boxscore.protocols.contract import task_fingerprint
from boxscore.protocols.details import decode_result
from boxscore.protocols.function.protocol import FunctionProtocol
from boxscore.provenance import Provenance, RunRecord
from boxscore.records import Conditions, Instance, Limits, Outcome, Result, Sample, SampleKind, Trust
from boxscore.run.engine import RunResults, Tools, run_plan
from boxscore.run.executors.local import LocalWorkers
from boxscore.run.plan import Plan, make_plan
from boxscore.run.progress import Silent
from boxscore.run.store import open_run, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.protocols.contract import Batch
    from boxscore.run.progress import PlannedWork


class FakeHarness:
    name = "fake"
    title = "Fake"
    trust = Trust.ORACLE
    image = "python"
    source = DataSource(path="fake.jsonl", bundled=True)
    parts: tuple[str, ...] = ()

    def load(self, path: Path) -> Sequence[Instance]:
        return INSTANCES

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return []

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        if sample.text == "break the harness":
            raise KeyError("oops")
        return sample.text or None

    def task(self, instance: Instance) -> FunctionTask:
        return FunctionTask(entry_point="f", names=("f",), tests=f"# {instance.instance_id}")


COUNT = itertools.count()
INSTANCES = [Instance(instance_id=name, prompt="", row={}) for name in ("a", "b")]


class FakeGrader:
    def __init__(self, output: str = "") -> None:
        self.graded: list[str] = []
        self.opened = 0
        self._output = output

    @contextmanager
    def __call__(self) -> Iterator[FakeGrader]:
        self.opened += 1
        yield self

    def grade(self, batch: Batch) -> Iterator[Result]:
        for one in batch.candidates:
            if one.code == "no box":
                raise SandboxUnavailable("no box")
            self.graded.append(f"{batch.instance_id}/{one.sample_id}")
            yield Result(
                instance_id="z" if one.code == "stray" else batch.instance_id,
                sample_id=one.sample_id,
                outcome=Outcome.PASSED if one.code == "stray" else Outcome(one.code),
                trust=batch.trust,
                output=self._output,
            )


def samples(*texts: str) -> list[Sample]:
    return [Sample(instance_id="a", sample_id=str(number), text=text) for number, text in enumerate(texts)]


ASKED = Conditions(backend="fake", image="i", image_digest="sha256:i")


def plan(*given: Sample, asked: Conditions | None = None, cpu_s: float | None = None) -> Plan:
    return make_plan(FakeHarness(), INSTANCES, given, asked=asked or ASKED, cpu_s=cpu_s)


def record(benchmark: str = "fake", started: str = "then") -> RunRecord:
    provenance = Provenance(
        run_id="r", benchmark=benchmark, title="", trust=Trust.ORACLE, instances=2, samples=0, started=started
    )
    return RunRecord(provenance=provenance, instances={"a": None, "b": None})


def changed(asked: RunRecord, **changes: object) -> RunRecord:
    return msgspec.structs.replace(asked, provenance=msgspec.structs.replace(asked.provenance, **changes))


MANY = [Instance(instance_id=f"m{number}", prompt="", row={}) for number in range(40)]


def many(text: str) -> Plan:
    given = [Sample(instance_id=one.instance_id, sample_id="0", text=text) for one in MANY]
    return make_plan(FakeHarness(), MANY, given, asked=ASKED)


def run(  # noqa: PLR0913 - options, by keyword
    path: Path,
    work: Plan,
    grader: FakeGrader,
    *,
    stop: Stop | None = None,
    asked: RunRecord | None = None,
    alarm: bool = True,
    show: Callable[[PlannedWork], object] = lambda _: None,
) -> RunResults:
    def silent(work: PlannedWork) -> AbstractContextManager[Silent]:
        show(work)
        return nullcontext(Silent())

    tools = Tools(
        open_grader=grader, abandon=lambda: None, executor=LocalWorkers(1), workers=1, stop=stop or Stop(),
        layers=lambda: ("net",), alarm=alarm, show=silent,
    )  # fmt: skip
    with open_run(path) as store:
        return run_plan(work, asked or record(), store, tools)


def test_every_sample_is_graded_and_stored_with_its_key(tmp_path: Path) -> None:
    """Results come back in the order of the samples and are in the file under the plan's keys."""
    work = plan(*samples("wrong", "passed", "error"))

    graded = run(tmp_path, work, FakeGrader())

    assert [one.outcome for one in graded.results] == [Outcome.WRONG, Outcome.PASSED, Outcome.ERROR]
    lines = (tmp_path / "results.jsonl").read_bytes().splitlines()
    assert {decode_result(line).key for line in lines} == set(work.keys().values())
    assert graded.record.provenance.finished is not None
    assert graded.record.provenance.layers == ("net",)


def test_an_answer_without_code_needs_no_box(tmp_path: Path) -> None:
    """No code is an outcome, not a reason to open a grader."""
    grader = FakeGrader()

    graded = run(tmp_path, plan(*samples("")), grader)

    assert [one.outcome for one in graded.results] == [Outcome.NO_CODE]
    assert grader.graded == []


def test_a_finished_run_opens_nothing(tmp_path: Path) -> None:
    """The same run again reuses all results and keeps when it began and how long it took."""
    work = plan(*samples("wrong", "passed"))
    first = run(tmp_path, work, FakeGrader())
    grader = FakeGrader()

    second = run(tmp_path, work, grader, asked=record(started="now"))

    assert grader.opened == 0
    assert second.reused == 2
    assert second.results == first.results
    assert second.record == first.record


def test_only_what_changed_is_graded_again(tmp_path: Path) -> None:
    """A sample with other code is graded; its old result is not in the results."""
    run(tmp_path, plan(*samples("wrong", "passed")), FakeGrader())
    grader = FakeGrader()

    graded = run(tmp_path, plan(*samples("signal", "passed", "error")), grader)

    assert grader.graded == ["a/0", "a/2"]
    assert [one.outcome for one in graded.results] == [Outcome.SIGNAL, Outcome.PASSED, Outcome.ERROR]


def test_time_of_a_run_that_goes_on_adds_up(tmp_path: Path) -> None:
    """Under the same settings, and where other samples change nothing but which limits most of them have."""
    asked = changed(record(), grading_version="v")
    run(tmp_path, plan(*samples("passed")), FakeGrader(), asked=asked)
    with open_run(tmp_path) as store:
        store.write_record(changed(read_record(tmp_path), wall_s=1000.0))

    more = run(tmp_path, plan(*samples("passed", "wrong")), FakeGrader(), asked=asked)
    mixed = changed(asked, limits=Limits(cpu_s=7.0))
    most = run(tmp_path, plan(*samples("passed", "wrong", "error")), FakeGrader(), asked=mixed)

    assert 1000 <= more.record.provenance.wall_s <= most.record.provenance.wall_s


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """What an interrupt left out is missing, the run is not finished, and the same command completes it."""
    work = plan(*samples(*["passed"] * 10))
    stop = Stop()
    stop.drain()
    stopped = run(tmp_path, work, FakeGrader(), stop=stop)

    assert (stopped.missing, stopped.record.provenance.finished) == (10, None)
    assert run(tmp_path, work, FakeGrader()).missing == 0


def test_results_before_an_error_are_kept(tmp_path: Path) -> None:
    """When no box can be opened any more, the error comes out and known results are stored."""
    work = plan(*samples("passed", "no box"))
    with pytest.raises(SandboxUnavailable):
        run(tmp_path, work, FakeGrader())
    grader = FakeGrader()

    with pytest.raises(SandboxUnavailable):
        run(tmp_path, work, grader)

    assert grader.graded == []
    assert read_record(tmp_path).provenance.ungraded_reason == "no box"
    assert run(tmp_path, plan(*samples("passed")), grader).record.provenance.ungraded_reason is None


def test_a_result_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    """A grader cannot bring in results of other samples."""
    with pytest.raises(ProtocolError, match="an unexpected result"):
        run(tmp_path, plan(*samples("stray")), FakeGrader())


def test_a_run_of_another_benchmark_is_not_touched(tmp_path: Path) -> None:
    """A directory that holds another benchmark's run is refused."""
    run(tmp_path, plan(*samples("passed")), FakeGrader(), asked=record("other"))

    with pytest.raises(UsageError, match="holds a run of 'other'"):
        run(tmp_path, plan(*samples("passed")), FakeGrader())


def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    """What cannot be stored is an error; what was stored before is reused when there is room again."""
    run(tmp_path, plan(*samples("passed")), FakeGrader())
    work = plan(*samples("passed", *["error"] * 50))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, limits[1]))
    try:
        with pytest.raises(StoreError, match="full"):
            run(tmp_path, work, FakeGrader())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    before = read_record(tmp_path).provenance.finished
    grader = FakeGrader()

    graded = run(tmp_path, work, grader)

    assert before is None
    assert graded.missing == 0
    assert "a/0" not in grader.graded


def test_batches_hold_one_instance_and_are_small_enough_for_all_workers() -> None:
    """Every candidate is in exactly one batch, of its own instance; every worker gets some."""
    given = [Sample(instance_id=name, sample_id=str(number), text="x") for number in range(100) for name in ("a", "b")]
    work = plan(*given)

    batches = list(work.batches(set(work.keys()), workers=2))

    assert len(batches) >= 8
    assert [one.instance_id for one in batches] == sorted(one.instance_id for one in batches)
    assert sorted((one.instance_id, c.sample_id) for one in batches for c in one.candidates) == sorted(work.keys())


def test_a_batch_counts_all_samples_of_its_instance() -> None:
    """What must be guessed grows with them, and a run that goes on has graded some of them before."""
    work = plan(*[Sample(instance_id="a", sample_id=str(number), text="x") for number in range(100)])

    batches = list(work.batches({("a", "7")}, workers=1))

    assert [(len(one.candidates), one.samples) for one in batches] == [(1, 100)]


@pytest.mark.parametrize(
    ("slow_s", "samples", "workers", "lots"),
    [
        (1.0, {"a": 8, "b": 8}, 1, [*[("b", 2)] * 4, *[("a", 4)] * 2]),
        (60.0, {"a": 1, "b": 2}, 4, [("b", 1), ("b", 1), ("a", 1)]),
    ],
)
def test_what_takes_longest_comes_first_and_in_small_lots(
    monkeypatch: pytest.MonkeyPatch, slow_s: float, samples: dict[str, int], workers: int, lots: list[tuple[str, int]]
) -> None:
    given = [
        Sample(instance_id=name, sample_id=str(number), text="x")
        for name, count in samples.items()
        for number in range(count)
    ]
    work = plan(*given)
    monkeypatch.setattr(FunctionProtocol, "seconds", lambda _, task, __: slow_s if task is work.tasks["b"] else 0.01)

    batches = list(work.batches(set(work.keys()), workers=workers))

    assert [(one.instance_id, len(one.candidates)) for one in batches] == lots
    assert sorted((one.instance_id, c.sample_id) for one in batches for c in one.candidates) == sorted(work.keys())


def test_samples_that_belong_together_are_one_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many workers there are and however long they take."""
    given = [Sample(instance_id=name, sample_id=str(number), text="x") for number in range(100) for name in ("a", "b")]
    work = plan(*given)
    together = work.tasks["b"]
    monkeypatch.setattr(FunctionProtocol, "together", lambda _, task: task is together)

    batches = list(work.batches(set(work.keys()), workers=8))

    assert [len(one.candidates) for one in batches if one.instance_id == "b"] == [100]
    assert len([one for one in batches if one.instance_id == "a"]) > 8


class Fickle(FakeHarness):
    def extract(self, instance: Instance, sample: Sample) -> str | None:
        return f"# {next(COUNT)}"


def test_code_is_made_when_its_batch_is() -> None:
    """A plan holds no code of completions and solutions; that of chat answers, which takes long to find, is kept."""
    texts = ["wrong", "passed"]
    given = [
        Sample(instance_id="a", sample_id=text, text=text, kind=kind)
        for text, kind in zip(texts, (SampleKind.SOLUTION, SampleKind.ANSWER), strict=True)
    ]
    work = plan(*given)

    batches = work.batches(set(work.keys()), workers=1)

    assert [item.code for item in work.items] == [None, "passed"]
    assert [one.code for batch in batches for one in batch.candidates] == texts


def test_a_harness_must_read_a_sample_in_one_way() -> None:
    """Code that is not what the key was made of would be stored under a key of other code: it is refused."""
    work = make_plan(Fickle(), INSTANCES, samples("x"), asked=ASKED)

    with pytest.raises(HarnessError, match="extracts different code from sample"):
        list(work.batches(set(work.keys()), workers=1))


def test_results_are_held_without_their_output(tmp_path: Path) -> None:
    """What a candidate printed is in the file, not in memory, also of a run that is opened again."""
    work = plan(*samples("passed"))

    graded = run(tmp_path, work, FakeGrader(output="x" * 1000))
    again = run(tmp_path, work, FakeGrader())

    assert [one.output for one in (*graded.results, *again.results)] == ["", ""]
    assert b"xxx" in (tmp_path / "results.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([Sample(instance_id="c", sample_id="0", text="")], "answers unknown instance 'c'"),
        ([*samples("x"), *samples("y")], "two samples named '0'"),
    ],
)
def test_samples_that_do_not_fit_are_refused(given: list[Sample], message: str) -> None:
    """An unknown instance or a repeated name is found before anything runs."""
    with pytest.raises(UsageError, match=message):
        plan(*given)


@pytest.mark.parametrize(
    ("one", "other"),
    [([1], [1.0]), ([1], (1,)), ([0.0], [float("nan")]), ([None], [float("nan")]), ({"1": 2}, {1: 2}), ({1}, [1])],
)
def test_tasks_that_differ_in_any_way_have_different_fingerprints(one: Any, other: Any) -> None:
    """Types count: a result for a tuple is no result for a list."""

    def of(value: Any) -> str:
        inputs = Inputs(arguments=((value,),))
        return task_fingerprint(FunctionTask(entry_point="f", names=("f",), inputs=inputs))

    assert of(one) != of(other)
    assert of(one) == of(one)


def test_the_order_within_a_set_does_not_count() -> None:
    """Equal sets have equal fingerprints however they print."""
    one, other = set([0, 8]), set([8, 0])  # noqa: C405 - in this order
    assert repr(one) != repr(other)

    tasks = [FunctionTask(entry_point="f", names=("f",), inputs=Inputs(arguments=((s,),))) for s in (one, other)]

    assert task_fingerprint(tasks[0]) == task_fingerprint(tasks[1])


@pytest.mark.parametrize(("code", "error"), [("passed", None), ("no box", SandboxUnavailable)])
def test_left_overs_are_looked_for_at_the_end(tmp_path: Path, code: str, error: type[Exception] | None) -> None:
    """What a run ends with happens once, after the last grader has closed, whether it fails or not."""
    events: list[str] = []

    @contextmanager
    def grader() -> Iterator[FakeGrader]:
        try:
            yield FakeGrader()
        finally:
            events.append("closed")

    tools = Tools(
        open_grader=grader,
        abandon=lambda: None,
        executor=LocalWorkers(1),
        workers=1,
        stop=Stop(),
        end=lambda: events.append("ended"),
    )
    with open_run(tmp_path) as store, pytest.raises(error) if error else nullcontext():
        run_plan(plan(*samples(code)), record(), store, tools)

    assert events == ["closed", "ended"]


def test_the_alarm_ends_a_run_that_can_go_on(tmp_path: Path) -> None:
    """Where all samples fail alike the run says so in its record, keeps what is known, and goes on when it must."""
    work = many("error")

    graded = run(tmp_path, work, FakeGrader())
    said = read_record(tmp_path).provenance.alarm
    again = run(tmp_path, work, FakeGrader(), alarm=False)

    assert "all ended as error" in (graded.alarm or "")
    assert said == graded.alarm
    assert len(graded.results) + graded.missing == 40
    assert len(graded.results) >= 30
    assert (again.alarm, again.reused, again.missing) == (None, len(graded.results), 0)


def test_an_alarm_at_the_last_sample_is_not_forgotten(tmp_path: Path) -> None:
    """Where nothing is left to grade, the same command says again that the run was stopped, until that is accepted."""
    whole = many("error")
    work = msgspec.structs.replace(whole, items=whole.items[:30])

    first = run(tmp_path, work, FakeGrader())
    again = run(tmp_path, work, FakeGrader())
    said = read_record(tmp_path).provenance.alarm
    accepted = run(tmp_path, work, FakeGrader(), alarm=False)

    assert first.alarm is not None
    assert (first.missing, again.alarm, said) == (0, first.alarm, first.alarm)
    assert (accepted.alarm, read_record(tmp_path).provenance.alarm) == (None, None)


def test_a_model_that_is_wrong_throughout_is_graded(tmp_path: Path) -> None:
    """No number of wrong answers is an alarm."""
    graded = run(tmp_path, many("wrong"), FakeGrader())

    assert (graded.alarm, graded.missing, len(graded.results)) == (None, 0, 40)
