"""The connection to a program in a container: how its frames are cut and bounded, and `Stream` over it."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING, Any

from boxscore.boxes.contract import SEND_S
from boxscore.boxes.docker.errors import lost
from boxscore.errors import BoxLost, LossCause, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient


TAIL_BYTES = 64 << 10

DRAIN_S = 10.0


class DockerStream:
    """A running program's input and output; see `boxscore.boxes.contract.Stream`.

    `kill` ends the program, `ended` says whether it has, and `fate` by whom.
    """

    def __init__(
        self,
        program: AttachedProgram,
        *,
        kill: Callable[[DockerStream], None],
        ended: Callable[[], bool],
        fate: Callable[[], LossCause],
    ) -> None:
        self._kill, self._ended, self._fate = kill, ended, fate
        self._pending, self._tail = bytearray(), bytearray()
        self._stderr: str | None = None
        self._lost = False
        self._connection = program.line
        program.feed(self._pending.extend, self._keep_tail)

    def _keep_tail(self, data: bytes) -> None:
        self._tail += data
        if len(self._tail) > 2 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:
        """See `Stream.send`."""
        if self._stderr is not None or self._lost:
            raise BoxLost("the program in the box has ended")
        view = memoryview(data)
        while view:
            count = self._connection.send_some(view)
            view = view[count:]
            if view and not count:
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
            raise TimeoutError(f"the program in the box read no input for {timeout_s} s")

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
        return LossCause.OUTSIDE if self._lost else self._fate()

    def stop(self) -> str:
        """See `Stream.stop`."""
        if self._stderr is None:
            try:
                if not self._lost:
                    self._connection.end(lambda: self._kill(self), DRAIN_S, self._ended)
            finally:
                self._stderr = bytes(self._tail[-TAIL_BYTES:]).decode(errors="replace")
                self._connection.close()
        return self._stderr

    def abandon(self) -> None:
        """The box has gone: close, and refuse all that is asked from now on."""
        self._lost = True
        self._connection.close()

    @property
    def live(self) -> bool:
        """Whether the program may still run."""
        return self._stderr is None and not self._lost


CHUNK = 1 << 18

RETRY_S = 0.05

HANDED_OVER_S = 2.0

PENDING_MAX = 64 << 20  # unread output beyond this is left to the kernel, which then holds up the program

HEADER = struct.Struct(">BxxxL")

SWITCHING_PROTOCOLS = 101

STDOUT, STDERR = 1, 2

RETRIED_ERRORS = (BlockingIOError, ssl.SSLWantReadError, TimeoutError)


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
        except RETRIED_ERRORS:
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

    def send_all(self, data: bytes) -> None:
        """Send a short text to a program. Raises BoxLost when the program has gone, or reads nothing for `SEND_S`."""
        view = memoryview(data)
        while view:
            view = view[self.send_some(view) :]
            if view and not self.wait(to_send=True, to_read=False, timeout_s=SEND_S)[1]:
                raise BoxLost(f"the program in the box read no input for {SEND_S} s")

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

    def end(self, kill: Callable[[], None], patience_s: float, ended: Callable[[], bool]) -> None:
        """Kill, and feed what comes until the end. Raises BoxLost after `patience_s`, in which kills are not counted.

        An exec may not have put its program into the box yet when the first kill comes, hence the loop. A program that
        has `ended` may have handed its outputs to one that goes on: then what comes in HANDED_OVER_S is all.
        """
        kill()
        began = time.monotonic()
        next_check, until = began + RETRY_S, began + patience_s
        while not self.ended:
            self.pump(RETRY_S)
            if time.monotonic() > until:
                raise BoxLost("a program in the box was killed but its output does not end")
            if time.monotonic() > next_check and not self.ended:
                if time.monotonic() > began + HANDED_OVER_S and ended():
                    return
                asked = time.monotonic()
                kill()
                next_check = time.monotonic() + RETRY_S
                until += time.monotonic() - asked

    def close(self) -> None:
        """Close the connection; the program is not told."""
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError):
            self._response.close()


class AttachedProgram:
    """A program and the connection to it; what it writes is held until somebody takes it."""

    def __init__(self, api: APIClient, where: str) -> None:
        self._stdout, self._stderr = bytearray(), bytearray()
        self._feed_stdout: Callable[[bytes], object] = self._stdout.extend
        self._feed_stderr: Callable[[bytes], object] = self._stderr.extend
        self.line = Connection(api, where, stdout=self._on_stdout, stderr=self._on_stderr)

    def _on_stdout(self, data: memoryview) -> None:
        self._feed_stdout(bytes(data))

    def _on_stderr(self, data: memoryview) -> None:
        self._feed_stderr(bytes(data))

    @property
    def wrote(self) -> bool:
        """Whether something is held."""
        return bool(self._stdout or self._stderr)

    def feed(self, stdout: Callable[[bytes], object], stderr: Callable[[bytes], object]) -> None:
        """Pass on what it writes, from its beginning."""
        stdout(bytes(self._stdout))
        stderr(bytes(self._stderr))
        self._feed_stdout, self._feed_stderr = stdout, stderr


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
