"""Bring artefacts into a box without a network, as Maven in it asks for them.

    Maven ── loopback ── sandbox/maven_relay.py ══ its stdin, stdout ══ Relay ──▶ an ArtefactSource

The program in the box is one of the candidate's user: it may be ended, stopped or stood in for, and what comes of it is
hostile. It can only ask: for files of the layout of a Maven repository (see `layout`), in bounded number and size.
"""

from __future__ import annotations

import hashlib
import queue
import re
import struct
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from boxscore.errors import BoxError, MirrorUnavailable
from boxscore.maven.layout import RepositoryPath, repository_path
from boxscore.maven.source import TooLarge
from boxscore.resources import sandbox_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.boxes.contract import Stream
    from boxscore.maven.source import ArtefactSource

PROGRAM = "maven_relay"
HEAD = struct.Struct(">cII")
START_S, IDLE_S, BUSY_S, END_S = 120.0, 0.1, 0.01, 5.0
MAX_OUTSTANDING, MAX_ASKED_BYTES = 64, 4096
CHUNK_BYTES = 1 << 16
FETCHERS = 3
OK, FORBIDDEN, ABSENT, TOO_MANY, UNAVAILABLE = 200, 403, 404, 429, 503
_ASCII = re.compile(rb"[!-~]+")


class RelayLimits(Struct, frozen=True, kw_only=True):
    """What one box may be brought: requests in all, and bytes in all."""

    requests: int = 20_000
    total_bytes: int = 2 << 30


class _Answer(Struct, frozen=True, kw_only=True):
    number: int
    status: int
    data: bytes = b""
    sha1: str = ""


class Relay:
    """What serves a box: of one thread of ours that moves frames, and a few that fetch.

    Maven in the box asks loopback, at `port`. `trouble` is why an artefact could not be had that the mirror may well
    have, "" for none; nothing is fetched from then on. `refused` has what was over a limit. `ended` says that the
    program in the box ended, or broke the protocol, before we ended it, and how; whoever is in the box can bring that
    about.
    """

    def __init__(self, stream: Stream, port: int, source: ArtefactSource, limits: RelayLimits) -> None:
        self.port = port
        self.trouble, self.ended, self.refused = "", "", ""
        self._stream, self._source, self._limits = stream, source, limits
        self._came = bytearray()
        self._asked: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._answers: queue.Queue[_Answer] = queue.Queue(1)  # the others wait, each in the thread that fetched it
        self._outstanding: set[int] = set()
        self._requests = self._bytes = 0
        self._fetched: dict[str, str] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._fetch_all, daemon=True) for _ in range(FETCHERS)]
        self._threads.append(threading.Thread(target=self._pump, daemon=True))
        for number, thread in enumerate(self._threads):
            thread.name = f"boxscore-maven-{number}"
            thread.start()

    @property
    def fetched(self) -> tuple[tuple[str, str], ...]:
        """The coordinates of what was brought so far, each with its SHA-256, sorted."""
        with self._lock:
            return tuple(sorted(self._fetched.items()))

    def close(self) -> None:
        """End the program and our threads; one that waits for a mirror is not waited for."""
        self._closing.set()
        for _ in range(FETCHERS):
            self._asked.put(None)
        self._threads[-1].join()
        until = time.monotonic() + END_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        with suppress(BoxError):
            self._stream.stop()

    def _pump(self) -> None:
        try:
            while not self._closing.is_set():
                self._send_answers()
                with suppress(TimeoutError):
                    some = self._stream.receive(CHUNK_BYTES, BUSY_S if self._outstanding else IDLE_S)
                    if not some:
                        self.ended = "the relay in the box has ended"
                        return
                    self._came += some
                    self._read_frames()
        except (BoxError, TimeoutError, ValueError) as error:
            self.ended = str(error) or type(error).__name__

    def _read_frames(self) -> None:
        while len(self._came) >= HEAD.size:
            kind, number, size = HEAD.unpack_from(self._came)
            if kind != b"G" or not 0 < size <= MAX_ASKED_BYTES:
                raise ValueError("the relay in the box sent what is no request")
            if len(self._came) < HEAD.size + size:
                return
            path = bytes(self._came[HEAD.size : HEAD.size + size])
            del self._came[: HEAD.size + size]
            if number in self._outstanding or len(self._outstanding) >= MAX_OUTSTANDING or not _ASCII.fullmatch(path):
                raise ValueError("the relay in the box sent what is no request")
            self._outstanding.add(number)
            self._asked.put((number, path.decode("ascii")))

    def _send_answers(self) -> None:
        while not self._answers.empty():
            answer = self._answers.get()
            head = {"status": answer.status, "size": len(answer.data), "sha1": answer.sha1}
            self._stream.send(_frame(b"H", answer.number, msgspec.json.encode(head)))
            for place in range(0, len(answer.data), CHUNK_BYTES):
                self._stream.send(_frame(b"D", answer.number, answer.data[place : place + CHUNK_BYTES]))
            self._stream.send(_frame(b"E", answer.number, b""))
            self._outstanding.discard(answer.number)

    def _fetch_all(self) -> None:
        while (asked := self._asked.get()) is not None:
            answer = self._answer(*asked)
            while not self._closing.is_set():
                with suppress(queue.Full):
                    self._answers.put(answer, timeout=IDLE_S)
                    break

    def _answer(self, number: int, path: str) -> _Answer:
        wanted = repository_path(path)
        if wanted is None:
            return _Answer(number=number, status=ABSENT)
        if self.trouble or self._is_over():
            return _Answer(number=number, status=UNAVAILABLE if self.trouble else TOO_MANY)
        try:
            data = self._source.get(wanted)
        except MirrorUnavailable as error:
            self._note_trouble(str(error))
            return _Answer(number=number, status=UNAVAILABLE)
        except TooLarge as error:
            self.refused = self.refused or str(error)
            return _Answer(number=number, status=FORBIDDEN)
        except Exception as error:  # noqa: BLE001 - a thread of ours must not end without a word
            self._note_trouble(f"{type(error).__name__}: {error}")
            return _Answer(number=number, status=UNAVAILABLE)
        return _Answer(number=number, status=ABSENT) if data is None else self._given(number, wanted, data)

    def _note_trouble(self, problem: str) -> None:
        with self._lock:
            self.trouble = self.trouble or problem

    def _is_over(self) -> bool:
        limits = self._limits
        with self._lock:
            self._requests += 1
            over = self._requests > limits.requests or self._bytes > limits.total_bytes
        if over:
            self.refused = f"it asked for more than {limits.requests} files or {limits.total_bytes >> 20} MiB"
        return over

    def _given(self, number: int, wanted: RepositoryPath, data: bytes) -> _Answer:
        if wanted.checksum:
            return _Answer(number=number, status=OK, data=hashlib.new(wanted.checksum, data).hexdigest().encode())
        with self._lock:
            self._bytes += len(data)
            if wanted.coordinates:
                self._fetched[wanted.coordinates] = hashlib.sha256(data).hexdigest()
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        return _Answer(number=number, status=OK, data=data, sha1=sha1)


class Opener(Protocol):
    """What opens programs in a box: a `Box`, say."""

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        """Start a program that goes on while others run."""


@contextmanager
def serve(box: Opener, *, source: ArtefactSource, limits: RelayLimits | None = None) -> Iterator[Relay]:
    """Serve a box with artefacts for as long as the block runs. The box needs `python3`.

    Raises BoxError where the program does not start, and when the block is left MirrorUnavailable where an artefact
    could not be had for no fault of the candidate: what Maven made of that is no verdict.
    """
    stream = box.open(["python3", "-I", "-S", "-B", "-c", sandbox_program(PROGRAM)])
    try:
        port = _port(stream)
    except BaseException:
        stream.stop()
        raise
    relay = Relay(stream, port, source, limits or RelayLimits())
    try:
        yield relay
    finally:
        relay.close()
    if relay.trouble:
        raise MirrorUnavailable(relay.trouble)


def _port(stream: Stream) -> int:
    found = b""
    with suppress(TimeoutError):
        while len(found) < HEAD.size + 4 and (some := stream.receive(HEAD.size + 4 - len(found), START_S)):
            found += some
    head = HEAD.unpack(found[: HEAD.size].ljust(HEAD.size, b"\0"))
    if len(found) != HEAD.size + 4 or head != (b"P", 0, 4):
        raise BoxError("the relay of artefacts did not start in the box")
    return int.from_bytes(found[HEAD.size :], "big")


def _frame(kind: bytes, number: int, data: bytes) -> bytes:
    return HEAD.pack(kind, number, len(data)) + data
