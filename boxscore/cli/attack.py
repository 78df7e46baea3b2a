"""`boxscore attack`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.attack.patches import why_not
from boxscore.attack.run import AttackReport, Finding, Judgement, render_report, run_attacks, run_patch_attacks
from boxscore.cli.output import print_json, say, say_unpublished
from boxscore.data.plugin_calls import make_task
from boxscore.doctor.examine import examine, working_backends
from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.protocols.patch.task import PatchTask
from boxscore.run.graders import grader_factory
from boxscore.run.plan import with_cpu_limit
from boxscore.run.prepare import Request, choose_backend, image_of, load_benchmark

if TYPE_CHECKING:
    from boxscore.harness import Task
    from boxscore.records import Instance
    from boxscore.run.prepare import Benchmark


class BackendAttacks(Struct, frozen=True, kw_only=True):
    """What a suite came to in the boxes of one backend."""

    backend: str
    held: bool
    report: AttackReport


def attack_command(request: Request, *, json: bool) -> int:
    """Try to forge passes on instances with a reference; exit with 1 if anything got through.

    Of functions the first such instance is attacked, of patches the first of each runner, or those that were named.
    """
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    with_reference = [one for one in benchmark.asked if one.reference is not None]
    if not with_reference:
        raise UsageError(f"{benchmark.harness.name} has no reference to make honest controls of")
    first = make_task(benchmark.harness, with_reference[0])
    if isinstance(first, PatchTask):
        done = _on_patches(request, benchmark, with_reference)
    else:
        done = _on_a_function(request, benchmark, with_reference[0], first)
    if json:
        print_json(done)
    else:
        _print(done)
    return 0 if all(one.held for one in done) else 1


def _on_a_function(request: Request, benchmark: Benchmark, instance: Instance, task: Task) -> list[BackendAttacks]:
    if request.cpu_s is not None:
        task = with_cpu_limit(task, request.cpu_s)
    done = []
    for name in _backends(request.backend):
        say(f"attacking {instance.instance_id} in {name} boxes")
        backend = choose_backend(request, name=name)
        factory = grader_factory(backend, image_of(request, benchmark.harness, backend))
        report = run_attacks(factory, instance, task, benchmark.harness.trust, progress=_tell)
        done.append(BackendAttacks(backend=backend.name, held=report.held, report=report))
    return done


def _on_patches(request: Request, benchmark: Benchmark, instances: list[Instance]) -> list[BackendAttacks]:
    from boxscore.protocols.patch.boxes import Boxes  # noqa: PLC0415 - as above
    from boxscore.protocols.registry import TreeFinder  # noqa: PLC0415 - brings the SDK

    tasks = [(one, make_task(benchmark.harness, one)) for one in instances]
    chosen = _to_attack([(one, task) for one, task in tasks if isinstance(task, PatchTask)], named=bool(request.only))
    if request.backend not in {"all", "auto", "docker"}:
        raise UsageError(
            f"patches are tested in images of their own, which {request.backend} boxes have not: use docker"
        )
    backend = choose_backend(request, name="docker")
    boxes = Boxes(backend, TreeFinder(backend))
    done = []
    for instance, task in chosen:
        say(f"attacking {instance.instance_id} in {backend.name} boxes")
        factory = grader_factory(backend, None)
        report = run_patch_attacks(factory, instance, task, benchmark.harness.trust, boxes=boxes, progress=_tell)
        done.append(BackendAttacks(backend=backend.name, held=report.held, report=report))
    return done


def _to_attack(tasks: list[tuple[Instance, PatchTask]], *, named: bool) -> list[tuple[Instance, PatchTask]]:
    """The instances that were named, else the first of each runner; those without attacks are told."""
    reasons = {instance.instance_id: why_not(task) for instance, task in tasks}
    for name, reason in reasons.items():
        if reason:
            say(f"{name} is not attacked: {reason}")
    chosen = [(instance, task) for instance, task in tasks if not reasons[instance.instance_id]]
    if not chosen:
        raise UsageError("none of these instances can be attacked")
    if named:
        return chosen
    first = {task.canaries: (instance, task) for instance, task in reversed(chosen)}
    return [one for one in chosen if one in first.values()]


def _backends(asked: str) -> tuple[str, ...]:
    names = working_backends(examine()) if asked == "all" else (asked,)
    if not names:
        raise SandboxUnavailable("no sandbox works here; `boxscore doctor` says what to install")
    return names


def _tell(finding: Finding) -> None:
    if finding.judgement is not Judgement.HELD:
        say(f"{finding.attack_class}/{finding.name}: {finding.judgement.value}: {finding.reason}")


def _print(done: list[BackendAttacks]) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import

    console = Console(width=None if sys.stdout.isatty() else 120)
    for one in done:
        console.print(f"{one.backend} boxes: {'all held' if one.held else 'NOT all held'}")
        console.print(render_report(one.report))
