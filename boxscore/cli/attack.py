"""`boxscore attack`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec.structs import replace

from boxscore.boxes.contract import Capability
from boxscore.boxes.registry import CHOSEN, open_backend
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, UNMET, console, print_json, say, say_unpublished
from boxscore.data.plugin_calls import make_task
from boxscore.doctor.examine import examine, what_is_missing, working_backends
from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.run.attacks import BackendAttacks, attack_in_boxes, render_report, to_attack
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from boxscore.run.prepare import Benchmark


@command("attack", request=("only", "data", "runtime", "image", "workers", "on", "out"))
def attack(
    request: Request,
    *,
    attacks: Annotated[
        tuple[str, ...],
        option("-a --attack", "Only attacks of this class, or this one; may be repeated.", metavar="CLASS[/NAME]"),
    ] = (),
    every: Annotated[bool, option("--all", "Attack all instances rather than one of each kind.")] = False,
    backend: Annotated[str, option("--backend", "docker, local, or all that work here.", metavar="NAME")] = "all",
    json: Json = False,
) -> int:
    """Try to forge passes with our own attacks, and count them.

    One instance of each kind is attacked by default, such as one for each runner of tests. Attacks run one at a time,
    as what one leaves behind the next may find, unless there are more workers.
    """
    request = replace(request, backend=backend, workers=request.workers or 1)
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    with_reference = [one for one in benchmark.asked if one.reference is not None]
    if not with_reference:
        raise UsageError(f"{benchmark.harness.name} has no reference to make honest controls of")
    tasks = [(one, make_task(benchmark.harness, one)) for one in with_reference]
    chosen = to_attack(tasks, named=every or bool(request.only), say=say)
    benchmark = replace(benchmark, asked=tuple(one for one, *_ in chosen))
    backends = _backends(request, benchmark)
    done = []
    with stop_on_signals(say) as stop:
        for name in backends:
            out = request.out / name if request.out is not None and len(backends) > 1 else request.out
            found = attack_in_boxes(replace(request, backend=name, out=out), benchmark, chosen, stop, attacks, say=say)
            if found is None:
                return stop.exit_code
            done += found
    if json:
        print_json(done)
    else:
        _print(done)
    return OK if all(one.held for one in done) else UNMET


def _backends(request: Request, benchmark: Benchmark) -> tuple[str, ...]:
    if benchmark.harness.image is None and request.backend == "all":
        return tuple(name for name in CHOSEN if Capability.IMAGES in open_backend(name).capabilities)
    if request.backend != "all":
        return (request.backend,)
    findings = examine()
    names = working_backends(findings)
    if not names:
        raise SandboxUnavailable("no sandbox works here; `boxscore doctor` says what to install")
    for name, lack in what_is_missing(findings).items():
        say(f"not attacked in {name} boxes: {lack}")
    return names


def _print(done: list[BackendAttacks]) -> None:
    with console() as page:
        for one in done:
            page.print(f"{one.backend} boxes: {'all held' if one.held else 'NOT all held'}")
            page.print(render_report(one.report))
