"""The raw connection of one `exec` or attachment: what goes in, and frames of both outputs coming out.

The engine upgrades an HTTP connection to a byte stream. What we send is the program's standard input; what comes is
frames of an 8-byte header (stream, three zeros, length) and a payload. The stream carries the grading protocol,
thousands of small frames a second, so the quiet path costs one system call each way: the socket blocks, a
timeout is the kernel's (SO_RCVTIMEO), and sending first tries without waiting.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING, Any

from boxscore.boxes.docker.errors import lost
from boxscore.errors import BoxLost, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient

CHUNK = 1 << 18
AGAIN_S = 0.05
DRAIN_S = 2.0
PENDING_MAX = 64 << 20  # unread output beyond this is left to the kernel, which then holds up the program
HEADER = struct.Struct(">BxxxL")
SWITCHING_PROTOCOLS = 101
STDOUT, STDERR = 1, 2
AGAIN = (BlockingIOError, ssl.SSLWantReadError, TimeoutError)


class Frames:
    """Takes frames apart as they arrive, whole or in pieces."""

    def __init__(self, stdout: Callable[[memoryview], None], stderr: Callable[[memoryview], None]) -> None:
        self._sinks = {STDOUT: stdout, STDERR: stderr}
        self._header, self._kind, self._left = bytearray(), STDOUT, 0

    def feed(self, data: bytes) -> None:
        """Pass on the payloads in `data`. Raises ProtocolError for what is no frame."""
        view = memoryview(data)
        while view:
            if self._left == 0:
                view = self._feed_header(view)
                continue
            self._sinks[self._kind](view[: self._left])
            taken = min(self._left, len(view))
            self._left -= taken
            view = view[taken:]

    def _feed_header(self, view: memoryview) -> memoryview:
        missing = HEADER.size - len(self._header)
        self._header += view[:missing]
        if len(self._header) == HEADER.size:
            self._kind, self._left = HEADER.unpack(self._header)
            self._header.clear()
            if self._kind not in self._sinks:
                raise ProtocolError(f"the engine sent a frame for stream {self._kind}; only 1 and 2 exist")
        return view[missing:]


class Connection:
    """A started `exec`, or a container's first program: send to it, and feed its output to two sinks.

    `where` is the end of the engine's address: `exec/…/start` or `containers/…/attach?…`.
    """

    def __init__(
        self,
        api: APIClient,
        where: str,
        *,
        stdout: Callable[[memoryview], None],
        stderr: Callable[[memoryview], None],
    ) -> None:
        self._frames = Frames(stdout, stderr)
        self._response, self._socket, early = _hijack(api, where)
        self._secure = isinstance(self._socket, ssl.SSLSocket)
        self._timeout: float | None = None
        self.ended = False
        self._frames.feed(early)

    def fileno(self) -> int:
        """Return the descriptor, for waiting."""
        return int(self._socket.fileno())

    def pump(self, timeout_s: float) -> bool:
        """Wait for output and feed what is there; False after `timeout_s` without any. Sets `ended` at the end."""
        if self.ended:
            return True
        try:
            self._let_kernel_wait(timeout_s)
            data = self._socket.recv(CHUNK)
        except AGAIN:
            return False
        except (ConnectionError, ssl.SSLError, ValueError):
            data = b""
        self.ended = not data
        self._frames.feed(data)
        return True

    def _let_kernel_wait(self, timeout_s: float) -> None:
        if timeout_s == self._timeout:
            return
        self._timeout = timeout_s
        whole = int(timeout_s)
        micro = max(1, int((timeout_s - whole) * 1e6))  # 0 would mean "for ever"
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", whole, micro))

    def send_some(self, data: memoryview) -> int:
        """Send what can be sent without waiting; raises BoxLost when the program has gone."""
        try:
            if self._secure:
                return int(self._socket.send(data[:CHUNK]))
            return int(self._socket.send(data, socket.MSG_DONTWAIT))
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except (OSError, ValueError) as error:
            raise BoxLost(f"the program in the box reads no more: {error}") from error

    def wait(self, *, to_send: bool, timeout_s: float, to_read: bool = True) -> tuple[bool, bool]:
        """Wait until there is output or room for input, as asked; say which. Room is also where sending would fail."""
        with lost("waiting for a program in a box"):
            poll = select.poll()
            poll.register(self._socket, (select.POLLIN if to_read else 0) | (select.POLLOUT if to_send else 0))
            pending = to_read and self._secure and self._socket.pending() > 0
            events = dict(poll.poll(0 if pending else max(0, timeout_s) * 1000)).get(self._socket.fileno(), 0)
        return pending or (to_read and bool(events & ~select.POLLOUT)), to_send and bool(events & ~select.POLLIN)

    def end_input(self) -> None:
        """Let the program read the end of its input. Over TLS there is no half-close: the launcher counts bytes."""
        if not self._secure:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    @property
    def secure(self) -> bool:
        """Whether this is TLS, which cannot be closed in one direction."""
        return self._secure

    def end(self, kill: Callable[[], None], until: float, ended: Callable[[], bool]) -> None:
        """Kill, and feed what comes until the end. Raises BoxLost if `until` (monotonic) passes first.

        An exec may not have put its program into the box yet when the first kill comes, hence the loop. A program that
        has `ended` may have handed its outputs to one that goes on: then what comes in DRAIN_S is all.
        """
        kill()
        began = time.monotonic()
        again = began + AGAIN_S
        while not self.ended:
            self.pump(AGAIN_S)
            if time.monotonic() > until:
                raise BoxLost("a program in the box was killed but its output does not end")
            if time.monotonic() > again and not self.ended:
                if time.monotonic() > began + DRAIN_S and ended():
                    return
                kill()
                again = time.monotonic() + AGAIN_S

    def close(self) -> None:
        """Close the connection; the program is not told."""
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError):
            self._response.close()


def started(exec_id: str) -> str:
    """Return where an exec is started."""
    return f"exec/{exec_id}/start"


def _hijack(api: APIClient, where: str) -> tuple[Any, Any, bytes]:
    """Start or attach, and take over the connection: the response (which keeps it open), the socket, what came early.

    The SDK's own way drops output that arrives together with the response's headers, so it is not used.
    """
    with lost("starting a program in a box"):
        url = f"{api.base_url}/v{api.api_version}/{where}"
        headers = {"Connection": "Upgrade", "Upgrade": "tcp"}
        settings = {"Tty": False, "Detach": False} if where.startswith("exec/") else None  # else it would be input
        response = api.post(url, json=settings, headers=headers, stream=True)
        if response.status_code != SWITCHING_PROTOCOLS:
            text = response.content[:500].decode(errors="replace")
            raise BoxLost(f"the engine would not start a program in a box: {text.strip()}")
        # As the SDK does: there is no public way to the connection under an upgraded response.
        raw: Any = response.raw
        reader = raw._fp.fp  # noqa: SLF001
        line = getattr(reader.raw, "_sock", None)
        if not isinstance(line, socket.socket):
            raise BoxLost("this kind of DOCKER_HOST gives no raw connection; use unix://, tcp:// or tcp:// with TLS")
        line.settimeout(0)
        early = bytes(reader.peek(0))
        line.settimeout(None)
    return response, line, early
