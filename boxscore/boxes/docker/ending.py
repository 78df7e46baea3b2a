"""Counting and ending what runs in a container, near (control groups) and far (the engine's API)."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import docker.errors

from boxscore.boxes.counts import Peak
from boxscore.boxes.docker import container as config
from boxscore.boxes.docker import counters
from boxscore.boxes.docker.errors import lost
from boxscore.errors import BoxLost, LossCause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docker import APIClient

    from boxscore.boxes.docker.init_process import InitProcess
    from boxscore.records import Limits

START_S, FATE_S = 10.0, 2.0
NOT_RUNNING = (404, 409)  # what the engine answers where there is nothing to kill
SIGNALLED = 128  # exit codes above this are a signal's
FAR_CPU_S = 0.5  # how often the engine's statistics are asked for


class RunMeter:
    """What one run uses, from the moment this is made until it is closed."""

    def __init__(self, api: APIClient, container_id: str, groups: counters.Groups | None, *, counted: bool) -> None:
        self._api, self._id, self._groups, self._counted = api, container_id, groups, counted
        self._cpu_before = groups.counts.cpu_s() if groups else self._far_cpu_s()
        self._kills_before = groups.counts.memory_kills() if groups else int(self._far_memory_was_short())
        self._peak = Peak(groups.counts) if groups else None
        self._asked, self._last = time.monotonic(), self._cpu_before

    def cpu_s(self) -> float | None:
        """Cpu seconds since the start; None where nobody counts."""
        if self._cpu_before is None:
            return None
        if self._groups:
            with lost("reading what a box uses"):
                return self._groups.counts.cpu_s() - self._cpu_before
        if time.monotonic() - self._asked >= FAR_CPU_S:
            self._last = self._far_cpu_s() or self._last
            self._asked = time.monotonic()
        return None if self._last is None else self._last - self._cpu_before

    def memory_was_short(self) -> bool:
        """Whether the kernel ended a process of the box since the start because memory was used up."""
        if self._groups:
            with lost("reading a box's memory"):
                return self._groups.counts.memory_kills() > self._kills_before
        return self._far_memory_was_short() and not self._kills_before

    def peak_bytes(self) -> int | None:
        """The most memory the box held since the start; None where that is not known."""
        if self._peak is None:
            return None
        with lost("reading a box's memory"):
            return self._peak.bytes()

    def close(self) -> None:
        """Stop counting."""
        if self._peak is not None:
            self._peak.close()

    def _far_cpu_s(self) -> float | None:
        if not self._counted:
            return None
        with lost("asking for a box's statistics"):
            url = f"{self._api.base_url}/v{self._api.api_version}/containers/{self._id}/stats"
            answer = self._api.get(url, params={"stream": "false", "one-shot": "true"})
            usage: Any = answer.json().get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage")
        return usage / 1e9 if isinstance(usage, int) and usage > 0 else None

    def _far_memory_was_short(self) -> bool:
        with lost("asking for a box's state"):
            return bool(self._api.inspect_container(self._id)["State"].get("OOMKilled"))


class Ending:
    """Ends what runs in one container, all but its first two processes.

    `init` is the second of them, or None where the supervisor is (`first_program.py`).
    """

    def __init__(
        self, api: APIClient, container_id: str, limits: Limits, *, init: InitProcess | None, counted: bool
    ) -> None:
        self._counted = counted
        self._api, self._id, self._usual = api, container_id, _numbers(limits)
        self.init = init
        with lost("looking at a new box"):
            pid = int(api.inspect_container(container_id)["State"]["Pid"])
            self._groups = counters.find(pid, container_id)
            self._keep = _first_two(self._groups) if self._groups else frozenset()

    def meter(self) -> RunMeter:
        """Start counting."""
        with lost("counting what a box uses"):
            return RunMeter(self._api, self._id, self._groups, counted=self._counted)

    def kill(self, group: int | None = None) -> None:
        """End everything (of one group, if given) and wait for it; in a supervised box that is the box.

        Raises BoxLost, the container killed, if something stays.
        """
        if self.init is None:
            self.end_box()
            return
        if self._kill_near(group):
            return
        try:
            self.init.end_all(group)
        except BoxLost:
            with contextlib.suppress(BoxLost), lost("killing a box"):
                self._api.kill(self._id)
            raise

    def end_box(self) -> None:
        """End everything, the first processes too, and with them the container."""
        with lost("ending a box"):
            try:
                if self._groups is not None:
                    self._groups.end()
                    return
            except PermissionError:
                pass
            try:
                self._api.kill(self._id)
            except docker.errors.APIError as error:
                if error.status_code not in NOT_RUNNING:
                    raise

    def box_has_ended(self) -> bool:
        """Whether the container has ended, and its first program with it."""
        with lost("asking whether a box has ended"):
            return not self._api.inspect_container(self._id)["State"]["Running"]

    def program_has_ended(self, exec_id: str) -> bool:
        """Whether a program that was started by an exec has ended."""
        with lost("asking whether a program in a box has ended"):
            return not self._api.exec_inspect(exec_id)["Running"]

    def frozen(self) -> bool:
        """Whether somebody has paused the container; False where that cannot be seen at no cost."""
        if self._groups is None:
            return False
        with lost("looking whether a box is paused"):
            return self._groups.is_frozen()

    def fate(self, exec_id: str) -> LossCause:
        """Say who ended a program that was started by an exec (see `Stream.fate`), by what the engine says of both."""
        try:
            with lost("asking who ended a program in a box"):
                ran = _ended_soon(lambda: self._api.exec_inspect(exec_id))
                state = self._api.inspect_container(self._id)["State"]
                if state["Running"] and not state.get("Paused") and ran["Running"]:
                    return LossCause.UNKNOWN
                code = ran.get("ExitCode")
                if state["Running"] and code is not None and code < SIGNALLED:
                    return LossCause.INSIDE
                short = self._memory_ended_it(ended=not state["Running"], noted=bool(state.get("OOMKilled")))
        except BoxLost:
            return LossCause.OUTSIDE
        return LossCause.INSIDE if short else LossCause.OUTSIDE

    def fate_of_box(self) -> LossCause:
        """Say who ended the first program, and the container with it."""
        try:
            with lost("asking who ended a program in a box"):
                state = _ended_soon(lambda: self._api.inspect_container(self._id)["State"])
        except BoxLost:
            return LossCause.OUTSIDE
        if state["Running"]:
            return LossCause.OUTSIDE if state.get("Paused") else LossCause.UNKNOWN
        short = self._memory_ended_it(ended=True, noted=bool(state.get("OOMKilled")))
        return LossCause.INSIDE if short or state["ExitCode"] < SIGNALLED else LossCause.OUTSIDE

    def cause(self) -> LossCause:
        """Say who ended the container, by what the engine says; UNKNOWN while it runs."""
        try:
            with lost("asking who ended a box"):
                state = self._api.inspect_container(self._id)["State"]
        except BoxLost:
            return LossCause.OUTSIDE
        if state["Running"]:
            return LossCause.UNKNOWN
        short = self._memory_ended_it(ended=True, noted=bool(state.get("OOMKilled")))
        return LossCause.INSIDE if short else LossCause.OUTSIDE

    def _memory_ended_it(self, *, ended: bool, noted: bool) -> bool:
        """Whether the box's own limit on memory did it: by the kernel's count, else by the engine's note.

        The note alone does not tell the container's limit from a machine that had no memory left.
        """
        if self._groups is not None and not ended:
            return self._groups.counts.memory_kills() > 0 and self._groups.counts.memory_exhausted()
        return noted

    def _kill_near(self, group: int | None) -> bool:
        """End it from outside; False where the control groups are not here or not ours to use."""
        if self._groups is None:
            return False
        with lost("ending what runs in a box"):
            try:
                self._groups.kill(keep=self._keep, group=group)
            except PermissionError:
                return False
        return True

    @contextlib.contextmanager
    def bounded(self, limits: Limits) -> Iterator[None]:
        """Hold the container to a run's own memory and process limits, where they differ from the box's."""
        wanted = _numbers(limits)
        if wanted == self._usual or not self._counted:
            yield
            return
        self._update(wanted)
        try:
            yield
        finally:
            self._update(self._usual)

    def _update(self, numbers: dict[str, int]) -> None:
        with lost("changing a box's limits"):
            url = f"{self._api.base_url}/v{self._api.api_version}/containers/{self._id}/update"
            self._api.post(url, json=numbers).raise_for_status()


def _numbers(limits: Limits) -> dict[str, int]:
    memory = config.memory_bytes(limits, supervised=False)
    return {"Memory": memory, "MemorySwap": memory, "PidsLimit": config.processes(limits, supervised=False)}


def _ended_soon(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Ask how something is until it no longer runs, for a moment at most; return the last answer."""
    until = time.monotonic() + FATE_S
    while (state := ask())["Running"] and time.monotonic() < until:
        time.sleep(0.02)
    return state


def _first_two(groups: counters.Groups) -> frozenset[int]:
    """Wait for init and the idle process; nothing else runs yet."""
    until = time.monotonic() + START_S
    while len(found := groups.pids()) < 2:  # noqa: PLR2004 - init and the idle one
        if time.monotonic() > until:
            raise BoxLost("a new box did not start within 10 s")
        time.sleep(0.001)
    return found
