"""A server that speaks OpenAI's protocol on loopback, with answers and faults from a script, and keeps the accounts.

    with OpenAIServer(lambda request: "return 1") as server:
        ...  # ask server.base, with any key
    assert server.billed_usd == ...

A script is a function of the `Request`: it gives the text, or a `Reply` where more is to be said. Scripts are called
one at a time, so that they may count.
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
        return self.headers.get("authorization", "")

    @property
    def chat(self) -> bool:
        return self.path.endswith("/chat/completions")

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"] if self.chat else self.body.get("prompt", ""))

    @property
    def input_tokens(self) -> int:
        if self.chat:
            return sum(len(str(message.get("content")).split()) for message in self.body.get("messages", ()))
        return len(self.prompt.split())


class Reply(Struct, frozen=True, kw_only=True):
    """What the server answers.

    `text` fills the only choice, unless there are no `choices`. `usage` is counted in words unless given; {} leaves it
    out. `status` above 299 gives `error` instead. `body` is sent as it is, in place of all of these. `wait_s` passes
    before the answer begins, `pause_s` between pieces of `piece` bytes. `cut` ends the connection after so many bytes
    of the body, by a reset; below 0, before the head. `billed`: it is on the bill; None: if it is a 200.
    """

    text: str = ""
    finish_reason: str = "stop"
    choices: bool = True
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
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    @property
    def usd(self) -> float:
        new = self.input_tokens - self.cached_tokens
        return new * INPUT_USD + self.cached_tokens * CACHED_USD + self.output_tokens * OUTPUT_USD


def rate_limited(retry_after: float | str | None = None) -> Reply:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return error(429, "Rate limit reached for requests", "rate_limit_exceeded", headers=headers)


def failed(status: int = 500) -> Reply:
    return error(status, "The server had an error while processing your request", None)


def error(status: int, message: str, code: str | None, *, headers: dict[str, str] | None = None) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Reply(status=status, error=error, headers=headers or {})


class OpenAIServer:
    """Serves a script on a free port of loopback, in threads; `base` is what clients are given as their API's base.

    `requests` has all requests in order, `bills` what each cost, by its number. Faults that are `first` answer the
    first requests in place of the script.
    """

    def __init__(self, script: Script | str = "pass", *, first: Iterable[Reply | str] = ()) -> None:
        self._script: Script = (lambda _request: script) if isinstance(script, str) else script
        self._first = list(first)
        self.requests: list[Request] = []
        self.bills: dict[int, Bill] = {}
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._serving = 0
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.base = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="openai-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop serving, answers that are under way too; a thread ends when its client has gone."""
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(30)

    @property
    def billed_usd(self) -> float:
        return sum(bill.usd for bill in self.bills.values())

    @property
    def input_tokens(self) -> int:
        return sum(bill.input_tokens for bill in self.bills.values())

    @property
    def output_tokens(self) -> int:
        return sum(bill.output_tokens for bill in self.bills.values())

    def asked(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[Request, Reply]:
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
        with self._lock:
            self._serving -= 1

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the server is stopped. Raises ConnectionAbortedError then."""
        if seconds and self._stopped.wait(seconds):
            raise ConnectionAbortedError("the server stops")


class _Server(ThreadingHTTPServer):
    owner: OpenAIServer
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away, as they do in these tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Write nothing."""

    def do_POST(self) -> None:
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
        else:
            self._send(reply, reply.body if reply.body is not None else json.dumps(_whole(request, reply)).encode())

    def _send(self, reply: Reply, body: bytes) -> None:
        self.send_response(reply.status)
        head = {"Content-Type": "application/json", "Content-Length": str(len(body)), "x-request-id": "req_1"}
        for name, value in {**head, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.cut is not None:
            self.wfile.write(body[: reply.cut])
            self._reset()
            return
        size = reply.piece if reply.pause_s else len(body)
        for at in range(0, len(body), size or 1):
            self.server.owner.wait(reply.pause_s if at else 0)
            self.wfile.write(body[at : at + size])

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
    inward, outward = request.input_tokens, len(reply.text.split()) * reply.choices
    return {
        "prompt_tokens": inward,
        "completion_tokens": outward,
        "total_tokens": inward + outward,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
    }


def _whole(request: Request, reply: Reply) -> dict[str, Any]:
    said = {"message": {"role": "assistant", "content": reply.text}} if request.chat else {"text": reply.text}
    choice = {"index": 0, **said, "logprobs": None, "finish_reason": reply.finish_reason}
    usage = _usage(request, reply)
    return {
        "id": f"cmpl-{request.number}",
        "object": "chat.completion" if request.chat else "text_completion",
        "created": _STARTED,
        "model": request.body.get("model", ""),
        "choices": [choice] if reply.choices else [],
        **({"usage": usage} if usage else {}),
    }
