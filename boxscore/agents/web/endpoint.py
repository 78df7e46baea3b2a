"""An agent behind an address, as Web-Bench's runner asks one: it takes the place of the run's model.

    POST {"files": {PATH: TEXT}, "type": "normal" | "init", "task": TEXT, "error"?: TEXT}
    200  {"files": {PATH: TEXT}, "inputTokens"?: N, "outputTokens"?: N, "trajectory"?: TEXT}

A question is such a request, and the answer's text what came back, whatever it is: who asked reads it. What is no
answer at all, an agent that is down or says something else than 200, is trouble of ours and no failed attempt.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from boxscore.agents.box import in_thread
from boxscore.errors import ModelError, ModelUnusable, UsageError
from boxscore.models.contract import Answer, Usage, pause
from boxscore.models.secrets import redacted

if TYPE_CHECKING:
    from boxscore.models.contract import Price, Question

TIME_S, CONNECT_S = 3600.0, 30.0
MOST_BYTES = 32 << 20
TRIES, PAUSE_S = 3, 2.0
_OK, _LATER = 200, (429, 503)
_PIECE = 64 << 10
_MOST_TOKENS = 1 << 40

Count = Annotated[float, Meta(ge=0, le=_MOST_TOKENS)]


class _Tokens(Struct, frozen=True, rename="camel"):
    input_tokens: Count | None = None
    output_tokens: Count | None = None


class _NotNow(ModelError):  # noqa: N818 - what happened says it best
    """The agent did not take the request."""


class EndpointModel:
    """The agent at an address, under the name that the run gives its model. Without `price` its cost is not known."""

    def __init__(
        self, url: str, *, name: str, price: Price | None = None, time_s: float = TIME_S, pause_s: float = PAUSE_S
    ) -> None:
        """Look at the address; nobody is asked. Raises UsageError."""
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise UsageError(f"endpoint must be an address such as http://127.0.0.1:6077/message, not {url!r}")
        self.name, self.base, self.price = name, redacted(url), price
        self._url, self._time_s, self._pause_s = url, time_s, pause_s
        self._answered = False

    async def answer(self, question: Question) -> Answer:
        """Send the request of a question. Raises ModelError, ModelUnusable where the agent has never answered."""
        body = str(question.messages[-1]["content"]).encode()
        began = time.monotonic()
        for left in reversed(range(TRIES)):
            try:
                data = await self._posted(body)
                break
            except _NotNow as error:
                if left:
                    await pause(self._pause_s)
                    continue
                if self._answered:
                    raise
                raise ModelUnusable(str(error)) from None
        self._answered = True
        usage = _usage(data)
        cost = None if self.price is None else self.price.of(usage)
        text = data.decode("utf-8", "replace")
        return Answer(text=text, usage=usage, cost_usd=cost, wall_s=time.monotonic() - began)

    async def close(self) -> None:
        """Do nothing: each request has a connection of its own."""

    async def _posted(self, body: bytes) -> bytes:
        stop = threading.Event()
        try:
            return await in_thread(partial(self._post, body, stop), "boxscore-endpoint")
        finally:
            stop.set()

    def _post(self, body: bytes, stop: threading.Event) -> bytes:
        """Send a request, and read what comes back within the limits on time and length. Raises ModelError."""
        import urllib3  # noqa: PLC0415 - slow to import

        until = time.monotonic() + self._time_s
        headers = {"Content-Type": "application/json", "Accept": "*/*", "Accept-Encoding": "identity"}
        timeout = urllib3.Timeout(connect=CONNECT_S, read=self._time_s)
        try:
            with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
                response = pool.request(
                    "POST", self._url, body=body, headers=headers, preload_content=False, redirect=False
                )
                try:
                    self._check(response.status, response.headers.get("Content-Encoding", "identity"))
                    return self._read(response, until, stop)
                finally:
                    response.close()
        except urllib3.exceptions.TimeoutError as error:
            if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
                raise _NotNow(f"the agent at {self.base} cannot be reached: {redacted(str(error))}") from None
            raise ModelError(f"the agent at {self.base} took longer than {self._time_s:g} s") from None
        except urllib3.exceptions.HTTPError as error:
            kind = _NotNow if isinstance(error, urllib3.exceptions.NewConnectionError) else ModelError
            raise kind(f"the agent at {self.base} gave no answer: {redacted(str(error))}") from None

    def _check(self, status: int, encoding: str) -> None:
        if status != _OK:
            kind = _NotNow if status in _LATER else ModelError
            raise kind(f"the agent at {self.base} answered with status {status}, not {_OK}")
        if encoding.lower() != "identity":
            raise ModelError(
                f"the agent at {self.base} answered with the encoding {encoding[:40]!r}, which was not asked for"
            )

    def _read(self, response: object, until: float, stop: threading.Event) -> bytes:
        data = bytearray()
        for piece in response.stream(_PIECE):  # type: ignore[attr-defined]
            data += piece
            if len(data) > MOST_BYTES:
                raise ModelError(f"the agent at {self.base} answered with more than {MOST_BYTES >> 20} MiB")
            if time.monotonic() > until or stop.is_set():
                raise ModelError(f"the agent at {self.base} took longer than {self._time_s:g} s")
        return bytes(data)


def _usage(data: bytes) -> Usage:
    """The tokens that an answer says it took; none where it does not say, or nothing that can be true."""
    try:
        said = msgspec.json.decode(data, type=_Tokens)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Usage()
    return Usage(input_tokens=int(said.input_tokens or 0), output_tokens=int(said.output_tokens or 0))
