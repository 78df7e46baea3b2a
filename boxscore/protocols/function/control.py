"""The control: known programs that a new box grades before any sample, to show that it works.

One does what samples need (start and wait for a process, a file in scratch, print, memory, cross both pipes) and must
pass; the other answers wrongly and must be `wrong`. A box that comes to anything else is lost, and it was ours.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.wire import pack
from boxscore.records import Outcome

if TYPE_CHECKING:
    from boxscore.protocols.warm import WarmBox
    from boxscore.protocols.wire import SampleVerdict
    from boxscore.records import Limits

CPU_S, WALL_S = 10.0, 60.0
LINE = "control"
GOOD = f"""
import os
def control(number):
    print({LINE!r})
    with open("control", "wb") as file:
        file.write(bytes(number))
    held = bytearray(1 << 20)
    with open("control", "rb") as file:
        held[:number] = file.read()
    return [number, len(held), started(number)]
"""
ALONE = "def started(number): return number"  # where a sample may have no second process
FORKS = """
def started(number):
    child = os.fork()
    if not child:
        os._exit(number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
BAD = "def control(number): return [number, 0, 0]"
TESTS = f"assert control(7) == [7, {1 << 20}, 7]"


def prove(warm: WarmBox, limits: Limits) -> None:
    """Have a new box grade both controls. Raises BoxLost with what came of them, unless it is as it must be."""
    warm.send(_frames(limits), last=True)
    good, bad = warm.verdict(2 * WALL_S), warm.verdict(2 * WALL_S)
    heard = f"{LINE}\n".startswith(good.output) and good.output
    if good.outcome is not Outcome.PASSED or not heard:
        raise BoxLost(f"a box does not pass a program that is right: {_came_to(good)}", cause=LossCause.OUTSIDE)
    if bad.outcome is not Outcome.WRONG:
        raise BoxLost(f"a box does not fail a program that is wrong: {_came_to(bad)}", cause=LossCause.OUTSIDE)


@cache
def _frames(limits: Limits) -> bytes:
    message = {
        "entry_point": "control",
        "names": ("control",),
        "helpers": "",
        "tests": TESTS,
        "beside": "",
        "limits": {"cpu_s": CPU_S, "wall_s": WALL_S, "memory_bytes": limits.memory_bytes},
        "inputs": None,
    }
    good = GOOD + (FORKS if limits.processes > 1 else ALONE)
    return b"".join(map(pack, (("instance", message), ("sample", 0, good), ("sample", 1, BAD))))


def _came_to(verdict: SampleVerdict) -> str:
    return f"{verdict.outcome}: {verdict.reason or verdict.output[:200]}"
