"""The first program of a supervised box, which becomes the supervisor.

A program that is brought into a container takes the engine half as long as the container's own start. So a supervised
box, which is there for one program, has none brought in: its first process waits on the line that is attached to it for
what it is to become (`launch.waiting`). The box ends with it, and it ends when that line does, since a supervisor looks
whether its host is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.docker import launch
from boxscore.boxes.docker.stream import Held
from boxscore.errors import BoxLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import APIClient


class FirstProgram:
    """The connection to one container's first program. `command` is what the container starts with."""

    command: Sequence[str] = tuple(launch.waiting())

    def __init__(self, api: APIClient, container_id: str) -> None:
        self._api, self._id = api, container_id
        self._held: Held | None = None
        self.waits = False

    def attach(self) -> None:
        """Connect, once, before the container starts. Raises BoxLost."""
        self._held = Held(self._api, f"containers/{self._id}/attach?stream=1&stdin=1&stdout=1&stderr=1")
        self.waits = True

    def become(self, command: Sequence[str]) -> Held:
        """Let it become a program, one of `launch`'s, once. Raises BoxLost."""
        if self._held is None or not self.waits:
            raise BoxLost("the first program of a box has become another already")
        self.waits = False
        self._held.line.send_all(launch.told(command))
        return self._held

    def close(self) -> None:
        """Close the line, which ends the container."""
        self.waits = False
        if self._held is not None:
            self._held.line.close()
