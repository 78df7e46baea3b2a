"""The doctor's checks of the machine itself: interpreter, processors, clock, disk, folders."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore import cache
from boxscore.doctor.finding import CheckStatus, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.doctor.finding import Machine

_GIB = 1 << 30
_LITTLE_DISK_BYTES = 5 * _GIB
_NO_DISK_BYTES = _GIB // 2
_FAST_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page")
_CLOCK_UNSYNCHRONISED = 5
_TIMEX_BYTES = 512


def python(_machine: Machine) -> Sequence[Finding]:
    """Which interpreter runs boxscore."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return [Finding(name="python", status=CheckStatus.OK, detail=f"{version} at {sys.executable}")]


def processors(machine: Machine) -> Sequence[Finding]:
    """How many processors there are, and whether they keep their speed."""
    detail = f"{len(os.sched_getaffinity(0))} usable"
    governor = _maybe(machine, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    no_turbo = _maybe(machine, "sys/devices/system/cpu/intel_pstate/no_turbo")
    boost = _maybe(machine, "sys/devices/system/cpu/cpufreq/boost")
    detail += f", governor {governor or 'not readable'}"
    turbo = {"0": "on", "1": "off"}.get(no_turbo or "") or {"1": "on", "0": "off"}.get(boost or "")
    detail += f", turbo {turbo or 'not readable'}"
    if governor in {"powersave", "ondemand", "conservative"}:
        remedy = "for timing that repeats: `cpupower frequency-set -g performance`"
        return [Finding(name="processors", status=CheckStatus.WARN, detail=detail, remedy=remedy)]
    return [Finding(name="processors", status=CheckStatus.OK, detail=detail)]


def clock(machine: Machine) -> Sequence[Finding]:
    """Whether reading the clock is cheap and whether the clock is right."""
    source = machine.read("sys/devices/system/clocksource/clocksource0/current_clocksource")
    cheap = source in _FAST_CLOCKS
    right = _clock_is_synchronised()
    words = {True: "synchronised", False: "not synchronised", None: "synchronisation unknown"}
    remedies = (
        [] if cheap else [f"source {source} is slow to read; choose tsc or kvm-clock on the kernel's command line"]
    )
    if right is False:
        remedies.append("start chrony or systemd-timesyncd for right dates in reports")
    status = CheckStatus.OK if cheap and right is not False else CheckStatus.WARN
    return [Finding(name="clock", status=status, detail=f"{source}, {words[right]}", remedy="; ".join(remedies))]


def cache_folder(machine: Machine) -> Sequence[Finding]:
    """Whether the folder that published data is kept in can be written."""
    path = machine.cache_folder or cache.cache_folder()
    there = _nearest_existing(path)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        remedy = "make it writable, or name another with BOXSCORE_CACHE"
        return [
            Finding(name="cache folder", status=CheckStatus.MISSING, detail=f"{path}: {error.strerror}", remedy=remedy)
        ]
    return [disk_space("cache folder", path)]


def data_folder(machine: Machine) -> Sequence[Finding]:
    """Whether BOXSCORE_DATA, where set, is a folder that can be read."""
    named = machine.environ.get("BOXSCORE_DATA")
    if not named:
        return [Finding(name="data folder", status=CheckStatus.OK, detail="BOXSCORE_DATA is not set: data is fetched")]
    if os.access(named, os.R_OK | os.X_OK) and Path(named).is_dir():
        return [Finding(name="data folder", status=CheckStatus.OK, detail=named)]
    detail = f"BOXSCORE_DATA={named} is not a folder that can be read"
    return [Finding(name="data folder", status=CheckStatus.MISSING, detail=detail, remedy="correct or unset it")]


def disk_space(name: str, path: Path) -> Finding:
    """How much room there is where `path` is or would be. Raises OSError."""
    free = shutil.disk_usage(_nearest_existing(path)).free
    detail = f"{path}, {free / _GIB:.1f} GiB free"
    if free < _LITTLE_DISK_BYTES:
        status = CheckStatus.MISSING if free < _NO_DISK_BYTES else CheckStatus.WARN
        return Finding(name=name, status=status, detail=detail, remedy="make room, or move it to another disk")
    return Finding(name=name, status=CheckStatus.OK, detail=detail)


def _nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _maybe(machine: Machine, path: str) -> str | None:
    try:
        return machine.read(path)
    except OSError:
        return None


def _clock_is_synchronised() -> bool | None:
    """Ask the kernel; None where it does not say."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # zero modes: read, change nothing
    try:
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(buffer))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _CLOCK_UNSYNCHRONISED


CHECKS: tuple[Callable[[Machine], Sequence[Finding]], ...] = (
    python,
    processors,
    clock,
    cache_folder,
    data_folder,
)
ORDER = tuple(check.__name__.replace("_", " ") for check in CHECKS)
