"""The server over real sockets: slow clients, clients that leave, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.errors import UsageError
from boxscore.service.app import make_app
from boxscore.service.server import listen, serve
from boxscore.service.settings import ServiceSettings
from tests.fake_graders import FakeGrader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

WAIT_S = 60
TESTED = {"code": "x", "tests": ["assert f()"]}


class Served:
    """A service that listens, and the fake behind it."""

    def __init__(self, grader: FakeGrader, app: Any, port: int) -> None:
        self.grader, self.app, self.port = grader, app, port
        self.notices: list[str] = []

    async def send(self, head: str, body: bytes = b"", *, length: int | None = None) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        size = len(body) if length is None else length
        fields = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n"
        writer.write(f"{head} HTTP/1.1\r\n{fields}\r\n".encode() + body)
        await writer.drain()
        return reader, writer

    async def ask(self, head: str, content: Any = None) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await self.send(head, b"" if content is None else json.dumps(content).encode())
        try:
            return await answer(reader)
        finally:
            writer.close()

    async def until(self, is_so: Callable[[], object]) -> None:
        while not is_so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read an answer: its status, its headers in small letters, and its body if it has a length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(head[0].split()[1]), headers, body


@contextlib.asynccontextmanager
async def served(settings: dict[str, Any], **options: Any) -> AsyncIterator[Served]:
    grader = FakeGrader(**options)
    made = ServiceSettings(**settings)
    app = make_app(grader, made)
    listener = listen("127.0.0.1", 0)
    found = Served(grader, app, listener.getsockname()[1])
    task = asyncio.ensure_future(serve(app, made, listener, notice=found.notices.append))
    try:
        await found.until(lambda: task.done() or signal.getsignal(signal.SIGTERM) is not before)
        yield found
    finally:
        if not app.state.dispatcher.draining:
            signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(task, WAIT_S)
        listener.close()


before = signal.SIG_DFL


@pytest.fixture(name="scene")
def fixture_scene() -> Any:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals reach the main thread only")

    def run(
        play: Callable[[Served], Coroutine[Any, Any, Any]], settings: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        async def main() -> Any:
            async with asyncio.timeout(WAIT_S), served(settings or {}, **options) as found:
                return await play(found)

        return asyncio.run(main())

    global before  # noqa: PLW0603 - the handler of whoever runs the tests
    before = signal.getsignal(signal.SIGTERM)  # type: ignore[assignment]
    return run


def test_a_client_that_leaves_frees_its_worker(scene: Any) -> None:
    async def play(service: Served) -> Any:
        _, writer = await service.send("POST /v1/grade", json.dumps(TESTED).encode())
        await service.until(lambda: service.grader.busy)
        writer.close()
        await service.until(lambda: service.grader.fake.cancelled)
        service.grader.fake.delay_s = 0.0
        return (await service.ask("POST /v1/grade", TESTED))[0], service.grader.busy

    assert scene(play, workers=1, delay_s=3600) == (200, 0)


@pytest.mark.parametrize("path", ["/run_code", "/submit", "/test_program", "/verify"])
def test_on_each_route(scene: Any, path: str) -> None:
    unit_tests = {"unit_tests": {"inputs": ["1"], "outputs": ["1"]}}
    message = {"type": "message", "content": [{"type": "output_text", "text": "x"}]}
    row = {"test": [{"input": {"stdin": ""}, "output": {"stdout": ""}}]}
    content = {
        "/run_code": {"code": "x", "language": "python"},
        "/submit": {"dataset": "d", "id": 1, "completion": "x", "config": {"language": "python", "provided_data": row}},
        "/test_program": {"program": "x", "tests": ["assert f()"]},
        "/verify": {"responses_create_params": {}, "response": {"output": [message]}, "verifier_metadata": unit_tests},
    }[path]

    async def play(service: Served) -> None:
        body = json.dumps(content).encode()
        _, writer = await service.send(f"POST {path}", body + b"\n", length=len(body) + 1)
        await service.until(lambda: service.grader.busy)
        writer.close()
        await service.until(lambda: service.grader.fake.cancelled)

    scene(play, delay_s=3600)


def test_a_client_that_sends_no_head_is_cut_off(scene: Any) -> None:
    async def play(service: Served) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(b"POST /v1/gr")
        found = await reader.read()
        writer.close()
        return found

    assert scene(play, {"header_s": 0.05}) == b""


def test_a_body_of_two_lengths_is_refused(scene: Any) -> None:
    head = "POST /v1/grade HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    body = b"5\r\n{}   \r\n0\r\n\r\nGET /v1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    async def play(service: Served) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(f"{head}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n".encode() + body)
        found = await reader.read()
        writer.close()
        return found

    found = scene(play)

    assert found.startswith(b"HTTP/1.1 400")
    assert b"two_lengths" in found
    assert found.count(b"HTTP/1.1") == 1


def test_a_signal_finishes_what_runs(scene: Any) -> None:
    async def play(service: Served) -> Any:
        reader, writer = await service.send("POST /v1/grade", json.dumps(TESTED).encode())
        await service.until(lambda: service.grader.busy)
        _, unfinished = await service.send("POST /v1/grade", b"{", length=9)  # so that the service waits for it
        await service.until(lambda: service.app.state.dispatcher.open_requests == 2)
        signal.raise_signal(signal.SIGTERM)
        late = await service.ask("POST /v1/grade", TESTED)
        health = await service.ask("GET /health")
        first = await answer(reader)
        writer.close()
        unfinished.close()
        return first[0], late[0], late[1]["retry-after"], health[0], service.notices

    first, late, retry, health, notices = scene(play, delay_s=0.5)

    assert (first, late, retry, health) == (200, 503, "1", 503)
    assert len(notices) == 1


def test_the_drain_is_bounded(scene: Any) -> None:
    async def play(service: Served) -> Any:
        reader, writer = await service.send("POST /v1/grade", json.dumps(TESTED).encode())
        await service.until(lambda: service.grader.busy)
        signal.raise_signal(signal.SIGTERM)
        status, _, body = await answer(reader)
        writer.close()
        return status, json.loads(body)["error"]

    assert scene(play, {"drain_s": 0.1}, delay_s=3600) == (503, "draining")


def test_where_nothing_can_listen() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="choose another --port"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UsageError, match="--host"):
        listen("no.such.host.invalid", 0)
    with pytest.raises(UsageError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
