"""The limits, and the way to apply patches, that are recorded and shown are those that hold."""

from __future__ import annotations

import pytest

from boxscore.data.samples import gold_samples
from boxscore.errors import UsageError
from boxscore.images.records import InstanceImage
from boxscore.protocols.function.task import FunctionTask, Inputs, limits_in_force, wall_limit_s, with_cpu_limit
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.registry import protocol_of
from boxscore.records import ApplyStrategy, Instance, Limits
from boxscore.run.plan import Plan, make_plan
from boxscore.run.prepare import load_benchmark, prepare
from boxscore.run.request import Request
from harnesses.swebench.rules import APPLY_STRATEGIES
from tests.run.test_engine import ASKED, INSTANCES, FakeHarness, samples

WAYS = (ApplyStrategy(), *APPLY_STRATEGIES.values())
PATCH = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n"


def task(limits: Limits, inputs: Inputs | None = None) -> FunctionTask:
    return FunctionTask(entry_point="f", names=("f",), tests=None if inputs else "", inputs=inputs, limits=limits)


@pytest.mark.parametrize(
    ("one", "cpu_s", "wall_s"),
    [
        (task(Limits(cpu_s=3.0)), 3.0, 60.0),
        (task(Limits(cpu_s=90.0)), 90.0, 90.0),
        (task(Limits(cpu_s=61.0), Inputs(arguments=((1,),))), 61.0, 670.0),
        (task(Limits(cpu_s=3.0), Inputs(arguments=((1,),))), 61.0, 670.0),
        (with_cpu_limit(task(Limits(cpu_s=3.0)), 86_400), 86_400, 86_400),
        (with_cpu_limit(task(Limits(cpu_s=3.0), Inputs(arguments=((1,),))), 86_400), 86_400, 86_400),
    ],
)
def test_wall_is_never_below_cpu(one: FunctionTask, cpu_s: float, wall_s: float) -> None:
    """Time for all inputs together counts, on both clocks; the wall limit is what a grader enforces."""
    shown = limits_in_force(one)

    assert (shown.cpu_s, shown.wall_s) == (cpu_s, wall_s)
    assert wall_limit_s(one) == shown.wall_s


def test_a_cpu_limit_for_patches_is_none_on_the_wall() -> None:
    """What is asked for is cpu time; the wall backstops stay where they were, or well above it."""
    patch = PatchTask(
        image=InstanceImage(name="f"),
        fail_to_pass=(),
        pass_to_pass=(),
        commands=(),
        parser="",
        command_s=1800.0,
        limits=Limits(wall_s=3600.0),
    )

    low, high = (protocol_of(patch).with_cpu_limit(patch, cpu_s) for cpu_s in (60.0, 1000.0))

    assert isinstance(low, PatchTask)
    assert isinstance(high, PatchTask)
    assert (low.limits.cpu_s, low.limits.wall_s, low.command_s) == (60.0, 3600.0, 1800.0)
    assert (high.limits.cpu_s, high.limits.wall_s, high.command_s) == (1000.0, 10_000.0, 10_000.0)


def test_how_patches_are_applied_is_in_the_task_and_the_key() -> None:
    """Another way to apply a patch is another task with another key; a benchmark of functions has no use for one."""

    class Patches(FakeHarness):
        def task(self, instance: Instance) -> PatchTask:  # type: ignore[override]
            return PatchTask(image=InstanceImage(name="f"), fail_to_pass=(), pass_to_pass=(), commands=(), parser="")

    def planned(apply: ApplyStrategy | None) -> Plan:
        return make_plan(Patches(), INSTANCES, samples(PATCH), asked=ASKED, apply=apply)

    plans = [planned(None), *map(planned, WAYS)]

    assert [task.apply for one in plans for task in one.tasks.values() if isinstance(task, PatchTask)] == [
        ApplyStrategy(),
        *WAYS,
    ]
    assert len({one.items[0].key for one in plans}) == len(WAYS)
    with pytest.raises(UsageError, match="--apply is for patches"):
        make_plan(FakeHarness(), INSTANCES, samples("x"), asked=ASKED, apply=ApplyStrategy())


@pytest.mark.bubblewrap
def test_how_to_apply_reaches_the_plan() -> None:
    """What is asked for is not lost on the way: for functions it is refused before a box opens."""
    request = Request(benchmark="tiny", backend="local", apply="strict", limit=1)
    benchmark = load_benchmark(request)

    with pytest.raises(UsageError, match="--apply is for patches; 'tiny/"):
        prepare(request, benchmark, list(gold_samples(benchmark.asked)))
