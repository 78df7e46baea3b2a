"""A box for agents whose calls block: for threads and plain scripts, and what the asynchronous one is made of.

Theory of operation. A box is opened once and closed once: by `close`, by leaving its context, when its time to live is
over, when nobody holds it any more, or when the process exits. What that takes is kept apart from the object that
users hold (`_Held`), so that a finalizer can do it. Commands of one box take turns, as the end of each ends all that
runs in the box beside it; boxes know nothing of each other. A forked child leaves its parent's boxes alone.
"""

from __future__ import annotations

import errno
import os
import posixpath
import threading
import time
import weakref
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.agents import programs
from boxscore.boxes.contract import BoxSpec, Capability, Network, needs_image
from boxscore.boxes.registry import auto_backend, open_backend
from boxscore.checks import shown
from boxscore.errors import BoxError, BoxLost, BoxscoreError, UsageError
from boxscore.images.recipes import reference
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Self

    from boxscore.boxes.contract import Backend, Box, Completed, Stream

HOME, TMP = "/scratch", "/tmp"  # noqa: S108 - in the box
MAX_GET_BYTES = 100 << 20
FILE_WALL_S = 120.0
ALIVE_S, FILL_S = 60.0, 600.0
SAID_BYTES = 4096  # of a program of ours, where all that counts is whether it worked
MAX_TTL_S = 7 * 86_400.0

AGENT_LIMITS = Limits(
    cpu_s=3600.0,
    wall_s=3600.0,
    memory_bytes=4 << 30,
    processes=512,
    disk_bytes=1 << 30,
    output_bytes=10 << 20,
)
"""Of each command, and for memory, processes and disk of the box as a whole."""


class Executed(Struct, frozen=True, kw_only=True):
    """How a command ended.

    Exactly one of `exit_code` and `signal` is set. `timed_out`: the time it was given, wall or cpu, was over, and it
    was killed. `truncated`: standard output or standard error was longer than the box's `limits.output_bytes` and was
    cut there. `limit` names the limit that ended it, if one did. `wall_s` is how long it took, without waiting for its
    turn.
    """

    exit_code: int | None
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    timed_out: bool = False
    truncated: bool = False
    limit: LimitName | None = None
    wall_s: float

    @property
    def returncode(self) -> int:
        """The exit code as a shell has it: 128 and the signal's number for what was killed."""
        return 128 + (self.signal or 0) if self.exit_code is None else self.exit_code


def backend_called(name: str) -> Backend:
    """Return the process's backend of a name, or the first that works for `auto`.

    Raises UsageError for a name that does not exist, SandboxUnavailable where it does not work here.
    """
    return _working(name, os.getpid(), os.environ.get("DOCKER_HOST"))


@lru_cache(maxsize=8)
def _working(name: str, _pid: int, _engine: str | None) -> Backend:
    if name == "auto":
        backend = auto_backend()
    else:
        backend = open_backend(name)
        backend.check()
    with suppress(BoxscoreError):  # whoever opens the next box sees what is wrong
        backend.reap()
    return backend


def default_image(backend: Backend) -> str | None:
    """The image of a box for which none was named: boxscore's own of Python, where boxes are made of images."""
    return reference("python") if needs_image(backend) else None


class SyncAgentBox:
    """A sandbox for a program of yours to work in: run commands, put and get files. For any thread.

    `image` is what the box is made of where boxes have images (boxscore's own of Python, if None). `backend` is a name
    or a `Backend`; `limits` bound each command, and the box as a whole in memory, processes and disk. There is no
    network, unless `network` is one that the same backend made. `folders` are further writable folders (docker): each
    starts as a copy of a folder of the image, often the same one, or empty where None is given. `cwd` is where commands
    run and relative paths begin, `env` what every command finds in its environment. After `ttl_s` seconds the box is
    closed, whoever holds it; `owner` is written on it for people who look.

    Files stay from one command to the next; processes do not: whatever a command leaves behind is killed when it ends.
    """

    def __init__(  # noqa: PLR0913 - a box has that many sides
        self,
        image: str | None = None,
        *,
        backend: str | Backend = "auto",
        limits: Limits | None = None,
        network: Network | None = None,
        folders: Mapping[str, str | None] | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        ttl_s: float = 3600.0,
        owner: str = "",
    ) -> None:
        """Remember what is wanted. Raises UsageError for what no box can be; opens nothing."""
        if not isinstance(network, Network | None):
            raise UsageError(f"network must be None or a Network that the same backend made, not {network!r}")
        if not 0 < ttl_s <= MAX_TTL_S:
            raise UsageError(f"ttl_s must be above 0 and at most {MAX_TTL_S:.0f} seconds, not {ttl_s!r}")
        self._image, self._backend, self._network = image, backend, network
        self.limits = limits or AGENT_LIMITS
        self._folders = {_absolute(one): source and _absolute(source) for one, source in (folders or {}).items()}
        self._ttl_s, self._owner = float(ttl_s), owner
        self.cwd = _absolute(cwd or HOME)
        self.env = dict(env or {})
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._finish: weakref.finalize[..., SyncAgentBox] | None = None

    def open(self) -> Self:
        """Open the box; once it is open, nothing happens. Raises SandboxUnavailable, ImageMissing, BoxError."""
        with self._lock:
            if self._held is None:
                held = _Held()
                try:
                    self._open(held)
                except BaseException:
                    held.close()
                    raise
                self._held = held
                held.get_ready()
                self._finish = weakref.finalize(self, held.close)
                held.end_after(self._ttl_s)
        return self

    def _open(self, held: _Held) -> None:
        backend = backend_called(self._backend) if isinstance(self._backend, str) else self._backend
        folders = Capability.FOLDERS in backend.capabilities
        if self._folders and not folders:
            raise UsageError(f"the {backend.name} backend has no further folders: use the docker backend")
        spec = BoxSpec(
            image=self._image or default_image(backend),
            limits=self.limits,
            folders=tuple(dict.fromkeys((TMP, *self._folders))) if folders else (),
            network=self._network,
            owner=self._owner,
            expires_at=time.time() + self._ttl_s,
        )
        held.box = held.stack.enter_context(backend.box(spec))
        held.executes, held.has_tmp = Capability.SANDBOX in backend.capabilities, TMP in spec.folders
        self._fill(backend, spec, held.box)

    def _fill(self, backend: Backend, spec: BoxSpec, box: Box) -> None:
        """Copy folders of the image to where they can be written: those that are covered, out of another box."""
        for folder, source in self._folders.items():
            if source is None:
                continue
            limits = self._own_limits(FILL_S, output_bytes=2 * spec.limits.disk_bytes)
            if source != folder:
                done = box.run(programs.copy(source, folder), limits=limits)
            else:
                with backend.box(structs.replace(spec, folders=(), network=None)) as other:
                    done = other.run(programs.pack(source), limits=limits)
                if done.exit_code == 0 and not done.stdout_truncated and done.stdout:
                    done = box.run(programs.unpack(folder), stdin=done.stdout, limits=limits)
            if done.exit_code != 0 or done.stdout_truncated:
                raise BoxError(f"{source} of the image does not fit into {folder}: {_reason(done)}")

    def __enter__(self) -> Self:
        """Open the box."""
        return self.open()

    def __exit__(self, *_: object) -> None:
        """Close the box."""
        self.close()

    @property
    def box_id(self) -> str:
        """What its engine calls the box: the container's id, say. Empty where it is called nothing."""
        return "" if self._held is None else str(getattr(self._held.box, "box_id", ""))

    @property
    def layers(self) -> tuple[str, ...]:
        """Which defences hold in this box (see `Box.layers`); none while it is not open."""
        return () if self._held is None or self._held.box is None else self._held.box.layers

    def exec(  # noqa: PLR0913 - a command has that many sides
        self,
        command: str | Sequence[str],
        *,
        stdin: bytes = b"",
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> Executed:
        """Run a command to its end: text in a shell (bash where there is one, else sh), a list as it stands.

        Each of its outputs is cut at `output_bytes` (those of the box's limits, if None). After `timeout_s` (and never
        later than `limits.wall_s`) it is killed with all it started, and the box goes on. What cannot be started ends
        with exit code 126 or 127. Raises BoxLost where there is no box any more.
        """
        _bytes("stdin", stdin)
        words = programs.command(_checked(command), cwd=self._path(cwd or self.cwd))
        try:
            longest = max(len(os.fsencode(word)) for word in words)
        except UnicodeEncodeError:  # models write such, as JSON lets them
            return Executed(exit_code=126, stderr=b"a half of a surrogate pair, which is no text\n", wall_s=0.0)
        if longest >= programs.LONGEST_COMMAND:
            return Executed(exit_code=126, stderr=b"Argument list too long: put it into a file\n", wall_s=0.0)
        limits = self.limits
        if output_bytes is not None:
            limits = structs.replace(limits, output_bytes=output_bytes)
        if timeout_s is not None:
            limits = structs.replace(limits, wall_s=min(_seconds(timeout_s), limits.wall_s))
        done = self._run(words, stdin=stdin, env=self._environment(env), limits=limits)
        self._get_held().get_ready()
        return Executed(
            exit_code=done.exit_code,
            signal=done.signal,
            stdout=done.stdout,
            stderr=done.stderr,
            timed_out=done.limit in {LimitName.WALL, LimitName.CPU},
            truncated=done.stdout_truncated or done.stderr_truncated,
            limit=done.limit,
            wall_s=done.wall_s,
        )

    def start(self, command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None) -> Stream:
        """Start a program that goes on while commands come and go, and talk to it: see `Stream`.

        It ends when it is stopped, or with the box; commands do not end it. It has the box's memory and processes, and
        no limit of time. Raises BoxLost where there is no box any more.
        """
        words = programs.command(_checked(command), cwd=self._path(cwd or self.cwd))
        with self._get_held().turn() as box:
            return box.open(words, env=self._environment(env))

    def _environment(self, env: Mapping[str, str] | None) -> dict[str, str]:
        basics = {"HOME": HOME, "TMPDIR": TMP if self._get_held().has_tmp else HOME, "LANG": "C.UTF-8"}
        return {**basics, **self.env, **(env or {})}

    def put(self, path: str, data: bytes, *, mode: int | None = None) -> None:
        """Write a file wherever the box's user may, making folders; links in the box are followed, as `cat >` does.

        Raises OSError (PermissionError, IsADirectoryError, NotADirectoryError, …), BoxLost, UsageError.
        """
        _bytes("data", data)
        where = self._path(path)
        held = self._get_held()
        if not held.executes:
            with held.turn() as box:
                box.put(where, data, mode=0o644 if mode is None else mode)
            return
        limits = self._own_limits(FILE_WALL_S)
        done = self._run(programs.put(where, mode=mode), stdin=data, env={}, limits=limits)
        _raise_failure(done, path)

    def get(self, path: str, *, max_bytes: int = MAX_GET_BYTES) -> bytes:
        """Read a regular file wherever the box's user may; links in the box are followed, as `cat` does.

        Raises OSError (FileNotFoundError, PermissionError, IsADirectoryError, …; EFBIG for one that is larger than
        `max_bytes`), BoxLost.
        """
        where = self._path(path)
        held = self._get_held()
        if not held.executes:
            with held.turn() as box:
                return box.get(where, max_bytes=max_bytes)
        limits = self._own_limits(FILE_WALL_S, output_bytes=max_bytes + 1)
        done = self._run(programs.get(where, most=max_bytes + 1), stdin=b"", env={}, limits=limits)
        _raise_failure(done, path)
        if len(done.stdout) > max_bytes:
            raise OSError(errno.EFBIG, f"larger than {max_bytes} bytes in the box", path)
        return done.stdout

    def alive(self) -> bool:
        """Whether the box can be used: a program runs in it, or another one does just now. Never raises."""
        held = self._held
        if held is None or held.over():
            return False
        if held.busy():
            return True
        try:
            limits = self._own_limits(ALIVE_S)
            return self._run(programs.command(["true"], cwd="/"), stdin=b"", env={}, limits=limits).exit_code == 0
        except BoxscoreError:
            return False

    def halt(self) -> None:
        """End what runs in the box, soon; it, and all that is asked from now on, raises BoxLost. Never waits."""
        if self._held is not None:
            self._held.halt()

    def interrupt(self, of: threading.Thread | None = None) -> None:
        """End the command that runs in the box, soon, as if its time were over; the box goes on. For any thread.

        With `of`, only one that this thread runs.
        """
        if self._held is not None:
            self._held.interrupt(of)

    def close(self) -> None:
        """End everything in the box and remove it; what still runs there raises BoxLost. Again: nothing happens."""
        self.halt()
        with self._lock:  # while it is being opened
            held = self._held
        if held is not None:
            if self._finish is not None:
                self._finish.detach()
            held.close()

    def _own_limits(self, seconds: float, *, output_bytes: int = SAID_BYTES) -> Limits:
        """Limits of a program of ours: its own time and output, and all else as the box has it.

        To give a box less memory for a while takes time, and fails where its files hold more than that.
        """
        return structs.replace(self.limits, cpu_s=seconds, wall_s=seconds, output_bytes=output_bytes)

    def _get_held(self) -> _Held:
        if self._held is None:
            raise BoxLost("this box has not been opened")
        return self._held

    def _path(self, path: str) -> str:
        if not path or "\0" in path:
            raise UsageError(f"{path!r} is not a path in a box: it is empty, or has a NUL byte")
        return posixpath.join(self.cwd, path)

    def _run(self, words: list[str], *, stdin: bytes, env: Mapping[str, str], limits: Limits) -> Completed:
        with self._get_held().turn() as box:
            return box.run(words, stdin=stdin, env=env, limits=limits)


sync_box = SyncAgentBox


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise UsageError(f"{path!r} must be an absolute path in the box")
    return posixpath.normpath(path)


def _checked(command: str | Sequence[str]) -> str | Sequence[str]:
    words: tuple[object, ...] = (command,) if isinstance(command, str) else tuple(command)
    if not words or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise UsageError(f"{command!r} is not a command: give text for a shell, or a list of words without NUL")
    return command if isinstance(command, str) else tuple(command)


def _bytes(name: str, value: object) -> None:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise UsageError(f"{name} must be bytes, not {shown(value)}")


def _seconds(timeout_s: object) -> float:
    if not isinstance(timeout_s, int | float) or not timeout_s > 0:
        raise UsageError(f"timeout_s must be above 0, not {timeout_s!r}")
    return float(timeout_s)


def _raise_failure(done: Completed, path: str) -> None:
    if done.limit is LimitName.WALL:
        raise TimeoutError(errno.ETIMEDOUT, f"not done within {FILE_WALL_S:.0f} s in the box", path)
    error = programs.failure(done.exit_code, path, done.stderr)
    if error is not None:
        raise error


def _reason(done: Completed) -> str:
    return done.stderr[-300:].decode(errors="replace").strip() or str(done.limit or done.exit_code)


_INHERITED: list[object] = []  # boxes of a parent process: kept here, so that nothing in a child ends them


class _Held:
    """An open box and what ends it. `executes`: programs run in it; `has_tmp`: it may write to /tmp."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.box: Box | None = None
        self.executes, self.has_tmp = True, False
        self._pid = os.getpid()
        self._lock = threading.Lock()  # of whose turn it is
        self._user: threading.Thread | None = None
        self._user_lock = threading.Lock()
        self._why_over = ""
        self._timer: threading.Timer | None = None

    def end_after(self, ttl_s: float) -> None:
        """Close the box after so many seconds, whoever holds it."""
        self._timer = threading.Timer(ttl_s, _expire, (weakref.ref(self),))
        self._timer.name, self._timer.daemon = "boxscore-ttl", True
        self._timer.start()

    @contextmanager
    def turn(self) -> Iterator[Box]:
        """Wait until nobody else uses the box, and have it. Raises BoxLost where its time is over."""
        self._must_stand()
        with self._lock:
            self._must_stand()
            if self.box is None:
                raise BoxLost("this box has been closed")
            try:
                self._used_by(threading.current_thread())
                yield self.box
            except BoxLost as error:
                if self._why_over:
                    raise BoxLost(self._why_over, cause=error.cause) from error
                raise
            finally:
                self._used_by(None)

    def _used_by(self, user: threading.Thread | None) -> None:
        with self._user_lock:
            self._user = user

    def over(self) -> bool:
        """Whether the box has been halted or closed, or is another process's."""
        return bool(self._why_over) or self.box is None or os.getpid() != self._pid

    def busy(self) -> bool:
        """Whether somebody uses the box just now."""
        return self._lock.locked()

    def halt(self, why: str = "this box has been closed") -> None:
        """End what runs in the box, soon; whatever is asked from now on raises BoxLost, which says why. Never waits."""
        if os.getpid() == self._pid:
            self._why_over = self._why_over or why
            if self.box is not None:
                self.box.halt()

    def interrupt(self, of: threading.Thread | None) -> None:
        """End what runs in the box (if `of` this thread, unless that is None), where its backend can; it goes on."""
        interrupt = getattr(self.box, "interrupt", None)
        if os.getpid() == self._pid and interrupt is not None:
            with self._user_lock:
                if of is None or of is self._user:
                    interrupt()

    def get_ready(self) -> None:
        """Have the box do ahead what the next command would wait for, in a thread, if it can; see `ReadyBox`."""
        ready = getattr(self.box, "get_ready", None)
        if ready is not None and not self.over():
            threading.Thread(target=self._get_ready, args=(ready,), name="boxscore-ready", daemon=True).start()

    def _get_ready(self, ready: Callable[[], None]) -> None:
        with suppress(BoxError), self.turn():
            ready()

    def close(self) -> None:
        """End everything in the box and remove it, once. What its backend cannot remove now is left to its reaper."""
        if os.getpid() != self._pid:
            _INHERITED.append(self)
            return
        self.halt()
        if self._timer is not None:
            self._timer.cancel()
        with self._lock, suppress(BoxError):
            self.box = None
            self.stack.close()

    def _must_stand(self) -> None:
        if os.getpid() != self._pid:
            raise BoxLost("this box was opened by another process: open one of your own after a fork")
        if self._why_over:
            raise BoxLost(self._why_over)


def _expire(reference: weakref.ref[_Held]) -> None:
    held = reference()
    if held is not None:
        held.halt("the box's time to live is over")
        held.close()
