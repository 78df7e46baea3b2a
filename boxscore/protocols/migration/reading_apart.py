"""Read a candidate's sources in a process of its own: what is no Java can take a parser long, and much memory."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from boxscore.child import run_child
from boxscore.errors import BoxError
from boxscore.protocols.migration.reading import SourceReading, read_source

if TYPE_CHECKING:
    from collections.abc import Mapping

CPU_S, MEMORY_BYTES, WALL_S = 120, 2 << 30, 1800.0
"""Hundreds of times of what the sources of a project take."""

TOO_MUCH = "it takes too long, or too much memory, to be read"

NO_MEMORY = 3
"""The exit status of a reader that ran out of memory."""


def reading_apart(sources: Mapping[str, bytes], *, cpu_s: int = CPU_S) -> dict[str, SourceReading]:
    """Read sources, each under its path. Where that takes more than `cpu_s` or MEMORY_BYTES, all are unreadable.

    Raises BoxError where the other process cannot be had, or is ended from outside.
    """
    if not sources:
        return {}
    try:
        done = run_child(
            [sys.executable, "-P", "-m", "boxscore.protocols.migration.reading_apart", str(cpu_s)],
            timeout_s=WALL_S,
            data=msgspec.msgpack.encode(dict(sources)),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BoxError(f"sources could not be read in a process of their own: {error}") from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGABRT, NO_MEMORY):
        return dict.fromkeys(sources, SourceReading(problem=TOO_MUCH))
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace")[-300:].strip()
        raise BoxError(f"sources could not be read in a process of their own: status {done.returncode}: {words}")
    return msgspec.msgpack.decode(done.stdout, type=dict[str, SourceReading])


def main() -> int:
    """Read sources from standard input, and write what they hold to standard output."""
    cpu_s = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 60))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sources = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=dict[str, bytes])
        found = {path: read_source(source) for path, source in sources.items()}
        sys.stdout.buffer.write(msgspec.msgpack.encode(found))
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
