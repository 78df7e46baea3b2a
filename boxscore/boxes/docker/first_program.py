"""The first program of a supervised box, which becomes the supervisor.

To start a program in a running container takes the engine half as long as to start the container. A supervised box is
there for one program, so none is started later: its first process waits on the attached connection to be told what to
become (`launch.waiting`). The box ends with it, and it ends when the connection does, since a supervisor looks whether
its host is still there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.docker import launch
from boxscore.boxes.docker.stream import AttachedProgram
from boxscore.errors import BoxLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import APIClient


class FirstProgram:
    """The connection to one container's first program. `command` is what the container starts with."""

    command: Sequence[str] = tuple(launch.waiting())

    def __init__(self, api: APIClient, container_id: str) -> None:
        self._api, self._id = api, container_id
        self._attached: AttachedProgram | None = None
        self.waits = False

    def attach(self) -> None:
        """Connect, once, before the container starts. Raises BoxLost."""
        self._attached = AttachedProgram(self._api, f"containers/{self._id}/attach?stream=1&stdin=1&stdout=1&stderr=1")
        self.waits = True

    def become(self, command: Sequence[str]) -> AttachedProgram:
        """Let it become a program, one of `launch`'s, once. Raises BoxLost."""
        if self._attached is None or not self.waits:
            raise BoxLost("the first program of a box has become another already")
        self.waits = False
        self._attached.line.send_all(launch.as_input(command))
        return self._attached

    def close(self) -> None:
        """Close the connection, which ends the container."""
        self.waits = False
        if self._attached is not None:
            self._attached.line.close()
