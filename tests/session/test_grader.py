"""`Grader` and `SyncGrader` on real boxes: what they take, what comes back, and where they work."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.records import Outcome
from tests.run.test_kill import descendants
from tests.run.test_leftovers import children, descriptors, wait_until_only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

pytestmark = pytest.mark.bubblewrap

SPANS = "tiny/merge-spans"
WRONG = {"task_id": SPANS, "solution": "def merge_spans(spans): return []"}
ENDLESS = {"task_id": SPANS, "solution": "while True: pass"}
LONG_S = 60.0


def run(body: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(body, LONG_S))


def gold(grader: boxscore.SyncGrader | boxscore.Grader) -> list[boxscore.Sample]:
    return [
        boxscore.Sample(instance_id=name, sample_id="gold", text=one.reference)
        for name, one in grader.instances.items()
        if one.reference is not None
    ]


def new(**options: Any) -> boxscore.Grader:
    return boxscore.Grader("tiny", backend="local", **{"workers": 1, **options})


def test_a_verdict_is_what_a_run_would_store(warm: boxscore.SyncGrader) -> None:
    """The same sample has the same key, conditions, trust and outcome as in a run, and what it printed."""
    sample = boxscore.Sample(instance_id=SPANS, sample_id="a", text="print('hello')\ndef merge_spans(spans): return []")

    result = warm.grade(sample)

    (stored,) = boxscore.grade("tiny", [sample], backend="local", workers=1).results
    same = (
        "instance_id",
        "sample_id",
        "outcome",
        "reason",
        "trust",
        "key",
        "conditions",
        "boxscore",
        "output",
        "layers",
    )
    assert {name: getattr(result, name) for name in same} == {name: getattr(stored, name) for name in same}
    assert result.output == "hello\n"
    assert result.wall_s is not None


def test_results_are_not_mixed_up(warm: boxscore.SyncGrader) -> None:
    """Many requests at once from many threads: each gets the result of its own sample."""
    right, samples = {one.instance_id: one.text for one in gold(warm)}, []
    for number in range(60):
        name = sorted(right)[number % len(right)]
        text = right[name] if number % 2 else "pass"
        samples.append(boxscore.Sample(instance_id=name, sample_id=f"{number}", text=f"{text}\n# {number}\n"))

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(warm.grade, samples))

    assert [(one.instance_id, one.sample_id) for one in results] == [(s.instance_id, s.sample_id) for s in samples]
    assert [one.outcome is Outcome.PASSED for one in results] == [bool(number % 2) for number in range(60)]
    assert len({one.key for one in results}) == 60
    assert (warm.busy, warm.waiting, warm.workers) == (0, 0, 2)


@pytest.mark.parametrize(
    ("sample", "named"),
    [
        ({"task_id": "tiny/none", "solution": ""}, "is no instance of this benchmark"),
        ({"task_id": SPANS, "solution": "\ud800"}, "surrogate"),
        ({"task_id": SPANS}, "is missing"),
        ({"solution": ""}, "is missing"),
        ("def f(): pass", "a sample must be a Sample or a dict"),
        (boxscore.Sample(instance_id="tiny/none", sample_id="0", text=""), "is no instance of this benchmark"),
        (boxscore.Sample(instance_id=SPANS, sample_id="0", text="\udcff"), "surrogate"),
        ({"instance_id": SPANS, "model_patch": "diff --git a/x b/x\n"}, "tiny takes none: give `completion`"),
    ],
)
def test_a_caller_s_mistake_is_raised(warm: boxscore.SyncGrader, sample: Any, named: str) -> None:
    """What is no sample of the benchmark raises UsageError, which names what is wrong."""
    with pytest.raises(boxscore.UsageError, match=named):
        warm.grade(sample)


def test_tests_may_come_with_the_code(warm: boxscore.SyncGrader) -> None:
    """Inline tests are graded at trust `oracle`, whatever the benchmark, by whatever limits."""
    limits = boxscore.Limits(cpu_s=1.0, wall_s=200.0)

    right = warm.grade_tests("def f(x): return x + 1", "assert f(1) == 2", sample_id="mine")
    wrong = warm.grade_tests("def f(x): return x", {"fn_name": "f", "inputs": [[1]], "outputs": [2]}, limits=limits)

    assert (right.outcome, right.trust, right.sample_id) == (Outcome.PASSED, boxscore.Trust.ORACLE, "mine")
    assert (wrong.outcome, wrong.conditions and wrong.conditions.limits) == (Outcome.WRONG, limits)


@pytest.mark.parametrize("blank", ["", " \n\t\n"])
@pytest.mark.parametrize(
    "tests", ["assert True, f(1)", [{"input": "", "output": ""}], {"inputs": [""], "outputs": [""]}]
)
def test_blank_code_is_no_code(warm: boxscore.SyncGrader, blank: str, tests: object) -> None:
    """Also where tests expect no output, which an empty program would pass; but it may be run."""
    sample = boxscore.Sample(instance_id=SPANS, sample_id="a", text=blank)

    found = [warm.grade_tests(blank, tests), warm.grade_task(boxscore.inline_task(tests), blank), warm.grade(sample)]

    assert [one.outcome for one in found] == [Outcome.NO_CODE] * 3
    assert warm.run_code(blank).outcome is Outcome.NO_TESTS


def test_a_program_may_be_run_with_nothing_to_compare(warm: boxscore.SyncGrader) -> None:
    """Its output comes back, and no verdict: input, files and arguments are the caller's."""
    code = "import sys; print(input() + open('a.txt').read() + sys.argv[1])"

    result = warm.run_code(code, stdin="one ", files={"a.txt": "two "}, arguments=["three"])

    assert isinstance(result.detail, boxscore.ProgramDetail)
    (case,) = result.detail.cases
    assert (case.output, case.exit_code) == ("one two three\n", 0)
    assert (result.outcome, result.trust) == (Outcome.NO_TESTS, boxscore.Trust.NONE)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"stdin": "\ud800"}, "surrogate"),
        ({"stdin": 3}, "stdin must be a string"),
        ({"files": [("a", "b")]}, "files must map names to texts"),
        ({"files": {"a": b"b"}}, "file 'a' must be a string"),
        ({"arguments": "word"}, "arguments must be strings"),
        ({"limits": 3}, "limits must be Limits"),
        ({"language": "cobol"}, "language"),
    ],
)
def test_a_program_that_cannot_be_run_so_is_refused(
    warm: boxscore.SyncGrader, options: dict[str, Any], named: str
) -> None:
    """What is wrong with a call is said before any box."""
    with pytest.raises(boxscore.UsageError, match=named):
        warm.run_code("print(1)", **options)


@pytest.mark.parametrize(
    ("code", "tests", "named"),
    [
        ("def f(): pass", {"fn_name": 3}, "tests"),
        ("\ud800", "assert f() == 1", "surrogate"),
        (None, "assert f() == 1", "code must be a string"),
    ],
)
def test_tests_that_are_none_are_refused(warm: boxscore.SyncGrader, code: Any, tests: Any, named: str) -> None:
    """They raise UsageError before any box is asked."""
    with pytest.raises(boxscore.UsageError, match=named):
        warm.grade_tests(code, tests)


def test_a_task_is_one() -> None:
    """Anything else is refused, and so is a task by which nothing can be graded."""
    grader = boxscore.SyncGrader(backend="local", workers=1)
    with grader:
        with pytest.raises(boxscore.UsageError, match="must be a FunctionTask"):
            grader.grade_task("assert f()", "def f(): pass")  # type: ignore[arg-type]
        with pytest.raises(boxscore.UsageError, match="this task cannot be graded: exactly one of tests and inputs"):
            grader.grade_task(boxscore.FunctionTask(entry_point="f", names=("f",)), "def f(): pass")
        with pytest.raises(boxscore.UsageError, match="has no benchmark"):
            grader.grade(WRONG)
        assert (dict(grader.instances), grader.harness) == ({}, None)


def test_a_stream_yields_all_results(warm: boxscore.SyncGrader) -> None:
    """As they come; and no more is taken than was asked for."""
    samples, taken, most = gold(warm) * 4, 0, 0

    def lazily() -> Iterator[boxscore.Sample]:
        nonlocal taken
        for number, one in enumerate(samples):
            taken += 1
            yield boxscore.Sample(instance_id=one.instance_id, sample_id=str(number), text=one.text)

    for number, result in enumerate(warm.stream(lazily(), ahead=3)):
        assert result.outcome is Outcome.PASSED
        most = max(most, taken - number)

    assert (taken, most) == (len(samples), 3)


def test_an_error_of_a_stream_s_samples_is_raised_after_the_results_before(warm: boxscore.SyncGrader) -> None:
    """What is wrong with a sample, or raised by the iterable, comes where it is."""

    def broken() -> Iterator[Any]:
        yield WRONG
        raise KeyError("mine")

    for samples, error in ((broken(), KeyError), ([WRONG, {"task_id": "x", "solution": ""}, WRONG], ValueError)):
        stream = warm.stream(samples)
        assert next(stream).outcome is Outcome.WRONG
        with pytest.raises(error, match=r"mine|no instance"):
            next(stream)


def test_streams_of_an_event_loop(local_backend: boxscore.Backend) -> None:
    """Samples may come asynchronously; errors as with the other; to leave early gives up what is at work."""
    assert local_backend.name == "local"

    async def asynchronous(samples: list[Any]) -> AsyncIterator[Any]:
        for one in samples:
            await asyncio.sleep(0)
            yield one
        raise KeyError("mine")

    async def body() -> None:
        async with new(workers=2) as grader:
            stream = grader.stream(asynchronous(gold(grader)), ahead=2)
            assert [(await anext(stream)).outcome for _ in grader.instances] == [Outcome.PASSED] * len(grader.instances)
            with pytest.raises(KeyError, match="mine"):
                await anext(stream)
            stream = grader.stream([WRONG, {"task_id": "x", "solution": ""}])
            assert (await anext(stream)).outcome is Outcome.WRONG
            with pytest.raises(boxscore.UsageError, match="no instance"):
                await anext(stream)
            async with aclosing(grader.stream([WRONG, ENDLESS, ENDLESS])) as left:
                await anext(left)
            await until_idle(grader)
            with pytest.raises(boxscore.UsageError, match="ahead must be a whole number"):
                await anext(grader.stream([], ahead=0))

    run(body())


async def until_idle(grader: boxscore.Grader) -> None:
    while grader.busy or grader.waiting:  # noqa: ASYNC110 - of threads
        await asyncio.sleep(0.01)


def test_a_call_that_is_cancelled_frees_its_box(local_backend: boxscore.Backend) -> None:
    """Within seconds nothing of it runs; the worker goes on with the next."""
    assert local_backend.name == "local"

    async def body() -> None:
        others = started_here()
        async with new() as grader:
            await grader.grade(WRONG)
            inside = set[int]().union(*(descendants(pid) for pid in started_here() - others))
            assert inside
            endless = asyncio.ensure_future(grader.grade(ENDLESS))
            while not grader.busy:  # noqa: ASYNC110 - of threads
                await asyncio.sleep(0.01)
            waiting = asyncio.ensure_future(grader.grade(WRONG))
            while not grader.waiting:  # noqa: ASYNC110 - of threads
                await asyncio.sleep(0.01)
            assert grader.busy == 1
            waiting.cancel()
            endless.cancel()
            for one in (endless, waiting):
                with pytest.raises(asyncio.CancelledError):
                    await one
            await until_idle(grader)
            while inside & descendants(os.getpid()).keys():  # noqa: ASYNC110 - of processes
                await asyncio.sleep(0.05)
            assert (await grader.grade(WRONG)).outcome is Outcome.WRONG

    run(body())


def started_here() -> set[int]:
    return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if is_started_here(path)}


def is_started_here(stat: Path) -> bool:
    try:
        return int(stat.read_text(errors="replace").rpartition(")")[2].split()[1]) == os.getpid()
    except OSError:
        return False


def test_closing_ends_what_waits(local_backend: boxscore.Backend) -> None:
    """Calls that are at work or wait raise, and so do later ones, until it is opened again."""
    assert local_backend.name == "local"

    async def body() -> None:
        grader = new()
        async with grader:
            calls = [asyncio.ensure_future(grader.grade(ENDLESS)) for _ in range(2)]
            await asyncio.sleep(0.2)
        assert all(
            isinstance(one, boxscore.SandboxUnavailable) for one in await asyncio.gather(*calls, return_exceptions=True)
        )
        with pytest.raises(boxscore.SandboxUnavailable, match="closed"):
            await grader.grade(WRONG)
        async with grader:
            assert (await grader.grade(WRONG)).outcome is Outcome.WRONG

    run(body())


def test_a_sync_grader_works_where_an_event_loop_runs(warm: boxscore.SyncGrader) -> None:
    """As in a notebook."""

    async def body() -> None:
        assert warm.grade(WRONG).outcome is Outcome.WRONG

    run(body())


def _grade_there(grader: boxscore.SyncGrader, results: Any) -> None:
    results.put((os.getpid(), [str(grader.grade(WRONG).outcome) for _ in range(2)]))
    grader.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_process_of_its_own_has_boxes_of_its_own(warm: boxscore.SyncGrader, way: str) -> None:
    """A forked or spawned process grades by the same object, while the parent's boxes work on."""
    context: Any = multiprocessing.get_context(way)
    results, stop = context.Queue(), threading.Event()
    busy = [threading.Thread(target=_grade_until, args=(warm, stop)) for _ in range(2)]
    for one in busy:
        one.start()

    processes = [context.Process(target=_grade_there, args=(warm, results), daemon=True) for _ in range(2)]
    for process in processes:
        process.start()
    got = [results.get(timeout=LONG_S) for _ in processes]
    for process in processes:
        process.join(LONG_S)
    stop.set()
    for one in busy:
        one.join(LONG_S)

    assert [outcomes for _, outcomes in got] == [["wrong", "wrong"]] * 2
    assert {pid for pid, _ in got} == {process.pid for process in processes}
    assert {process.exitcode for process in processes} == {0}
    assert warm.grade(WRONG).outcome is Outcome.WRONG
    results.close()
    results.join_thread()


def _grade_until(grader: boxscore.SyncGrader, stop: threading.Event) -> None:
    while not stop.is_set():
        assert grader.grade(WRONG).outcome is Outcome.WRONG


@pytest.mark.parametrize("kind", [boxscore.Grader, boxscore.SyncGrader])
def test_a_pickled_grader_is_its_options(kind: type[Any]) -> None:
    """It is not open, and has the same options."""
    grader = kind("tiny", backend="local", workers=3, instances=SPANS, strict=True)

    copy = pickle.loads(pickle.dumps(grader))

    assert isinstance(copy, kind)
    assert (copy.workers, list(copy.instances), copy.harness.name) == (3, [SPANS], "tiny")


@pytest.mark.parametrize("kind", [boxscore.Grader, boxscore.SyncGrader])
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"workers": 0}, "workers must be `int` >= 1"),
        ({"backend": "dokcer"}, "backend must be one of"),
        ({"gate": -1}, "gate must be a whole number"),
        ({"strict": 1}, "strict must be `bool`"),
        ({"on": "moon"}, "on must be 'local', 'ray'"),
        ({"runtime": ""}, "runtime must be `str` of length >= 1"),
        ({"data": "x"}, "data is of a benchmark"),
        ({"instances": "x"}, "instances is of a benchmark"),
        ({"benchmark": 3}, "benchmark must be one name or path"),
    ],
)
def test_an_option_that_cannot_be_is_refused_at_once(kind: type[Any], options: dict[str, Any], named: str) -> None:
    """The message begins with the class and names the option."""
    with pytest.raises(boxscore.UsageError, match=f"^{kind.__name__}: {named}"):
        kind(**options)


def test_sessions_leave_no_thread_child_or_descriptor(
    local_backend: boxscore.Backend, our_threads: set[threading.Thread]
) -> None:
    """However many were opened and closed."""
    assert local_backend.name == "local"

    async def body() -> None:
        async with new(instances=SPANS) as grader:
            await grader.grade(WRONG)

    run(body())
    wait_until_only(our_threads)
    open_before, running_before = descriptors(), children()
    for _ in range(3):
        run(body())
        with boxscore.SyncGrader("tiny", backend="local", workers=1) as grader:
            grader.grade(WRONG)

    wait_until_only(our_threads)
    assert descriptors() <= open_before
    assert children() <= running_before
