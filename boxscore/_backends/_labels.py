"""Marks on what an engine makes, so that what a killed engine left can be told from what is in use.

A pid alone is reused, and means nothing in another pid namespace or on another machine that shares a Docker
engine. So a mark holds the machine, its boot, the pid namespace, the pid and when that process started; anything
that cannot be judged from here is left alone.
"""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "boxscore"
HOST, BOOT, NAMESPACE = "boxscore.host", "boxscore.boot", "boxscore.pidns"
PID, START = "boxscore.engine.pid", "boxscore.engine.start"


def start_time(pid: int) -> str | None:
    """Say when a process started, in clock ticks since boot; None when there is no such process (or a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, started = fields[0], fields[19]
    return None if state in {"Z", "X"} else started


def own() -> dict[str, str]:
    """Return the labels of things that this process makes."""
    pid = os.getpid()
    return {MARK: "1", **_place(), PID: str(pid), START: start_time(pid) or ""}


def is_stale(labels: Mapping[str, str]) -> bool:
    """Whether the engine that made a thing with these labels is certainly gone; False where that cannot be known."""
    here = _place()
    if labels.get(MARK) != "1" or labels.get(HOST) != here[HOST]:
        return False
    if labels.get(BOOT) != here[BOOT]:
        return True
    if labels.get(NAMESPACE) != here[NAMESPACE]:
        return False
    pid, started = labels.get(PID, ""), labels.get(START, "")
    return pid.isascii() and pid.isdigit() and started != "" and start_time(int(pid)) != started


def _place() -> dict[str, str]:
    machine = _read("/etc/machine-id") + "\0" + socket.gethostname()
    return {
        HOST: hashlib.sha256(machine.encode()).hexdigest()[:16],
        BOOT: _read("/proc/sys/kernel/random/boot_id"),
        NAMESPACE: str(Path("/proc/self/ns/pid").readlink()),
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""
