"""litellm: imported when a provider's model is first opened, and kept from doing more than it is asked to.

It takes seconds to import. By itself it would fetch its table of prices from the network and read a `.env` file beside
or above it; both are turned off for the import, unless the environment says otherwise: what a run may use is in its
environment, and what a token costs in the release that is installed.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

MISSING = "models of providers need litellm, which is not installed: pip install 'boxscore[models]'"
MAX_RESPONSE_BYTES = 8 << 20  # more than any model says; the rest of a longer one is not read
_MAX_CONNECTIONS = 1000  # what really bounds them is the number of questions at a time
_TIMEOUT_S = 600.0  # unless a request has its own, as ours have
_WHILE_IMPORTING = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}


@functools.cache
def litellm() -> Any:
    """Import litellm. Raises UsageError where it is not installed, or cannot be imported."""
    added = {name: value for name, value in _WHILE_IMPORTING.items() if name not in os.environ}
    os.environ.update(added)
    try:
        module: Any = importlib.import_module("litellm")
    except ModuleNotFoundError as error:
        missing = error.name == "litellm"
        raise UsageError(MISSING if missing else f"litellm cannot be imported: {error}") from error
    finally:
        for name in added:
            os.environ.pop(name, None)
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")  # of answers that are not as they should
    module.suppress_debug_info = True  # it prints hints to standard output
    module.disable_aiohttp_transport = True  # its sessions cannot all be closed
    return module


class ResponseTooLong(Exception):  # noqa: N818 - what happened says it best
    """A response is longer than `MAX_RESPONSE_BYTES`, and is not read any further."""


class Response:
    """The last successful response of one call, byte for byte; `too_long` says that it was not read to its end.

    Only of providers that speak OpenAI's protocol, which is most; litellm reads the others by other ways.
    """

    body: bytes | None = None
    too_long = False


_RESPONSE: ContextVar[Response | None] = ContextVar("boxscore_response", default=None)


@contextmanager
def captured_response() -> Iterator[Response]:
    """Capture what comes in while the block runs, in this task."""
    response = Response()
    token = _RESPONSE.set(response)
    try:
        yield response
    finally:
        _RESPONSE.reset(token)


async def _capture(response: httpx.Response) -> None:
    captured, body = _RESPONSE.get(), bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MAX_RESPONSE_BYTES:
            await response.aclose()
            if captured is not None:
                captured.too_long = True
            raise ResponseTooLong
    response._content = bytes(body)  # noqa: SLF001 - as its own `aread` does, which has no bound
    if captured is not None and response.is_success:
        captured.body = response.content


class Connections:
    """The connections of this process to providers, which litellm keeps in one place for all models of an event loop.

    `open` and `close` are called once by each model that asks; the last one to close ends them all.
    """

    def __init__(self) -> None:
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Be ready for another model of the running event loop; what an earlier loop has left is forgotten."""
        import httpx  # noqa: PLC0415 - comes with litellm

        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._users, self._loop = 0, loop
            litellm().in_memory_llm_clients_cache.flush_cache()
            litellm().aclient_session = httpx.AsyncClient(
                limits=httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=100),
                timeout=_TIMEOUT_S,
                follow_redirects=True,
                event_hooks={"response": [_capture]},
            )
        self._users += 1

    async def close(self) -> None:
        """Close all connections if this was the last model of the running event loop."""
        if self._loop is not asyncio.get_running_loop():
            return
        self._users -= 1
        if self._users:
            return
        session, litellm().aclient_session, self._loop = litellm().aclient_session, None, None
        await session.aclose()
        await litellm().close_litellm_async_clients()
        litellm().in_memory_llm_clients_cache.flush_cache()


CONNECTIONS = Connections()
