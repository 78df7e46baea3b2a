"""What every request passes first: its id, who may ask, from where, and the line of the log that tells of it."""

from __future__ import annotations

import base64
import logging
import re
import secrets
import time
import traceback
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from boxscore.errors import BoxscoreError, UsageError
from boxscore.log import event, since
from boxscore.service.body import too_long
from boxscore.service.refusals import ClientGone, Refusal, refused
from boxscore.service.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from boxscore.service.dispatcher import Dispatcher
    from boxscore.service.settings import ServiceSettings

OPEN = frozenset({"/health", "/v1/ping"})  # they tell nothing about anybody's code
JSON_TYPE = "application/json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_CLIENT_GONE = 499  # as nginx logs it; nobody receives it


class Guard:
    """Middleware around the routes: checks a request, gives it an id, counts and logs it, and answers what is raised.

    `routes` are the paths there are; what is asked of others is counted under one name.
    """

    def __init__(
        self, app: ASGIApp, *, settings: ServiceSettings, dispatcher: Dispatcher, routes: frozenset[str]
    ) -> None:
        self._app, self._settings, self._dispatcher, self._routes = app, settings, dispatcher, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, headers = time.monotonic(), Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "log": {}}
        answer = _Answer(send, request_id)
        self._dispatcher.open_requests += 1
        try:
            status = await self._answered(scope, receive, answer, headers)
        finally:
            self._dispatcher.open_requests -= 1
        route = scope["path"] if scope["path"] in self._routes else "other"
        self._dispatcher.metrics.request(route, status, time.monotonic() - began)
        level = logging.DEBUG if route in OPEN or route == "/metrics" else logging.INFO
        event(
            "request",
            level,
            request_id=request_id,
            method=scope["method"],
            path=route,
            status=status,
            wall_s=since(began),
            **scope["state"]["log"],
        )

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer, headers: Headers) -> int:
        """Let the routes answer; return the status, whatever happens."""
        request_id = answer.request_id
        try:
            check_request(scope, headers, self._settings)
            await self._app(scope, receive, answer)
        except ClientGone:
            return _CLIENT_GONE
        except Refusal as refusal:
            scope["state"]["log"].setdefault("error", refusal.error)
            await answer.instead(scope, receive, refusal)
        except UsageError as error:
            scope["state"]["log"].setdefault("error", "invalid")
            await answer.instead(scope, receive, Refusal(422, "invalid", str(error)))
        except BoxscoreError as error:
            scope["state"]["log"].setdefault("error", "internal")
            event("request_failed", logging.ERROR, request_id=request_id, reason=str(error))
            await answer.instead(scope, receive, self._dispatcher.refusal("internal", str(error)))
        except Exception:  # noqa: BLE001 - the outermost border: our mistake, and no verdict on anybody's code
            scope["state"]["log"].setdefault("error", "bug")
            event("request_failed", logging.ERROR, request_id=request_id, reason=traceback.format_exc()[-500:])
            await answer.instead(scope, receive, Refusal(500, "bug", "a bug in boxscore; its log says more"))
        return answer.status


class _Answer:
    """Sends an answer with the request's id, and remembers its status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self.request_id = send, request_id
        self.status = _CLIENT_GONE

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    async def instead(self, scope: Scope, receive: Receive, refusal: Refusal) -> None:
        """Send a refusal, unless something has been sent already: then the answer just ends."""
        if self.status == _CLIENT_GONE:
            await refused(refusal, self.request_id)(scope, receive, self)


def check_request(scope: Scope, headers: Headers, settings: ServiceSettings) -> None:
    """Raise Refusal for a request that is not from whom, or not of what, it must be."""
    path = scope["path"]
    if "transfer-encoding" in headers and "content-length" in headers:
        raise TwoLengths
    host = host_name(headers.get("host", ""))
    if is_loopback(settings.host) and not (is_loopback(host) or host == settings.host):
        raise Refusal(421, "wrong_host", "this service answers to loopback names only")  # DNS rebinding
    origin = headers.get("origin")
    if origin is not None and _site(origin) != headers.get("host"):
        raise Refusal(403, "cross_origin", "pages of other sites may not ask here")
    if path not in OPEN and settings.token is not None and not _knows(headers, settings.token):
        raise Unauthorized
    if scope["method"] == "POST":
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON_TYPE:
            raise Refusal(415, "no_json", f"the body must be JSON, sent as {JSON_TYPE}")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > settings.body_bytes:
            raise too_long(settings)


class TwoLengths(Refusal):
    """A body in chunks that says its length too: something between here and the client may see another end of it."""

    def __init__(self) -> None:
        super().__init__(400, "two_lengths", "give Content-Length or Transfer-Encoding, not both")
        self.headers: Mapping[str, str] = {"Connection": "close"}


class Unauthorized(Refusal):
    """No token, or a wrong one."""

    def __init__(self) -> None:
        super().__init__(401, "unauthorized", "give the token: 'Authorization: Bearer TOKEN', or as a URL's password")
        self.headers: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="boxscore"'}


def _knows(headers: Headers, token: str) -> bool:
    """Whether a request shows the token: as a bearer, or as the password of Basic, which clients take from URLs."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    shown = rest.strip()
    if scheme.lower() == "basic":
        try:
            shown = base64.b64decode(shown, validate=True).decode().partition(":")[2]
        except ValueError:  # no base64, no text, or not even ASCII
            return False
    elif scheme.lower() != "bearer":
        shown = headers.get("x-api-key", "")
    return secrets.compare_digest(shown.encode(), token.encode())


def _site(origin: str) -> str | None:
    """What an Origin header names; None if that is no URL."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def host_name(host: str) -> str:
    """A Host header without its port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).strip("[]").lower()
