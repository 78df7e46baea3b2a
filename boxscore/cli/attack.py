"""`boxscore attack`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.attack.run import AttackReport, Finding, Judgement, render_report, run_attacks
from boxscore.cache import cache_folder
from boxscore.cli.output import print_json, say, say_unpublished
from boxscore.data.plugin_calls import make_task
from boxscore.doctor.examine import examine, working_backends
from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.protocols.contract import Opening
from boxscore.protocols.registry import protocol_of
from boxscore.run.graders import grader_factory
from boxscore.run.prepare import Request, choose_backend, image_of, load_benchmark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore.protocols.contract import Task
    from boxscore.records import Instance
    from boxscore.run.prepare import Benchmark


class BackendAttacks(Struct, frozen=True, kw_only=True):
    """What a suite came to in the boxes of one backend."""

    backend: str
    held: bool
    report: AttackReport


def attack_command(request: Request, *, json: bool) -> int:
    """Try to forge passes on instances with a reference; exit with 1 if anything got through.

    Those that were named are attacked, else the first of each kind that the protocol knows.
    """
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    with_reference = [one for one in benchmark.asked if one.reference is not None]
    if not with_reference:
        raise UsageError(f"{benchmark.harness.name} has no reference to make honest controls of")
    tasks = [(one, make_task(benchmark.harness, one)) for one in with_reference]
    chosen = _to_attack(tasks, named=bool(request.only))
    if request.cpu_s is not None:
        chosen = [(one, protocol_of(task).with_cpu_limit(task, request.cpu_s)) for one, task in chosen]
    done = []
    for name in _backends(request, benchmark):
        backend = choose_backend(request, name=name)
        image = image_of(request, benchmark.harness, backend)
        for instance, task in chosen:
            say(f"attacking {instance.instance_id} in {backend.name} boxes")
            report = run_attacks(
                grader_factory(backend, image),
                instance,
                task,
                benchmark.harness.trust,
                opening=Opening(backend=backend, image=image, cache=cache_folder()),
                progress=_tell,
            )
            done.append(BackendAttacks(backend=backend.name, held=report.held, report=report))
    if json:
        print_json(done)
    else:
        _print(done)
    return 0 if all(one.held for one in done) else 1


def _to_attack(tasks: Iterable[tuple[Instance, Task]], *, named: bool) -> list[tuple[Instance, Task]]:
    """The instances that were named, else the first of each kind; those without attacks are told."""
    found: dict[tuple[str, str], tuple[Instance, Task]] = {}
    for instance, task in tasks:
        protocol = protocol_of(task)
        reason = protocol.why_not_attacked(task)
        if reason:
            say(f"{instance.instance_id} is not attacked: {reason}")
            continue
        kind = instance.instance_id if named else protocol.attack_kind(task)
        found.setdefault((protocol.name, kind), (instance, task))
    if not found:
        raise UsageError("none of these instances can be attacked")
    return list(found.values())


def _backends(request: Request, benchmark: Benchmark) -> tuple[str, ...]:
    if benchmark.harness.image is None and request.backend == "all":
        return ("docker",)  # instances have images of their own
    names = working_backends(examine()) if request.backend == "all" else (request.backend,)
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
