"""`boxscore attack`."""

from __future__ import annotations

import sys

from msgspec import Struct

from boxscore._attack import AttackReport, Finding, Judgement, render_report, run_attacks
from boxscore._commands._output import print_json, say, say_unpublished
from boxscore._doctor import examine, working_backends
from boxscore._errors import SandboxUnavailable, UsageError
from boxscore._plan import with_cpu_limit
from boxscore._plugin_calls import make_task
from boxscore._request import Request, choose_backend, grader_factory, image_of, load_benchmark


class BackendAttacks(Struct, frozen=True, kw_only=True):
    """What a suite came to in the boxes of one backend."""

    backend: str
    held: bool
    report: AttackReport


def attack_command(request: Request, *, json: bool) -> int:
    """Try to forge passes on an instance with a reference; exit with 1 if anything got through."""
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    instance = next((one for one in benchmark.asked if one.reference is not None), None)
    if instance is None:
        raise UsageError(f"{benchmark.harness.name} has no reference to make honest controls of")
    names = _backends(request.backend)
    if not names:
        raise SandboxUnavailable("no sandbox works here; `boxscore doctor` says what to install")
    task = make_task(benchmark.harness, instance)
    if request.cpu_s is not None:
        task = with_cpu_limit(task, request.cpu_s)
    done = []
    for name in names:
        say(f"attacking {instance.instance_id} in {name} boxes")
        backend = choose_backend(request, name=name)
        factory = grader_factory(backend, image_of(request, benchmark.harness, backend))
        report = run_attacks(factory, instance, task, benchmark.harness.trust, progress=_tell)
        done.append(BackendAttacks(backend=backend.name, held=report.held, report=report))
    if json:
        print_json(done)
    else:
        _print(done)
    return 0 if all(one.held for one in done) else 1


def _backends(asked: str) -> tuple[str, ...]:
    return working_backends(examine()) if asked == "all" else (asked,)


def _tell(finding: Finding) -> None:
    if finding.judgement is not Judgement.HELD:
        say(f"{finding.attack_class}/{finding.name}: {finding.judgement.value}: {finding.reason}")


def _print(done: list[BackendAttacks]) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import

    console = Console(width=None if sys.stdout.isatty() else 120)
    for one in done:
        console.print(f"{one.backend} boxes: {'all held' if one.held else 'NOT all held'}")
        console.print(render_report(one.report))
