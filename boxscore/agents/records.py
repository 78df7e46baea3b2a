"""What a command in a box for agents came to, and the default limits of such a box."""

from __future__ import annotations

from msgspec import Struct

from boxscore.records import LimitName, Limits

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
