"""What it takes to grade with a defence taken out, and to say in a few words what an attack then found."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from boxscore.errors import BoxError
from boxscore.protocols.warm import open_warm_box, sandbox_sources
from boxscore.protocols.wire import pack
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.warm import Sources, WarmBox
    from boxscore.protocols.wire import SampleVerdict

LIMITS = Limits(cpu_s=1.0, wall_s=60.0, memory_bytes=256 << 20, processes=40, disk_bytes=32 << 20)
PATIENCE_S, LOST_S = 300.0, 4.0  # for a verdict that must come, and for one that must not
LOST = "the box is lost: no verdict"
PRELUDE = """
import ctypes, mmap, os, resource, select, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def tried(act, *arguments):
    try:
        act(*arguments)
    except BaseException as error:
        return "refused"
    return "done"
def called(*arguments):
    return "refused" if libc.syscall(*arguments) < 0 else "done"
"""


class Edit(NamedTuple):
    """A place in a module of `sandbox/` that is a defence, and what is there when it is gone."""

    module: str
    text: str
    instead: str = "pass"


class Row(NamedTuple):
    """A layer, an attack on what it guards, and what the attack finds with it, without it, and without more.

    The `programs` are graded one after the other in one box; what the one numbered `counts` finds counts, and its `f`
    says it in words. `gvisor` is what is found without it under gVisor, where it is tried there; `only` names the one
    backend on which the row makes sense. `lost_s`: when a verdict that must not come is waited for no longer. `cpu_s`
    and `wall_s` are what the attack may take: more than usual where another limit is to end it, on a busy machine too.
    """

    layer: str
    attack: str
    programs: tuple[str, ...]
    removed: tuple[Edit, ...]
    expected: str
    without: str
    more: tuple[Edit, ...] = ()
    without_more: str = ""
    tests: str = "raise AssertionError(f())"
    only: str = ""
    gvisor: str = ""
    counts: int = 0
    lost_s: float = LOST_S
    cpu_s: float = LIMITS.cpu_s
    wall_s: float = LIMITS.wall_s


def removed(edits: Iterable[Edit]) -> Sources:
    modules = dict(sandbox_sources())
    for module, text, instead in edits:
        if modules[module].count(text) != 1:
            raise LookupError(f"{module}.py does not hold this once: {text}")
        modules[module] = modules[module].replace(text, instead)
    return tuple(modules.items())


class OpenBox:
    """One warm box in which attacks are tried."""

    def __init__(self, warm: WarmBox, limits: Limits) -> None:
        self.warm = warm
        self.message = {
            "entry_point": "f",
            "names": ("f",),
            "helpers": "",
            "beside": "",
            "limits": {"cpu_s": limits.cpu_s, "wall_s": limits.wall_s, "memory_bytes": limits.memory_bytes},
            "inputs": None,
        }

    def found(self, row: Row, patience_s: float = PATIENCE_S) -> str:
        try:
            self.warm.send(pack(("instance", self.message | {"tests": row.tests})))
            for number, program in enumerate(row.programs):
                self.warm.send(pack(("sample", number, PRELUDE + program)))
            for _ in range(row.counts + 1):
                verdict = self.warm.verdict(patience_s)
        except (BoxError, TimeoutError):
            return LOST
        return in_words(verdict)


@contextmanager
def open_box(
    backend: Backend, image: str | None, edits: Iterable[Edit] = (), limits: Limits = LIMITS
) -> Iterator[OpenBox]:
    with open_warm_box(backend, image, limits, sources=removed(edits)) as warm:
        yield OpenBox(warm, limits)


def found(backend: Backend, image: str | None, row: Row, edits: Iterable[Edit], expected: str) -> str:
    limits = msgspec.structs.replace(LIMITS, cpu_s=row.cpu_s, wall_s=row.wall_s)
    try:
        with open_box(backend, image, edits, limits) as opened:
            return opened.found(row, row.lost_s if expected == LOST else PATIENCE_S)
    except BoxError:
        return "the box does not open"


def in_words(verdict: SampleVerdict) -> str:
    message = re.match(r"assertion failed(?: in line \d+ of the tests)?: (.*)", verdict.reason, re.DOTALL)
    if message:
        return message[1]
    detail = verdict.limit or verdict.error_type
    return f"`{verdict.outcome}`" + (f" ({detail})" if detail else "")
