"""How a box ends what runs in it from inside, where an engine is elsewhere: with a fake of its one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.docker import ending
from boxscore.boxes.docker.ending import ROOM, Ending

if TYPE_CHECKING:
    import pytest


def test_a_fork_bomb_is_given_time_to_leave_room_for_whoever_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, updates = iter([1] * 12 + [0]), list[dict[str, int]]()
    box = object.__new__(Ending)
    box._usual = {"PidsLimit": 24}
    monkeypatch.setattr(ending, "PAUSE_S", 0.0)
    monkeypatch.setattr(box, "_execute", lambda *_: next(codes))
    monkeypatch.setattr(box, "_update", updates.append)

    box._end_user(12345)

    assert updates == [{"PidsLimit": 24 + ROOM}, {"PidsLimit": 24}]
