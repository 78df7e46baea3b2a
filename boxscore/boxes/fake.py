"""A backend in memory, for tests and for people who write harnesses: nothing is ever executed.

What a program or a stream does is a Python function that the test gives; files are a dictionary; all that was asked is
kept. It is no sandbox, says so in its layers, and is never chosen by itself.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes import folders
from boxscore.boxes.contract import SEND_S, BoxSpec, Capability, Completed
from boxscore.boxes.networks import OpenNetworks
from boxscore.errors import BoxLost, ImageMissing, LossCause, ProtocolError, UsageError
from boxscore.records import Limits  # noqa: TC001 - msgspec reads the annotation when it decodes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from boxscore.boxes.contract import Network, Stream

SCRATCH = "/scratch/"


class FakeRun(Struct, frozen=True, kw_only=True):
    """What was asked of `Box.run` (or, without input and limits, of `Box.open`)."""

    argv: tuple[str, ...]
    stdin: bytes = b""
    env: dict[str, str] = {}
    cwd: str | None = None
    limits: Limits


def succeed(_: FakeRun) -> Completed:
    """Be a program that says nothing and ends well."""
    return Completed(exit_code=0, wall_s=0.0)


class FakeStream:
    """A stream whose other side is a function: it is given what is sent and returns what is to be received."""

    def __init__(
        self,
        answer: Callable[[bytes], bytes] = lambda data: data,
        *,
        stderr: str = "",
        cause: LossCause = LossCause.INSIDE,
    ) -> None:
        self._answer, self._stderr, self._cause = answer, stderr, cause
        self._waiting = bytearray()
        self.sent: list[bytes] = []
        self.stopped = False

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:  # noqa: ARG002 - nothing here waits
        """See `Stream.send`."""
        if self.stopped:
            raise BoxLost("the fake program has ended")
        self.sent.append(bytes(data))
        self._waiting += self._answer(bytes(data))

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        """See `Stream.receive`; with nothing to receive it times out at once, or ends if it was stopped."""
        if not self._waiting and not self.stopped:
            raise TimeoutError(f"the fake program sent nothing for {timeout_s} s")
        chunk = bytes(self._waiting[:max_bytes])
        del self._waiting[: len(chunk)]
        return chunk

    def fate(self) -> LossCause:
        """See `Stream.fate`: what the test says."""
        return self._cause

    def stop(self) -> str:
        """See `Stream.stop`."""
        self.stopped = True
        return self._stderr


class FakeBox:
    """A box that is a dictionary. `files`, `runs`, `opened` and `streams` are for the test to look at."""

    layers: tuple[str, ...] = ("fake",)

    def __init__(
        self, spec: BoxSpec, *, run: Callable[[FakeRun], Completed], stream: Callable[[FakeRun], Stream]
    ) -> None:
        self.spec = spec
        self.files: dict[str, bytes] = {}
        self.modes: dict[str, int] = {}
        self.runs: list[FakeRun] = []
        self.opened: list[FakeRun] = []
        self.streams: list[Stream] = []
        self.closed = False
        self.interrupts = 0
        self._run, self._stream = run, stream

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        """See `Box.run`: record it and return what the test's function says."""
        self._alive()
        asked = FakeRun(argv=tuple(argv), stdin=stdin, env=dict(env or {}), cwd=cwd, limits=limits or self.spec.limits)
        self.runs.append(asked)
        return self._run(asked)

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """See `Box.put`."""
        self._alive()
        self.files[_below(path)], self.modes[path] = bytes(data), mode

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """See `Box.get`."""
        self._alive()
        if _below(path) not in self.files:
            raise FileNotFoundError(f"{path} is not in the box")
        if len(self.files[path]) > max_bytes:
            raise ProtocolError(f"{path} in the box is larger than {max_bytes} bytes")
        return self.files[path]

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """See `Box.put_folder`."""
        folders.checked(files, executable)
        _below(path)
        for name, data in files.items():
            self.put(f"{path}/{name}", data, mode=0o755 if name in executable else 0o644)

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        """See `Box.get_folder`; a folder is there if a file in it is."""
        self._alive()
        found = folders.FolderContents(_below(path), max_bytes=max_bytes, max_files=max_files)
        if path in self.files:
            raise ProtocolError(f"{path} in the box is not a folder")
        for name, data in sorted(self.files.items()):
            if name.startswith(f"{path}/"):
                found.add(name.removeprefix(f"{path}/"), data)
        if not found.files:
            raise FileNotFoundError(f"{path} is not in the box")
        return found.files

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        """See `Box.open`: record it and return the stream that the test's function makes."""
        self._alive()
        asked = FakeRun(argv=tuple(argv), env=dict(env or {}), limits=self.spec.limits)
        self.opened.append(asked)
        stream = self._stream(asked)
        self.streams.append(stream)
        return stream

    def halt(self) -> None:
        """See `Box.halt`: fakes run nothing, so there is nothing to end."""
        self.closed = True

    def interrupt(self) -> None:
        """See `InterruptibleBox.interrupt`; what to do about it is the test's function's."""
        self.interrupts += 1

    def close(self) -> None:
        """End every stream and refuse everything from now on."""
        self.closed = True
        for stream in self.streams:
            stream.stop()

    def _alive(self) -> None:
        if self.closed:
            raise BoxLost("this box has been closed")


class FakeBackend:
    """See `boxscore.boxes.contract.Backend`. `boxes` holds every box that was opened, in order, closed ones too.

    `run` decides how a program ends and `stream` makes the other side of `Box.open`. With `images` given, any
    other image is missing. `fail` is raised instead of opening a box.
    """

    def __init__(
        self,
        *,
        run: Callable[[FakeRun], Completed] = succeed,
        stream: Callable[[FakeRun], Stream] = lambda _: FakeStream(),
        images: Collection[str] | None = None,
        fail: Exception | None = None,
    ) -> None:
        self._run, self._stream, self._images, self._fail = run, stream, images, fail
        self.boxes: list[FakeBox] = []
        self._networks = OpenNetworks()

    @property
    def name(self) -> str:
        """See `Backend.name`."""
        return "fake"

    @property
    def capabilities(self) -> frozenset[str]:
        """See `Backend.capabilities`: all but a sandbox."""
        return frozenset(Capability) - {Capability.MACHINE, Capability.SANDBOX, Capability.RUNTIMES}

    def check(self) -> None:
        """See `Backend.check`."""
        if self._fail is not None:
            raise self._fail

    def image_digest(self, image: str | None) -> str:
        """See `Backend.image_digest`."""
        if self._images is not None and image not in self._images:
            raise ImageMissing(f"the fake backend was given no image {image}")
        return f"fake:{image}"

    @contextlib.contextmanager
    def box(self, spec: BoxSpec) -> Iterator[FakeBox]:
        """See `Backend.box`."""
        self.check()
        self.image_digest(spec.image)
        with self._networks.joined(spec):
            box = FakeBox(spec, run=self._run, stream=self._stream)
            self.boxes.append(box)
            try:
                yield box
            finally:
                box.close()

    def network(self) -> contextlib.AbstractContextManager[Network]:
        """See `Backend.network`: a name; who is on it is in the `spec` of each of `boxes`."""
        return self._networks.opened()

    def reap(self) -> Sequence[str]:
        """See `Backend.reap`: there is never anything."""
        return ()


def _below(path: str) -> str:
    parts = path.split("/")
    if not path.startswith(SCRATCH) or path == SCRATCH or ".." in parts or "\0" in path:
        raise UsageError(f"{path!r} is not a file below {SCRATCH} in the box")
    return path
