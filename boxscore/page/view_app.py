"""The application of a view: the list of runs, a page for each, and one for any two.

    /                              the list; /runs.json is what it asks for again
    /runs/KEY/                     a run's page, and below it what the page asks for: head.json,
                                   rows.json?from=N and details/ROW.json
    /compare?a=KEY&b=KEY           goes to the page of two runs, /compare/KEY/KEY/, which has the same below it;
                                   /compare/KEY/KEY/allowing/NAMES/ is the one that accepts differences

Only GET. A key is looked up among the runs that are there; no address becomes a path.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from boxscore.errors import BoxscoreError, UsageError
from boxscore.page.list_page import list_page, list_policy, list_rows, message_page
from boxscore.page.run_list import RunList
from boxscore.page.view_guard import ViewGuard
from boxscore.page.view_sources import NotComparable, Sources
from boxscore.page.write import page_policy, render_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from boxscore.page.run_list import RunPlaces
    from boxscore.page.view_sources import PageSource

    Find = Callable[[Request], PageSource]


def make_view(places: RunPlaces, *, host: str = "127.0.0.1") -> Starlette:
    """Make the application that shows these runs at this address."""
    view = _View(places, Sources())
    pages = (
        ("/runs/{key}", view.run),
        ("/compare/{a}/{b}", view.pair),
        ("/compare/{a}/{b}/allowing/{names}", view.pair),
    )
    app = Starlette(
        routes=[
            Route("/", view.list, methods=["GET"]),
            Route("/runs.json", view.list_again, methods=["GET"]),
            Route("/compare", view.compare, methods=["GET"]),
            *(route for path, find in pages for route in _routes(path, find)),
        ],
        middleware=[Middleware(ViewGuard, host=host)],
        exception_handlers={HTTPException: _http_error, BoxscoreError: _unreadable, Exception: _bug},
    )
    app.router.redirect_slashes = False
    return app


class _View:
    """What is asked, as functions of a request."""

    def __init__(self, places: RunPlaces, sources: Sources) -> None:
        self._places, self._runs, self._sources = places, RunList(), sources

    async def list(self, request: Request) -> Response:
        """The list of runs."""
        del request
        return _page(list_page(await _in_thread(self._rows)))

    async def list_again(self, request: Request) -> Response:
        """What has become of the list."""
        return _json(request, await _in_thread(self._rows))

    async def compare(self, request: Request) -> Response:
        """Go to the page of two runs that were chosen in the list."""
        a, b = (quote(request.query_params.get(name, ""), safe="") for name in ("a", "b"))
        if not a or not b:
            raise HTTPException(404, "choose two runs: A, the baseline, and B")
        return RedirectResponse(f"/compare/{a}/{b}/", status_code=303)

    def run(self, request: Request) -> PageSource:
        """What a run's page shows."""
        return self._sources.run(self._place(request.path_params["key"]))

    def pair(self, request: Request) -> PageSource:
        """What the page of two runs shows."""
        wanted = request.path_params
        names = tuple(name for name in wanted.get("names", "").split(",") if name)
        return self._sources.pair(self._place(wanted["a"]), self._place(wanted["b"]), allowed=names)

    def _rows(self) -> Any:
        return list_rows(self._runs.listed(self._places.places()))

    def _place(self, key: str) -> Any:
        place = self._places.place(key)
        if place is None:
            raise HTTPException(404, "there is no such run")
        return place


def _routes(path: str, find: Find) -> list[Route]:
    """A page and what it asks for."""

    async def page(request: Request) -> Response:
        try:
            source = await _in_thread(find, request)
            head = await _in_thread(source.head)
        except NotComparable as error:
            return _refused(request, error)
        html = "".join(render_page(head, (), (), live=True))
        return HTMLResponse(
            html, headers={"Content-Security-Policy": f"{page_policy(live=True)}; frame-ancestors 'none'"}
        )

    async def head(request: Request) -> Response:
        return _json(request, await _in_thread(lambda: find(request).head()))

    async def rows(request: Request) -> Response:
        first = _number(request.query_params.get("from", "0"))
        return _json(request, await _in_thread(lambda: find(request).rows(first)))

    async def details(request: Request) -> Response:
        row = _number(request.path_params["row"])

        def read() -> Any:
            try:
                return find(request).details(row)
            except IndexError:
                raise HTTPException(404, "there is no such row") from None

        return _json(request, await _in_thread(read))

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


def _json(request: Request, value: object) -> Response:
    """Answer with JSON, or that it is as the page has it."""
    body = msgspec.json.encode(value)
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    if tag in known:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(
        html.encode(errors="replace"), status_code=status, headers={"Content-Security-Policy": list_policy()}
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - more rows than any run has
        raise HTTPException(404, "there is no such row")
    return int(text)


def _refused(request: Request, error: NotComparable) -> Response:
    """Say why two runs are not compared, and where it goes on if that is accepted."""
    onward = ""
    if error.names:
        path = request.url.path.partition("/allowing/")[0].rstrip("/")
        before = request.path_params.get("names", "").split(",") if "names" in request.path_params else []
        names = ",".join(dict.fromkeys((*filter(None, before), *error.names)))
        onward = f"{quote(path)}/allowing/{quote(names, safe=',')}/"
    text = f"Compare them anyway, accepting {', '.join(error.names)}"
    return _page(message_page("These runs are not compared", error.reasons, onward=onward, onward_text=text), 409)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    response = _told(request, status, detail)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _unreadable(request: Request, error: Exception) -> Response:
    """A run that cannot be read: the reader is to fix it, by what the error says."""
    lines = error.lines() if isinstance(error, BoxscoreError) else (str(error),)
    return _told(request, 409 if isinstance(error, UsageError) else 500, *lines)


async def _bug(request: Request, error: Exception) -> Response:
    return _told(request, 500, f"a bug in boxscore: {type(error).__name__}")


def _told(request: Request, status: int, *lines: str) -> Response:
    """Say what went wrong, to a page in JSON and to a reader as a page."""
    if request.url.path.endswith(".json"):
        body = msgspec.json.encode({"error": "\n".join(lines)})
        return Response(body, status_code=status, media_type="application/json")
    return _page(message_page(f"{status}", lines), status)
