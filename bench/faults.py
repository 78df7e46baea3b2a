"""What a soak does to an engine while it grades; each says whether it met the engine, or boxes, at work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from boxscore.boxes import cgroup

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    Fault = Callable[["Engine", random.Random], bool]

CLOCK_JUMP_S = 3600.0
BEGIN_S = (0.3, 2.5)
HOLD_S = (1.0, 4.0)
SETUP_ENGINE = Path(__file__).resolve().parents[1] / "scripts" / "setup-engine"


class Engine(NamedTuple):
    """A `boxscore grade` that runs."""

    process: subprocess.Popen[bytes]
    backend: str

    def wait(self, span: tuple[float, float], rng: random.Random) -> bool:
        """Let some time go by; whether the engine still runs then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(rng.uniform(*span))
        return self.process.returncode is None


def containers(pid: int, *, every: bool = False) -> list[str]:
    """The ids of the containers of an engine process; all states if `every`."""
    words = ["docker", "ps", "--quiet", "--filter", f"label=boxscore.engine.pid={pid}", *(["--all"] if every else [])]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


def box_processes(pid: int) -> list[int]:
    """The processes in local boxes of an engine process."""
    trees = cgroup.find()
    found: set[int] = set()
    for file in (trees.pids / cgroup.PARENT).glob(f"{pid}-*/**/cgroup.procs") if trees else ():
        with contextlib.suppress(OSError):
            found |= {int(line) for line in file.read_text().split()} - {0}
    return sorted(found)


def send(pids: list[int], number: signal.Signals) -> None:
    """Signal processes; those that are gone do not matter."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def docker(*words: str) -> None:
    """Run a docker command whose failure does not matter: what it was for may be gone."""
    subprocess.run(["docker", *words], capture_output=True, check=False)


def kill(engine: Engine, rng: random.Random) -> bool:
    """Kill the engine."""
    if not engine.wait(BEGIN_S, rng):
        return False
    engine.process.kill()
    return True


def interrupt(engine: Engine, rng: random.Random) -> bool:
    """Interrupt the engine once, or twice."""
    if not engine.wait(BEGIN_S, rng):
        return False
    engine.process.send_signal(signal.SIGINT)
    if rng.random() < 0.5 and engine.wait((0.0, 0.5), rng):  # noqa: PLR2004 - every other time
        engine.process.send_signal(signal.SIGINT)
    return True


def pause(engine: Engine, rng: random.Random) -> bool:
    """Pause all boxes for some seconds."""
    if not engine.wait(BEGIN_S, rng):
        return False
    if engine.backend == "docker":
        boxes: list[Any] = containers(engine.process.pid)
        docker("pause", *boxes)
        engine.wait(HOLD_S, rng)
        docker("unpause", *boxes)
    else:
        boxes = box_processes(engine.process.pid)
        send(boxes, signal.SIGSTOP)
        engine.wait(HOLD_S, rng)
        # What entered the namespaces stops itself with what it started there, and is not in the box.
        send([*boxes, *(pid for pid, parent in _parents() if parent == engine.process.pid)], signal.SIGCONT)
    return bool(boxes)


def stall(engine: Engine, rng: random.Random) -> bool:
    """Stop the engine for some seconds, as a machine that sleeps does."""
    if not engine.wait(BEGIN_S, rng):
        return False
    engine.process.send_signal(signal.SIGSTOP)
    time.sleep(rng.uniform(*HOLD_S))
    engine.process.send_signal(signal.SIGCONT)
    return True


def lose_boxes(engine: Engine, rng: random.Random) -> bool:
    """Kill all boxes under the engine."""
    if not engine.wait(BEGIN_S, rng):
        return False
    boxes: list[Any] = (containers if engine.backend == "docker" else box_processes)(engine.process.pid)
    if engine.backend == "docker":
        docker("kill", *boxes)
    else:
        send(boxes, signal.SIGKILL)
    return bool(boxes)


def restart_docker(engine: Engine, rng: random.Random) -> bool:
    """End the Docker engine, in order or by force with all that belongs to it, and start it again."""
    if not engine.wait(BEGIN_S, rng):
        return False
    force = rng.random() < 0.5  # noqa: PLR2004 - every other time
    engines = [pid for pid, name in _names() if name == "dockerd"]
    others = [pid for pid, name in _names() if name.startswith("containerd")] if force else []
    send([*engines, *others], signal.SIGKILL if force else signal.SIGTERM)
    until = time.monotonic() + 60
    while any(pid in engines for pid, _ in _names()) and time.monotonic() < until:
        time.sleep(0.1)
    subprocess.run([SETUP_ENGINE], capture_output=True, check=False)
    return True


def turn_clock(engine: Engine, rng: random.Random) -> bool:
    """Turn the machine's clock an hour forward or back for some seconds."""
    if not engine.wait(BEGIN_S, rng):
        return False
    start, began = time.time(), time.monotonic()
    time.clock_settime(time.CLOCK_REALTIME, start + rng.choice((CLOCK_JUMP_S, -CLOCK_JUMP_S)))
    try:
        engine.wait(HOLD_S, rng)
    finally:
        time.clock_settime(time.CLOCK_REALTIME, start + time.monotonic() - began)
    return True


def nothing(_engine: Engine, _rng: random.Random) -> bool:
    """Leave the engine in peace."""
    return False


FAULTS: dict[str, Fault] = {
    "calm": nothing,
    "kill": kill,
    "interrupt": interrupt,
    "pause": pause,
    "stall": stall,
    "lost boxes": lose_boxes,
    "full disk": nothing,  # its run directory is too small; see `small_disk`
    "docker restart": restart_docker,
    "clock": turn_clock,
}


@contextlib.contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Callable[[], None]]:
    """Make a folder a file system of its own that holds little; gives what makes it large."""

    def enlarge() -> None:
        subprocess.run(["mount", "-o", "remount,size=256m", folder], check=True)

    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "boxscore-soak", folder], check=True)
    try:
        yield enlarge
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _names() -> list[tuple[int, str]]:
    return [(pid, name) for pid, name, fields in processes() if fields[0] != "Z"]


def _parents() -> list[tuple[int, int]]:
    return [(pid, int(fields[1])) for pid, _, fields in processes()]


def processes() -> Iterator[tuple[int, str, list[str]]]:
    """Pid and name of each process, and the fields of its `stat` from the state on."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = file.read_text(errors="replace").partition("(")[2].rpartition(")")
            yield int(file.parent.name), name, rest.split()
