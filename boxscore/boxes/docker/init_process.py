"""The container's idle process, which ends and counts all others when it is asked to, and ends the box with us.

What it reads ends when we do, however we end; then it ends too, and the container with it.

Ending and counting are for engines whose control groups are out of reach. It runs before any program, as root with no
capability but KILL, is never replaced, and needs no new process to do its work, so a box that is full of processes
cannot keep it from it. `kill -1` is one step for the kernel: whatever has the signal pending cannot fork, so no bomb
outruns it. What it answers may be believed: programs can neither signal it, nor trace it, nor reach its streams.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.docker.errors import lost
from boxscore.boxes.docker.stream import Connection
from boxscore.errors import BoxLost
from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import APIClient

    from boxscore.records import Limits

ANSWER_S = 20.0
TICKS_PER_S = 100  # of what Linux tells programs, whatever its own clock does
AUDIT_S = 0.1
FORKED_BYTES = 16 << 20  # what a process shares with its parent is counted for both
SPARE = 8  # what the engine runs of its own in a box for a moment

# Reads a line: "end" ends all, "end" and a number all of that group, anything else counts. Only the shell's own
# commands, so it never forks. To end a group it stops everything first, as what stands cannot fork.
SCRIPT = """
cd /proc || exit
page=4
while read -r key size rest; do
  [ "$key" = KernelPageSize: ] && page=$size && break
done < "$$/smaps"
while read -r word group; do
  if [ "$word" = end ] && [ -n "$group" ]; then
    while :; do
      kill -STOP -1 2>/dev/null
      left=
      for pid in [0-9]*; do
        [ "$pid" != 1 ] && [ "$pid" != $$ ] || continue
        while read -r name value rest; do
          case $name in
            State:) [ "$value" != Z ] && [ "$value" != X ] || break ;;
            Gid:) [ "$value" != "$group" ] || { kill -9 "$pid"; left=1; }; break ;;
          esac
        done < "$pid/status"
      done
      [ -n "$left" ] || break
    done
    kill -CONT -1 2>/dev/null
    echo ended
  elif [ "$word" = end ]; then
    while :; do
      kill -9 -1 2>/dev/null
      left= looked=
      for folder in [0-9]*; do
        case $folder in 1) ;; $$) looked=1 ;; *) [ ! -d "$folder" ] || left=1 ;; esac
      done
      [ -n "$left" ] || [ -z "$looked" ] || break
    done
    echo ended
  else
    count=0 pages=0 ticks=0
    for pid in [0-9]*; do
      [ "$pid" != $$ ] && read -r size held rest < "$pid/statm" && read -r line < "$pid/stat" || continue
      set -- ${line##*) }
      case ${12}x${13}x${14}x${15} in
        *[!0-9x]*|x*|*x|*xx*) ;;
        *) ticks=$((ticks + ${12} + ${13} + ${14} + ${15})) ;;
      esac
      [ "$pid" = 1 ] || { count=$((count + 1)) pages=$((pages + held)); }
    done
    echo "$count $((pages * page)) $ticks"
  fi
done 2>/dev/null
""".strip()
COMMAND = ("/bin/sh", "-c", SCRIPT)


class ProcessUse(Struct, frozen=True, kw_only=True):
    """What programs use: processes and memory now, cpu time since the container began."""

    processes: int
    held_bytes: int
    cpu_s: float


class InitProcess:
    """The connection to one container's init process, which stands as long as the box."""

    command: Sequence[str] = COMMAND

    def __init__(self, api: APIClient, container_id: str) -> None:
        self._api, self._id = api, container_id
        self._connection: Connection | None = None
        self._reply = bytearray()

    def attach(self) -> None:
        """Connect, once, before the container starts. Raises BoxLost."""
        where = f"containers/{self._id}/attach?stream=1&stdin=1&stdout=1"
        self._connection = Connection(self._api, where, stdout=self._reply.extend, stderr=lambda _: None)

    def end_all(self, group: int | None = None) -> None:
        """End every process but the first two (of one group, if given) and wait until they are gone.

        Raises BoxLost if one does not go.
        """
        if self._ask(b"end\n" if group is None else b"end %d\n" % group) != b"ended":
            raise BoxLost("the init process of a box sent an invalid reply")

    def count(self) -> ProcessUse:
        """Say what the programs use now."""
        words = self._ask(b"count\n").split()
        try:
            processes, kibibytes, ticks = map(int, words)
        except ValueError as error:
            raise BoxLost("the init process of a box sent an invalid reply") from error
        return ProcessUse(processes=processes, held_bytes=kibibytes << 10, cpu_s=ticks / TICKS_PER_S)

    def close(self) -> None:
        """Close the line, which ends the container."""
        if self._connection is not None:
            self._connection.close()

    def _ask(self, word: bytes) -> bytes:
        if self._connection is None:
            raise BoxLost("the init process of a box is not connected")
        self._reply.clear()
        with lost("asking the init process of a box"):
            self._connection.send_some(memoryview(word))
            until = time.monotonic() + ANSWER_S
            while not self._reply.endswith(b"\n"):
                if self._connection.ended or time.monotonic() > until:
                    raise BoxLost("something in a box does not end, or its init process has gone")
                self._connection.pump(0.5)
        return bytes(self._reply).strip()


class Audit:
    """Looks again and again whether programs are over a limit, where the engine's own limits do not bite.

    The sums are over all processes, as control groups would have them. Cpu time of a process is handed to its parent
    when it ends, so what ended counts too. gVisor also counts time in which a process waits for a processor, hence the
    bound by what `cpus` processors can do.
    """

    def __init__(self, init: InitProcess, limits: Limits, *, cpus: int) -> None:
        self._init, self._limits, self._cpus = init, limits, cpus
        self._before_s = init.count().cpu_s
        self._started = time.monotonic()
        self._next = 0.0

    def over(self) -> LimitName | None:
        """Name the limit that programs are over; None where there is none, or it is too soon to look again."""
        if time.monotonic() < self._next:
            return None
        use, limits = self._init.count(), self._limits
        self._next = time.monotonic() + AUDIT_S
        if use.held_bytes > limits.memory_bytes + FORKED_BYTES * use.processes:
            return LimitName.MEMORY
        if min(use.cpu_s - self._before_s, self._cpus * (time.monotonic() - self._started)) > limits.cpu_s:
            return LimitName.CPU
        return LimitName.PROCESSES if use.processes > limits.processes + SPARE else None
