"""`Stream` over the connection of an exec."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from boxscore.boxes.contract import SEND_S
from boxscore.boxes.docker.errors import lost
from boxscore.boxes.docker.socket import PENDING_MAX, Connection, started
from boxscore.errors import BoxLost, LossCause

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient

TAIL_BYTES = 64 << 10
DRAIN_S = 10.0


class DockerStream:
    """A running program's input and output; see `boxscore.boxes.contract.Stream`."""

    def __init__(
        self, api: APIClient, exec_id: str, *, kill: Callable[[DockerStream], None], fate: Callable[[str], LossCause]
    ) -> None:
        self._api, self._exec_id, self._fate = api, exec_id, fate
        self._pending, self._tail = bytearray(), bytearray()
        self._kill = kill
        self._said: str | None = None
        self._lost = False
        self._connection = Connection(api, started(exec_id), stdout=self._pending.extend, stderr=self._keep_tail)

    def _keep_tail(self, data: memoryview) -> None:
        self._tail += data
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:
        """See `Stream.send`."""
        if self._said is not None or self._lost:
            raise BoxLost("the program in the box has ended")
        view = memoryview(data)
        while view:
            sent = self._connection.send_some(view)
            view = view[sent:]
            if view and not sent:
                self._make_room(timeout_s)

    def _make_room(self, timeout_s: float) -> None:
        """Wait until something moves; a program that writes more than we keep is as one that does not read."""
        line = self._connection
        if line.ended:
            raise BoxLost("the program in the box has ended")
        full = len(self._pending) >= PENDING_MAX
        readable, writable = line.wait(to_send=True, to_read=not full, timeout_s=timeout_s)
        if readable:
            line.pump(0.001)
        elif not writable:
            raise TimeoutError(f"the program in the box took nothing for {timeout_s} s")

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        """See `Stream.receive`."""
        pending, line = self._pending, self._connection
        if not pending:
            deadline = time.monotonic() + timeout_s
            left = timeout_s
            while not pending and not line.ended:
                if left <= 0 or not line.pump(left):
                    raise TimeoutError(f"the program in the box sent nothing for {timeout_s} s")
                left = deadline - time.monotonic()
            if not pending and self._lost:
                raise BoxLost("the box has gone")
        chunk = bytes(pending[:max_bytes]) if len(pending) > max_bytes else bytes(pending)
        del pending[: len(chunk)]
        return chunk

    def fate(self) -> LossCause:
        """See `Stream.fate`."""
        return LossCause.OUTSIDE if self._lost else self._fate(self._exec_id)

    def stop(self) -> str:
        """See `Stream.stop`."""
        if self._said is None:
            try:
                if not self._lost:
                    self._connection.end(lambda: self._kill(self), time.monotonic() + DRAIN_S, self._ended)
            finally:
                self._said = bytes(self._tail[-TAIL_BYTES:]).decode(errors="replace")
                self._connection.close()
        return self._said

    def _ended(self) -> bool:
        with lost("asking how a program in a box does"):
            return not self._api.exec_inspect(self._exec_id)["Running"]

    def abandon(self) -> None:
        """The box has gone: close, and refuse all that is asked from now on."""
        self._lost = True
        self._connection.close()

    @property
    def live(self) -> bool:
        """Whether the program may still run."""
        return self._said is None and not self._lost
