"""A box for agents whose calls block: for threads and plain scripts, and what the asynchronous one is made of.

Theory of operation. A box is opened once and closed once: by `close`, by leaving its context, when its time to live is
over, when nobody holds it any more, or when the process exits. What that takes is kept apart from the object that
users hold (`held.py`), so that a finalizer can do it. Commands of one box take turns, as the end of each ends all that
runs in the box beside it; boxes know nothing of each other. A forked child leaves its parent's boxes alone.
"""

from __future__ import annotations

import errno
import os
import posixpath
import threading
import time
import weakref
from typing import TYPE_CHECKING

from msgspec import structs

from boxscore.agents import programs
from boxscore.agents.backends import backend_called, default_image
from boxscore.agents.held import Held
from boxscore.agents.records import AGENT_LIMITS, Executed
from boxscore.boxes.contract import BoxSpec, Capability, Network
from boxscore.checks import shown
from boxscore.errors import BoxError, BoxLost, BoxscoreError, UsageError
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from boxscore.boxes.contract import Backend, Box, Completed, Stream

HOME, TMP = "/scratch", "/tmp"  # noqa: S108 - in the box
MAX_GET_BYTES = 100 << 20
FILE_WALL_S = 120.0
ALIVE_S, FILL_S = 60.0, 600.0
SAID_BYTES = 4096  # of a program of ours, where all that counts is whether it worked
MAX_TTL_S = 7 * 86_400.0


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
        self._folders = {_absolute(folder): source for folder, source in (folders or {}).items()}
        self._ttl_s, self._owner = float(ttl_s), owner
        self.cwd = _absolute(cwd or HOME)
        self._env = dict(env or {})
        self._lock = threading.Lock()
        self._held: Held | None = None
        self._finish: weakref.finalize[..., SyncAgentBox] | None = None

    def open(self) -> Self:
        """Open the box; once it is open, nothing happens. Raises SandboxUnavailable, ImageMissing, BoxError."""
        with self._lock:
            if self._held is None:
                held = Held()
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

    def _open(self, held: Held) -> None:
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
            source_path = _absolute(source)
            limits = self._own_limits(FILL_S, output_bytes=2 * spec.limits.disk_bytes)
            if source_path != folder:
                done = box.run(programs.copy(source_path, folder), limits=limits)
            else:
                plain = structs.replace(spec, folders=(), network=None)
                with backend.box(plain) as other:
                    packed = other.run(programs.pack(source_path), limits=limits)
                if packed.exit_code != 0 or packed.stdout_truncated:
                    raise BoxError(f"{source_path} of the image cannot be copied: {_reason(packed)}")
                done = box.run(programs.unpack(folder), stdin=packed.stdout, limits=limits) if packed.stdout else packed
            if done.exit_code != 0:
                raise BoxError(f"{source_path} of the image does not fit into {folder}: {_reason(done)}")

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
        return {**basics, **self._env, **(env or {})}

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

    def _get_held(self) -> Held:
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


def sync_box(  # noqa: PLR0913 - a box has that many sides
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
) -> SyncAgentBox:
    """Make a box to be opened by `with`, or by its `open()`; see `SyncAgentBox`. Raises UsageError."""
    return SyncAgentBox(
        image,
        backend=backend,
        limits=limits,
        network=network,
        folders=folders,
        cwd=cwd,
        env=env,
        ttl_s=ttl_s,
        owner=owner,
    )


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
