"""The application: one grader, one dispatcher, the routes, and the guard before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from boxscore.service.dispatcher import Dispatcher
from boxscore.service.guard import Guard
from boxscore.service.metrics import Metrics
from boxscore.service.refusals import Refusal, refused
from boxscore.service.routes import operations

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from boxscore.service.settings import ServiceSettings
    from boxscore.session.grader import Grader


def make_app(grader: Grader, settings: ServiceSettings) -> Starlette:
    """Make the application of a service. The grader must be open, and is its caller's to close.

    `app.state.dispatcher` is what counts and bounds its work.
    """
    dispatcher = Dispatcher(grader, settings, Metrics())
    listed = operations(dispatcher)
    paths = frozenset(one.path for one in listed)
    app = Starlette(
        routes=[Route(one.path, one.answer, methods=[one.method]) for one in listed],
        middleware=[Middleware(Guard, settings=settings, dispatcher=dispatcher, routes=paths)],
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False
    app.state.dispatcher = dispatcher
    return app


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer for a path or method that does not exist."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "a bug in boxscore"
    word = {404: "not_found", 405: "wrong_method"}.get(status, "http")
    response = refused(Refusal(status, word, detail), request.state.request_id)
    response.headers.update(getattr(error, "headers", None) or {})
    return response
