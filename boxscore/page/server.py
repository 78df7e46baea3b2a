"""The process of a view: it listens, answers and ends at once; nothing that it does has to be finished."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import uvicorn

from boxscore.interrupt import leave

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.applications import Starlette

_CONNECTIONS = 256
_KEEP_ALIVE_S = 30
_HEAD_BYTES = 64 << 10


async def serve_view(app: Starlette, listener: socket.socket) -> None:
    """Serve until a signal, which ends it at once."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_S,
        limit_concurrency=_CONNECTIONS,
    )
    await _Server(config).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn's server, which waits for no connection at its end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at the first signal; a second one does not wait for threads either."""
        del sig, frame
        if self.should_exit:
            leave(0)
        self.should_exit = self.force_exit = True
