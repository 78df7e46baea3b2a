"""The OpenAPI document: schemas are made from the types that requests are decoded with, so that neither can lag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.protocols.details import KINDS
from boxscore.records import Detail
from boxscore.service.guard import OPEN
from boxscore.service.refusals import Problem
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

JSON = "application/json"
_TEMPLATE = "#/components/schemas/{name}"
_STATUSES = {
    400: "The body is not JSON, or names something that does not exist.",
    401: "No token, or a wrong one.",
    413: "The body is too long.",
    422: "The body is not as described here.",
}


class Operation(Struct, frozen=True, kw_only=True):
    """One thing that can be asked. `takes` and `gives` are types of JSON, None for no body and for plain text."""

    path: str
    summary: str
    answer: Callable[[Request], Awaitable[Any]]
    method: str = "POST"
    group: str = "boxscore"
    takes: Any = None
    gives: Any = None
    media: str = JSON
    overloaded: int = 503


def detail_schema(kind: type) -> dict[str, Any]:
    """The schema of a result's detail: that of any kind."""
    if kind is not Detail:
        raise NotImplementedError(kind.__name__)
    return {"anyOf": [{"$ref": _TEMPLATE.format(name=one.__name__)} for one in KINDS]}


def openapi_document(operations: Iterable[Operation], benchmark: str | None) -> dict[str, Any]:
    """Describe a service in OpenAPI 3.1."""
    listed = tuple(operations)
    types = [one for operation in listed for one in (operation.takes, operation.gives) if one is not None]
    schemas, components = msgspec.json.schema_components(
        [*types, Problem, *KINDS], schema_hook=detail_schema, ref_template=_TEMPLATE
    )
    found = iter(schemas)
    paths: dict[str, Any] = {}
    for operation in listed:
        takes = None if operation.takes is None else next(found)
        gives = None if operation.gives is None else next(found)
        paths[operation.path] = {operation.method.lower(): _operation(operation, takes, gives)}
    has = f"It has the benchmark `{benchmark}`." if benchmark else "It has no benchmark: tests come with the requests."
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "boxscore",
            "version": VERSION,
            "description": f"Verdicts on code that models write. {has}",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "url": {"type": "http", "scheme": "basic", "description": "The token as password, any name."},
            },
        },
        "security": [{"token": []}, {"url": []}],
    }


def _operation(operation: Operation, takes: dict[str, Any] | None, gives: dict[str, Any] | None) -> dict[str, Any]:
    problem = {JSON: {"schema": {"$ref": _TEMPLATE.format(name=Problem.__name__)}}}
    content = {"text/plain": {"schema": {"type": "string"}}} if gives is None else {operation.media: {"schema": gives}}
    responses: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
    if takes is not None:
        for status, why in _STATUSES.items():
            responses[str(status)] = {"description": why, "content": problem}
        busy = problem if operation.overloaded == 503 else {JSON: {"schema": gives}}  # noqa: PLR2004 - HTTP's
        responses[str(operation.overloaded)] = {
            "description": "No verdict for now: the service is overloaded, or has failed. Try again.",
            "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
            "content": busy,
        }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": operation.path.strip("/").replace("/", "_"),
        "tags": [operation.group],
        "responses": responses,
    }
    if takes is not None:
        described["requestBody"] = {"required": True, "content": {operation.media: {"schema": takes}}}
    if operation.path in OPEN:
        described["security"] = []
    return described
