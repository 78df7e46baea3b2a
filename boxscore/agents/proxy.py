"""The only way out of a sealed box: calls of the model, and connections to hosts that are allowed by name.

    program in the box ── loopback ── relay (sandbox/relay.py) ══ its stdin, stdout ══ Proxy ──▶ ask, or an allowed host

The box has no network: bytes leave it as the output of a program of ours. What they say is read here as HTTP, and no
more of it than two things: `POST /v1/chat/completions`, which is asked as the agent's own question, so that keys stay
outside; and `CONNECT host:443` for a host that is on the list, whose every address must be public, and which is
connected to by the address that was looked at.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import queue
import re
import socket
import struct
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from boxscore import resources
from boxscore.agents.box import in_thread
from boxscore.agents.contract import LimitReached
from boxscore.errors import BoxError, BoxscoreError, UsageError
from boxscore.models.contract import are_messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from boxscore.agents.box import AgentBox
    from boxscore.boxes.contract import Stream
    from boxscore.models.contract import Answer

    Ask = Callable[[Sequence[dict[str, Any]]], Awaitable[Answer]]
    Look = Callable[[str], Awaitable[Sequence[str]]]
    Connect = Callable[[str, int], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

HEAD = struct.Struct(">cII")
PORT = 443
START_S, CONNECT_S = 120.0, 30.0
BUSY_S, IDLE_S = 0.01, 0.5  # how soon what is to be sent is seen, with connections and without
MAX_FRAME_BYTES, MAX_HEAD_BYTES, MAX_BODY_BYTES = 1 << 16, 64 << 10, 16 << 20
MAX_CONNECTIONS, MAX_TUNNEL_BYTES = 64, 2 << 30
MAX_UNREAD_BYTES = 64 << 20  # of all connections together: a box sends on while its question is being answered
HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")
_REQUEST = re.compile(rb"([A-Z]{1,16}) (\S{1,2048}) HTTP/1\.[01]")
_STATUS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    502: "Bad Gateway",
}


def checked_hosts(names: Sequence[str]) -> tuple[str, ...]:
    """Check a list of hosts that a box may reach: exact names, no addresses. Raises UsageError."""
    for name in names:
        if not HOST.fullmatch(name):
            raise UsageError(f"{name!r} cannot be allowed: give a host's whole name in lower case, such as pypi.org")
    return tuple(dict.fromkeys(names))


async def public_addresses(host: str) -> Sequence[str]:
    """Look a host up. Raises OSError where it has no address, or one that is not public."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    for address in addresses:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise OSError(f"{host} has the address {address}, which is not public")
    return addresses


class Proxy:
    """Carries what a box may send out, for as long as it is open. Of one event loop.

    `failure` is the error by which a question was not answered, for whoever runs the agent: a limit, or trouble of the
    model's. `requests` counts calls of the model and tunnels.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        model: str = "model",
        allowed: Sequence[str] = (),
        look: Look = public_addresses,
        connect: Connect = asyncio.open_connection,
    ) -> None:
        """Ask by `ask`; `look` finds the addresses of hosts, and `connect` goes to one of them.

        Raises UsageError for a host that cannot be allowed.
        """
        self._ask, self._model, self._allowed = ask, model, frozenset(checked_hosts(allowed))
        self._look, self._connect = look, connect
        self._stream: Stream | None = None
        self._readers: dict[int, asyncio.StreamReader] = {}
        self._unread: Counter[int] = Counter()  # bytes that came of a connection and were not read, as far as is known
        self._tasks: set[asyncio.Task[None]] = set()
        self._outgoing: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._came = b""
        self.failure: BaseException | None = None
        self.requests = 0
        self.port = 0
        self._gone = False

    async def open(self, box: AgentBox) -> None:
        """Start the relay in a box. Raises BoxError."""
        self._stream = await box.start(["python3", "-I", "-S", "-B", "-c", resources.sandbox_program("relay")], cwd="/")
        self._loop = asyncio.get_running_loop()
        self._came = await in_thread(partial(_first, self._stream), "boxscore-relay")
        kind, self.port, size = HEAD.unpack(self._came[: HEAD.size].ljust(HEAD.size, b"\0"))
        if kind != b"P" or size:
            raise BoxError("the relay of a box did not start")
        self._came = self._came[HEAD.size :]
        self._pumping = in_thread(partial(self._pump, self._stream), "boxscore-relay")

    def environment(self) -> dict[str, str]:
        """Variables by which programs in the box find the model, and the hosts that are allowed."""
        base = f"http://127.0.0.1:{self.port}"
        found = {"OPENAI_BASE_URL": f"{base}/v1", "OPENAI_API_BASE": f"{base}/v1", "OPENAI_API_KEY": "none"}
        if self._allowed:
            found |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), base)
        return found

    async def close(self) -> None:
        """End the relay and all connections; again, nothing happens."""
        stream, self._stream = self._stream, None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if stream is not None:
            await asyncio.wait({self._pumping})
            with suppress(BoxError):
                await in_thread(stream.stop, "boxscore-relay-end")

    def _pump(self, stream: Stream) -> None:
        """Move frames both ways until the relay ends, in one thread: a stream is not for two."""
        try:
            while self._stream is not None:
                self._send_waiting(stream)
                try:
                    some = stream.receive(MAX_FRAME_BYTES, BUSY_S if self._readers else IDLE_S)
                except TimeoutError:
                    continue
                if not some:
                    return
                self._came += some
                self._read_frames()
        except (BoxError, TimeoutError, ValueError):
            pass  # the relay has gone, or is no relay any more
        finally:
            with suppress(RuntimeError):  # the loop has been closed
                self._loop.call_soon_threadsafe(self._ended)

    def _send_waiting(self, stream: Stream) -> None:
        while not self._outgoing.empty():
            frame, sent = self._outgoing.get()
            stream.send(frame)
            self._loop.call_soon_threadsafe(_settle, sent)

    def _read_frames(self) -> None:
        while len(self._came) >= HEAD.size:
            kind, number, size = HEAD.unpack_from(self._came)
            if size > MAX_FRAME_BYTES:
                raise ValueError("a frame is too long")
            if len(self._came) < HEAD.size + size:
                return
            data, self._came = self._came[HEAD.size : HEAD.size + size], self._came[HEAD.size + size :]
            self._loop.call_soon_threadsafe(self._take, kind, number, data)

    def _ended(self) -> None:
        self._gone = True
        for reader in self._readers.values():
            reader.feed_eof()
        while not self._outgoing.empty():
            _settle(self._outgoing.get()[1])

    def _take(self, kind: bytes, number: int, data: bytes) -> None:
        reader = self._readers.get(number)
        if kind == b"O" and reader is None and len(self._readers) < MAX_CONNECTIONS:
            self._readers[number] = reader = asyncio.StreamReader(limit=MAX_HEAD_BYTES)
            task = asyncio.ensure_future(self._serve(number, reader))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == b"D" and reader is not None:
            self._unread[number] += len(data)
            if self._unread.total() > MAX_UNREAD_BYTES:
                self._readers.pop(number).set_exception(ValueError("more than is read"))
                self._unread.pop(number)
            else:
                reader.feed_data(data)
        elif kind == b"C" and reader is not None:
            reader.feed_eof()

    async def _send(self, kind: bytes, number: int, data: bytes = b"") -> None:
        """Send a frame, or several, and wait until they are on their way."""
        for place in range(0, max(1, len(data)), MAX_FRAME_BYTES):
            part = data[place : place + MAX_FRAME_BYTES]
            sent = self._loop.create_future()
            self._outgoing.put((HEAD.pack(kind, number, len(part)) + part, sent))
            if self._gone:
                raise BoxError("the relay of a box has gone")
            await sent

    async def _serve(self, number: int, reader: asyncio.StreamReader) -> None:
        """Answer one request of a connection, and close it."""
        try:
            await self._answer(number, reader)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ArithmeticError, RecursionError, ValueError):
            await self._respond(number, 400, {"error": {"message": "this is no request that can be read"}})
        except (OSError, BoxError, TimeoutError):
            pass  # the other side is gone
        finally:
            with suppress(BoxError, TimeoutError):
                await self._send(b"C", number)
            self._readers.pop(number, None)
            self._unread.pop(number, None)

    async def _answer(self, number: int, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        match = _REQUEST.fullmatch(line)
        if match is None:
            raise ValueError("no request line")
        method, target = (part.decode("ascii", "replace") for part in match.groups())
        if method == "CONNECT":
            await self._tunnel(number, reader, target)
        elif method == "POST" and target.split("?")[0] in {"/v1/chat/completions", "/chat/completions"}:
            await self._chat(number, await _body(reader, rest))
        elif method == "GET" and target.split("?")[0] in {"/v1/models", "/models"}:
            await self._respond(number, 200, {"object": "list", "data": [{"id": self._model, "object": "model"}]})
        else:
            status = 403 if "://" in target else 404
            await self._respond(number, status, {"error": {"message": "there is nothing but the model here"}})

    async def _chat(self, number: int, body: bytes) -> None:
        request = json.loads(body)
        messages = request.get("messages") if isinstance(request, dict) else None
        if not isinstance(request, dict) or not are_messages(messages):
            raise ValueError("no messages")
        if request.get("tools") or request.get("n", 1) != 1:
            await self._respond(number, 400, {"error": {"message": "tools and n are not carried: ask for one text"}})
            return
        self.requests += 1
        try:
            answer = await self._ask(messages)
        except LimitReached as reached:
            self.failure = reached
            error = {"message": f"the agent's limit is reached: {reached.limit}", "type": "limit_reached"}
            await self._respond(number, 403, {"error": error})
        except BoxscoreError as error:
            self.failure = error
            await self._respond(number, 502, {"error": {"message": "the model gave no answer"}})
        else:
            found = completion(answer, self._model)
            if request.get("stream"):
                await self._respond(number, 200, _streamed(found), kind="text/event-stream")
            else:
                await self._respond(number, 200, found)

    async def _tunnel(self, number: int, reader: asyncio.StreamReader, target: str) -> None:
        host, _, port = target.lower().rpartition(":")
        if port != str(PORT) or host not in self._allowed:
            await self._respond(number, 403, {"error": {"message": "this host is not allowed"}})
            return
        self.requests += 1
        try:
            addresses = await self._look(host)
            there, back = await asyncio.wait_for(self._connect(addresses[0], PORT), CONNECT_S)
        except (OSError, TimeoutError, IndexError):
            await self._respond(number, 502, {"error": {"message": "this host cannot be reached"}})
            return
        try:
            await self._send(b"D", number, b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._carry(number, reader, there, back)
        finally:
            back.close()
            with suppress(OSError):
                await back.wait_closed()

    async def _carry(
        self, number: int, reader: asyncio.StreamReader, there: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        async def outwards() -> None:
            while data := await reader.read(MAX_FRAME_BYTES):
                self._unread[number] = max(0, self._unread[number] - len(data))
                back.write(data)
                await back.drain()

        async def inwards() -> None:
            left = MAX_TUNNEL_BYTES
            while left > 0 and (data := await there.read(MAX_FRAME_BYTES)):
                left -= len(data)
                await self._send(b"D", number, data)

        both = {asyncio.ensure_future(outwards()), asyncio.ensure_future(inwards())}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _respond(self, number: int, status: int, body: object, *, kind: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = (
            f"HTTP/1.1 {status} {_STATUS[status]}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(data)}",
            "Connection: close",
        )
        head = "".join(f"{line}\r\n" for line in (*lines, ""))
        with suppress(BoxError, TimeoutError):
            await self._send(b"D", number, head.encode() + data)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    match = re.search(rb"(?im)^content-length:\s*(\d{1,9})\s*$", head)
    size = int(match[1]) if match else -1
    if not 0 <= size <= MAX_BODY_BYTES or re.search(rb"(?im)^transfer-encoding:", head):
        raise ValueError("the body must have a Content-Length, within the limit")
    found = bytearray()
    while len(found) < size:
        some = await reader.read(size - len(found))
        if not some:
            raise ValueError("the body ends too soon")
        found += some
    return bytes(found)


def completion(answer: Answer, model: str) -> dict[str, Any]:
    """An answer as OpenAI's interface has it."""
    usage = answer.usage
    return {
        "id": "chatcmpl-boxscore",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": answer.finish_reason or "stop",
            }
        ],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
        },
    }


def _streamed(found: dict[str, Any]) -> bytes:
    """The same as a stream of one piece."""
    choice = found["choices"][0]
    piece = {**found, "object": "chat.completion.chunk"}
    piece["choices"] = [{"index": 0, "delta": choice["message"], "finish_reason": choice["finish_reason"]}]
    return b"data: " + json.dumps(piece).encode() + b"\n\ndata: [DONE]\n\n"


def _first(stream: Stream) -> bytes:
    """Read the first frame, as far as it comes."""
    found = b""
    with suppress(TimeoutError, BoxError):
        while len(found) < HEAD.size and (some := stream.receive(HEAD.size, START_S)):
            found += some
    return found


def _settle(sent: asyncio.Future[None]) -> None:
    if not sent.done():
        sent.set_result(None)
