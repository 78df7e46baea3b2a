"""Marks on what an engine makes, so that what a killed engine left can be told from what is in use.

A pid alone is reused, and means nothing in another pid namespace or on another machine that shares a Docker
engine. So a mark holds the machine, its boot, the pid namespace, the pid and when that process started. Whoever is of
another boot cannot be seen from here either: a machine that was cloned has the name and the id of the first. Nor can
processes of another time namespace be told apart by when they started, and /proc may hide those of other users.
"""

from __future__ import annotations

import enum
import hashlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "boxscore"
HOST, BOOT = "boxscore.host", "boxscore.boot"
NAMESPACE, CLOCK = "boxscore.pidns", "boxscore.timens"
PID, START = "boxscore.engine.pid", "boxscore.engine.start"
OWNER, EXPIRES = "boxscore.owner", "boxscore.expires"
EXPIRED_S = 60.0  # clocks of two machines may differ by so much


class Owner(enum.Enum):
    """What is known here of the engine that made a thing."""

    LIVES = "lives"
    GONE = "gone"
    FOREIGN = "foreign"  # of another machine, boot or namespace, or hidden by /proc


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


def of_box(owner: str, expires_at: float | None) -> dict[str, str]:
    """Return what is added to a box's labels: who asked for it, and until when it is needed."""
    named = {OWNER: owner} if owner else {}
    return named if expires_at is None else {**named, EXPIRES: f"{expires_at:.0f}"}


def expired(labels: Mapping[str, str], now: float) -> bool:
    """Whether nobody needs a thing of ours any more, whoever made it."""
    until = labels.get(EXPIRES, "")
    return labels.get(MARK) == "1" and until.isascii() and until.isdigit() and int(until) + EXPIRED_S < now


def owner(labels: Mapping[str, str]) -> Owner:
    """Say what is known of the engine that made a thing with these labels; without a mark of ours it lives."""
    if labels.get(MARK) != "1":
        return Owner.LIVES
    if any(labels.get(name) != value for name, value in _place().items()):
        return Owner.FOREIGN
    pid, started = labels.get(PID, ""), labels.get(START, "")
    if not (pid.isascii() and pid.isdigit() and started):
        return Owner.FOREIGN
    if start_time(int(pid)) == started:
        return Owner.LIVES
    return Owner.FOREIGN if _is_hidden(int(pid)) else Owner.GONE


def _is_hidden(pid: int) -> bool:
    """Whether there is a process of this number that /proc does not show us, as with its option `hidepid`."""
    if Path(f"/proc/{pid}/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return False  # ours: it began between the two looks


def _place() -> dict[str, str]:
    machine = _read("/etc/machine-id") + "\0" + socket.gethostname()
    return {
        HOST: hashlib.sha256(machine.encode()).hexdigest()[:16],
        BOOT: _read("/proc/sys/kernel/random/boot_id"),
        NAMESPACE: _namespace("pid"),
        CLOCK: _namespace("time"),
    }


def _namespace(kind: str) -> str:
    """Name a namespace of this process; "" where the kernel has none of the kind."""
    try:
        return str(Path(f"/proc/self/ns/{kind}").readlink())
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""
