"""A backend whose boxes can be ended from outside."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend, FakeRun, FakeStream
from boxscore.boxes.stoppable import StoppableBackend, pause, waited_for
from boxscore.errors import BoxLost, LossCause, RunStopped, SandboxUnavailable
from boxscore.interrupt import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Silent(FakeStream):
    """A program that says nothing until it is stopped."""

    def __init__(self) -> None:
        super().__init__(cause=LossCause.UNKNOWN)
        self.ended = threading.Event()

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        assert self.ended.wait(timeout_s)
        return b""

    def stop(self) -> str:
        self.ended.set()
        return super().stop()


class Backend(FakeBackend):
    """Its programs go on until their box is halted, but for `fail`, which loses it; `reap_now` is what a test wants."""

    def __init__(self) -> None:
        super().__init__(run=self.run, stream=lambda _: Silent())
        self.running = threading.Event()
        self.reaped = 0
        self.reap_now: Callable[[], object] = tuple

    def run(self, asked: FakeRun) -> Completed:
        self.running.set()
        while asked.argv[0] != "fail" and not self.boxes[-1].closed:
            time.sleep(0.01)
        raise BoxLost("the box has gone")

    def reap(self) -> Sequence[str]:
        self.reaped += 1
        self.reap_now()
        return ()


def test_halt_wakes_who_waits_for_a_program() -> None:
    inner = Backend()
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
    assert inner.boxes[-1].closed


def test_a_program_that_was_halted_is_nobodys_loss() -> None:
    backend = StoppableBackend(Backend())
    with backend.box(BoxSpec()) as box:
        stream = box.open(["x"])
        assert stream.fate() is LossCause.UNKNOWN

        backend.halt()

        with pytest.raises(RunStopped):
            stream.fate()


def test_halt_ends_a_program_that_is_run() -> None:
    inner = Backend()
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
    while not inner.running.wait(0.01):
        assert worker.is_alive()
    backend.halt()
    worker.join(300)

    assert len(got) == 1
    assert isinstance(got[0].__cause__, BoxLost)
    assert inner.boxes[-1].closed


def test_halt_does_not_wait_for_an_engine_that_does_not_answer() -> None:
    class Hanging(Silent):
        def stop(self) -> str:
            answers.wait()
            return super().stop()

    answers, backend = threading.Event(), StoppableBackend(Backend())
    streams = Hanging(), Silent()
    for stream in streams:
        backend.add(stream)

    backend.halt()

    assert [stream.ended.is_set() for stream in streams] == [False, True]
    answers.set()


def test_nobody_waits_for_what_dead_engines_left() -> None:
    inner, stop, answers = Backend(), Stop(), threading.Event()
    inner.reap_now = answers.wait
    backend = StoppableBackend(inner)

    with backend.attending(stop):
        stop.halt()
        with pytest.raises(RunStopped):
            backend.reap()
    answers.set()


def test_nothing_is_asked_of_a_box_after_halt() -> None:
    inner = Backend()
    backend = StoppableBackend(inner)

    with backend.box(BoxSpec()) as box:
        backend.halt()
        for ask in (lambda: box.run(["x"]), lambda: box.put("a", b""), lambda: box.get("a", max_bytes=1)):
            with pytest.raises(RunStopped):
                ask()

    assert not inner.running.is_set()


def test_a_box_that_is_lost_without_halt_is_a_lost_box() -> None:
    with pytest.raises(BoxLost), StoppableBackend(Backend()).box(BoxSpec()) as box:
        box.run(["fail"])


def test_nothing_opens_after_halt() -> None:
    backend = StoppableBackend(Backend())

    with backend.box(BoxSpec()) as box:
        backend.halt()
        with pytest.raises(SandboxUnavailable, match="stopped"):
            box.open(["x"])

    with pytest.raises(SandboxUnavailable, match="stopped"), backend.box(BoxSpec()):
        pass


def lose_a_box(backend: StoppableBackend) -> None:
    with pytest.raises(BoxLost), backend.box(BoxSpec()):
        raise BoxLost("the engine is away")


def test_a_sweep_follows_trouble_alone() -> None:
    inner = Backend()
    backend = StoppableBackend(inner)

    with backend.box(BoxSpec()):
        pass
    backend.sweep()
    before = inner.reaped
    lose_a_box(backend)
    backend.sweep()

    assert (before, inner.reaped) == (0, 1)


def test_a_sweep_neither_fails_nor_waits_for_ever() -> None:
    inner, answers = Backend(), threading.Event()
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
    backend = StoppableBackend(Backend())

    with backend.box(BoxSpec()):
        pass

    assert backend.layers == {"fake"}


@pytest.mark.parametrize("stops", ["drain", "halt"])
def test_nobody_waits_between_attempts_of_a_run_that_stops(stops: str) -> None:
    backend, stop = StoppableBackend(Backend()), Stop()

    with backend.attending(stop):
        timer = threading.Timer(0.05, getattr(stop, stops))
        timer.start()
        with pytest.raises(RunStopped):
            backend.pause(3600)
        timer.join()


def test_a_pause_is_as_long_as_it_should_be() -> None:
    backend, began = StoppableBackend(Backend()), time.monotonic()

    pause(backend, 0.15)

    assert time.monotonic() - began >= 0.15


def test_nobody_waits_for_an_image_of_a_run_that_stops() -> None:
    backend, stop, built = StoppableBackend(Backend()), Stop(), threading.Event()

    with backend.attending(stop):
        assert waited_for(backend, lambda: "image") == "image"
        with pytest.raises(ZeroDivisionError):
            waited_for(backend, lambda: 1 / 0)
        stop.drain()
        with pytest.raises(RunStopped):
            waited_for(backend, built.wait)
    built.set()


def test_attending_halts_with_the_stop_signal() -> None:
    inner, stop = Backend(), Stop()
    backend = StoppableBackend(inner)

    with backend.attending(stop), suppress(RunStopped), backend.box(BoxSpec()) as box:
        stop.halt()
        box.run(["x"])

    assert inner.boxes[-1].closed
    assert backend.halted
