"""A server that speaks OpenAI's protocol on loopback, with answers and faults from a script, and keeps the accounts.

    with OpenAIServer(lambda request: "return 1") as server:
        ...  # ask server.base, with any key
    assert server.billed_usd == ...

A script is a function of the `Request`: it gives the text, or a `Reply` where more is to be said. Scripts are called
one at a time, so that they may count. Chat and completions are served, whole and as streams.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Script = Callable[["Request"], "Reply | str"]

INPUT_USD, OUTPUT_USD, CACHED_USD = 1e-6, 2e-6, 1e-7  # a token
_MAX_BODY = 16 << 20
_STARTED = 1_700_000_000  # when every answer was made, as it says


class Request(Struct, frozen=True, kw_only=True):
    """What the server was asked. `number` counts requests from 0, `at_once` those that were being served with it."""

    number: int
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    at_once: int
    at: float

    @property
    def authorization(self) -> str:
        """What the client showed to be let in."""
        return self.headers.get("authorization", "")

    @property
    def chat(self) -> bool:
        """Whether it asks for a chat's next message, not for the end of a text."""
        return self.path.endswith("/chat/completions")

    @property
    def prompt(self) -> str:
        """The last message of a chat, or the text that is to be gone on with."""
        return _text(self.body["messages"][-1]["content"]) if self.chat else str(self.body.get("prompt", ""))

    @property
    def input_tokens(self) -> int:
        """Words of all that was sent."""
        if self.chat:
            return sum(len(_text(message.get("content")).split()) for message in self.body.get("messages", ()))
        return len(self.prompt.split())


class Reply(Struct, frozen=True, kw_only=True):
    """What the server answers.

    `text` fills the choices, `choices` of them, each with `finish_reason`. `usage` is counted in words unless given;
    {} leaves it out. `status` above 299 gives `error` instead. `body` is sent as it is, in place of all of these.
    `wait_s` passes before the answer begins, `pause_s` between pieces of `piece` bytes, or of a stream. `cut` ends the
    connection after so many bytes of the body, by a reset; below 0, before the head. `billed` says whether the answer
    is on the bill; None: if it is a 200.
    """

    text: str = ""
    finish_reason: str = "stop"
    choices: int | None = None
    usage: dict[str, Any] | None = None
    cached_tokens: int = 0
    status: int = 200
    error: dict[str, Any] | None = None
    headers: dict[str, str] = {}
    body: bytes | None = None
    wait_s: float = 0.0
    pause_s: float = 0.0
    piece: int = 64
    cut: int | None = None
    billed: bool | None = None


class Bill(Struct, frozen=True, kw_only=True):
    """What one request costs."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    @property
    def usd(self) -> float:
        """Dollars, at the server's prices."""
        new = self.input_tokens - self.cached_tokens
        return new * INPUT_USD + self.cached_tokens * CACHED_USD + self.output_tokens * OUTPUT_USD


def rate_limited(retry_after: float | str | None = None) -> Reply:
    """429, with Retry-After if given: seconds, or a date."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return error(429, "Rate limit reached for requests", "rate_limit_exceeded", kind="requests", headers=headers)


def failed(status: int = 500) -> Reply:
    """Give a failure of the server itself."""
    return error(status, "The server had an error while processing your request", None, kind="server_error")


def stalled(seconds: float = 60.0) -> Reply:
    """Answer, but too late. Nobody is billed for it."""
    return Reply(text="late", wait_s=seconds, billed=False)


def malformed(*, billed: bool = False) -> Reply:
    """Give what is no JSON."""
    return Reply(body=b'{"id": "broken", "object": "chat.completion", "choices": [{"ind', billed=billed)


def no_choices(usage: dict[str, Any] | None = None) -> Reply:
    """Give an answer without choices, with usage: it is billed."""
    return Reply(choices=0, usage=usage)


def slow(text: str, *, pause_s: float = 0.05, piece: int = 16) -> Reply:
    """Give an answer that comes in pieces."""
    return Reply(text=text, pause_s=pause_s, piece=piece)


def context_overflow(most: int = 128) -> Reply:
    """Refuse what is longer than the model takes."""
    return error(
        400,
        f"This model's maximum context length is {most} tokens. However, your messages resulted in {most + 1} tokens."
        " Please reduce the length of the messages.",
        "context_length_exceeded",
        param="messages",
    )


def refused() -> Reply:
    """Refuse the request itself."""
    return error(400, "Unsupported value: 'temperature' does not support 7", "unsupported_value", param="temperature")


def wrong_key(shown: str = "sk-...") -> Reply:
    """Refuse the key; `shown` is what the message quotes of it."""
    return error(401, f"Incorrect API key provided: {shown}. You can find your key elsewhere.", "invalid_api_key")


def forbidden() -> Reply:
    """Refuse the account."""
    return error(403, "You are not allowed to sample from this model", "model_forbidden")


def unknown_model(name: str) -> Reply:
    """Know no such model."""
    return error(404, f"The model `{name}` does not exist or you do not have access to it.", "model_not_found")


def reset(after: int = -1) -> Reply:
    """Break the connection, after so many bytes of the answer's body, or before its head. Nobody is billed for it."""
    return Reply(text="gone", cut=after, billed=False)


def error(  # noqa: PLR0913 - what an error of OpenAI's has
    status: int,
    message: str,
    code: str | None,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Give an error of any kind, in OpenAI's form."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Reply(status=status, error=error, headers=headers or {})


class OpenAIServer:
    """Serves a script on a free port of loopback, in threads; `base` is what clients are given as their API's base.

    `requests` has all requests in order, `bills` what each cost, by its number. Faults that are `first` answer the
    first requests in place of the script.
    """

    def __init__(self, script: Script | str = "pass", *, first: Iterable[Reply | str] = ()) -> None:
        """Take the script; nothing is served before the block begins."""
        self._script: Script = (lambda _request: script) if isinstance(script, str) else script
        self._first = list(first)
        self.requests: list[Request] = []
        self.bills: dict[int, Bill] = {}
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._serving = 0
        self._connections: set[socket.socket] = set()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.base = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="openai-server")

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop serving, answers that are under way too, and wait until all threads have ended."""
        self._stopped.set()
        self._http.shutdown()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._thread.join(30)

    @property
    def billed_usd(self) -> float:
        """What all requests cost together."""
        return sum(bill.usd for bill in self.bills.values())

    @property
    def input_tokens(self) -> int:
        """Tokens of all questions that are on the bill."""
        return sum(bill.input_tokens for bill in self.bills.values())

    @property
    def output_tokens(self) -> int:
        """Tokens of all answers that are on the bill."""
        return sum(bill.output_tokens for bill in self.bills.values())

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, to end it when the server stops."""
        with self._lock:
            self._connections.add(connection)
            if self._stopped.is_set():
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)

    def asked(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[Request, Reply]:
        """Enter a request in the books and have the script answer it."""
        with self._lock:
            self._serving += 1
            request = Request(
                number=len(self.requests),
                path=path,
                body=body,
                headers=headers,
                at_once=self._serving,
                at=time.monotonic(),
            )
            self.requests.append(request)
            given = self._first.pop(0) if self._first else self._script(request)
            reply = Reply(text=given) if isinstance(given, str) else given
            if reply.status == 200 if reply.billed is None else reply.billed:
                self.bills[request.number] = _bill(request, reply)
            return request, reply

    def answered(self) -> None:
        """Enter that one is done with."""
        with self._lock:
            self._serving -= 1

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the server is stopped. Raises ConnectionAbortedError then."""
        if seconds and self._stopped.wait(seconds):
            raise ConnectionAbortedError("the server stops")


class _Server(ThreadingHTTPServer):
    owner: OpenAIServer
    daemon_threads = False
    block_on_close = True
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away, as they do in these tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.server.owner.closed(self.connection)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Write nothing."""

    def do_POST(self) -> None:
        """Answer a question."""
        data = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MAX_BODY))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            request, reply = self.server.owner.asked(self.path, json.loads(data), headers)
        except (KeyError, ValueError, TypeError) as problem:
            self._send(error(400, f"not what this server reads: {problem!r}", "invalid"), b"")
            return
        try:
            self.server.owner.wait(reply.wait_s)
            if reply.cut is not None and reply.cut < 0:
                self._reset()
            else:
                self._answer(request, reply)
        except OSError:
            self.close_connection = True
        finally:
            self.server.owner.answered()

    def _answer(self, request: Request, reply: Reply) -> None:
        if reply.status >= 300:
            self._send(reply, json.dumps({"error": reply.error}).encode())
        elif request.body.get("stream") and reply.body is None:
            self._stream(request, reply)
        else:
            self._send(reply, reply.body if reply.body is not None else json.dumps(_whole(request, reply)).encode())

    def _send(self, reply: Reply, body: bytes) -> None:
        self._head(reply, "application/json", {"Content-Length": str(len(body))})
        pieces = [body]
        if reply.pause_s:
            pieces = [body[at : at + reply.piece] for at in range(0, len(body), reply.piece)]
        self._write(reply, pieces)

    def _stream(self, request: Request, reply: Reply) -> None:
        self._head(reply, "text/event-stream", {"Transfer-Encoding": "chunked"})
        events = [*(json.dumps(event) for event in _events(request, reply)), "[DONE]"]
        lines = [f"data: {event}\n\n".encode() for event in events]
        self._write(reply, [b"%x\r\n%s\r\n" % (len(line), line) for line in lines] + [b"0\r\n\r\n"])

    def _head(self, reply: Reply, kind: str, more: dict[str, str]) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Type": kind, "x-request-id": "req_1", **more, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _write(self, reply: Reply, pieces: list[bytes]) -> None:
        left = reply.cut
        for place, piece in enumerate(pieces):
            if place:
                self.server.owner.wait(reply.pause_s)
            if left is not None and len(piece) > left:
                self.wfile.write(piece[:left])
                self._reset()
                return
            self.wfile.write(piece)
            left = None if left is None else left - len(piece)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        os.close(self.connection.detach())  # with that option, and before http.server says good-bye, a reset


def _bill(request: Request, reply: Reply) -> Bill:
    usage = _usage(request, reply)
    return Bill(
        input_tokens=usage.get("prompt_tokens", 0),
        output_tokens=usage.get("completion_tokens", 0),
        cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
    )


def _usage(request: Request, reply: Reply) -> dict[str, Any]:
    if reply.usage is not None:
        return reply.usage
    inward, outward = request.input_tokens, len(reply.text.split()) * _choices(request, reply)
    return {
        "prompt_tokens": inward,
        "completion_tokens": outward,
        "total_tokens": inward + outward,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
    }


def _choices(request: Request, reply: Reply) -> int:
    return int(request.body.get("n") or 1) if reply.choices is None else reply.choices


def _whole(request: Request, reply: Reply) -> dict[str, Any]:
    choices = [_choice(request, reply, index, reply.text) for index in range(_choices(request, reply))]
    usage = _usage(request, reply)
    return {**_frame(request, streamed=False), "choices": choices, **({"usage": usage} if usage else {})}


def _events(request: Request, reply: Reply) -> list[dict[str, Any]]:
    frame = _frame(request, streamed=True)
    pieces = [reply.text[at : at + reply.piece] for at in range(0, len(reply.text), reply.piece)]
    events = []
    for index in range(_choices(request, reply)):
        events += [{**frame, "choices": [_delta(request, index, piece, None)]} for piece in pieces]
        events += [{**frame, "choices": [_delta(request, index, "", reply.finish_reason)]}]
    usage = _usage(request, reply)
    if usage and (request.body.get("stream_options") or {}).get("include_usage"):
        events.append({**frame, "choices": [], "usage": usage})
    return events


def _frame(request: Request, *, streamed: bool) -> dict[str, Any]:
    kind = "chat.completion" if request.chat else "text_completion"
    kind = f"{kind}.chunk" if streamed and request.chat else kind
    name = f"cmpl-{request.number}"
    return {"id": name, "object": kind, "created": _STARTED, "model": request.body.get("model", "")}


def _choice(request: Request, reply: Reply, index: int, text: str) -> dict[str, Any]:
    said = {"message": {"role": "assistant", "content": text}} if request.chat else {"text": text}
    return {"index": index, **said, "logprobs": None, "finish_reason": reply.finish_reason}


def _delta(request: Request, index: int, text: str, finish_reason: str | None) -> dict[str, Any]:
    delta = {"role": "assistant", "content": text} if finish_reason is None else {}
    said: dict[str, Any] = {"delta": delta} if request.chat else {"text": text}
    return {"index": index, **said, "logprobs": None, "finish_reason": finish_reason}


def _text(content: object) -> str:
    """A message's text, also where it comes in parts."""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content)
    return "" if content is None else str(content)
