"""Sending to a program in a container whose output nobody has read yet."""

from __future__ import annotations

import time

import pytest

from boxscore.boxes.docker.stream import PENDING_MAX, Connection, DockerStream
from boxscore.errors import BoxLost


class Line:
    """A connection with more output to read, and room for input after some waiting."""

    ended = False

    def __init__(self, waits: int) -> None:
        self.waits, self.sent = waits, bytearray()

    def send_some(self, data: memoryview) -> int:
        if self.waits:
            return 0
        self.sent += data
        return len(data)

    def wait(self, *, to_send: bool, timeout_s: float, to_read: bool = True) -> tuple[bool, bool]:
        if to_read:
            return True, False
        self.waits -= timeout_s > 1
        return False, to_send and timeout_s > 1


class Full(DockerStream):
    """A stream that keeps as much as it may."""

    def __init__(self, line: Line) -> None:
        self._pending, self._stderr, self._lost = bytearray(PENDING_MAX), None, False
        self._connection = line  # type: ignore[assignment]


def test_with_a_full_inbox_room_is_waited_for() -> None:
    line = Line(waits=2)

    Full(line).send(b"what it takes", 60.0)

    assert line.sent == b"what it takes"
    with pytest.raises(TimeoutError, match=r"read no input for 0\.5 s"):
        Full(Line(waits=1)).send(b"what it does not", 0.5)


class Ending(Connection):
    """A connection whose other side ends once it was looked at so many times."""

    def __init__(self, looks: int) -> None:
        self.ended, self._looks = False, looks

    def pump(self, timeout_s: float) -> bool:
        time.sleep(timeout_s)
        self._looks -= 1
        self.ended = self._looks < 0
        return False


def test_the_end_of_a_program_is_waited_for_from_its_kill_on() -> None:
    def slow_kill() -> None:
        time.sleep(0.2)

    Ending(looks=1).end(slow_kill, 0.15, lambda: False)

    with pytest.raises(BoxLost, match="does not end"):
        Ending(looks=1000).end(lambda: None, 0.15, lambda: False)
