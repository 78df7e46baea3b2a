"""The application: one grader, one dispatcher, the routes, and the guard before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from boxscore.service.dispatcher import Dispatcher
from boxscore.service.fusion.datasets import Datasets
from boxscore.service.fusion.run_code import RunCode
from boxscore.service.guard import Guard
from boxscore.service.metrics import Metrics
from boxscore.service.native import NativeRoutes
from boxscore.service.nemo_gym import NemoGym
from boxscore.service.open_instruct import OpenInstruct
from boxscore.service.refusals import JsonResponse, Refusal, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from boxscore.service.settings import ServiceSettings
    from boxscore.session.grader import Grader


def make_app(grader: Grader, settings: ServiceSettings) -> Starlette:
    """Make the application of a service. The grader must be open, and is its caller's to close.

    `app.state.dispatcher` is what counts and bounds its work.
    """
    dispatcher = Dispatcher(grader, settings, Metrics())
    routes = _routes(dispatcher)
    paths = frozenset(route.path for route in routes)
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, settings=settings, dispatcher=dispatcher, routes=paths)],
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False
    app.state.dispatcher = dispatcher
    return app


def _routes(dispatcher: Dispatcher) -> list[Route]:
    native, fusion = NativeRoutes(dispatcher), Datasets(dispatcher)
    open_instruct, nemo_gym = OpenInstruct(dispatcher), NemoGym(dispatcher)

    async def health(_request: Request) -> Response:
        status = "draining" if dispatcher.draining else "healthy"
        return JsonResponse({"status": status}, status_code=503 if dispatcher.draining else 200)

    async def ping(_request: Request) -> Response:
        return JsonResponse("pong")

    async def metrics(_request: Request) -> Response:
        return Response(dispatcher.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    posts = {
        "/v1/grade": native.grade,
        "/run_code": RunCode(dispatcher).__call__,
        "/submit": fusion.submit,
        "/test_program": open_instruct.test_program,
        "/test_program_stdio": open_instruct.test_program_stdio,
        "/seed_session": nemo_gym.seed_session,
        "/verify": nemo_gym.verify,
    }
    gets = {
        "/reverify_mode": nemo_gym.reverify_mode,
        "/health": health,
        "/v1/ping": ping,
        "/metrics": metrics,
    }
    return [
        *(Route(path, answer, methods=["POST"]) for path, answer in posts.items()),
        *(Route(path, answer, methods=["GET"]) for path, answer in gets.items()),
    ]


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer for a path or method that does not exist."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "a bug in boxscore"
    word = {404: "not_found", 405: "wrong_method"}.get(status, "http")
    response = refused(Refusal(status, word, detail), request.state.request_id)
    response.headers.update(getattr(error, "headers", None) or {})
    return response
