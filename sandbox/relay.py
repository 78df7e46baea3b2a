"""Carry connections of a box without a network out of it: a listener on loopback, its bytes through stdin and stdout.

A program for a box. Frames are a letter, a connection's number, a length and so many bytes: `P` says the port, `O` that
a connection is open, `D` data, `C` that a side has closed. What is at the other end decides what any of it means.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import sys

HEAD = struct.Struct(">cII")
MAX_CONNECTIONS, MAX_WAITING_BYTES, CHUNK = 64, 8 << 20, 1 << 16


def write(kind: bytes, number: int, data: bytes = b"") -> None:
    """Write a frame to whoever holds our output."""
    view = memoryview(HEAD.pack(kind, number, len(data)) + data)
    while view:
        view = view[os.write(1, view) :]


class Relay:
    """The listener, its connections by number, and what waits to be written to each."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections: dict[int, socket.socket] = {}
        self.waiting: dict[int, bytes] = {}
        self.came = b""
        self.numbers = 0

    def serve(self) -> None:
        """Carry until the input ends."""
        self.listener.settimeout(0.0)
        self.selector.register(self.listener, selectors.EVENT_READ, -1)
        self.selector.register(0, selectors.EVENT_READ, -2)
        write(b"P", self.listener.getsockname()[1])
        while True:
            for key, events in self.selector.select():
                if key.data == -1:
                    self.accept()
                elif key.data == -2:
                    data = os.read(0, CHUNK)
                    if not data:
                        return
                    self.take(data)
                else:
                    self.move(key.data, events)

    def accept(self) -> None:
        """Take a connection, or close it where there are too many."""
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        if len(self.connections) >= MAX_CONNECTIONS:
            connection.close()
            return
        self.numbers += 1
        connection.settimeout(0.0)
        self.connections[self.numbers], self.waiting[self.numbers] = connection, b""
        self.selector.register(connection, selectors.EVENT_READ, self.numbers)
        write(b"O", self.numbers)

    def take(self, data: bytes) -> None:
        """Do what frames from outside say."""
        self.came += data
        while len(self.came) >= HEAD.size:
            kind, number, size = HEAD.unpack_from(self.came)
            if len(self.came) < HEAD.size + size:
                return
            data, self.came = self.came[HEAD.size : HEAD.size + size], self.came[HEAD.size + size :]
            if number not in self.connections:
                continue
            if kind == b"C":
                self.flush(number)
                self.close(number, tell=False)
            else:
                self.waiting[number] += data
                if len(self.waiting[number]) > MAX_WAITING_BYTES:
                    self.close(number, tell=True)
                else:
                    self.watch(number)

    def watch(self, number: int) -> None:
        """Look for room where something waits to be written."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.waiting[number] else 0)
        self.selector.modify(self.connections[number], events, number)

    def flush(self, number: int) -> None:
        """Write what waits, blocking for a while: the other side has no more to say."""
        connection = self.connections[number]
        try:
            connection.settimeout(10.0)
            connection.sendall(self.waiting[number])
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def move(self, number: int, events: int) -> None:
        """Read from a connection, and write to it what waits."""
        connection = self.connections.get(number)
        if connection is None:
            return
        try:
            if events & selectors.EVENT_WRITE:
                sent = connection.send(self.waiting[number])
                self.waiting[number] = self.waiting[number][sent:]
                self.watch(number)
            if events & selectors.EVENT_READ:
                data = connection.recv(CHUNK)
                if data:
                    write(b"D", number, data)
                else:
                    self.close(number, tell=True)
        except BlockingIOError:
            pass
        except OSError:
            self.close(number, tell=True)

    def close(self, number: int, *, tell: bool) -> None:
        """Forget a connection."""
        connection = self.connections.pop(number)
        del self.waiting[number]
        self.selector.unregister(connection)
        connection.close()
        if tell:
            write(b"C", number)


if __name__ == "__main__":
    try:
        Relay().serve()
    except (OSError, KeyboardInterrupt):
        sys.exit(1)
