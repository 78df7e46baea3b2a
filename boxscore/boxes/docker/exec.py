"""One program in a container from start to end, under limits on our own clock.

Theory of operation. An `exec` starts a launcher that becomes the program. Starting one takes the engine many times
longer than most programs run, so it can be done ahead: then the launcher waits in the box, in which nothing else runs,
to be told what to become. One loop feeds its input, drains both
outputs to their end (what is over the limit is read and dropped), reads the kernel's count of cpu time and looks at
the clock. A program's end does not end its outputs while something it left holds them, so the loop also asks the engine
whether the program still runs. Then, whatever happened, everything in the box but its idle process and what was opened
is ended, and only what the kernel and the engine say is believed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.boxes.docker.errors import lost
from boxscore.boxes.docker.stream import AttachedProgram, started
from boxscore.boxes.process import Sink, WallClock
from boxscore.errors import BoxLost
from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import APIClient

TICK_S = 0.02
ASK_S = 0.25  # how often the engine is asked whether a silent program has ended
EXIT_KNOWN_S = 10.0  # how long the engine may take to know how a program ended


class Process(AttachedProgram):
    """A program that was started by an exec."""

    def __init__(self, api: APIClient, exec_id: str) -> None:
        self.exec_id = exec_id
        super().__init__(api, started(exec_id))

    def waits(self) -> bool:
        """Whether it waits, without a word, to be told what to become (see `launch.waiting`)."""
        readable, _ = self.line.wait(to_send=False, timeout_s=0)
        if readable:
            self.line.pump(TICK_S)
        return not (self.line.ended or self.wrote)

    def leave(self) -> None:
        """Have one that waits end, as it reads the end of its input."""
        self.line.end_input()
        self.line.close()


class WatchedRun(Struct, frozen=True, kw_only=True):
    """What the loop saw: why it ended the program (None if it ended by itself) and how long that took."""

    limit: LimitName | None
    wall_s: float


class Execution:
    """A program that runs; `watch` follows it, `status` says how it ended. `halted` says whether to leave it.

    It is `stdin` that the program is sent, and nothing behind it.
    """

    def __init__(
        self, api: APIClient, process: Process, *, stdin: bytes, output_bytes: int, halted: Callable[[], bool]
    ) -> None:
        self._api, self._exec_id, self._halted = api, process.exec_id, halted
        self.stdout, self.stderr = Sink(output_bytes), Sink(output_bytes)
        self.started = time.monotonic()
        self._input = memoryview(stdin)
        self._asked_after_end = False
        process.feed(self.stdout.feed, self.stderr.feed)
        self._line = process.line
        if not stdin:
            self._line.end_input()

    def watch(
        self,
        *,
        wall_s: float,
        cpu_s: float,
        cpu: Callable[[], float | None],
        over: Callable[[], LimitName | None] | None = None,
        frozen: Callable[[], bool] = lambda: False,
    ) -> WatchedRun:
        """Follow the program until it ends or a limit is reached (`over` may know more); nothing is killed here.

        Time in which it was `frozen` is not its own. Raises BoxLost once it is halted.
        """
        asked, clock = self.started, WallClock(wall_s, frozen)
        while True:
            self._step()
            if self._halted():
                raise BoxLost("the box was halted")
            now = time.monotonic()
            used = cpu()
            if used is not None and used >= cpu_s:
                return WatchedRun(limit=LimitName.CPU, wall_s=now - self.started)
            if clock.left_s(now) <= 0:
                return WatchedRun(limit=LimitName.WALL, wall_s=now - self.started)
            if over is not None and (limit := over()) is not None:
                return WatchedRun(limit=limit, wall_s=now - self.started)
            if self._line.ended or now - asked >= ASK_S:
                asked = now
                if not self._inspect()["Running"]:
                    return WatchedRun(limit=None, wall_s=now - self.started)

    def _step(self) -> None:
        if self._line.ended:
            if self._asked_after_end:
                time.sleep(TICK_S / 4)  # a program may close its outputs and go on
            self._asked_after_end = True
            return
        readable, writable = self._line.wait(to_send=bool(self._input), timeout_s=TICK_S)
        if readable:
            self._line.pump(TICK_S)
        if writable:
            try:
                self._input = self._input[self._line.send_some(self._input) :]
            except BoxLost:
                self._input = memoryview(b"")  # it does not read what it was given, as it may
            if not self._input:
                self._line.end_input()

    def finish(self, kill: Callable[[], None]) -> None:
        """End everything, take in what is still under way, and close."""
        try:
            self._line.end(kill, EXIT_KNOWN_S, lambda: not self._inspect()["Running"])
        finally:
            self._line.close()

    def status(self) -> int | None:
        """Ask the engine for the exit code; None if it does not know."""
        until = time.monotonic() + EXIT_KNOWN_S
        while (state := self._inspect())["Running"]:
            if time.monotonic() > until:
                raise BoxLost("a program in the box has ended and the engine does not say how")
            time.sleep(0.005)
        code = state["ExitCode"]
        return code if isinstance(code, int) else None

    def _inspect(self) -> dict[str, Any]:
        with lost("asking whether a program in a box has ended"):
            state: dict[str, Any] = self._api.exec_inspect(self._exec_id)
            return state
