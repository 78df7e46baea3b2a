"""Serve HTTP on loopback in a box without a network; whoever holds our input and output gives the answers.

A program for a box. The first line on standard output is the port. Then each request is a line of JSON, `method`,
`path` and `body`, and its answer a line on standard input, `status`, `type` and `body`: one request at a time.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 8 << 20
TURN = threading.Lock()


def say(line: str) -> None:
    """Write a line to whoever holds our output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    """Carries requests out."""

    def do_GET(self) -> None:
        """Carry a request without a body."""
        self.carry("")

    def do_POST(self) -> None:
        """Carry a request with a body of a known, bounded length."""
        length = self.headers.get("Content-Length") or ""
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.send_error(413)
            return
        self.carry(self.rfile.read(int(length)).decode(errors="replace"))

    def carry(self, body: str) -> None:
        """Ask for an answer, and give it."""
        with TURN:
            say(json.dumps({"method": self.command, "path": self.path, "body": body}))
            line = sys.stdin.readline()
        if not line.endswith("\n"):  # nobody answers any more
            os._exit(0)
        answer = json.loads(line)
        data = answer["body"].encode()
        self.send_response(answer["status"])
        self.send_header("Content-Type", answer["type"])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    say(str(server.server_address[1]))
    server.serve_forever()
