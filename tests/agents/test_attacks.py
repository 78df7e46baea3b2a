"""What a hostile agent may try from its box: each attack fails, harms nothing outside, and leaves a box that works."""

from __future__ import annotations

import errno
import os
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from boxscore import BoxLost, SyncAgentBox
from tests.agents.conftest import LIMITS, TIDY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore import Executed
    from boxscore.boxes.contract import Backend


class Row(NamedTuple):
    """An attack: a shell command, what must be true of how it ended, and how long it may take."""

    name: str
    command: str
    holds: Callable[[Executed], bool]
    timeout_s: float = 60.0


def failed(done: Executed) -> bool:
    """Whether a command ended badly, and by itself."""
    return done.returncode != 0 and not done.timed_out


def says(text: str) -> Callable[[Executed], bool]:
    """A check that this, and nothing else, was printed."""
    return lambda done: done.stdout.decode(errors="replace").strip() == text


def ended(done: Executed) -> bool:
    """Whether a command was ended for its time."""
    return done.timed_out


def python(code: str) -> str:
    """A command that runs Python code."""
    return f"python3 -c {shlex.quote(code)}"


MAPPED = "import mmap; held = [bytearray(1 << 26) for _ in range(40)]; print('held')"
DAEMON = "import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); time.sleep(1000)"
SLEEPERS = """
import subprocess
for _ in range(200):
    try: subprocess.Popen(["sleep", "1000"])
    except OSError: print("refused"); break
"""

HURTING = (
    # what it leaves behind, and what it does to those beside it
    Row("daemon", f"{python(DAEMON)}; sleep 0.1; echo left", says("left")),
    Row("holds-output", "sleep 1000 & exit 3", lambda done: done.exit_code == 3),
    Row("nohup", "nohup sleep 1000 >/dev/null 2>&1 & disown; echo left", says("left")),
    Row("many-sleepers", python(SLEEPERS), says("refused")),
    Row("kills-all", "kill -9 -1; echo alive", lambda done: True),
    Row("kills-parents", "kill -9 $PPID 1; sleep 0.1; echo alive", lambda done: True),
    Row("kills-itself", "kill -9 $$", lambda done: done.signal == 9),
    Row("stops-itself", "kill -STOP $$", ended, 0.3),
    Row("stops-all", "kill -STOP -1; sleep 1000", ended, 0.3),
    Row("ignores-signals", "trap '' TERM INT HUP QUIT USR1; while :; do sleep 1; done", ended, 0.3),
    Row("spins", "while :; do :; done", ended, 0.3),
    Row("closes-its-output", "exec >&- 2>&- <&-; sleep 0.1; exit 5", lambda done: done.exit_code == 5),
    # more than it may have
    Row("floods-output", "head -c 50000000 /dev/zero", lambda done: done.truncated and len(done.stdout) == 1 << 16),
    Row("floods-errors", "head -c 50000000 /dev/zero >&2", lambda done: done.truncated and len(done.stderr) == 1 << 16),
    Row("floods-for-ever", "yes", lambda done: done.timed_out and len(done.stdout) == 1 << 16, 1.0),
    Row("memory", python(MAPPED), failed),
    Row("disk", "head -c 200000000 /dev/zero > big; s=$(stat -c %s big); rm big; test $s -gt 100000000", failed),
    Row("shared-memory", "head -c 900000000 /dev/zero > /dev/shm/big; rm -f /dev/shm/big; echo on", lambda done: True),
    Row("limits", "ulimit -H -u 100000 2>/dev/null; ulimit -H -f unlimited 2>/dev/null; ulimit -c 1000000", failed),
    Row("core", "cd /scratch && kill -SEGV $$; true", lambda done: done.signal == 11),
)
# How a box is closed to the world is the conformance suite's, `boxscore.testing`.


WAYS = ("{}", "../../../../../../..{}", "/proc/self/root{}", "/proc/1/root{}", "/proc/1/cwd/../..{}")
NAMES = ("-rf", "--help", "a b", "'; touch hacked; '", "$(touch hacked)", "new\nline", "*", "\\", "ü")


@pytest.mark.parametrize("row", HURTING, ids=lambda row: row.name)
def test_a_box_goes_on_after_an_attack(shared: SyncAgentBox, row: Row) -> None:
    done = shared.exec(row.command, timeout_s=row.timeout_s)
    after = shared.exec(TIDY, timeout_s=60.0)

    assert row.holds(done), done
    assert after.stdout == b"on\n", after


@pytest.mark.parametrize("way", WAYS)
def test_files_of_the_machine_are_not_there(shared: SyncAgentBox, tmp_path: Path, way: str) -> None:
    """A file of this machine can be neither read nor written nor made by path, whatever the way."""
    mine = tmp_path / "mine"
    mine.write_text("private")
    path = way.format(mine)

    with pytest.raises(OSError):  # noqa: PT011 - whichever it is
        shared.get(path)
    with suppress(OSError):
        shared.put(path, b"changed")
    with suppress(OSError):
        shared.put(path + "-new", b"changed")
    shared.exec(f"rm -rf /tmp/* {shlex.quote(path)}")

    assert mine.read_text() == "private"
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_links_lead_nowhere_outside(shared: SyncAgentBox, tmp_path: Path) -> None:
    """Links that the agent makes are followed in its own file system alone."""
    mine = tmp_path / "mine"
    mine.write_text("private")
    shared.exec(f"ln -s {mine} file; ln -s {tmp_path} folder; ln -s loop loop; ln -s /etc/passwd passwd")

    for path in ("file", "folder/mine", "loop", "loop/x"):
        with pytest.raises(FileNotFoundError):
            shared.get(path)
    for path in ("file", "folder/new", "loop", "passwd"):
        with suppress(OSError):
            shared.put(path, b"changed")
    assert mine.read_text() == "private"
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
    assert b"box" in shared.get("passwd")


def test_names_are_taken_literally(shared: SyncAgentBox) -> None:
    """No name of a file is read as an option, as a pattern or by a shell."""
    for name in NAMES:
        shared.put(f"names/{name}", name.encode())

    assert [shared.get(f"names/{name}").decode() for name in NAMES] == list(NAMES)
    listed = shared.exec(["find", "/scratch/names", "-type", "f", "-printf", "%f\\0"]).stdout
    assert sorted(listed.decode().rstrip("\0").split("\0")) == sorted(NAMES)
    assert shared.exec(["ls", "-A", "/scratch"]).stdout == b"names\n"


@pytest.mark.parametrize("make", ["mkfifo odd", "ln -s /dev/zero odd", "ln -s /dev/stdin odd", "ln -s /proc/kmsg odd"])
def test_reading_never_waits(shared: SyncAgentBox, make: str) -> None:
    """What is no regular file is refused, neither waited for nor read for ever."""
    shared.exec(make)

    with pytest.raises(OSError):  # noqa: PT011 - whichever it is
        shared.get("odd", max_bytes=1000)


def test_a_full_disk_is_said(shared: SyncAgentBox) -> None:
    """Where there is no room left, writing says so, and goes on when there is."""
    shared.exec("head -c 100000000 /dev/zero > big")

    with pytest.raises(OSError, match="written") as raised:
        shared.put("small", b"x" * 100_000)
    assert raised.value.errno == errno.ENOSPC
    shared.exec("rm -f big small")
    shared.put("small", b"x" * 100_000)
    shared.exec("rm small")


def test_shells_read_nothing_of_the_agent(shared: SyncAgentBox) -> None:
    """Start-up files that an agent leaves in its home are read by none of our own programs."""
    shared.exec("for f in .bashrc .profile .bash_profile .bash_login; do echo 'echo hacked' > $f; done")
    shared.put("file", b"clean")

    assert shared.exec("echo on").stdout == b"on\n"
    assert shared.get("file") == b"clean"


def test_a_box_that_is_killed_is_lost_and_not_a_failed_command(local_backend: Backend) -> None:
    """When the box itself is killed from outside, that is raised, never taken for how the command ended."""
    with SyncAgentBox(backend=local_backend, limits=LIMITS) as box:
        held = box._get_held()
        pid: int = getattr(held.box, "init_pid")  # noqa: B009 - of local boxes alone
        os.kill(pid, 9)

        with pytest.raises(BoxLost):
            box.exec("sleep 1000")
        assert not box.alive()
