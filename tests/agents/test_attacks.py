"""What a hostile agent may try from its box: each attack fails, harms nothing outside, and leaves a box that works."""

from __future__ import annotations

import errno
import os
import shlex
import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from boxscore import BoxLost, SyncAgentBox, UsageError
from tests.agents.conftest import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore import Executed
    from boxscore.boxes.contract import Backend

SECRET = "BOXSCORE_TEST_OF_SECRETS"


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
MANY_FILES = """
try:
    for number in range(100000): open(f"many-{number}", "w").close()
except OSError as error: print(error.errno)
"""
SLEEPERS = """
import subprocess
for _ in range(200):
    try: subprocess.Popen(["sleep", "1000"])
    except OSError: print("refused"); break
"""
CONNECT = "import socket; s = socket.socket(); s.settimeout(5); print(s.connect_ex(('{}', {})) != 0)"
CALL = "import ctypes; print(ctypes.CDLL(None, use_errno=True).syscall({}))"

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
LOOKING = (
    # who it is
    Row("root", "id -u; su -c id root </dev/null; sudo -n id", lambda done: b"uid=0" not in done.stdout),
    Row("rights", "grep -c 'CapEff:.0000000000000000' /proc/self/status", says("1")),
    Row("new-rights", "grep -c 'NoNewPrivs:.1' /proc/self/status", says("1")),
    Row("becomes-root", python("import os; os.setuid(0)"), failed),
    Row("set-user-id", "cp /bin/sh sh; chmod u+s sh; ./sh -c 'test $(id -u) = 0'; c=$?; rm sh; exit $c", failed),
    # where it is
    Row("mounts", "mount -t tmpfs tmpfs /tmp", failed),
    Row("user-namespace", "unshare -Ur true", failed),
    Row("chroot", python("import os; os.chroot('/scratch')"), failed),
    Row("system-files", "touch /usr/bin/evil /etc/evil /bin/evil /lib/evil", failed),
    Row("system-programs", "echo evil > /usr/bin/env; cp /bin/sh /usr/bin/python3", failed),
    Row("docker-socket", "ls /var/run/docker.sock /run/docker.sock", lambda done: done.stdout == b""),
    Row("processes-of-others", "ls /proc | grep -c '^[0-9]' | xargs test 30 -gt", lambda done: done.exit_code == 0),
    Row("memory-of-the-first", "dd if=/proc/1/mem of=/dev/null count=1", failed),
    Row("environment-of-the-first", "cat /proc/1/environ | tr '\\0' '\\n' | grep -c ^" + SECRET, says("0")),
    Row("kernel-memory", "head -c 1 /dev/mem /proc/kcore /dev/kmem", lambda done: done.stdout == b""),
    Row("kernel-settings", "echo 1 > /proc/sys/kernel/panic; echo b > /proc/sysrq-trigger", failed),
    Row("keys", python(CALL.format("250, 0, -3, 0")), lambda done: done.stdout.strip() in {b"-1", b""}),
    Row("bpf", python(CALL.format("321, 0, 0, 0")), lambda done: done.stdout.strip() in {b"-1", b""}),
    Row("traces", python(CALL.format("101, 16, 1, 0, 0")), lambda done: done.stdout.strip() in {b"-1", b""}),
    Row(
        "control-groups",
        "cd /sys/fs/cgroup && for f in cgroup.procs */cgroup.procs; do echo $$ > $f && exit; done",
        failed,
    ),
    Row("network", python(CONNECT.format("192.0.2.1", 80)), says("True")),
    Row("metadata-service", python(CONNECT.format("169.254.169.254", 80)), says("True")),
    Row("names", python("import socket; socket.getaddrinfo('example.org', 80)"), failed),
    # what it was given
    Row("environment", f"env | grep -c {SECRET}", says("0")),
    Row("open-files", "ls /proc/self/fd | wc -l | xargs test 8 -gt", lambda done: done.exit_code == 0),
)
TIDY = "chmod -R u+rwX . 2>/dev/null; find . /tmp /dev/shm -mindepth 1 -delete 2>/dev/null; echo on"


@pytest.fixture(scope="module", autouse=True)
def fixture_secret() -> Iterator[None]:
    """Have something in our environment that a box must not find."""
    os.environ[SECRET] = "hidden"
    yield
    del os.environ[SECRET]


def attacked(box: SyncAgentBox, row: Row) -> None:
    """Run an attack, and where it may hurt the box look that it still works."""
    done = box.exec(row.command, timeout_s=row.timeout_s)
    assert row.holds(done), done
    if row in HURTING:
        after = box.exec(TIDY, timeout_s=60.0)
        assert after.stdout == b"on\n", after


@pytest.mark.parametrize("row", HURTING + LOOKING, ids=lambda row: row.name)
def test_attack(shared: SyncAgentBox, row: Row) -> None:
    """The attack comes to nothing, and the box goes on as if it had not been."""
    attacked(shared, row)


@pytest.mark.slow
@pytest.mark.docker
def test_attacks_on_docker(docker_backend: Backend, python_image: str) -> None:
    """The same attacks come to nothing in a container."""
    held: dict[str, str] = {}
    with SyncAgentBox(python_image, backend=docker_backend, limits=LIMITS) as box:
        for row in HURTING + LOOKING:
            try:
                attacked(box, row)
            except AssertionError as error:
                held[row.name] = str(error)[:300]
    assert held == {}


def test_nothing_of_a_command_is_left(shared: SyncAgentBox) -> None:
    """Whatever a command started is gone when the next one looks, and swaps nothing under it."""
    swap = "while :; do ln -sfn /etc/passwd target; rm -f target; echo mine > target; done"
    shared.exec(f"mkdir mine; cd mine; ({swap}) >/dev/null 2>&1 & disown; sleep 0.1", timeout_s=30.0)
    shared.exec("rm -f mine/target")
    shared.put("mine/target", b"ours")

    assert shared.get("mine/target") == b"ours"
    assert shared.exec("rm -f mine/target; ls -A mine; rmdir mine").stdout == b""


WAYS = ("{}", "../../../../../../..{}", "/proc/self/root{}", "/proc/1/root{}", "/proc/1/cwd/../..{}")
NAMES = ("-rf", "--help", "a b", "'; touch hacked; '", "$(touch hacked)", "new\nline", "*", "\\", "ü")


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
    shared.exec("rm -f file folder loop passwd; rm -rf /tmp/*")


def test_names_are_taken_literally(shared: SyncAgentBox) -> None:
    """No name of a file is read as an option, as a pattern or by a shell."""
    for name in NAMES:
        shared.put(f"names/{name}", name.encode())

    assert [shared.get(f"names/{name}").decode() for name in NAMES] == list(NAMES)
    listed = shared.exec(["find", "/scratch/names", "-type", "f", "-printf", "%f\\0"]).stdout
    assert sorted(listed.decode().rstrip("\0").split("\0")) == sorted(NAMES)
    assert shared.exec(["ls", "-A", "/scratch"]).stdout == b"names\n"
    shared.exec(TIDY)


@pytest.mark.parametrize("make", ["mkfifo odd", "ln -s /dev/zero odd", "ln -s /dev/stdin odd", "ln -s /proc/kmsg odd"])
def test_reading_never_waits(shared: SyncAgentBox, make: str) -> None:
    """What is no regular file is refused, neither waited for nor read for ever."""
    shared.exec(make)

    with pytest.raises(OSError):  # noqa: PT011 - whichever it is
        shared.get("odd", max_bytes=1000)
    shared.exec("rm -f odd")


def test_a_sparse_file_is_not_read_whole(shared: SyncAgentBox) -> None:
    """A file that is larger than anything here costs no more than what may be read."""
    shared.exec("truncate -s 60M sparse")

    with pytest.raises(OSError, match="larger than 1000") as raised:
        shared.get("sparse", max_bytes=1000)
    assert raised.value.errno == errno.EFBIG
    shared.exec("rm sparse")


def test_a_full_disk_is_said(shared: SyncAgentBox) -> None:
    """Where there is no room left, writing says so, and goes on when there is."""
    shared.exec("head -c 100000000 /dev/zero > big")

    with pytest.raises(OSError, match="written") as raised:
        shared.put("small", b"x" * 100_000)
    assert raised.value.errno == errno.ENOSPC
    shared.exec("rm -f big small")
    shared.put("small", b"x" * 100_000)
    shared.exec("rm small")


def test_no_files_are_left(shared: SyncAgentBox) -> None:
    """A box has so many files and no more, and the machine is not asked for others."""
    done = shared.exec(f"mkdir many; cd many; {python(MANY_FILES)}; cd ..; rm -rf many")

    assert done.stdout == b"%d\n" % errno.ENOSPC


def test_ports_of_the_machine_are_out_of_reach(shared: SyncAgentBox) -> None:
    """What listens on this machine's loopback, or on an abstract socket, cannot be connected to."""
    name = f"boxscore-test-{os.getpid()}"
    local = f"import socket; print(socket.socket(socket.AF_UNIX).connect_ex('\\0{name}') != 0)"
    with closing(socket.create_server(("127.0.0.1", 0))) as port, closing(socket.socket(socket.AF_UNIX)) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()

        assert shared.exec(python(CONNECT.format("127.0.0.1", port.getsockname()[1]))).stdout == b"True\n"
        assert shared.exec(python(local)).stdout == b"True\n"


def test_boxes_know_nothing_of_each_other(shared: SyncAgentBox, local_backend: Backend) -> None:
    """Files, shared memory and processes of one box are not another's."""
    with SyncAgentBox(backend=local_backend, limits=LIMITS) as other:
        other.exec("touch /scratch/mine /tmp/mine /dev/shm/mine")
        found = shared.exec("ls /scratch /tmp /dev/shm | grep -c mine; ls /proc | grep -c '^[0-9]'").stdout.split()

    assert found[0] == b"0"
    assert int(found[1]) < 8


def test_a_command_cannot_choose_its_box_s_end(shared: SyncAgentBox) -> None:
    """The shell of a command, killed or replaced, takes nothing with it; a folder that is gone is said."""
    assert shared.exec("exec sleep 0").exit_code == 0
    shared.exec("mkdir gone")
    assert shared.exec("rmdir /scratch/gone; exit 0", cwd="gone").exit_code == 0
    assert shared.exec("true", cwd="gone").exit_code == 127
    assert shared.exec("true").exit_code == 0


@pytest.mark.parametrize("env", [{"A=B": "x"}, {"": "x"}, {"A": "x\0y"}])
def test_odd_variables_do_no_harm(shared: SyncAgentBox, env: dict[str, str]) -> None:
    """A variable that cannot be one is refused or left out; the box goes on."""
    with suppress(UsageError, ValueError):
        shared.exec("true", env=env)
    assert shared.exec("echo on").stdout == b"on\n"


def test_shells_read_nothing_of_the_agent(shared: SyncAgentBox) -> None:
    """Start-up files that an agent leaves in its home are read by none of our own programs."""
    shared.exec("for f in .bashrc .profile .bash_profile .bash_login; do echo 'echo hacked' > $f; done")
    shared.put("file", b"clean")

    assert shared.exec("echo on").stdout == b"on\n"
    assert shared.get("file") == b"clean"
    shared.exec(TIDY)


def test_input_that_nobody_reads(shared: SyncAgentBox) -> None:
    """Much input for a command that reads none of it is not waited for."""
    assert shared.exec("exit 4", stdin=b"x" * 20_000_000).exit_code == 4


def test_a_box_that_is_killed_is_lost_and_not_a_failed_command(local_backend: Backend) -> None:
    """When the box itself is killed from outside, that is raised, never taken for how the command ended."""
    with SyncAgentBox(backend=local_backend, limits=LIMITS) as box:
        held = box._get_held()
        pid: int = getattr(held.box, "init_pid")  # noqa: B009 - of local boxes alone
        os.kill(pid, 9)

        with pytest.raises(BoxLost):
            box.exec("sleep 1000")
        assert not box.alive()
