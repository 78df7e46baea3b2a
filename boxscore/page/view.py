"""A view: the list of runs, a page for each, and one for any two, served on this machine.

    /                              the list; /runs.json is what it asks for again
    /runs/KEY/                     a run's page, and below it what the page asks for: head.json,
                                   rows.json?from=N and details/ROW.json
    /compare/KEY/KEY/              the page of two runs, which has the same below it;
                                   /compare/KEY/KEY/allowing/NAMES/ is the one that accepts differences

Only GET. A key is looked up among the runs that are there; no address becomes a path. Nothing that the server does has
to be finished, so it ends at once.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import anyio.to_thread
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from boxscore.compare.build import compare_runs
from boxscore.compare.read import differences, read_compared
from boxscore.errors import BoxscoreError, UsageError
from boxscore.interrupt import leave
from boxscore.page.compare_page import ComparisonPage
from boxscore.page.follow import FollowedRun
from boxscore.page.read import read_page
from boxscore.page.run_list import RunList, stamp
from boxscore.page.write import page_policy, render_message, render_page, render_runs
from boxscore.run.store import shared
from boxscore.service.guard import host_name
from boxscore.service.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from pathlib import Path
    from types import FrameType

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from boxscore.page.read import RunPage
    from boxscore.page.records import Details, Head, Scalar
    from boxscore.page.run_list import ListedRun, RunFolders

_KEPT = 6  # pages whose rows are held
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_CONNECTIONS = 256
_KEEP_ALIVE_S = 30
_HEAD_BYTES = 64 << 10


def make_view(run_folders: RunFolders, *, host: str = "127.0.0.1") -> Starlette:
    """Make the application that shows these runs at this address."""
    view = _View(run_folders)
    pages = (
        ("/runs/{key}", view.run),
        ("/compare/{a}/{b}", view.pair),
        ("/compare/{a}/{b}/allowing/{names}", view.pair),
    )
    app = Starlette(
        routes=[
            Route("/", view.index, methods=["GET"]),
            Route("/runs.json", view.index_json, methods=["GET"]),
            *(route for path, find in pages for route in _routes(path, find)),
        ],
        middleware=[Middleware(ViewGuard, host=host)],
        exception_handlers={HTTPException: _http_error, BoxscoreError: _unreadable, Exception: _bug},
    )
    app.router.redirect_slashes = False
    return app


class _View:
    """What is asked, as functions of a request; the pages that were asked for last are kept."""

    def __init__(self, run_folders: RunFolders) -> None:
        self._folders, self._runs = run_folders, RunList()
        self._kept: OrderedDict[object, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    async def index(self, request: Request) -> Response:
        """The list of runs."""
        del request
        return _page(render_runs(await _in_thread(self._listed)))

    async def index_json(self, request: Request) -> Response:
        """What has become of the list."""
        del request
        return _json({"runs": await _in_thread(self._listed)})

    def run(self, request: Request) -> PageSource:
        """What a run's page shows; it is followed while it goes on. Raises InputError, StoreError."""
        path = self._place(request.path_params["key"])
        with shared(path) as alone:
            pass
        if not alone:
            return self._source((path, "followed"), None, lambda: FollowedRun(path))
        return self._source((path, "ended"), stamp(path), lambda: EndedRun(read_page(path)))

    def pair(self, request: Request) -> PageSource:
        """What the page of two runs shows, as they stand. Raises NotComparable, InputError, StoreError."""
        wanted = request.path_params
        names = tuple(sorted(name for name in wanted.get("names", "").split(",") if name))
        a, b = self._place(wanted["a"]), self._place(wanted["b"])
        return self._source((a, b, names), (stamp(a), stamp(b)), lambda: _compared(a, b, names))

    def _source(self, name: object, state: object, make: Callable[[], PageSource]) -> PageSource:
        with self._lock:
            kept = self._kept.pop(name, None) or _Kept()
            self._kept[name] = kept
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        with kept.lock:  # a page asks for several things at once, and its run is read once
            if kept.source is None or kept.state != state:
                kept.source, kept.state = make(), state
            return kept.source

    def _listed(self) -> list[ListedRun]:
        return self._runs.listed(self._folders.run_folders())

    def _place(self, key: str) -> Any:
        place = self._folders.place(key)
        if place is None:
            raise HTTPException(404, "there is no such run")
        return place


def _routes(path: str, find: Callable[[Request], PageSource]) -> list[Route]:

    async def page(request: Request) -> Response:
        try:
            source = await _in_thread(find, request)
            head = await _in_thread(source.head)
        except NotComparable as error:
            return _refused(request, error)
        html = "".join(render_page(head, (), (), live=True))
        return _page(html)

    async def head(request: Request) -> Response:
        return _json(await _in_thread(lambda: find(request).head()))

    async def rows(request: Request) -> Response:
        first = _number(request.query_params.get("from", "0"))
        return _json(await _in_thread(lambda: find(request).rows(first)))

    async def details(request: Request) -> Response:
        row = _number(request.path_params["row"])

        def read() -> Any:
            try:
                return find(request).details(row)
            except IndexError:
                raise HTTPException(404, "there is no such row") from None

        return _json(await _in_thread(read))

    async def slash(request: Request) -> Response:
        return RedirectResponse(quote(request.url.path) + "/", status_code=308)

    answers: list[tuple[str, Callable[[Request], Awaitable[Response]]]] = [
        (f"{path}/", page),
        (path, slash),
        (f"{path}/head.json", head),
        (f"{path}/rows.json", rows),
        (f"{path}/details/{{row}}.json", details),
    ]
    return [Route(at, answer, methods=["GET"]) for at, answer in answers]


async def _in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """Read files away from the loop; what is still read when the server ends is given up."""
    return await anyio.to_thread.run_sync(work, *args, abandon_on_cancel=True)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(
        html.encode(errors="replace"),
        status_code=status,
        headers={"Content-Security-Policy": f"{page_policy(live=True)}; frame-ancestors 'none'"},
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - more rows than any run has
        raise HTTPException(404, "there is no such row")
    return int(text)


def _refused(request: Request, error: NotComparable) -> Response:
    onward = None
    if error.names:
        path = request.url.path.partition("/allowing/")[0].rstrip("/")
        before = request.path_params.get("names", "").split(",") if "names" in request.path_params else []
        names = ",".join(dict.fromkeys((*filter(None, before), *error.names)))
        text = f"Compare them anyway, accepting {', '.join(error.names)}"
        onward = f"{quote(path)}/allowing/{quote(names, safe=',')}/", text
    return _page(render_message("These runs are not compared", error.reasons, onward=onward), 409)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    response = _answer_error(request, status, detail)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _unreadable(request: Request, error: Exception) -> Response:
    """A run that cannot be read: the reader is to fix it, by what the error says."""
    lines = error.lines() if isinstance(error, BoxscoreError) else (str(error),)
    return _answer_error(request, 409 if isinstance(error, UsageError) else 500, *lines)


async def _bug(request: Request, error: Exception) -> Response:
    return _answer_error(request, 500, f"a bug in boxscore: {type(error).__name__}")


def _answer_error(request: Request, status: int, *lines: str) -> Response:
    """Say what went wrong, to a page in JSON and to a reader as a page."""
    if request.url.path.endswith(".json"):
        return _json({"error": "\n".join(lines)}, status)
    return _page(render_message(f"{status}", lines), status)


class PageSource(Protocol):
    """What a page asks for."""

    def head(self) -> Head:
        """All but its rows, as it is now."""

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on."""

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError."""


class NotComparable(UsageError):  # noqa: N818 - what is so
    """Two runs that are not compared; `names` are the differences that would have to be accepted, if that helps."""

    def __init__(self, error: UsageError, names: Sequence[str]) -> None:
        super().__init__(str(error))
        self.reasons, self.names = error.lines(), tuple(names)


class _Kept:
    """A page that was asked for, and what its files were like."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.state: object = None
        self.source: PageSource | None = None


class EndedRun:
    """A run at which nobody is at work."""

    def __init__(self, page: RunPage) -> None:
        self._page = page

    def head(self) -> Head:
        """As it was read."""
        return self._page.head

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on."""
        return self._page.rows[first:]

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError."""
        return self._page.details(row)


def _compared(a: Path, b: Path, allowed: Collection[str]) -> ComparisonPage:
    runs = read_compared([str(a), str(b)])
    try:
        return ComparisonPage(runs, compare_runs(runs, allowed=allowed), k=1)
    except UsageError as error:
        found = differences(*runs) if runs[0].benchmark == runs[1].benchmark else ()
        raise NotComparable(error, list(dict.fromkeys(one.name for one in found if one.name not in allowed))) from error


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
