"""Requests as they come: bounded in bytes, time and depth before anything looks at them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from boxscore.errors import UsageError
from boxscore.service.refusals import ClientGone, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive

    from boxscore.service.settings import ServiceSettings

T = TypeVar("T")
_LARGE_BYTES = 256 << 10  # decoding this much takes a millisecond: from here on in a thread


async def read_body(receive: Receive, settings: ServiceSettings) -> bytes:
    """Read a request's body. Raises Refusal for one that is too long or too slow, ClientGone if it never ends."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_s):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                part = message.get("body", b"")
                size += len(part)
                if size > settings.body_bytes:
                    raise too_long(settings)
                parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refusal(408, "slow", f"the request did not arrive within {settings.body_s:g} s") from None
    return b"".join(parts)


async def read_request(receive: Receive, of: type[T], settings: ServiceSettings, *, strict: bool = True) -> T:
    """Read a request's body as JSON. Raises Refusal; without `strict` numbers may be given as text."""
    return await parsed(await read_body(receive, settings), of, settings, strict=strict)


async def parsed(body: bytes, of: type[T], settings: ServiceSettings, *, strict: bool = True) -> T:
    """Decode JSON as `decoded` does, in a thread where there is much of it."""
    if not is_large(body):
        return decoded(body, of, settings, strict=strict)
    return await asyncio.to_thread(decoded, body, of, settings, strict=strict)


def is_large(body: bytes) -> bool:
    """Whether to work on a body would hold up other requests."""
    return len(body) >= _LARGE_BYTES


def decoded(body: bytes, of: type[T], settings: ServiceSettings, *, strict: bool = True) -> T:
    """Decode JSON. Raises Refusal: 400 for what is none or too deep, 422 for what is not of the type."""
    try:
        found = msgspec.json.decode(body, type=of, strict=strict)
    except (msgspec.ValidationError, UsageError) as error:
        raise Refusal(422, "invalid", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "no_json", f"the body is not JSON: {error}") from None
    except RecursionError:
        raise too_deep(settings) from None
    check_depth(found, settings)
    return found


def check_depth(value: object, settings: ServiceSettings) -> None:
    """Raise Refusal for plain data that is nested deeper than a service follows."""
    level = [value]
    for _ in range(settings.depth):
        below: list[object] = []
        for one in level:
            below.extend(_children(one))
        if not below:
            return
        level = below
    raise too_deep(settings)


def too_long(settings: ServiceSettings) -> Refusal:
    """Refuse a body or a line for its size."""
    return Refusal(413, "too_long", f"more than {settings.body_bytes:,} bytes")


def too_deep(settings: ServiceSettings) -> Refusal:
    """Refuse JSON for its depth."""
    return Refusal(400, "too_deep", f"JSON that is nested deeper than {settings.depth} levels")


def _children(value: Any) -> list[object]:
    found: Iterable[Any]
    if isinstance(value, dict):
        found = value.values()
    elif isinstance(value, list | tuple):
        found = value
    elif isinstance(value, msgspec.Struct):
        found = [getattr(value, name) for name in value.__struct_fields__]
    else:
        return []
    return [one for one in found if isinstance(one, dict | list | tuple | msgspec.Struct)]
