"""Boxes of one user number side by side: what the kernel counts for that number reaches from none to another."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.boxes.registry import open_backend
from boxscore.errors import SandboxUnavailable
from boxscore.protocols.warm import open_warm_box
from boxscore.protocols.wire import pack
from tests.layers.nested import NestedBackend
from tests.layers.removal import LIMITS, PRELUDE, Edit, OpenBox, Row, removed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.boxes.contract import Box, BoxSpec

IN_FLIGHT = """
import array, time
kept = []
try:
    while True:
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        kept += [one, other]
        for _ in range(8):
            one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200))])
except OSError:
    open("held", "w").close()
time.sleep(900)
"""
NO_FILTER = Edit("supervisor", 'step = "seccomp"\n                self.filter.enter()')  # lets none send descriptors
HONEST = Row("", "", ("def f(): return 'graded'",), (), "", "")


# A neighbour that sleeps until all is seen, however long that takes.
PATIENT = msgspec.structs.replace(LIMITS, cpu_s=600.0, wall_s=1200.0)


class Shown(NestedBackend):
    """Shows the box that was opened last."""

    shown: Box

    @contextmanager
    def box(self, spec: BoxSpec) -> Iterator[Box]:
        with super().box(spec) as opened:
            self.shown = opened
            yield opened


@contextmanager
def beside(program: str, edits: Sequence[Edit]) -> Iterator[OpenBox]:
    try:
        open_backend("local").check()
    except SandboxUnavailable as error:
        pytest.skip(f"no bubblewrap sandbox here: {error}")
    backend, sources = Shown(), removed(edits)
    with open_warm_box(backend, None, PATIENT, sources=sources) as first:
        box = backend.shown
        first.send(pack(("instance", OpenBox(first, PATIENT).message | {"tests": "f()"})))
        first.send(pack(("sample", 0, PRELUDE + program)))
        until = time.monotonic() + 300
        while not made(box):
            assert time.monotonic() < until
            time.sleep(0.01)
        with open_warm_box(backend, None, LIMITS, sources=sources) as second:
            yield OpenBox(second, LIMITS)


def made(box: Box) -> bool:
    try:
        box.get("/scratch/candidate/own/held", max_bytes=0)
    except FileNotFoundError:
        return False
    return True


@pytest.mark.bubblewrap
@pytest.mark.parametrize("edits", [(), (NO_FILTER,)])
def test_descriptors_in_flight_do_not_stop_a_neighbour(edits: Sequence[Edit]) -> None:
    with beside(IN_FLIGHT, edits) as open_box:
        assert open_box.found(HONEST) == "graded"
