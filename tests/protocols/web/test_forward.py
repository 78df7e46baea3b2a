"""The forwarder between the two boxes of a web project, tried by Node alone where it is installed."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from boxscore import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NODE = shutil.which("node")
PROGRAM = resources.folder("sandbox") / "web" / "forward.js"
pytestmark = pytest.mark.skipif(NODE is None, reason="the forwarder runs in Node, which is not installed here")
WAIT_S = 100
BODY = b"x" * 300_000


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="server")
def fixture_server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def forwarder(
    port: int, *targets: tuple[str, int], probe_ms: int = 30_000, **more: int
) -> Iterator[subprocess.Popen[bytes]]:
    program = PROGRAM.read_text("utf-8").replace("PROBE_MS = 30000", f"PROBE_MS = {probe_ms}")
    settings = {"listen": [["127.0.0.1", port]], "to": targets, "origin": "localhost:3211", "connections": 8}
    settings |= {"bytes": 1 << 20, **more}
    call = [str(NODE), "-e", program, "--", json.dumps(settings)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        timer = threading.Timer(WAIT_S, process.kill)
        timer.start()
        try:
            assert line_of(process) == "listening"
            yield process
        finally:
            process.kill()
            timer.cancel()


def line_of(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def asked(process: subprocess.Popen[bytes], path: str) -> str:
    assert process.stdin is not None
    process.stdin.write(f"{path}\n".encode())
    process.stdin.flush()
    return line_of(process)


def got(port: int) -> tuple[str | None, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    with contextlib.closing(line):
        line.request("GET", "/", headers={"Host": "localhost:9"})
        answer = line.getresponse()
        return answer.headers["X-Host"], answer.read()


def test_it_carries_connections(server: int) -> None:
    port = free_port()
    with forwarder(port, ("127.0.0.1", free_port()), ("127.0.0.1", server)) as process:
        assert got(port) == ("localhost:9", BODY)
        assert asked(process, "/") == "200"
        assert asked(process, "/missing") == "404"
        assert float(asked(process, "busy").removeprefix("x")) > 0.5


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    def serve() -> None:
        with contextlib.suppress(OSError):
            line, _ = server.accept()
            with line:
                line.recv(1000)
                answer(line)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_headers_that_never_end() -> None:
    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(10 * WAIT_S):
            line.sendall(b"x")
            time.sleep(0.1)

    with answering(drip) as server, forwarder(free_port(), ("127.0.0.1", server), probe_ms=1000) as process:
        assert asked(process, "/") == "silent"


def test_an_answer_is_read_to_its_end() -> None:
    """A server that does not bear to be hung up on serves those that come afterwards."""
    told, ended = threading.Event(), threading.Event()

    def answer(line: socket.socket) -> None:
        line.settimeout(WAIT_S)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1")
        told.wait(WAIT_S)
        line.sendall(b"2")
        line.shutdown(socket.SHUT_WR)
        line.recv(1)  # raises where the other side had gone before
        ended.set()

    with answering(answer) as server, forwarder(free_port(), ("127.0.0.1", server)) as process:
        assert asked(process, "/") == "200"
        told.set()
        assert ended.wait(WAIT_S)


def test_connections_are_bounded(server: int) -> None:
    port = free_port()
    with forwarder(port, ("127.0.0.1", server), connections=1), contextlib.ExitStack() as stack:
        stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=WAIT_S))
        second = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=WAIT_S))
        with contextlib.suppress(ConnectionResetError):
            assert second.recv(1) == b""


def test_one_connection_is_bounded(server: int) -> None:
    port = free_port()
    with forwarder(port, ("127.0.0.1", server), bytes=10_000), pytest.raises((OSError, http.client.HTTPException)):
        got(port)
