"""The reference gate, before graders that run nothing."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from msgspec.structs import replace

from boxscore.boxes.fake import FakeBackend
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.errors import ImageMissing, RunStopped
from boxscore.images.records import InstanceImage
from boxscore.protocols.contract import Batch, Candidate, Reference
from boxscore.protocols.function.task import FunctionTask
from boxscore.protocols.patch.task import ObservedPatch, PatchTask
from boxscore.records import Conditions, LimitName, Outcome, Result, Sample, Trust
from boxscore.resources import folder
from boxscore.run.gate import HELD, GatedGrader, Gates, gate_graders
from boxscore.run.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROOT = folder("instances") / "tiny"
FUNCTION = FunctionTask(entry_point="f", names=("f",), tests="assert f()")
IMAGE = InstanceImage(name="one")
PATCH = PatchTask(image=IMAGE, fail_to_pass=("t",), pass_to_pass=(), commands=("true",), parser="pytest")


class Script:
    baseline: ClassVar[str] = "wrong"

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.spoiled = False  # by a sample: the reference fails from then on
        self.extra: dict[str, Any] = {}
        self.on_sample: Callable[[str], object] = id

    def grade(self, batch: Batch) -> Iterator[Result]:
        for one in batch.candidates:
            self.graded.append(one.sample_id)
            self.on_sample(one.sample_id)
            code = one.code
            if isinstance(batch.task, ObservedPatch) and not code:
                code = self.baseline
            if self.spoiled and one.sample_id == "gold":
                code = "error"
            yield Result(
                instance_id=batch.instance_id,
                sample_id=one.sample_id,
                outcome=Outcome(code.strip() or "no_code"),
                trust=batch.trust,
                reason=f"{code}:\n as said",
                **(self.extra if one.sample_id == "gold" else {}),
            )


class Digests:
    def __init__(self) -> None:
        self.digest: str | None = "sha256:1"

    def __call__(self, image: str | None) -> str:
        if self.digest is None:
            raise ImageMissing("it is not here")
        return self.digest


def batch(*codes: str, gold: str = "passed", task: FunctionTask | PatchTask = FUNCTION, repeats: int = 1) -> Batch:
    return Batch(
        instance_id="a",
        task=task,
        trust=Trust.ORACLE,
        candidates=tuple(Candidate(sample_id=str(number), code=code) for number, code in enumerate(codes)),
        conditions=Conditions(backend="fake", image="i", gate=True),
        reference=Reference(code=gold, key=f"key of {gold}", repeats=repeats),
    )


def patches(*codes: str, gold: str = "passed", repeats: int = 1) -> Batch:
    return batch(*codes, gold=gold, task=PATCH, repeats=repeats)


class Bench:
    def __init__(self, cache: Path) -> None:
        self.cache, self.script, self.digests = cache, Script(), Digests()
        self.apart: Script | None = None  # a grader with boxes of its own, where it is not like the first
        self.again()

    def again(self) -> None:
        self.script.graded.clear()
        self.grader = GatedGrader(
            self.script, lambda: nullcontext(self.apart or self.script), Gates(self.cache), FakeBackend(), self.digests
        )

    def outcomes(self, given: Batch) -> list[str]:
        results = sorted(self.grader.grade(given), key=lambda one: one.sample_id)
        self.results = results
        return [f"{one.outcome}{' unresolvable' if one.unresolvable else ''}" for one in results]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_function_that_passes_needs_no_reference(bench: Bench) -> None:
    """A sample that passes shows that its instance can be resolved."""
    assert bench.outcomes(batch("passed", "wrong", "error")) == ["passed", "wrong", "error"]
    assert bench.script.graded == ["0", "1", "2"]


def test_a_failure_is_charged_where_the_reference_passes(bench: Bench) -> None:
    """The reference of a function is graded where the first few samples failed, and once only."""
    assert bench.outcomes(batch(*["wrong"] * (HELD + 2))) == ["wrong"] * (HELD + 2)
    assert bench.script.graded == [*map(str, range(HELD)), "gold", str(HELD), str(HELD + 1)]


def test_no_sample_makes_a_reference_fail(bench: Bench) -> None:
    """One that fails in a box where samples ran is graded again in a box of its own, and that counts."""
    bench.apart = Script()
    bench.script.spoiled = True

    assert bench.outcomes(batch("wrong")) == ["wrong"]
    assert (bench.script.graded, bench.apart.graded) == (["0", "gold"], ["gold"])


def test_one_of_the_first_samples_that_passes_is_enough(bench: Bench) -> None:
    """Those that failed before it are held back until then, and none is lost; the next run does not wait for it."""
    given = batch("wrong", "passed", *["error"] * HELD)

    assert Counter(bench.outcomes(given)) == {"wrong": 1, "passed": 1, "error": HELD}
    assert bench.script.graded == [*map(str, range(HELD + 2))]
    bench.again()
    assert next(iter(bench.grader.grade(given))).outcome is Outcome.WRONG
    assert bench.script.graded == ["0"]


def test_no_failure_is_charged_where_the_reference_fails(bench: Bench) -> None:
    """Samples are then internal, with one line that says what failed of the reference; the rest is not run."""
    assert bench.outcomes(batch(*["wrong"] * HELD, "passed", gold="error")) == ["internal unresolvable"] * (HELD + 1)
    assert bench.script.graded == [*map(str, range(HELD)), "gold", "gold"]
    assert {one.reason for one in bench.results} == {"the reference does not resolve here: error: error: as said"}


def test_patches_are_looked_at_before_the_first_sample(bench: Bench) -> None:
    """The reference must resolve, and no patch at all must not, before anything of a model is run."""
    assert bench.outcomes(patches("passed", "wrong")) == ["passed", "wrong"]
    assert bench.script.graded == ["gold", "baseline", "0", "1"]


def test_no_patch_is_run_where_the_reference_fails(bench: Bench) -> None:
    """Also one that would pass: which instances count never hangs on what a model wrote."""
    assert bench.outcomes(patches("passed", "wrong", gold="timeout")) == ["internal unresolvable"] * 2
    assert bench.script.graded == ["gold"]


def test_an_instance_that_needs_no_fix_is_kept_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tests pass without any patch, a pass shows nothing."""
    monkeypatch.setattr(Script, "baseline", "passed")

    assert bench.outcomes(patches("passed")) == ["internal unresolvable"]
    assert bench.results[0].reason == "nothing to fix here: the tests pass without any patch"


def test_what_was_seen_is_kept(bench: Bench) -> None:
    """The next process asks the cache, whether the reference resolved or not."""
    for gold in ("passed", "wrong"):
        expected = bench.outcomes(patches("wrong", gold=gold))
        bench.again()

        assert bench.outcomes(patches("wrong", gold=gold)) == expected
        assert bench.script.graded == (["0"] if gold == "passed" else [])


def test_another_image_is_looked_at_anew(bench: Bench) -> None:
    """A digest under which nothing was seen knows nothing, also while a run goes on."""
    bench.outcomes(patches("wrong", gold="wrong"))
    bench.digests.digest = "sha256:2"

    bench.outcomes(patches("wrong", gold="wrong"))

    assert bench.script.graded == ["gold", "gold"]


@pytest.mark.parametrize("extra", [{"outcome": Outcome.INTERNAL}, {"outcome": Outcome.TAMPERED, "lost_boxes": 3}])
def test_trouble_of_ours_says_nothing_of_a_reference(bench: Bench, extra: dict[str, Any]) -> None:
    """Samples are internal without blame of the reference, and the next batch tries again."""
    outcome = str(extra.pop("outcome"))
    bench.script.extra = extra

    assert bench.outcomes(patches("wrong", gold=outcome)) == ["internal"]
    assert bench.results[0].reason.startswith("the reference could not be graded: ")
    bench.script.extra = {}
    bench.outcomes(patches("wrong", gold=outcome))
    assert bench.script.graded.count("gold") == 2


@pytest.mark.parametrize(("limit", "gold"), [(LimitName.WALL, "timeout"), (LimitName.CPU, "timeout"), (None, "signal")])
def test_what_a_machine_may_cause_is_believed_for_one_run(bench: Bench, limit: LimitName | None, gold: str) -> None:
    """One that is busy or out of memory: it is not kept, but not tried again for each sample either."""
    bench.script.extra = {"limit": limit}

    assert bench.outcomes(patches("wrong", gold=gold)) == ["internal unresolvable"]
    assert bench.outcomes(patches("wrong", gold=gold)) == ["internal unresolvable"]
    assert bench.script.graded == ["gold"]
    bench.again()
    bench.outcomes(patches("wrong", gold=gold))
    assert bench.script.graded == ["gold"]


def test_repeats_are_all_asked_of_the_reference(bench: Bench) -> None:
    """With repeats, what was seen fewer times is not enough; one failure is."""
    bench.outcomes(patches("passed", repeats=1))
    bench.script.graded.clear()

    assert bench.outcomes(patches("passed", repeats=3)) == ["passed"]
    assert bench.script.graded == ["gold", "baseline"] * 3 + ["0"]
    bench.again()
    bench.outcomes(patches("passed", repeats=2))
    assert bench.script.graded == ["0"]


def test_answers_without_code_ask_no_gate(bench: Bench) -> None:
    """They are no code whatever the reference does, and no image is built for them."""
    assert bench.outcomes(patches(" \n", gold="wrong")) == ["no_code"]
    assert bench.script.graded == ["0"]


def test_without_a_reference_there_is_no_gate(bench: Bench) -> None:
    """A batch that names none, as of --no-gate, is graded as it is."""
    assert bench.outcomes(replace(patches("wrong"), reference=None)) == ["wrong"]


def test_no_sample_begins_where_a_run_is_told_to_end(tmp_path: Path) -> None:
    """What was seen of the reference until then is kept for the next run."""
    backend, script = StoppableBackend(FakeBackend()), Script()
    grader = GatedGrader(script, lambda: nullcontext(script), Gates(tmp_path), backend, Digests())
    backend.halt()

    with pytest.raises(RunStopped):
        list(grader.grade(patches("passed")))

    assert script.graded == ["gold", "baseline"]
    assert len(list(tmp_path.glob("gates/*.json"))) == 1


@pytest.mark.parametrize("repeats", [0, 2])
def test_a_plan_gives_each_batch_its_reference(repeats: int) -> None:
    """Under a key that another limit or reference changes; without a gate it gives none."""
    harness = load_harness("tiny")
    instances = load_instances(harness, ROOT / "instances.jsonl")[:2]
    given = [Sample(instance_id=one.instance_id, sample_id="0", text="x = 1") for one in instances]

    def references(**changes: Any) -> list[Reference | None]:
        asked = Conditions(backend="fake", gate=repeats > 0)
        plan = make_plan(harness, instances, given, asked=asked, gate_repeats=repeats, **changes)
        return [one.reference for one in plan.batches({item.name for item in plan.items}, workers=1)]

    first = references()
    keys = [None if one is None else one.key for one in (*first, *references(cpu_s=9.0))]

    if not repeats:
        assert keys == [None] * 4
        return
    assert len(set(keys)) == 4
    assert [one.repeats for one in first if one is not None] == [2, 2]
    assert {one.code for one in first if one is not None} == {one.reference for one in instances}


def test_two_workers_look_at_an_instance_once(tmp_path: Path) -> None:
    """While one grades the reference the other waits, and then knows."""
    script, reached, release = Script(), threading.Event(), threading.Event()

    class Slow(Script):
        def grade(self, batch: Batch) -> Iterator[Result]:
            if batch.candidates[0].sample_id == "gold":
                reached.set()
                assert release.wait(60)
            yield from script.grade(batch)

    @contextmanager
    def opened() -> Iterator[Slow]:
        yield Slow()

    found: list[Result] = []
    open_gated = gate_graders(opened, Gates(tmp_path), FakeBackend(), Digests())

    def work() -> None:
        with open_gated() as grader:
            found.extend(grader.grade(patches("wrong")))

    workers = [threading.Thread(target=work) for _ in range(2)]
    workers[0].start()
    assert reached.wait(60)
    workers[1].start()
    release.set()
    for worker in workers:
        worker.join(60)

    assert [one.outcome for one in found] == [Outcome.WRONG] * 2
    assert script.graded.count("gold") == 1
