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
    import ssl
    from collections.abc import Iterator

    import httpx

MISSING = "models of providers need litellm, which is not installed: pip install 'boxscore[models]'"
MAX_CONNECTIONS = 1000  # what really bounds them is the pace
_TIMEOUT_S = 600.0  # unless a request has its own, as ours have
_WHILE_IMPORTING = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
MAX_RESPONSE_BYTES = 8 << 20  # more than any model says; whoever sends more is not read on
_bodies: ContextVar[Bodies | None] = ContextVar("bodies", default=None)


class Bodies(list[bytes]):
    """Bodies of answers as they were sent; `too_long` says that one was longer than `MAX_RESPONSE_BYTES`."""

    too_long = False


class ResponseTooLong(Exception):  # noqa: N818 - what happened says it best
    """A response is longer than it may be, and is not read any further."""


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


class Connections:
    """The connections of this process to providers, which litellm keeps in one place for all models of an event loop.

    `opened` and `closed` are called once for each model that asks; the last one to close ends them all.
    """

    def __init__(self) -> None:
        """Nothing is open."""
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: httpx.AsyncClient | None = None

    def opened(self) -> None:
        """Be ready for another model of the running event loop; whatever a loop has left that is gone is forgotten."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._users, self._loop = 0, loop
            litellm().in_memory_llm_clients_cache.flush_cache()
            self._session = litellm().aclient_session = _session()
        self._users += 1

    async def closed(self) -> None:
        """Close all connections if this was the last model of the running event loop."""
        if self._loop is not asyncio.get_running_loop():
            return
        self._users -= 1
        if self._users:
            return
        session, self._session, self._loop = self._session, None, None
        litellm().aclient_session = None
        if session is not None:
            await session.aclose()
        await litellm().close_litellm_async_clients()
        litellm().in_memory_llm_clients_cache.flush_cache()


CONNECTIONS = Connections()


@contextmanager
def bodies() -> Iterator[Bodies]:
    """Collect the bodies of answers that come in while the block runs, in this task, as they were sent.

    Only those of providers that speak OpenAI's protocol, which is most; litellm reads the others by other ways.
    """
    kept = Bodies()
    token = _bodies.set(kept)
    try:
        yield kept
    finally:
        _bodies.reset(token)


def _session() -> httpx.AsyncClient:
    import httpx  # noqa: PLC0415 - comes with litellm

    return httpx.AsyncClient(
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=100),
        timeout=_TIMEOUT_S,
        verify=_certificates(),
        follow_redirects=True,
        event_hooks={"response": [_keep]},
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Load the certificates that servers are checked by, once: that takes as long as several questions."""
    import httpx  # noqa: PLC0415 - as above

    return httpx.create_ssl_context()


async def _keep(response: httpx.Response) -> None:
    """Read a response, as far as it may be long, and keep its body if it is an answer. Raises ResponseTooLong."""
    kept = _bodies.get()
    body = bytearray()
    async for some in response.aiter_bytes():
        body += some
        if len(body) > MAX_RESPONSE_BYTES:
            await response.aclose()
            if kept is not None:
                kept.too_long = True
            raise ResponseTooLong
    response._content = bytes(body)  # noqa: SLF001 - as its own `aread` does, which has no bound
    if kept is not None and response.is_success:
        kept.append(response.content)
