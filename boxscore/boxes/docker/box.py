"""`Box` over one container: programs run by `exec`, files through small programs inside."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
from typing import TYPE_CHECKING, Any

from boxscore.boxes import folders
from boxscore.boxes.contract import Completed
from boxscore.boxes.docker import launch
from boxscore.boxes.docker.container import USER
from boxscore.boxes.docker.ending import Ending, RunMeter
from boxscore.boxes.docker.errors import lost
from boxscore.boxes.docker.exec import Execution, Process
from boxscore.boxes.docker.first_program import FirstProgram
from boxscore.boxes.docker.init_process import Audit
from boxscore.boxes.docker.stream import DockerStream
from boxscore.errors import BoxError, BoxLost, LossCause, ProtocolError, UsageError
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from docker import APIClient

    from boxscore.boxes.contract import BoxSpec
    from boxscore.boxes.docker.container import Engine
    from boxscore.boxes.docker.init_process import InitProcess

FILE_LIMITS = Limits(cpu_s=30.0, wall_s=120.0, output_bytes=4096)
FIRST_GROUP = 3_000_000  # of programs that were opened; no image has such groups
SIGNAL_BASE, SIGNAL_MAX = 128, 64


class DockerBox:
    """See `boxscore.boxes.contract.Box`.

    Programs of a plain box are told apart by their group: what `run` starts has the user's own, each program that is
    opened has one that nothing else in the box has. No program can change its group, or that of what it starts. So
    the end of each ends its group, and that of the last ends all.

    In a supervised box the supervisor is root, the container's first program and its only one: the box ends with it.

    An exit code from 129 to 192 is taken for the signal that a shell would mean by it: the engine does not tell them
    apart.
    """

    def __init__(  # noqa: PLR0913 - a box is made in one place
        self,
        api: APIClient,
        spec: BoxSpec,
        *,
        container_id: str,
        first: FirstProgram | InitProcess,
        path: str,
        engine: Engine,
        runtime: str | None,
    ) -> None:
        self._api, self._spec, self._id, self._path = api, spec, container_id, path
        self._layers = engine.layers(runtime, supervised=spec.supervised, networked=spec.network is not None)
        self._counted_by_engine, self._cpus = engine.counts(runtime), engine.cpus
        self._first = first if isinstance(first, FirstProgram) else None
        init = None if isinstance(first, FirstProgram) else first
        self._ending = Ending(api, container_id, spec.limits, init=init, counted=self._counted_by_engine)
        self._streams: list[DockerStream] = []
        self._groups = itertools.count(FIRST_GROUP)
        self._closed = False
        self._waiting: Process | None = None  # started ahead
        self._halted = threading.Event()
        self._interrupted = threading.Event()

    @property
    def layers(self) -> tuple[str, ...]:
        """See `Box.layers`."""
        return self._layers

    @property
    def box_id(self) -> str:
        """The container's id, as Docker's own programs shorten it."""
        return self._id[:12]

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        """See `Box.run`."""
        self._must_run_programs()
        limits = limits or self._spec.limits
        command = launch.program(
            argv,
            env=env or {},
            path=self._path,
            cwd=cwd,
            input_bytes=self._counted(stdin),
            bounds=launch.bounds(limits, counted=self._counted_by_engine),
        )
        with contextlib.nullcontext() if self._others_run() else self._ending.bounded(limits):
            return self._run(command, stdin=stdin, limits=limits)

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """See `Box.put`. Raises UsageError for a path that is not below the scratch, BoxError if it does not fit."""
        command = launch.put(path, size=len(data), mode=mode, input_bytes=self._counted(data))
        self._write(command, data, f"{path} ({len(data)} bytes)")

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """See `Box.get`. Raises UsageError for a path that is not below the scratch."""
        command = launch.get(path, max_bytes=max_bytes)
        limits = Limits(cpu_s=FILE_LIMITS.cpu_s, wall_s=FILE_LIMITS.wall_s, output_bytes=max_bytes + 1)
        done = self._run(command, stdin=b"", limits=limits)
        if done.exit_code == launch.ABSENT:
            raise FileNotFoundError(f"{path} is not in the box")
        if done.exit_code != 0:
            raise ProtocolError(f"{path} in the box is not a regular file that can be read")
        if len(done.stdout) > max_bytes:
            raise ProtocolError(f"{path} in the box is larger than {max_bytes} bytes")
        return done.stdout

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """See `Box.put_folder`. Raises what `put` does; the image must have `tar`."""
        archive = folders.packed(files, executable)
        command = launch.put_folder(path, input_bytes=self._counted(archive))
        self._write(command, archive, f"{path} ({len(files)} files)")

    def _write(self, command: list[str], data: bytes, what: str) -> None:
        """Have a program write its input; `what` names the path and how much it is."""
        done = self._run(command, stdin=data, limits=FILE_LIMITS)
        if done.exit_code == launch.LINKED:
            raise ProtocolError(f"{what} leads through a link in the box; nothing is written through links")
        if done.exit_code != 0:
            message = done.stderr[:300].decode(errors="replace").strip()
            raise BoxError(f"{what} could not be written in the box: {message or done.limit}")

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        """See `Box.get_folder`. Raises UsageError for a path that is not below the scratch."""
        most = folders.stream_bytes(max_bytes, max_files)
        limits = Limits(cpu_s=FILE_LIMITS.cpu_s, wall_s=FILE_LIMITS.wall_s, output_bytes=most + 1)
        done = self._run(launch.get_folder(path, most=most + 1), stdin=b"", limits=limits)
        if done.exit_code == launch.ABSENT:
            raise FileNotFoundError(f"{path} is not in the box")
        if done.exit_code == launch.LINKED:
            raise ProtocolError(f"{path} in the box is no folder of regular files and folders alone")
        if len(done.stdout) > most:
            raise ProtocolError(
                f"{path} in the box is larger than {max_bytes} bytes, or has more than {max_files} files"
            )
        if done.exit_code != 0:
            message = ascii(done.stderr[:300].decode(errors="replace").strip())
            raise ProtocolError(f"{path} in the box could not be read whole: {message}")
        found = folders.FolderContents(path, max_bytes=max_bytes, max_files=max_files)
        folders.unpack(done.stdout, found)
        return found.files

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> DockerStream:
        """See `Box.open`."""
        if self._waiting is not None:
            self._leave_waiting()
            self._ending.kill()
        command = launch.program(argv, env=env or {}, path=self._path, cwd=None, input_bytes=None)
        stream = self._opened_by_exec(command) if self._first is None else self._opened_first(command, self._first)
        self._streams.append(stream)
        return stream

    def _opened_first(self, command: list[str], first: FirstProgram) -> DockerStream:
        self._must_live()
        return DockerStream(
            first.become(command),
            kill=lambda _: self._ending.end_box(),
            ended=self._ending.box_has_ended,
            fate=self._ending.fate_of_box,
        )

    def _opened_by_exec(self, command: list[str]) -> DockerStream:
        group = next(self._groups)
        exec_id = self._prepare(command, group=group)
        return DockerStream(
            Process(self._api, exec_id),
            kill=lambda stream: self._end_stream(stream, group),
            ended=lambda: self._ending.program_has_ended(exec_id),
            fate=lambda: self._ending.fate(exec_id),
        )

    def get_ready(self) -> None:
        """Start ahead what becomes the next program; see `ReadyBox.get_ready`. Beside others there is none."""
        if self._spec.supervised or self._waiting is not None or self._others_run():
            return
        with contextlib.suppress(BoxLost):  # which the next program will see
            self._waiting = Process(self._api, self._prepare(launch.waiting()))

    def _leave_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.leave()
            self._waiting = None

    def close(self) -> None:
        """Refuse everything from now on; the container is the backend's to remove."""
        self._closed = True
        self._leave_waiting()
        for stream in self._streams:
            stream.abandon()

    def halt(self) -> None:
        """See `Box.halt`."""
        self._halted.set()

    def interrupt(self) -> None:
        """See `InterruptibleBox.interrupt`."""
        self._interrupted.set()

    def _others_run(self, but: DockerStream | None = None) -> bool:
        """Whether programs that were opened may still run."""
        return any(stream.live and stream is not but for stream in self._streams)

    def _end_stream(self, stream: DockerStream, group: int) -> None:
        self._ending.kill(group if self._others_run(stream) else None)

    def _end_run(self) -> None:
        self._ending.kill(USER if self._others_run() else None)

    def _counted(self, data: bytes) -> int | None:
        """Say how many bytes of input to pass on where the connection cannot be closed in one direction (TLS)."""
        return len(data) if self._api.base_url.startswith("https://") else None

    def _must_live(self) -> None:
        if self._closed or self._halted.is_set():
            raise BoxLost("this box has been closed")

    def _must_run_programs(self) -> None:
        self._must_live()
        if self._spec.supervised:
            raise UsageError("a supervised box is for its supervisor alone")

    def _prepare(self, command: list[str], *, group: int = USER) -> str:
        self._must_run_programs()
        with lost("preparing a program in a box"):
            made: dict[str, Any] = self._api.exec_create(self._id, command, stdin=True, user=f"{USER}:{group}")
            return str(made["Id"])

    def _run(self, command: list[str], *, stdin: bytes, limits: Limits) -> Completed:
        try:
            done = self._followed(command, stdin=stdin, limits=limits)
        except BoxLost as error:
            if error.cause is not LossCause.UNKNOWN or self._closed or self._halted.is_set():
                raise
            raise BoxLost(str(error), cause=self._ending.cause()) from error
        if done.exit_code != 0 and done.limit is None:
            self._still_there()
        return done

    def _followed(self, command: list[str], *, stdin: bytes, limits: Limits) -> Completed:
        self._interrupted.clear()
        waiting = self._ready()
        exec_id = self._prepare(command) if waiting is None else waiting.exec_id
        with contextlib.closing(self._ending.meter()) as meter:
            init = self._ending.init
            audit = _nothing if self._counted_by_engine or init is None else Audit(init, limits, cpus=self._cpus).over
            running = Execution(
                self._api,
                waiting or Process(self._api, exec_id),
                stdin=stdin if waiting is None else launch.as_input(command) + stdin,
                output_bytes=limits.output_bytes,
                halted=self._halted.is_set,
            )
            try:
                watched = running.watch(
                    wall_s=limits.wall_s,
                    cpu_s=limits.cpu_s,
                    cpu=meter.cpu_s,
                    over=lambda: LimitName.WALL if self._interrupted.is_set() else audit(),
                    frozen=self._ending.frozen,
                )
            finally:
                running.finish(self._end_run)
            return _completed(running, meter, limit=watched.limit, wall_s=watched.wall_s, limits=limits)

    def _ready(self) -> Process | None:
        """What was started ahead, if it can become a program; it cannot become two."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or (not self._closed and not self._halted.is_set() and waiting.waits()):
            return waiting
        waiting.leave()
        return None

    def _still_there(self) -> None:
        """A box that was killed from outside looks like a program that failed: never the candidate's fault."""
        with lost("looking whether a box is still there"):
            if self._api.inspect_container(self._id)["State"]["Running"]:
                return
        cause = self._ending.cause()
        raise BoxLost(f"the box was ended from {'outside' if cause is LossCause.OUTSIDE else 'within'}", cause=cause)


def _nothing() -> None:
    """Be over no limit."""


def _completed(
    running: Execution, meter: RunMeter, *, limit: LimitName | None, wall_s: float, limits: Limits
) -> Completed:
    status = running.status()
    number = None if status is None or not SIGNAL_BASE < status <= SIGNAL_BASE + SIGNAL_MAX else status - SIGNAL_BASE
    cpu_s = meter.cpu_s()
    if limit is not None:
        number = signal.SIGKILL
    elif meter.memory_was_short():
        limit = LimitName.MEMORY
    elif number == signal.SIGXCPU or (number == signal.SIGKILL and cpu_s is None and wall_s >= limits.cpu_s):
        limit = LimitName.CPU
    return Completed(
        exit_code=None if number is not None else status,
        signal=None if number is None else int(number),
        stdout=bytes(running.stdout.kept),
        stderr=bytes(running.stderr.kept),
        stdout_truncated=running.stdout.truncated,
        stderr_truncated=running.stderr.truncated,
        cpu_s=cpu_s,
        wall_s=wall_s,
        memory_bytes=meter.peak_bytes(),
        limit=limit,
    )
