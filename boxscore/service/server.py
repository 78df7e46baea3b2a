"""The process of a service: it listens, stops in order, and cuts off whoever is too slow to ask."""

from __future__ import annotations

import logging
import resource
import socket
import time
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from boxscore.errors import UsageError
from boxscore.interrupt import EXIT_BASE, leave
from boxscore.log import event, since

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import FrameType

    from starlette.applications import Starlette

    from boxscore.service.dispatcher import Dispatcher
    from boxscore.service.settings import ServiceSettings

_KEEP_ALIVE = (
    ((socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1),
    ((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), 60),
    ((socket.IPPROTO_TCP, socket.TCP_KEEPINTVL), 15),
    ((socket.IPPROTO_TCP, socket.TCP_KEEPCNT), 4),
)
_HEAD_BYTES = 64 << 10
_KEEP_ALIVE_S = 30
_CONNECTIONS = 4096
_OTHER_FILES, _FILES_OF_A_WORKER = 128, 16
_LAST_ANSWERS_S = 3


async def serve(
    app: Starlette,
    settings: ServiceSettings,
    listener: socket.socket,
    *,
    notice: Callable[[str], None],
) -> None:
    """Serve until a signal: SIGTERM or ^C finish what runs, for at most `drain_s`; a second one ends it at once."""
    config = uvicorn.Config(
        app,
        http=_protocol(settings.header_s),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
        limit_concurrency=_connections(app.state.dispatcher.grader.workers),
    )
    handler = _Events(logging.WARNING)
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(handler)
    try:
        await _Server(config, app.state.dispatcher, settings, notice).serve(sockets=[listener])
    finally:
        logger.removeHandler(handler)


def _connections(workers: int) -> int:
    """How many connections there may be, with the open files that this process may have; more get 503 at once."""
    others = _OTHER_FILES + _FILES_OF_A_WORKER * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + others
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(_CONNECTIONS, soft - others))


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that a service listens at, before anything else is begun. Raises UsageError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"--host {host} is not an address to listen at: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option, value in _KEEP_ALIVE:  # connections take them over: a client whose machine died is noticed
            listener.setsockopt(*option, value)
        listener.bind(address)
        listener.listen(2048)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's own
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} of {host} cannot be listened at: {error.strerror}; choose another --port"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Uvicorn's server, which goes on answering while it drains: what comes late is refused, not cut off."""

    def __init__(
        self,
        config: uvicorn.Config,
        dispatcher: Dispatcher,
        settings: ServiceSettings,
        notice: Callable[[str], None],
    ) -> None:
        super().__init__(config)
        self._dispatcher, self._settings, self._notice = dispatcher, settings, notice
        self._asked_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain at the first signal, leave at the second."""
        del frame
        if self._asked_at is not None:
            self._notice("stopping now")
            leave(EXIT_BASE + sig)
        self._asked_at = time.monotonic()
        self._dispatcher.draining = True
        self._notice("finishing what runs; a second signal stops at once")

    async def on_tick(self, counter: int) -> bool:
        """Look whether all is done, or the time for it over."""
        if self._asked_at is not None:
            late = time.monotonic() - self._asked_at > self._settings.drain_s
            if late:
                self._dispatcher.cancel_all()
            if late or not self._dispatcher.open_requests:
                event("service_drained", open_requests=self._dispatcher.open_requests, wall_s=since(self._asked_at))
                return True
        return await super().on_tick(counter)


def _protocol(header_s: float) -> type[asyncio.Protocol]:
    """Uvicorn's protocol, which closes a connection that does not send the head of a request in time."""

    class Timed(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            self._late = self.loop.call_later(header_s, self.transport.close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            cycle: RequestResponseCycle | None = self.cycle
            if cycle is not None and not cycle.response_complete:
                self._in_time()
            elif self._late is None:
                self._late = self.loop.call_later(header_s, self.transport.close)

        def connection_lost(self, exc: Exception | None) -> None:
            self._in_time()
            super().connection_lost(exc)

        def _in_time(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Timed


class _Events(logging.Handler):
    """Turns uvicorn's warnings into events of the log."""

    def emit(self, record: logging.LogRecord) -> None:
        event("server", record.levelno, reason=record.getMessage())
