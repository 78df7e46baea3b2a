"""Parts of the conformance suite for networks that are not themselves tests."""

from __future__ import annotations

import socket
import threading

from boxscore.testing.conformance_streams import answering


def test_a_server_has_ended_when_its_socket_is_closed() -> None:
    before = set(threading.enumerate())

    with answering() as port, socket.create_connection(("127.0.0.1", port)) as line:
        said = line.recv(99)

    assert said == b"the host"
    assert set(threading.enumerate()) <= before  # those of another test may have ended meanwhile
