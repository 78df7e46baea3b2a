"""The control on a real box: what works passes it, and what does not says which step failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.inherited import low_limit
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.function.grader import prove
from boxscore.protocols.warm import open_warm_box
from boxscore.records import Limits
from tests.layers.removal import Edit, removed

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

LIMITS = Limits(memory_bytes=512 << 20)


def tried(backend: Backend, *edits: Edit, limits: Limits = LIMITS) -> None:
    with open_warm_box(backend, None, limits, sources=removed(edits)) as warm:
        prove(warm, limits)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("limits", [LIMITS, Limits(processes=1, output_bytes=3, disk_bytes=8192)])
def test_a_box_that_works_passes(local_backend: Backend, limits: Limits) -> None:
    tried(local_backend, limits=limits)


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            Edit("supervisor", 'step = "limits on memory"', 'step = "limits on memory"; 1 // 0'),
            "limits on memory: Zero",
        ),
        (Edit("supervisor", "os.write(announce, frames.CONFINED)", "os._exit(127)"), "before it was confined"),
        (Edit("supervisor", "child = self.identity.fork(self.scratch)", "raise OSError(11, 'no room')"), "no room"),
        (Edit("supervisor", "os.dup2(log, 1)", "os.dup2(self.null, 1)"), "does not pass a program that is right"),
    ],
)
def test_a_box_in_which_candidates_cannot_be_confined_is_lost_and_ours(
    local_backend: Backend, edit: Edit, words: str
) -> None:
    with pytest.raises(BoxLost, match=words) as raised:
        tried(local_backend, edit)

    assert raised.value.cause is LossCause.OUTSIDE


@pytest.mark.parametrize(
    ("name", "needed", "words"),
    [("NPROC", 64, "ulimit -Hu 64"), ("AS", 1 << 30, "ulimit -Hv 1048576"), ("FSIZE", 1025, "ulimit -Hf 2")],
)
def test_the_remedy_is_in_the_units_of_the_shell(name: str, needed: int, words: str) -> None:
    assert words in low_limit(name, 1, needed)
