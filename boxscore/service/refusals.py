"""How a service refuses: one shape for all routes, which clients of FastAPI can read as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(Struct, frozen=True, kw_only=True):
    """Why there is no answer: `detail` for people, `error` a word for programs, and the request's id for the log."""

    detail: str
    error: str
    request_id: str = ""


class Refusal(Exception):  # noqa: N818 - it is an answer, sent to the caller
    """A request is not answered as asked: the HTTP `status`, a word for it, and why.

    `body` replaces the usual shape where a dialect has one of its own.
    """

    def __init__(
        self, status: int, error: str, detail: str, *, retry_after_s: int | None = None, body: bytes | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.error, self.detail, self.body = status, error, detail, body
        self.headers: Mapping[str, str] = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}


class ClientGone(Exception):  # noqa: N818 - what happened says it best
    """The client has closed its connection: nobody waits for the answer."""


class JsonResponse(Response):
    """A record as JSON."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Encode it; bytes are JSON already."""
        return content if isinstance(content, bytes) else msgspec.json.encode(content)


def refused(refusal: Refusal, request_id: str) -> Response:
    """Make the response of a refusal."""
    problem = Problem(detail=refusal.detail, error=refusal.error, request_id=request_id)
    return JsonResponse(
        problem if refusal.body is None else refusal.body, status_code=refusal.status, headers=dict(refusal.headers)
    )
