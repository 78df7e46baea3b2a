"""The box in which a patch is written: opened ahead, used once, and gone whatever happened."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.fresh_box import FreshBox
from boxscore.agents.place import Place
from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxError, BoxLost, SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.fake import FakeRun

REQUEST = {"do": "patch"}


def answers(*outcomes: bytes | BoxError) -> Callable[[FakeRun], Completed]:
    """Programs that print these, one after the other, or fail so."""
    left = list(outcomes)

    def run(_: FakeRun) -> Completed:
        found = left.pop(0)
        if isinstance(found, BoxError):
            raise found
        return Completed(exit_code=0, stdout=found, wall_s=0.0)

    return run


def fresh(backend: FakeBackend) -> FreshBox:
    """A box of some image."""
    return FreshBox(Place(backend=backend, image="image", tree="/work"))


def test_it_is_opened_ahead_and_used_once() -> None:
    """Each request has a box of its own, of which none is left."""
    backend = FakeBackend(run=answers(b"one", b"two"))
    with closing(fresh(backend)) as box:
        box.begin()
        box.begin()

        found = [box.answer(REQUEST), box.answer(REQUEST)]

    assert found == [b"one", b"two"]
    assert [one.spec.image for one in backend.boxes] == ["image", "image"]
    assert [one.closed for one in backend.boxes] == [True, True]


def test_one_that_is_not_used_is_removed() -> None:
    """An agent that changed nothing needs none."""
    backend = FakeBackend()
    box = fresh(backend)
    box.begin()

    box.close()
    box.close()

    assert [one.closed for one in backend.boxes] == [True]


def test_one_that_has_gone_meanwhile_is_replaced() -> None:
    """Somebody may have ended it while the agent worked; one that was opened for the request is believed."""
    backend = FakeBackend(run=answers(BoxLost("gone"), b"two", BoxLost("again")))
    with closing(fresh(backend)) as box:
        box.begin()
        found = box.answer(REQUEST)
        with pytest.raises(BoxLost, match="again"):
            box.answer(REQUEST)

    assert found == b"two"
    assert [one.closed for one in backend.boxes] == [True, True, True]


def test_what_keeps_it_from_being_opened_is_told_when_it_is_used() -> None:
    """And not to an agent that never uses it."""
    unused, used = (fresh(FakeBackend(fail=SandboxUnavailable("no engine"))) for _ in range(2))
    unused.begin()
    unused.close()
    used.begin()

    with pytest.raises(SandboxUnavailable, match="no engine"):
        used.answer(REQUEST)

    used.close()
