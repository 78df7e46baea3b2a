"""The only way out of a sealed box: questions to the model, in OpenAI's interface on loopback.

    program in the box ── HTTP on loopback ── sandbox/relay.py ══ lines on its stdin, stdout ══ Proxy ──▶ ask

The box has no network: what leaves it is the output of a program of ours, a line for each request. One of them alone
does anything: `POST /v1/chat/completions` is asked as the agent's own question, so that keys stay outside.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.agents.box import in_thread
from boxscore.agents.contract import LimitReached
from boxscore.errors import BoxError, BoxscoreError
from boxscore.models.contract import are_messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from boxscore.agents.box import AgentBox
    from boxscore.boxes.contract import Stream
    from boxscore.models.contract import Answer

    Ask = Callable[[Sequence[dict[str, Any]]], Awaitable[Answer]]

START_S, LOOK_S = 120.0, 0.5
MAX_LINE_BYTES = 64 << 20
MODEL = "model"  # what it is called in the box
CHAT, MODELS = ("/v1/chat/completions", "/chat/completions"), ("/v1/models", "/models")


class _Request(Struct, frozen=True, forbid_unknown_fields=True):
    method: Annotated[str, Meta(max_length=16)]
    path: Annotated[str, Meta(max_length=4096)]
    body: str


class _Response(Struct, frozen=True):
    status: int
    body: str
    type: str = "application/json"


class Proxy:
    """Carries questions of a box for as long as it is open, one after the other. Of one event loop.

    `failure` is the error by which a question was not answered, for whoever runs the agent: a limit, or trouble of the
    model's. `requests` counts questions.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._stream: Stream | None = None
        self._rest = bytearray()  # what has come after the line before
        self._serving: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        self.requests, self.port = 0, 0

    async def open(self, box: AgentBox) -> None:
        """Start the relay in a box. Raises BoxError."""
        self._stream = await box.start(["python3", "-I", "-S", "-B", "-c", resources.sandbox_program("relay")], cwd="/")
        line = await in_thread(partial(self._line, self._stream, START_S), "boxscore-relay") or b""
        if not line.isdigit():
            raise BoxError("the relay of a box did not start")
        self.port = int(line)
        self._serving = asyncio.ensure_future(self._serve(self._stream))

    def environment(self) -> dict[str, str]:
        """Variables by which programs in the box find the model."""
        base = f"http://127.0.0.1:{self.port}/v1"
        return {"OPENAI_BASE_URL": base, "OPENAI_API_BASE": base, "OPENAI_API_KEY": "none"}

    async def close(self) -> None:
        """End the relay; again, nothing happens."""
        stream, self._stream = self._stream, None
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if stream is not None:
            with suppress(BoxError):
                await in_thread(stream.stop, "boxscore-relay-end")

    async def _serve(self, stream: Stream) -> None:
        with suppress(BoxError, TimeoutError):  # the relay has gone, or is no relay any more
            while (line := await asyncio.shield(in_thread(partial(self._line, stream), "boxscore-relay"))) is not None:
                answer = msgspec.json.encode(await self._answer(line)) + b"\n"
                await in_thread(partial(stream.send, answer), "boxscore-relay")

    def _line(self, stream: Stream, within_s: float = float("inf")) -> bytes | None:
        """The next line; None where there is none, or one that is too long."""
        until, searched = time.monotonic() + within_s, 0
        while (end := self._rest.find(b"\n", searched)) < 0:
            searched = len(self._rest)
            if self._stream is None or len(self._rest) > MAX_LINE_BYTES or time.monotonic() > until:
                return None
            try:
                some = stream.receive(1 << 16, LOOK_S)
            except TimeoutError:
                continue
            except BoxError:
                return None
            if not some:
                return None
            self._rest += some
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line

    async def _answer(self, line: bytes) -> _Response:
        try:
            request = msgspec.json.decode(line, type=_Request)
            path = request.path.partition("?")[0]
            if request.method == "GET" and path in MODELS:
                return _json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
            if request.method != "POST" or path not in CHAT:
                return _error(404, "there is nothing but the model here")
            return await self._chat(msgspec.json.decode(request.body))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _error(400, "this is no request that can be read")

    async def _chat(self, asked: object) -> _Response:
        messages = asked.get("messages") if isinstance(asked, dict) else None
        if not isinstance(asked, dict) or not are_messages(messages):
            return _error(400, "this is no request that can be read")
        if asked.get("tools") or asked.get("n", 1) != 1:
            return _error(400, "tools and n are not carried: ask for one text")
        self.requests += 1
        try:
            answer = await self._ask(messages)
        except LimitReached as reached:
            self.failure = reached
            return _error(403, f"the agent's limit is reached: {reached.limit}", type="limit_reached")
        except BoxscoreError as error:
            self.failure = error
            return _error(502, "the model gave no answer")
        return _completion(answer, streamed=bool(asked.get("stream")))


def _json(status: int, value: object) -> _Response:
    return _Response(status, msgspec.json.encode(value).decode())


def _error(status: int, message: str, **more: str) -> _Response:
    return _json(status, {"error": {"message": message, **more}})


def _completion(answer: Answer, *, streamed: bool) -> _Response:
    """An answer as OpenAI's interface has it; as a stream, in one piece."""
    usage = answer.usage
    message = {"role": "assistant", "content": answer.text}
    choice = {"index": 0, "finish_reason": answer.finish_reason or "stop", "delta" if streamed else "message": message}
    found = {
        "id": "chatcmpl-boxscore",
        "object": "chat.completion.chunk" if streamed else "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        },
    }
    if not streamed:
        return _json(200, found)
    return _Response(200, f"data: {msgspec.json.encode(found).decode()}\n\ndata: [DONE]\n\n", "text/event-stream")
