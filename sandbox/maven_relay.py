"""Answer Maven in a box without a network: a small HTTP server on loopback that asks for each file through its output.

A program for a box. Frames are a letter, a request's number, a length and so many bytes. Out: `P` says the port, `G`
asks for a path. In: `H` begins an answer (status, size, SHA-1 in JSON), `D` is data of it, `E` ends it. What a path may
be, and where the file comes from, is decided by who holds our output.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = struct.Struct(">cII")
MAX_REQUESTS, MAX_CHUNKS, MAX_PATH_BYTES = 8, 32, 4096
ANSWER_S, CLIENT_S = 1800.0, 60.0


class Outside:
    """Our output and input: what is asked for, and the answers by the number of their request."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.free = threading.BoundedSemaphore(MAX_REQUESTS)
        self.answers: dict[int, queue.Queue[tuple[bytes, bytes]]] = {}
        self.number = 0

    def write(self, kind: bytes, number: int, data: bytes) -> None:
        view = memoryview(HEAD.pack(kind, number, len(data)) + data)
        while view:
            view = view[os.write(1, view) :]

    def ask(self, path: str) -> tuple[int, queue.Queue[tuple[bytes, bytes]]]:
        answer: queue.Queue[tuple[bytes, bytes]] = queue.Queue(MAX_CHUNKS)
        with self.lock:
            self.number += 1
            self.answers[self.number] = answer
            self.write(b"G", self.number, path.encode("ascii"))
            return self.number, answer

    def forget(self, number: int) -> None:
        with self.lock:
            self.answers.pop(number, None)

    def read(self) -> None:
        """Hand out frames until the input ends. A request whose client does not read on is dropped."""
        while head := read_exactly(HEAD.size):
            kind, number, size = HEAD.unpack(head)
            data = read_exactly(size)
            with self.lock:
                answer = self.answers.get(number)
            if answer is not None:
                try:
                    answer.put((kind, data), timeout=CLIENT_S)
                except queue.Full:
                    self.forget(number)


def read_exactly(size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        some = os.read(0, size - len(found))
        if not some:
            return b""
        found += some
    return bytes(found)


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    timeout = 300
    outside = Outside()

    def do_GET(self) -> None:
        self.answer(body=True)

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:
        if len(self.path) > MAX_PATH_BYTES or not self.path.isascii():
            self.send_error(404)
            return
        with self.outside.free:
            number, answer = self.outside.ask(self.path)
            try:
                self.pass_on(answer, body=body)
            except OSError:  # the client has gone: the rest comes all the same
                self.close_connection = True
                with contextlib.suppress(queue.Empty):
                    while answer.get(timeout=CLIENT_S)[0] != b"E":
                        pass
            except queue.Empty:
                self.close_connection = True
            finally:
                self.outside.forget(number)

    def pass_on(self, answer: queue.Queue[tuple[bytes, bytes]], *, body: bool) -> None:
        _, data = answer.get(timeout=ANSWER_S)
        head = json.loads(data)
        self.send_response(head["status"])
        self.send_header("Content-Length", str(head["size"]))
        if head["sha1"]:
            self.send_header("X-Checksum-SHA1", head["sha1"])
        self.end_headers()
        while (frame := answer.get(timeout=ANSWER_S))[0] == b"D":
            if body:
                self.wfile.write(frame[1])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The listener on loopback."""

    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """Bind without looking up a name for our address."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()
        self.server_address, self.server_name, self.server_port = (host, port), host, port

    def handle_error(self, *_: object) -> None:
        """A client that has gone is nothing to tell."""


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    outside = Handler.outside
    with outside.lock:
        outside.write(b"P", 0, struct.pack(">I", server.server_port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    outside.read()


if __name__ == "__main__":
    with contextlib.suppress(OSError, KeyboardInterrupt):
        main()
    os._exit(0)
