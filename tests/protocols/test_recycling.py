"""Warm boxes are replaced between two batches, by samples and by growth, and no verdict changes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.function.grader import FunctionGrader, prove
from boxscore.protocols.supervised import Bounds
from boxscore.protocols.warm import open_warm_box, sandbox_sources
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.warm import WarmBox

LIMITS = Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=512 << 20)
RIGHT, WRONG = "def f(x): return 2 * x", "def f(x): return x"
GROWING = (  # a supervisor that keeps 16 MiB more of each instance
    "    def attend(self, grader_socket: socket.socket) -> int | None:\n",
    (
        "    def attend(self, grader_socket: socket.socket) -> int | None:\n"
        "        self.leak = getattr(self, 'leak', []) + [b'x' * (16 << 20)]\n"
    ),
)


class Grader(FunctionGrader):
    def __init__(self, backend: Backend, cache: Path, bounds: Bounds, *, grows: bool = False) -> None:
        super().__init__(backend, None, cache, strict=False)
        self.bounds, self.opened, self.proved = bounds, 0, 0
        self.sources = tuple(
            (name, text.replace(*GROWING) if grows and name == "supervisor" else text)
            for name, text in sandbox_sources()
        )
        if grows:
            assert self.sources != sandbox_sources(), "the supervisor has no such line any more"

    @contextmanager
    def _open_box(self, limits: Limits) -> Iterator[WarmBox]:
        self.opened += 1
        with open_warm_box(self._backend, self._image, limits, sources=self.sources) as warm:
            yield warm

    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        prove(warm, limits)
        self.proved += 1


def outcomes(grader: Grader, batches: int, samples: int = 4) -> list[str]:
    found = []
    for number in range(batches):
        batch = Batch(
            instance_id=f"toy/{number}",
            task=FunctionTask(entry_point="f", names=("f",), tests="assert f(2) == 4", limits=LIMITS),
            trust=Trust.ORACLE,
            candidates=tuple(Candidate(sample_id=str(one), code=(RIGHT, WRONG)[one % 2]) for one in range(samples)),
        )
        found += [f"{result.outcome} {result.attempts}" for result in grader.grade(batch)]
    return found


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("bounds", "grows", "opened"),
    [
        (Bounds(samples=8), False, {3}),
        (Bounds(growth_bytes=24 << 20, ask_every=1), True, {2, 3}),  # the kernel may count memory late
        (Bounds(growth_bytes=24 << 20, ask_every=1), False, {1}),
    ],
    ids=["samples", "growth", "neither"],
)
def test_a_box_is_replaced_where_it_has_done_enough_and_not_before(
    local_backend: Backend, tmp_path: Path, *, bounds: Bounds, grows: bool, opened: set[int]
) -> None:
    grader = Grader(local_backend, tmp_path, bounds, grows=grows)
    try:
        found = outcomes(grader, batches=6)
    finally:
        grader.close()

    assert found == ["passed 1", "wrong 1"] * 12
    assert grader.opened == grader.proved
    assert grader.opened in opened
