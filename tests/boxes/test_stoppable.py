"""A backend whose boxes can be ended from outside."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec, Completed, Network
from boxscore.boxes.stoppable import StoppableBackend, pause, waited_for
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
        """Wait for the end."""
        assert self.stopped.wait(timeout_s)
        return b""

    def fate(self) -> LossCause:
        """See `Stream.fate`."""
        return LossCause.UNKNOWN

    def stop(self) -> str:
        """End."""
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
        """Go on until the box is halted; a program called `fail` loses the box by itself."""
        self.running.set()
        assert argv[0] == "fail" or self.halted.wait(300)
        raise BoxLost("the box has gone")

    def halt(self) -> None:
        """End what runs."""
        self.halted.set()

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Take anything."""

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """Nothing."""
        return b""

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """Take anything."""

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        """Nothing."""
        return {}

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> FakeStream:
        """Start a silent program."""
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
        """One image."""
        return "digest"

    @property
    def capabilities(self) -> frozenset[str]:
        """None."""
        return frozenset()

    @contextmanager
    def network(self) -> Iterator[Network]:
        """One network."""
        yield Network(name="net")

    @contextmanager
    def box(self, spec: BoxSpec) -> Iterator[FakeBox]:
        """Open one."""
        self.opened += 1
        self.last = FakeBox()
        try:
            yield self.last
        finally:
            self.opened -= 1

    def reap(self) -> Sequence[str]:
        """Count it, and do what the test wants."""
        self.reaped += 1
        self.reap_now()
        return ()


def test_halt_wakes_who_waits_for_a_program() -> None:
    """A worker that waits for a box's program gets its end, and the box is closed."""
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
    """Who asks why a stream has ended learns that the run was stopped: no sample is told of, nor tried again."""
    backend = StoppableBackend(FakeBackend())
    with backend.box(BoxSpec()) as box:
        stream = box.open(["x"])
        assert stream.fate() is LossCause.UNKNOWN

        backend.halt()

        with pytest.raises(RunStopped):
            stream.fate()


def test_halt_ends_a_program_that_is_run() -> None:
    """A worker that waits for a program's end is told that the run was stopped, which is nobody's fault."""
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
    """A program whose end is never told keeps nobody, and the next one is ended all the same."""

    class Hanging(FakeStream):
        def stop(self) -> str:
            """Never return while the test runs."""
            answers.wait()
            return super().stop()

    answers, backend = threading.Event(), StoppableBackend(FakeBackend())
    streams = Hanging(), FakeStream()
    for stream in streams:
        backend.add(stream)

    backend.halt()

    assert [stream.stopped.is_set() for stream in streams] == [False, True]
    answers.set()


def test_nobody_waits_for_what_dead_engines_left() -> None:
    """Removing it takes as long as the engine wants; a run that was stopped meanwhile does not wait."""
    inner, stop, answers = FakeBackend(), Stop(), threading.Event()
    inner.reap_now = answers.wait
    backend = StoppableBackend(inner)

    with backend.attending(stop):
        stop.halt()
        with pytest.raises(RunStopped):
            backend.reap()
    answers.set()


def test_nothing_is_asked_of_a_box_after_halt() -> None:
    """Neither programs nor files of a box that was open get as far as the box."""
    inner = FakeBackend()
    backend = StoppableBackend(inner)

    with backend.box(BoxSpec()) as box:
        backend.halt()
        for ask in (lambda: box.run(["x"]), lambda: box.put("a", b""), lambda: box.get("a", max_bytes=1)):
            with pytest.raises(RunStopped):
                ask()

    assert not inner.last.running.is_set()


def test_a_box_that_is_lost_without_halt_is_a_lost_box() -> None:
    """Only who was stopped is told so: any other loss is tried again."""
    with pytest.raises(BoxLost), StoppableBackend(FakeBackend()).box(BoxSpec()) as box:
        box.run(["fail"])


def test_nothing_opens_after_halt() -> None:
    """Neither a box nor a program in one that was open."""
    backend = StoppableBackend(FakeBackend())

    with backend.box(BoxSpec()) as box:
        backend.halt()
        with pytest.raises(SandboxUnavailable, match="stopped"):
            box.open(["x"])

    with pytest.raises(SandboxUnavailable, match="stopped"), backend.box(BoxSpec()):
        pass


def lose_a_box(backend: StoppableBackend) -> None:
    """Have a box that fails."""
    with pytest.raises(BoxLost), backend.box(BoxSpec()):
        raise BoxLost("the engine is away")


def test_a_sweep_follows_trouble_alone() -> None:
    """What may have been left is looked for at the end, but only where a box failed."""
    inner = FakeBackend()
    backend = StoppableBackend(inner)

    with backend.box(BoxSpec()):
        pass
    backend.sweep()
    before = inner.reaped
    lose_a_box(backend)
    backend.sweep()

    assert (before, inner.reaped) == (0, 1)


def test_a_sweep_neither_fails_nor_waits_for_ever() -> None:
    """An engine that is away, or answers nothing, does not keep a run from its end."""
    inner, answers = FakeBackend(), threading.Event()
    backend = StoppableBackend(inner, sweep_s=0.05)
    lose_a_box(backend)

    def away() -> None:
        raise SandboxUnavailable("no engine")

    for behaviour in (away, answers.wait):
        inner.reap_now = behaviour
        backend.sweep()
    answers.set()

    assert inner.reaped == 2


def test_layers_of_all_boxes_are_known() -> None:
    """The defences that held are collected for the run's record."""
    backend = StoppableBackend(FakeBackend())

    with backend.box(BoxSpec()):
        pass

    assert backend.layers == {"net", "pid"}


@pytest.mark.parametrize("stops", ["drain", "halt"])
def test_nobody_waits_between_attempts_of_a_run_that_stops(stops: str) -> None:
    """A pause before another attempt ends as soon as no sample is to be begun any more."""
    backend, stop = StoppableBackend(FakeBackend()), Stop()

    with backend.attending(stop):
        timer = threading.Timer(0.05, getattr(stop, stops))
        timer.start()
        with pytest.raises(RunStopped):
            backend.pause(3600)
        timer.join()


def test_a_pause_is_as_long_as_it_should_be() -> None:
    """Without a stop signal nobody is woken early."""
    backend, began = StoppableBackend(FakeBackend()), time.monotonic()

    pause(backend, 0.15)

    assert time.monotonic() - began >= 0.15


def test_nobody_waits_for_an_image_of_a_run_that_stops() -> None:
    """What is made ahead of a sample may take an hour; who waits for it is told at once, and no error is lost."""
    backend, stop, built = StoppableBackend(FakeBackend()), Stop(), threading.Event()

    with backend.attending(stop):
        assert waited_for(backend, lambda: "image") == "image"
        with pytest.raises(ZeroDivisionError):
            waited_for(backend, lambda: 1 / 0)
        stop.drain()
        with pytest.raises(RunStopped):
            waited_for(backend, built.wait)
    built.set()


def test_attending_halts_with_the_stop_signal() -> None:
    """Boxes end when the stop signal halts, whoever waits for them."""
    inner, stop = FakeBackend(), Stop()
    backend = StoppableBackend(inner)

    with backend.attending(stop), suppress(RunStopped), backend.box(BoxSpec()) as box:
        stop.halt()
        box.run(["x"])

    assert inner.opened == 0
    assert backend.halted
