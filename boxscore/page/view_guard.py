"""What every request to a view passes: whose name it was sent to, and what browsers may do with the answer."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from boxscore.service.guard import host_name
from boxscore.service.settings import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


class ViewGuard:
    """Middleware: refuses names that lead here by somebody else's DNS, and gives each answer its headers.

    A page of another site can have a name of its own resolve to this machine and then read what it is answered (DNS
    rebinding); it cannot choose the Host header. `host` is the address that is listened at. One that others reach is
    asked by its address, or by the name of this machine.
    """

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app, self._host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_ALWAYS)
                headers.setdefault("Content-Security-Policy", _NOTHING)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        if self._knows(host_name(Headers(scope=scope).get("host", ""))):
            await self._app(scope, receive, answer)
        else:
            refusal = PlainTextResponse("boxscore view answers to names of this machine only\n", status_code=421)
            await refusal(scope, receive, answer)

    def _knows(self, name: str) -> bool:
        if is_loopback(name) or name == self._host.lower():
            return True
        return not is_loopback(self._host) and (_is_address(name) or name == socket.gethostname().lower())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
