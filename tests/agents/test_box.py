"""Boxes for agents: commands, files, time to live, and their end."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import BoxLost, LimitName, Limits, Network, SyncAgentBox, UsageError
from boxscore.boxes import labels
from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBackend

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from boxscore.boxes.contract import Backend


WAIT_S = 100.0


def run_async(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function to its end, bounded."""

    async def bounded() -> Any:
        return await asyncio.wait_for(work(), WAIT_S)

    return asyncio.run(bounded())


def test_text_is_for_a_shell_and_a_list_is_not(shared: SyncAgentBox) -> None:
    """Text goes through a shell, bash where there is one; the words of a list are taken literally."""
    assert shared.exec("echo $((1 + 1)) ${BASH_VERSION:+bash} | cat").stdout == b"2 bash\n"
    assert shared.exec(["echo", "$((1 + 1)) *"]).stdout == b"$((1 + 1)) *\n"


def test_files_stay_and_processes_do_not(shared: SyncAgentBox) -> None:
    """What a command wrote is there for the next; what it left running is not."""
    shared.exec("mkdir -p kept && echo one > kept/file; sleep 1000 & echo $! > kept/pid; disown")

    found = shared.exec("cat kept/file; ls /proc | grep -c '^[0-9]'; rm -r kept")

    lines = found.stdout.split()
    assert lines[0] == b"one"
    assert int(lines[1]) < 6


def test_streams_codes_and_signals(shared: SyncAgentBox) -> None:
    """Output, exit code and signal are told apart; `returncode` is a shell's."""
    done = shared.exec("cat; echo bad >&2; exit 7", stdin=b"in")
    killed = shared.exec("kill -TERM $$")

    assert (done.stdout, done.stderr, done.exit_code, done.returncode) == (b"in", b"bad\n", 7, 7)
    assert (killed.exit_code, killed.signal, killed.returncode) == (None, 15, 143)


def test_where_and_with_what_commands_run(shared: SyncAgentBox) -> None:
    """A relative folder is below the box's; variables of a call are added to the box's own."""
    done = shared.exec("pwd; echo $NAME $HOME $TMPDIR", cwd="../tmp", env={"NAME": "value"})

    assert done.stdout == b"/tmp\nvalue /scratch /tmp\n"
    missing = shared.exec("true", cwd="/no/such/folder")
    assert missing.exit_code == 127
    assert b"/no/such/folder" in missing.stderr


def test_what_cannot_be_started(shared: SyncAgentBox) -> None:
    """A program that is not there, is not one, or is given too much ends as a shell would have it."""
    assert shared.exec(["no-such-program"]).exit_code == 127
    assert shared.exec(["/etc/passwd"]).exit_code == 126
    assert shared.exec(f"echo {'x' * (200 << 10)}").exit_code == 126
    assert shared.exec("echo \ud800").exit_code == 126


@pytest.mark.parametrize("command", ["", [], ["echo", "a\0b"], "a\0b"])
def test_odd_commands_are_refused(shared: SyncAgentBox, command: str | list[str]) -> None:
    """No command, and one that no program could be given, is the caller's mistake; empty text does nothing."""
    if command == "":
        assert shared.exec(command).exit_code == 0
        return
    with pytest.raises(UsageError):
        shared.exec(command)


def test_a_timeout_ends_the_command_and_no_more(shared: SyncAgentBox) -> None:
    """After its time a command is killed, also one that takes no signals, and the box goes on."""
    done = shared.exec("trap '' TERM INT HUP; echo begun; sleep 1000 & sleep 1000", timeout_s=1.0)

    assert (done.timed_out, done.limit, done.stdout) == (True, LimitName.WALL, b"begun\n")
    assert shared.exec("echo on").stdout == b"on\n"
    with pytest.raises(UsageError):
        shared.exec("true", timeout_s=0)


@pytest.mark.parametrize("path", ["put/deep/file", "/scratch/put/absolute", "/tmp/put/elsewhere", "/dev/shm/put"])
def test_files_go_wherever_the_user_may(shared: SyncAgentBox, path: str) -> None:
    """Files are written and read at relative and absolute paths, with folders made and any bytes in them."""
    data = bytes(range(256)) * 1000
    shared.put(path, data, mode=0o750)

    assert shared.get(path) == data
    assert shared.exec(["stat", "-c", "%a", path]).stdout == b"750\n"
    shared.put(path, b"")
    assert shared.get(path) == b""
    assert shared.exec(["stat", "-c", "%a", path]).stdout == b"750\n"


def test_what_is_wrong_with_a_path_is_said(shared: SyncAgentBox) -> None:
    """Errors of files are the ones that Python's own functions raise, with the path in them."""
    shared.exec("mkdir -p odd; echo text > odd/file; chmod 000 odd/file; mkfifo odd/pipe")
    try:
        for call, error in (
            (lambda: shared.get("odd/none"), FileNotFoundError),
            (lambda: shared.get("odd/file"), PermissionError),
            (lambda: shared.get("odd"), IsADirectoryError),
            (lambda: shared.put("odd", b""), IsADirectoryError),
            (lambda: shared.put("odd/file", b""), PermissionError),
            (lambda: shared.put("odd/file/below", b""), NotADirectoryError),
            (lambda: shared.put("/etc/boxscore", b""), PermissionError),
        ):
            with pytest.raises(error, match=r"odd|etc"):
                call()
        for pipe in (lambda: shared.get("odd/pipe"), lambda: shared.put("odd/pipe", b"")):
            with pytest.raises(OSError, match="not a regular file"):
                pipe()
    finally:
        shared.exec("rm -rf odd")


def test_reading_is_bounded(shared: SyncAgentBox) -> None:
    """A file of just the size that is allowed is read, a larger one is refused."""
    shared.put("size", b"x" * 1000)

    assert len(shared.get("size", max_bytes=1000)) == 1000
    with pytest.raises(OSError, match="larger than 999") as raised:
        shared.get("size", max_bytes=999)
    assert raised.value.errno == errno.EFBIG


def test_what_no_box_can_be() -> None:
    """Networks that are none, times that are none, and folders that are not absolute are refused before any box."""
    with pytest.raises(UsageError):
        SyncAgentBox(backend=FakeBackend(), network=Network(name="of another")).open()
    for wrong in ({"network": "host"}, {"ttl_s": 0}, {"ttl_s": float("nan")}, {"folders": {"x": None}}, {"cwd": "x"}):
        with pytest.raises(UsageError):
            SyncAgentBox(backend="local", **wrong)
    with pytest.raises(UsageError):
        SyncAgentBox(backend="nonsense").open()


def test_what_is_asked_of_the_backend() -> None:
    """Image, limits, network, folders, owner and time to live reach the backend."""
    backend = FakeBackend()
    with backend.network() as network:
        box = SyncAgentBox(
            "some/image",
            backend=backend,
            limits=Limits(processes=7),
            network=network,
            folders={"/project": None},
            ttl_s=60,
            owner="me",
        )
        with box:
            spec = backend.boxes[0].spec

    assert (spec.image, spec.limits.processes, spec.network, spec.owner) == ("some/image", 7, network, "me")
    assert spec.folders == ("/tmp", "/project")
    assert spec.expires_at is not None
    assert 0 < spec.expires_at - time.time() <= 60


def test_folders_begin_as_the_images(python_image: str, docker_backend: Backend) -> None:
    """A folder of the image can be written as a copy, also under another name."""
    folders = {"/etc/apt": "/etc/apt", "/project": "/etc/apt", "/empty": None}
    with SyncAgentBox(python_image, backend=docker_backend, folders=folders) as box:
        listed = "ls /etc/apt; echo; ls /project; "
        found = box.exec(listed + "touch /etc/apt/new /project/new /empty/new && ls /empty /etc/apt")

    original, copy = found.stdout.split(b"\n\n", 1)
    assert found.exit_code == 0
    assert original
    assert copy.startswith(original)
    assert b"new" in copy


def test_a_closed_box_is_lost() -> None:
    """After its end, and before it was opened, a box is not alive and raises; closing it again does nothing."""
    box = SyncAgentBox(backend=FakeBackend())
    assert not box.alive()
    with pytest.raises(BoxLost, match="not been opened"):
        box.exec("true")
    with box:
        assert box.alive()
    box.close()
    assert not box.alive()
    for call in (lambda: box.exec("true"), lambda: box.get("x"), lambda: box.put("x", b"")):
        with pytest.raises(BoxLost):
            call()


def test_nobody_holds_it() -> None:
    backend = FakeBackend()
    box = SyncAgentBox(backend=backend).open()
    assert not backend.boxes[0].closed

    del box
    gc.collect()

    assert backend.boxes[0].closed


def test_time_to_live() -> None:
    """When its time is over a box is closed, whoever holds it, and says so."""
    backend = FakeBackend()
    with SyncAgentBox(backend=backend, ttl_s=0.05) as box:
        until = time.monotonic() + WAIT_S
        while not backend.boxes[0].closed and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(BoxLost, match="time to live"):
            box.exec("true")
        assert not box.alive()


SLEEPS = """
import sys, time
from boxscore import SyncAgentBox
box = SyncAgentBox(backend="local").open()
print(box._get_held().box.init_pid, flush=True)
"""


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_nothing_is_left_of_a_process(local_backend: Backend, ending: str) -> None:
    """However a process ends that never closed its box, the box's processes are gone soon after."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SLEEPS + ending], capture_output=True, check=False, timeout=100
    )

    until = time.monotonic() + WAIT_S
    while _runs(int(done.stdout)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _runs(int(done.stdout))
    assert b"Error" not in done.stderr


def _runs(pid: int) -> bool:
    return subprocess.run(["kill", "-0", str(pid)], capture_output=True, check=False, timeout=100).returncode == 0


FORKS = """
import os, sys
from boxscore import BoxLost, SyncAgentBox
box = SyncAgentBox(backend="local").open()
child = os.fork()
if child == 0:
    try:
        box.exec("true")
    except BoxLost as error:
        print(error, box.alive(), flush=True)
    box.close()
    if sys.argv[1] == "drops":
        del box
    sys.exit(0)
os.waitpid(child, 0)
print(box.exec("echo stands").stdout, flush=True)
"""


@pytest.mark.parametrize("how", ["drops", "keeps"])
def test_a_forked_child_leaves_it_alone(local_backend: Backend, how: str) -> None:
    """A child that ends, closes or drops its parent's box does nothing to it."""
    done = subprocess.run([sys.executable, "-c", FORKS, how], capture_output=True, check=False, timeout=100)

    assert b"another process" in done.stdout
    assert done.stdout.endswith(b"b'stands\\n'\n"), done.stderr


def test_commands_of_one_box_take_turns(local_backend: Backend) -> None:
    """Several commands asked of one box at once run one after the other, in the order they were asked for."""

    async def work() -> bytes:
        async with boxscore.box(backend=local_backend) as box:
            steps = [f"test ! -e at && touch at && echo {one} >> log && sleep 0.05 && rm at" for one in range(4)]
            done = await asyncio.gather(*map(box.exec, steps))
            assert [one.exit_code for one in done] == [0] * 4
            return await box.get("log")

    assert run_async(work) == b"0\n1\n2\n3\n"


def test_cancelling_ends_what_runs(local_backend: Backend) -> None:
    """A running command whose task is cancelled is ended, and the box goes on without waiting for its time."""

    async def work() -> bytes:
        async with boxscore.box(backend=local_backend) as box:
            task = asyncio.create_task(box.exec("sleep 1000"))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return (await box.exec("echo on")).stdout

    assert run_async(work) == b"on\n"


def test_leaving_ends_what_runs(local_backend: Backend) -> None:
    """Cancelling the task that holds a box ends what runs there at once: nobody waits for the command's time."""
    box = boxscore.box(backend=local_backend)

    async def hold() -> None:
        async with box:
            await box.exec("sleep 1000")

    async def work() -> None:
        task = asyncio.create_task(hold())
        while box._blocking._held is None or not box._blocking._held.busy():  # noqa: ASYNC110 - another thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_async(work)
    assert box._blocking._held is not None
    assert box._blocking._held.box is None


def test_boxes_leave_no_descriptors_and_no_threads(local_backend: Backend) -> None:
    """After many boxes, closed, dropped or used by tasks, this process has no more than it had before."""
    SyncAgentBox(backend=local_backend).open().close()
    before = descriptors_and_threads()

    for number in range(6):
        box = SyncAgentBox(backend=local_backend).open()
        box.exec("true")
        if number % 2:
            box.close()
        del box
    gc.collect()

    until = time.monotonic() + WAIT_S
    while more_than(before) and time.monotonic() < until:
        time.sleep(0.01)
    assert not more_than(before), descriptors_and_threads()


def more_than(before: tuple[int, int]) -> bool:
    """Whether there are more of either; a thread of another test may have ended meanwhile."""
    return any(now > then for now, then in zip(descriptors_and_threads(), before, strict=True))


def descriptors_and_threads() -> tuple[int, int]:
    """How many of each this process has."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


@pytest.mark.docker
def test_files_can_be_read_where_files_fill_the_box(docker_backend: Backend, python_image: str) -> None:
    """What is kept in memory counts as memory of the box: reading and writing ask for no less than it has."""
    limits = Limits(memory_bytes=3 << 30, disk_bytes=1536 << 20, cpu_s=60.0, wall_s=100.0, processes=32)
    with boxscore.sync_box(python_image, backend=docker_backend, limits=limits) as box:
        box.exec("echo kept > answer; fallocate -l 1200M big || head -c 1200M /dev/zero > big")

        assert box.get("answer") == b"kept\n"
        box.put("more", b"x")
        assert box.alive()


WAIT_S = 100.0
HOLDS = """
import time
from boxscore import SyncAgentBox
box = SyncAgentBox(backend="local", ttl_s=2).open()
print(box._get_held().box.init_pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.docker
def test_the_reaper_removes_what_has_expired(docker_backend: Backend, python_image: str) -> None:
    """A container whose time is over is removed though its engine lives; one whose time is not over stays."""
    now = time.time()
    with (
        docker_backend.box(BoxSpec(image=python_image, owner="me", expires_at=now + 1000)) as lasting,
        docker_backend.box(BoxSpec(image=python_image, owner="me", expires_at=now - 1000)) as over,
    ):
        docker_backend.reap()  # or another engine's reaper, where one is at work

        with pytest.raises(BoxLost):
            over.run(["echo", "on"])
        assert lasting.run(["echo", "on"]).stdout == b"on\n"


def test_a_local_box_ends_by_itself(local_backend: Backend) -> None:
    """The processes of a local box are gone after its time, though the process that holds it stands still."""
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            init = int(process.stdout.readline())
            process.send_signal(signal.SIGSTOP)
            until = time.monotonic() + WAIT_S
            while labels.start_time(init) is not None and time.monotonic() < until:
                time.sleep(0.05)
            assert labels.start_time(init) is None
            assert Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        finally:
            process.kill()
