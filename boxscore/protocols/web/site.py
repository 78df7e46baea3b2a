"""A project in its box: how its files get there, how it is built and served, and how the browser's box reaches it.

Theory of operation
-------------------
Who runs what, in the two boxes of a sample, while pages are looked at:

    grader (here)
      │ run      project box, alias `project`                  browser box, no alias
      ├────────▶ the candidate's server, on loopback:PORT
      │ open     forwarder: all addresses:FORWARD ─▶ loopback:PORT
      │ open                                                   forwarder: loopback:PORT ─▶ project:FORWARD
      └─run──────────────────────────────────────────────────▶ Playwright ─▶ Chromium ─▶ loopback:PORT

The forwarders are ours (`sandbox/web/forward.js`). In the browser's box nothing listens except on loopback, so the
project's box, which is hostile once anything of the candidate has run in it, has nothing there to connect to. Pages
have the origin `http://localhost:PORT` in both boxes, as on the machine of whoever wrote the specs: a secure context,
the same cookies, and a host that development servers take for their own.

The candidate may kill the forwarder in its own box, or take its port: then it cannot be reached, or serves in another
way what it serves anyway. The server is a program that `Box.run` runs from a thread of ours, so that its limits hold
and what it prints is bounded; it is interrupted when the specs have ended. No program of one attempt lives to see the
next: each ends with all of its processes, and the folder is made afresh.
"""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore import resources
from boxscore.boxes import folders
from boxscore.checks import MAX_SECONDS
from boxscore.errors import BoxError, BoxLost, LossCause
from boxscore.protocols.web.boxes import ALIAS
from boxscore.protocols.web.browser import told_modules
from boxscore.protocols.web.task import FORWARD_PORT
from boxscore.protocols.web.verdict import Failed, clean_log, ended_badly
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from boxscore.boxes.contract import Box, Completed, Stream
    from boxscore.protocols.web.boxes import Pair
    from boxscore.protocols.web.browser import ToldModule
    from boxscore.protocols.web.task import WebCommand, WebTask

PROJECT = "/scratch/project"
ENVIRONMENT = {
    "HOME": "/scratch/home",
    "TMPDIR": "/tmp",  # noqa: S108 - in the box
    "LANG": "C.UTF-8",
    # There is no network: whatever needs one should fail at once rather than wait.
    "NPM_CONFIG_OFFLINE": "true",
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    "NO_UPDATE_NOTIFIER": "1",
    "NEXT_TELEMETRY_DISABLED": "1",
    "NUXT_TELEMETRY_DISABLED": "1",
    "NG_CLI_ANALYTICS": "false",
    "CHECKPOINT_DISABLE": "1",
}
MODULES = "/node_modules"  # in an image that was made for the project
STAGE_LIMITS = Limits(cpu_s=60.0, wall_s=300.0, output_bytes=4096)
POLL_S, START_S, STOP_S, ANSWER_S = 0.1, 120.0, 120.0, 60.0
SERVED_LONGER = 2.0  # times as long as it may be looked at, so that no wall limit of its own ends the server
CONNECTIONS, CONNECTION_BYTES = 256, 256 << 20
AVAILABLE = range(200, 404)  # Playwright's rule: a server that refuses access is up, too

_SLOWNESS = re.compile(r"x[0-9]{1,6}\.[0-9]{2}")

# Everything of the last attempt is removed, whatever state it is in. The image's packages are linked one by one, so
# that the folder looks like an installation in the project: tools write beside them, such as bundles. The files of this
# attempt are read from standard input.
_STAGE = """
umask 022
chmod -R u+rwx /scratch /tmp 2>/dev/null
find /scratch /tmp -mindepth 1 -maxdepth 1 -exec rm -rf -- {} + && mkdir -p /scratch/home "$1" "$2" || exit 1
if [ -d "$3" ]; then
  mkdir "$1/node_modules" && find "$3" -mindepth 1 -maxdepth 1 -exec ln -s -t "$1/node_modules" -- {} + || exit 1
fi
cd "$1" && exec tar -xof -
""".strip()


class Served(Struct, frozen=True):
    """A project that is being served by the program `server`; `seconds` is how long it took to answer."""

    server: Server
    seconds: float


class Server:
    """A program that `Box.run` runs from a thread of ours, until it ends or is stopped."""

    def __init__(self, box: Box, argv: list[str], *, env: Mapping[str, str], cwd: str, limits: Limits) -> None:
        self._box = box
        self._done: Completed | None = None
        self._error: BaseException | None = None
        call = {"argv": argv, "env": env, "cwd": cwd, "limits": limits}
        run = copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run, call), name="boxscore-web-server")
        self._thread.start()

    @property
    def ended(self) -> Completed | None:
        """How it ended by itself; None while it runs. Raises what running it raised."""
        if self._thread.is_alive():
            return None
        if self._error is not None:
            raise self._error
        return self._done

    def stop(self) -> None:
        """End it and all that it started. Raises BoxLost if the box does not do so in time."""
        interrupt = getattr(self._box, "interrupt", self._box.halt)
        until = time.monotonic() + STOP_S
        while self._thread.is_alive():
            if time.monotonic() > until:
                self._box.halt()
                self._thread.join()
                raise BoxLost("a server did not end when it was told to")
            interrupt()  # more than once: it may not have begun
            self._thread.join(POLL_S)

    def _run(self, call: dict[str, Any]) -> None:
        try:
            self._done = self._box.run(call.pop("argv"), **call)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that looks
            self._error = error


class Site:
    """The project of one attempt in its box."""

    def __init__(self, pair: Pair, task: WebTask) -> None:
        self._pair, self._task = pair, task
        self._root = str(PurePosixPath(PROJECT) / task.root)

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Write the project with these files of the candidate, in place of all that was there. Raises BoxError."""
        prefix = "" if self._task.root == "." else f"{self._task.root}/"
        theirs = {f"{prefix}{path}": data for path, data in files.items()}
        archive = folders.packed({**dict(self._task.project), **theirs}, ())
        program = ["/bin/sh", "-c", _STAGE, "box", PROJECT, self._root, MODULES]
        done = self._pair.project.run(program, stdin=archive, cwd="/", limits=STAGE_LIMITS)
        if done.exit_code != 0:
            said = clean_log(done.stderr)[-300:].strip()
            raise BoxLost(f"a project's folder could not be made anew: {said}", cause=LossCause.INSIDE)

    def build(self) -> Failed | None:
        """Run the commands that come before the server; say why one of them failed, None if all succeeded."""
        for command in (self._task.prepare, self._task.build):
            if command is not None and (failed := self._built(command)) is not None:
                return failed
        return None

    def modules(self) -> dict[str, ToldModule]:
        """Run the modules that specs import, and return what they claim to export. Raises BoxError."""
        paths = self._task.settings.imports
        return told_modules(self._pair.project, self._root, paths, self._task.limits) if paths else {}

    @contextmanager
    def serving(self) -> Iterator[Served | Failed]:
        """Serve the project while the block runs, if it can be served. Raises BoxError."""
        task = self._task
        looked_at_s = task.serve.wall_s + task.browser_limits.wall_s
        limits = replace(task.limits, wall_s=min(MAX_SECONDS, SERVED_LONGER * looked_at_s))
        ending: list[Callable[[], object]] = []
        try:
            # Before the candidate's server, which might leave no room for another process.
            inward = _open_forwarder(self._pair.project, _inward(task))
            ending.append(inward.stop)
            # It is ours, but starts in what builds have left of the box: a control shows that a sound box can run it.
            _await_listening(inward, cause=LossCause.INSIDE)
            server = Server(
                self._pair.project,
                self._argv(task.serve),
                env=self._env(task.serve),
                cwd=self._cwd(task.serve),
                limits=limits,
            )
            ending.insert(0, server.stop)
            yield self._awaited(server, _outward_line(self._pair, task))
        finally:
            _end(ending)

    def _built(self, command: WebCommand) -> Failed | None:
        limits = replace(self._task.limits, wall_s=min(command.wall_s, self._task.limits.wall_s))
        done = self._pair.project.run(
            self._argv(command), env=self._env(command), cwd=self._cwd(command), limits=limits
        )
        what = " ".join(command.argv)[:100]
        return ended_badly(done, what, Outcome.BUILD_FAILED)

    def _awaited(self, server: Server, line: Stream) -> Served | Failed:
        """Wait until the server answers with a status that says that it is up."""
        began = time.monotonic()
        said = ""
        while (passed := time.monotonic() - began) < self._task.serve.wall_s:
            if (done := server.ended) is not None:
                return _ended_early(done)
            page = self._task.settings.first_page
            said = _probed(line, page)
            if said == "404" and page == "/":
                said = _probed(line, "/index.html")
            if said.isdigit() and int(said) in AVAILABLE:
                return Served(server, round(time.monotonic() - began, 3))
            time.sleep(POLL_S)
        if said.isdigit():
            reason = f"the server answers with status {said}"  # as one does that still compiles its pages
            return Failed(outcome=Outcome.ERROR, reason=reason, doubtful=True)
        reason = f"the server does not answer within {passed:.0f} s ({said})"
        return Failed(outcome=Outcome.TIMEOUT, reason=reason, doubtful=True)

    def _argv(self, command: WebCommand) -> list[str]:
        return [self._filled(word) for word in command.argv]

    def _env(self, command: WebCommand) -> dict[str, str]:
        return {**ENVIRONMENT, **{name: self._filled(value) for name, value in command.env}}

    def _cwd(self, command: WebCommand) -> str:
        return str(PurePosixPath(PROJECT) / command.cwd)

    def _filled(self, word: str) -> str:
        return word.replace("{root}", self._root).replace("{port}", str(self._task.port))


def _ended_early(done: Completed) -> Failed:
    failed = ended_badly(done, "the server", Outcome.ERROR)
    log = clean_log(done.stdout + done.stderr)
    return failed or Failed(outcome=Outcome.ERROR, reason="the server ended before it answered", log=log)


def _outward_line(pair: Pair, task: WebTask) -> Stream:
    """The forwarder in the browser's box of a pair, started on first use. Raises BoxLost."""
    if pair.outward is None:
        line = _open_forwarder(pair.browser, _outward(task))
        _await_listening(line)
        pair.outward = line
    return pair.outward


def slowness_of(pair: Pair, task: WebTask) -> float:
    """How many times its cpu time a short computation takes by the clock in the browser's box. Raises BoxLost."""
    said = _asked(_outward_line(pair, task), "busy", START_S)
    return float(said[1:]) if _SLOWNESS.fullmatch(said) else 1.0


def _inward(task: WebTask) -> dict[str, Any]:
    """Settings of the forwarder in the project's box, to whichever loopback address the server listens on."""
    return {
        "listen": [["0.0.0.0", FORWARD_PORT]],  # noqa: S104 - of a box on a private network
        "to": [["127.0.0.1", task.port], ["::1", task.port]],
        "origin": f"localhost:{task.port}",
    }


def _outward(task: WebTask) -> dict[str, Any]:
    """Settings of the forwarder in the browser's box, by which pages reach the project's."""
    origin = task.settings.origin.replace("{port}", str(task.port)).partition("://")[2].partition("/")[0]
    return {
        "listen": [["127.0.0.1", task.port], ["::1", task.port]],
        "to": [[ALIAS, FORWARD_PORT]],
        "origin": origin,
    }


def _open_forwarder(box: Box, settings: dict[str, Any]) -> Stream:
    program = (resources.folder("sandbox") / "web" / "forward.js").read_text("utf-8")
    bounds = {"connections": CONNECTIONS, "bytes": CONNECTION_BYTES}
    return box.open(["node", "-e", program, "--", json.dumps({**settings, **bounds})])


def _await_listening(line: Stream, *, cause: LossCause = LossCause.UNKNOWN) -> None:
    """Wait for a forwarder. Raises BoxLost, with this cause, if it does not listen."""
    said = _line(line, START_S)
    if said != "listening":
        raise BoxLost(f"a forwarder does not start: {said} {line.stop()[-300:]}".strip(), cause=cause)


def _probed(line: Stream, path: str) -> str:
    """Ask a forwarder for the status of a page. Raises BoxLost if it does not answer."""
    return _asked(line, path, ANSWER_S)


def _asked(line: Stream, words: str, timeout_s: float) -> str:
    line.send(f"{words}\n".encode())
    said = _line(line, timeout_s)
    if not said:
        raise BoxLost("the forwarder of the browser's box does not answer")
    return said


def _line(line: Stream, timeout_s: float) -> str:
    """Read a line that a program of ours writes; as much of it as came in time, else."""
    found = b""
    until = time.monotonic() + timeout_s
    with suppress(TimeoutError):
        while not found.endswith(b"\n") and (some := line.receive(1, max(0.01, until - time.monotonic()))):
            found += some
    return found.decode("ascii", "replace").strip()[:200]


def _end(stops: Iterable[Callable[[], object]]) -> None:
    """Stop everything that serves. Raises BoxError if something does not stop, once all were told to."""
    trouble: BoxError | None = None
    for stop in stops:
        try:
            stop()
        except BoxError as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
