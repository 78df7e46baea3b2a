"""A backend whose boxes can be ended from outside."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec, Completed, Network
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import BoxLost, LossCause, RunStopped, SandboxUnavailable
from boxscore.interrupt import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from boxscore.records import Limits


class FakeStream:
    """A program that says nothing until it is stopped."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def send(self, data: bytes, timeout_s: float = 1.0) -> None:
        """Take anything."""

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        assert self.stopped.wait(timeout_s)
        return b""

    def fate(self) -> LossCause:
        return LossCause.UNKNOWN

    def stop(self) -> str:
        self.stopped.set()
        return "tail"


class FakeBox:
    """A box that opens silent programs, and runs one that ends when the box is halted."""

    layers = ("net", "pid")

    def __init__(self) -> None:
        self.running, self.halted = threading.Event(), threading.Event()

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        self.running.set()
        assert argv[0] == "fail" or self.halted.wait(300)
        raise BoxLost("the box has gone")

    def halt(self) -> None:
        self.halted.set()

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Take anything."""

    def get(self, path: str, *, max_bytes: int) -> bytes:
        return b""

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """Take anything."""

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        return {}

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> FakeStream:
        return FakeStream()


class FakeBackend:
    """Opens fake boxes and counts those that are open."""

    name = "fake"

    def __init__(self) -> None:
        self.opened = self.reaped = 0
        self.last = FakeBox()
        self.reap_now: Callable[[], object] = tuple

    def check(self) -> None:
        """Works."""

    def image_digest(self, image: str | None) -> str:
        return "digest"

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset()

    @contextmanager
    def network(self) -> Iterator[Network]:
        yield Network(name="net")

    @contextmanager
    def box(self, spec: BoxSpec) -> Iterator[FakeBox]:
        self.opened += 1
        self.last = FakeBox()
        try:
            yield self.last
        finally:
            self.opened -= 1

    def reap(self) -> Sequence[str]:
        self.reaped += 1
        self.reap_now()
        return ()


def test_halt_wakes_who_waits_for_a_program() -> None:
    inner = FakeBackend()
    backend, opened, got = StoppableBackend(inner), threading.Event(), []

    def work() -> None:
        with backend.box(BoxSpec()) as box:
            stream = box.open(["x"])
            opened.set()
            got.append(stream.receive(10, 60))

    worker = threading.Thread(target=work)
    worker.start()
    assert opened.wait(300)
    backend.halt()
    worker.join(300)

    assert got == [b""]
    assert inner.opened == 0


def test_a_program_that_was_halted_is_nobodys_loss() -> None:
    backend = StoppableBackend(FakeBackend())
    with backend.box(BoxSpec()) as box:
        stream = box.open(["x"])
        assert stream.fate() is LossCause.UNKNOWN

        backend.halt()

        with pytest.raises(RunStopped):
            stream.fate()


def test_halt_ends_a_program_that_is_run() -> None:
    inner = FakeBackend()
    backend, got = StoppableBackend(inner), []

    def work() -> None:
        with suppress(RunStopped), backend.box(BoxSpec()) as box:
            try:
                box.run(["x"])
            except RunStopped as error:
                got.append(error)
                raise

    worker = threading.Thread(target=work)
    worker.start()
    while not inner.last.running.wait(0.01):
        assert worker.is_alive()
    backend.halt()
    worker.join(300)

    assert len(got) == 1
    assert isinstance(got[0].__cause__, BoxLost)
    assert inner.opened == 0


def test_halt_does_not_wait_for_an_engine_that_does_not_answer() -> None:
    class Hanging(FakeStream):
        def stop(self) -> str:
            answers.wait()
            return super().stop()

    answers, backend = threading.Event(), StoppableBackend(FakeBackend())
    streams = Hanging(), FakeStream()
    for stream in streams:
        backend.add(stream)

    backend.halt()

    assert [stream.stopped.is_set() for stream in streams] == [False, True]
    answers.set()


def test_nothing_is_asked_of_a_box_after_halt() -> None:
    inner = FakeBackend()
    backend = StoppableBackend(inner)

    with backend.box(BoxSpec()) as box:
        backend.halt()
        for ask in (lambda: box.run(["x"]), lambda: box.put("a", b""), lambda: box.get("a", max_bytes=1)):
            with pytest.raises(RunStopped):
                ask()

    assert not inner.last.running.is_set()


def test_nothing_opens_after_halt() -> None:
    backend = StoppableBackend(FakeBackend())

    with backend.box(BoxSpec()) as box:
        backend.halt()
        with pytest.raises(SandboxUnavailable, match="stopped"):
            box.open(["x"])

    with pytest.raises(SandboxUnavailable, match="stopped"), backend.box(BoxSpec()):
        pass


def lose_a_box(backend: StoppableBackend) -> None:
    with pytest.raises(BoxLost), backend.box(BoxSpec()):
        raise BoxLost("the engine is away")


def test_attending_halts_with_the_stop_signal() -> None:
    inner, stop = FakeBackend(), Stop()
    backend = StoppableBackend(inner)

    with backend.attending(stop), suppress(RunStopped), backend.box(BoxSpec()) as box:
        stop.halt()
        box.run(["x"])

    assert inner.opened == 0
    assert backend.halted
