"""A backend whose boxes can be ended from outside while a worker waits for them: what "stop now" needs."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from boxscore.boxes.contract import engine_of, runtime_of
from boxscore.errors import BoxError, BoxscoreError, RunStopped
from boxscore.log import event, since

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend, Box, BoxSpec, Completed, Network, Stream
    from boxscore.errors import LossCause
    from boxscore.interrupt import StopSignal
    from boxscore.records import Limits


Value = TypeVar("Value")
SWEEP_S, HALTED_SWEEP_S = 15.0, 1.0
HALT_S = 1.0  # how long an engine may take to end programs before nobody waits for it
LOOK_S = 0.1  # how often it is looked whether the run was stopped


class StoppableBackend:
    """Passes everything on to a backend, remembers running programs, and after `halt` opens no box."""

    def __init__(self, backend: Backend, *, sweep_s: float = SWEEP_S) -> None:
        self._backend, self._sweep_s = backend, sweep_s
        self._streams: set[Stream] = set()
        self._boxes: set[Box] = set()
        self._lock = threading.Lock()
        self._may_have_left = False
        self._numbers = itertools.count(1)
        self._stop: StopSignal | None = None
        self.halted = False
        self.layers: set[str] = set()

    @property
    def name(self) -> str:
        """The name of the backend behind."""
        return self._backend.name

    @property
    def capabilities(self) -> frozenset[str]:
        """See `Backend.capabilities`."""
        return self._backend.capabilities

    @property
    def runtime(self) -> str | None:
        """See `boxscore.boxes.contract.runtime_of`."""
        return runtime_of(self._backend)

    @property
    def engine(self) -> str | None:
        """See `boxscore.boxes.contract.engine_of`."""
        return engine_of(self._backend)

    def check(self) -> None:
        """Prove that a box can be made."""
        self._backend.check()

    def image_digest(self, image: str | None) -> str:
        """Say exactly what `image` is here."""
        return self._backend.image_digest(image)

    def reap(self) -> Sequence[str]:
        """Remove what dead engines have left. Raises RunStopped as soon as the run was stopped."""
        return self.waited_for(self._backend.reap)

    def network(self) -> AbstractContextManager[Network]:
        """Make a private network. Raises RunStopped after `halt`."""
        self.refuse_if_halted()
        return self._backend.network()

    def sweep(self) -> None:
        """After trouble with boxes, remove what could not be removed then, if its engine answers now; return soon."""
        if self._may_have_left:
            thread = threading.Thread(target=self._swept, name="boxscore-sweep", daemon=True)
            thread.start()
            thread.join(min(self._sweep_s, HALTED_SWEEP_S) if self.halted else self._sweep_s)

    def _swept(self) -> None:
        with suppress(BoxscoreError):  # who looks next does it: the next run, or `boxscore doctor --reap`
            self._backend.reap()

    @contextmanager
    def attending(self, stop: StopSignal) -> Iterator[None]:
        """For as long as this lasts, halt when `stop` does, and let nobody wait for what is ahead once it drains."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(LOOK_S):
                if stop.halting():
                    self.halt()
                    return

        self._stop = stop
        thread = threading.Thread(target=watch, name="boxscore-stop", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(2 * HALT_S)
            self._stop = None

    def _stopped(self) -> bool:
        return self.halted or (self._stop is not None and self._stop.draining())

    def pause(self, seconds: float) -> None:
        """Sleep between two attempts. Raises RunStopped as soon as no further one is wanted."""
        until = time.monotonic() + seconds
        while not self._stopped():
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(LOOK_S, left))
        raise RunStopped("the run was stopped")

    def waited_for(self, call: Callable[[], Value]) -> Value:
        """Return what a call returns that may take long before a sample begins. Raises RunStopped as `pause` does.

        The call then goes on in a thread that nobody waits for.
        """
        values: list[Value] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                values.append(call())
            except BaseException as error:  # noqa: BLE001 - a thread's border: raised again below
                errors.append(error)

        thread = threading.Thread(target=copy_context().run, args=(work,), name="boxscore-ahead", daemon=True)
        thread.start()
        while thread.is_alive():
            if self._stopped():
                raise RunStopped("the run was stopped")
            thread.join(LOOK_S)
        if errors:
            raise errors[0]
        return values[0]

    def box(self, spec: BoxSpec) -> AbstractContextManager[Box]:
        """Open a box that `halt` ends. Raises RunStopped after `halt`."""
        return self._box(spec)

    @contextmanager
    def _box(self, spec: BoxSpec) -> Iterator[Box]:
        self.refuse_if_halted()
        number, began = next(self._numbers), time.monotonic()
        opened, name = False, ""
        try:
            with self._backend.box(spec) as box, self._known(box):
                self.layers.update(box.layers)
                opened, name = True, getattr(box, "box_id", "")
                event("box_opened", box=number, box_id=name, backend=self.name, image=spec.image, wall_s=since(began))
                yield _StoppableBox(box, self)
        except BaseException as error:
            self._may_have_left = True  # the box may have been left
            if isinstance(error, BoxError | TimeoutError) and not self.halted:
                event("box_lost", logging.WARNING, box=number, box_id=name, reason=str(error), wall_s=since(began))
            raise
        finally:
            if opened:
                event("box_closed", box=number, box_id=name, wall_s=since(began))

    @contextmanager
    def _known(self, box: Box) -> Iterator[None]:
        with self._lock:
            self._boxes.add(box)
        try:
            self.refuse_if_halted()
            yield
        finally:
            with self._lock:
                self._boxes.discard(box)

    def refuse_if_halted(self) -> None:
        """Raise RunStopped after `halt`."""
        if self.halted:
            raise RunStopped("the run was stopped")

    def halt(self) -> None:
        """End every program that runs in a box of this backend; open no further ones. For any thread.

        Returns soon: an engine that does not answer ends them later, or they end when their box does, as we leave.
        """
        with self._lock:
            self.halted = True
            boxes, streams = list(self._boxes), list(self._streams)
        for box in boxes:
            box.halt()
        threads = [threading.Thread(target=_end, args=(one,), name="boxscore-halt", daemon=True) for one in streams]
        for thread in threads:
            thread.start()
        until = time.monotonic() + HALT_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def add(self, stream: Stream) -> None:
        """Remember a program. Raises RunStopped after `halt`."""
        with self._lock:
            self._streams.add(stream)
            halted = self.halted
        if halted:
            stream.stop()
        self.refuse_if_halted()

    def forget(self, stream: Stream) -> None:
        """Forget a program that was stopped."""
        with self._lock:
            self._streams.discard(stream)


def _end(stream: Stream) -> None:
    with suppress(BoxscoreError, OSError):  # a box that has gone by itself is as good
        stream.stop()


def pause(backend: Backend, seconds: float) -> None:
    """Sleep between two attempts in boxes of a backend; see `StoppableBackend.pause`."""
    if isinstance(backend, StoppableBackend):
        backend.pause(seconds)
    else:
        time.sleep(seconds)


def waited_for(backend: Backend, call: Callable[[], Value]) -> Value:
    """Return what a call returns that boxes of a backend need; see `StoppableBackend.waited_for`."""
    return backend.waited_for(call) if isinstance(backend, StoppableBackend) else call()


class _StoppableBox:
    def __init__(self, box: Box, backend: StoppableBackend) -> None:
        self._box, self._backend = box, backend

    @property
    def layers(self) -> tuple[str, ...]:
        return self._box.layers

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        with self._stopping():
            return self._box.run(argv, stdin=stdin, env=env, cwd=cwd, limits=limits)

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        with self._stopping():
            self._box.put(path, data, mode=mode)

    def get(self, path: str, *, max_bytes: int) -> bytes:
        with self._stopping():
            return self._box.get(path, max_bytes=max_bytes)

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        with self._stopping():
            self._box.put_folder(path, files, executable=executable)

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        with self._stopping():
            return self._box.get_folder(path, max_bytes=max_bytes, max_files=max_files)

    def halt(self) -> None:
        self._box.halt()

    def interrupt(self) -> None:
        """End what runs, where the box can go on after that; else all of it."""
        getattr(self._box, "interrupt", self._box.halt)()

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        with self._stopping():
            stream = _StoppableStream(self._box.open(argv, env=env), self._backend)
        self._backend.add(stream)
        return stream

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Say that it was we who ended the box, so that nobody tries again."""
        self._backend.refuse_if_halted()
        try:
            yield
        except BoxError as error:
            if self._backend.halted:
                raise RunStopped("the run was stopped") from error
            raise


class _StoppableStream:
    def __init__(self, stream: Stream, backend: StoppableBackend) -> None:
        self._stream, self._backend = stream, backend
        self.send, self.receive = stream.send, stream.receive

    def fate(self) -> LossCause:
        """See `Stream.fate`. Raises RunStopped where it was we who ended the program: no sample lost its box."""
        self._backend.refuse_if_halted()
        return self._stream.fate()

    def stop(self) -> str:
        self._backend.forget(self)
        return self._stream.stop()
