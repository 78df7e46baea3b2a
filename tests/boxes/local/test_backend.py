"""The local backend: the conformance suite, and what is its own."""

from __future__ import annotations

import codecs
import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs

from boxscore.boxes import cgroup
from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.local import program
from boxscore.boxes.local.backend import LocalBackend, modules_digest
from boxscore.errors import BoxLost, ImageMissing, LossCause, UsageError
from boxscore.records import LimitName, Limits
from boxscore.testing import BackendConformance
from boxscore.testing.conformance_programs import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from boxscore.boxes.contract import Stream


@pytest.mark.bubblewrap
class TestLocalConformance(BackendConformance):
    """The whole suite on this machine's bubblewrap."""

    @pytest.fixture
    def backend(self) -> LocalBackend:
        return LocalBackend()

    @pytest.fixture
    def image(self) -> None:
        return


SPEC = BoxSpec(limits=Limits(cpu_s=2.0, wall_s=200.0, memory_bytes=256 << 20, processes=16, disk_bytes=8 << 20))
ORDINARY = 65_500
UNTIL_TOLD = "trap 'exit 0' TERM; sleep 600 & wait"
PROCESSES_OF_A_RUN = 5  # nsenter, bubblewrap, the launcher, the shell, what that waits for
LONG_S = f"991.{os.getpid()}"  # so long sleeps what no other process of tests on this machine has started


FOR_ORDINARY_USERS = (  # tests of the conformance suite that take a box alone
    "test_success",
    "test_stdin_reaches_the_program_and_ends",
    "test_no_inherited_descriptors",
    "test_sleeper_is_ended_by_the_wall_limit",
    "test_background_processes_are_killed",
    "test_fork_bomb_is_contained",
    "test_memory_hog_is_ended",
    "test_memory_is_counted_over_processes",
    "test_disk_is_bounded",
    "test_root_is_read_only",
    "test_no_capabilities",
    "test_dangerous_calls_are_refused",
    "test_everyday_calls_work",
    "test_no_name_service",
    "test_get_does_not_follow_a_linked_folder",
    "test_missing",
    "test_stop_ends_everything",
    "test_both_sides_may_write",
)


def as_ordinary_user(act: Callable[[], object]) -> None:
    program._launcher()  # the checkout may be unreadable to others, and so may the interpreter's modules
    assert resource.RLIMIT_CPU >= 0  # what os.wait4 imports
    codecs.lookup("ascii")  # what reading /proc imports
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
                    os.setresuid(ORDINARY, ORDINARY, ORDINARY)
                act()
                code = 0
            except BaseException:
                traceback.print_exc()
                raise
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def groups() -> set[str]:
    return {path.name for path in Path("/sys/fs/cgroup").glob("*/boxscore/*-*-*")}


def running(mark: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                return True
    return False


def below(pid: int) -> list[int]:
    lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid for one in map(int, " ".join(lists).split()) for pid in (one, *below(one))]


def started_since(before: Container[int]) -> list[int]:
    return [pid for pid in below(os.getpid()) if pid not in before]


def signal_all(number: signal.Signals, before: Container[int]) -> list[int]:
    pids = started_since(before)
    for pid in pids:
        os.kill(pid, number)
    return pids


@contextlib.contextmanager
def cat_in_a_box() -> Iterator[Stream]:
    with LocalBackend().box(SPEC) as box:
        stream = box.open(["cat"])
        stream.send(b"x")
        assert stream.receive(1, 100) == b"x"
        yield stream


def stopped_box_ends() -> None:
    before = below(os.getpid())
    with cat_in_a_box() as stream:
        signal_all(signal.SIGSTOP, before)
        stream.stop()
        signal_all(signal.SIGSTOP, before)
    assert started_since(before) == []


def box_goes_on() -> None:
    before = below(os.getpid())
    with cat_in_a_box() as stream:
        pids = signal_all(signal.SIGSTOP, before)
        time.sleep(0.3)
        signal_all(signal.SIGCONT, before)
        time.sleep(0.3)
        stream.send(b"y")
        assert stream.receive(1, 100) == b"y"
        stream.stop()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def run_is_measured_to_its_own_end() -> None:
    with LocalBackend().box(SPEC) as box, ThreadPoolExecutor(1) as pool:
        before = set(below(os.getpid()))
        running = pool.submit(box.run, ["sh", "-c", UNTIL_TOLD])
        while len(inside := started_since(before)) < PROCESSES_OF_A_RUN:
            assert not running.done()
            time.sleep(0.01)
        for pid in inside[:2]:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(inside[1], signal.SIGCONT)
        os.kill(inside[-2], signal.SIGTERM)
        done = running.result(300)
    assert (done.exit_code, done.limit) == (0, None)
    assert done.wall_s < SPEC.limits.wall_s


@pytest.mark.bubblewrap
class TestStopped:
    """Somebody stops the processes of a box: a machine is suspended, or its owner looks into something."""

    @pytest.mark.parametrize("act", [stopped_box_ends, box_goes_on, run_is_measured_to_its_own_end])
    def test_here(self, act: Callable[[], None]) -> None:
        act()

    @pytest.mark.parametrize("act", [stopped_box_ends, box_goes_on, run_is_measured_to_its_own_end])
    def test_as_an_ordinary_user(self, act: Callable[[], None]) -> None:
        as_ordinary_user(act)


@pytest.mark.bubblewrap
class TestOwn:
    """What only the local backend has to show."""

    @pytest.mark.parametrize("image", ["python", "sha256:0"])
    def test_images_that_are_not_unpacked(self, image: str) -> None:
        with pytest.raises(ImageMissing, match="images import"):
            LocalBackend().image_digest(image)
        with pytest.raises(ImageMissing), LocalBackend().box(BoxSpec(image=image)):
            pass

    def test_digest_changes_with_the_modules_that_programs_find(self, tmp_path: Path) -> None:
        module = tmp_path / "a" / "module.py"
        module.parent.mkdir()
        module.write_text("one = 1")
        digests = []
        for text in ("one = 1", "one = 11"):
            module.write_text(text)
            os.utime(module, (1, 1))
            digests.append(modules_digest([str(tmp_path)]))

        assert len(set(digests)) == len(digests)
        assert modules_digest([str(tmp_path)]) == digests[-1]

    def test_a_program_may_be_stopped_by_several_threads(self) -> None:
        together = threading.Barrier(8)

        def stop(stream: Stream) -> str:
            together.wait()
            return stream.stop()

        interval_s = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with LocalBackend().box(SPEC) as box, ThreadPoolExecutor(together.parties) as pool:
                for _ in range(20):
                    stream = box.open(["cat"])
                    assert set(pool.map(stop, [stream] * together.parties)) == {""}
        finally:
            sys.setswitchinterval(interval_s)

    def test_host_folders_are_hidden(self) -> None:
        with LocalBackend().box(SPEC) as box:
            listed = box.run(["ls", "-A", "/", "/etc", "/usr/local"]).stdout.decode().split()

        assert not {"home", "root", "var", "srv", "mnt", "sys", "shadow", "ssh", "lib64x"} & set(listed)
        assert set(listed) >= {"passwd", "hosts"}

    @pytest.mark.parametrize(
        ("name", "script"),
        [
            ("bwrap", "kill -9 $$"),
            ("nsenter", 'kill -9 "$2"; exec "$real" "$@"'),
            ("nsenter", '"$real" "$@"; kill -9 "$2"; timeout 60 sh -c "while test -e /proc/$2/root/; do :; done"'),
        ],
        ids=["before it stands", "before its mounts", "after its mounts"],
    )
    def test_a_box_that_is_killed_while_it_opens_is_lost(
        self, name: str, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nreal={shutil.which(name)}\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        before = below(os.getpid())

        with pytest.raises(BoxLost, match="killed while") as caught, LocalBackend().box(SPEC):
            pass

        assert caught.value.cause is LossCause.OUTSIDE
        assert started_since(before) == []

    @pytest.mark.parametrize("supervised", [False, True])
    def test_device_nodes_keep_their_times(self, supervised: bool) -> None:  # noqa: FBT001 - a parameter of a test
        program = """
import errno, os
for name in ("null", "zero", "full", "random", "urandom"):
    if name != "full": open("/dev/" + name, "w").write("x")
    try: os.utime("/dev/" + name)
    except OSError as error: print(errno.errorcode[error.errno])
"""
        spec = msgspec.structs.replace(SPEC, supervised=supervised)

        with LocalBackend().box(spec) as box:
            done = box.run(["python3", "-c", program])

        assert done.stdout.split() == [b"EROFS"] * 5

    def test_layers_with_control_groups(self) -> None:
        with LocalBackend().box(SPEC) as box:
            layers = set(box.layers)

        if os.geteuid() == 0 and cgroup.find() is not None:
            assert layers >= {"identity", "memory", "processes", "cpu", "seccomp", "disk", "namespaces"}

    def test_without_control_groups(self) -> None:
        with LocalBackend(cgroups=False).box(SPEC) as box:
            layers = set(box.layers)
            hog = box.run(["python3", "-c", "bytearray(1 << 30)"])
            spinner = box.run(["python3", "-c", "while True: pass"])

        assert layers >= {"memory-rlimit", "processes-rlimit", "cpu-rlimit"}
        assert b"MemoryError" in hog.stderr
        assert spinner.limit == LimitName.CPU

    def test_nothing_is_left(self) -> None:
        descriptors = len(list(Path("/proc/self/fd").iterdir()))

        with LocalBackend().box(SPEC) as box:
            stream = box.open(["sh", "-c", f"sleep {LONG_S} & echo up; wait"])
            assert stream.receive(3, 100) == b"up\n"
            box.run(["sh", "-c", f"sleep {LONG_S} &"])

        assert not running(LONG_S)
        assert not {name for name in groups() if name.startswith(f"{os.getpid()}-")}
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors

    def test_killed_engine_takes_its_boxes_along(self, tmp_path: Path) -> None:
        script = (
            "from boxscore.boxes.local.backend import LocalBackend\nfrom boxscore.boxes.contract import BoxSpec\n"
            "with LocalBackend().box(BoxSpec()) as box:\n"
            f"    box.open(['sh', '-c', 'sleep {LONG_S} & echo up; wait']).receive(3, 100); print('up', flush=True)\n"
            f"    box.run(['sleep', '{LONG_S}'])\n"
        )
        engine = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"up\n"
        mine = {name for name in groups() if name.startswith(f"{engine.pid}-")}

        engine.kill()
        engine.wait()
        engine.stdout.close()

        deadline = time.monotonic() + 100
        while running(LONG_S) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not running(LONG_S)
        LocalBackend().reap()
        while mine & groups() and time.monotonic() < deadline:  # the kernel still counts what has just ended
            time.sleep(0.05)
            LocalBackend().reap()
        assert not mine & groups()

    def test_ordinary_user(self) -> None:
        def act() -> None:
            backend = LocalBackend()
            backend.check()
            with backend.box(SPEC) as box:
                assert "identity" not in box.layers
                assert box.run(["id", "-u"]).stdout == b"65534\n"
                box.put("/scratch/a/b", b"x")
                assert box.run(["cat", "/scratch/a/b"]).stdout == b"x"
                assert box.run(["sh", "-c", "echo y > /scratch/a/c; kill -9 -1"]).exit_code != 0
                assert box.get("/scratch/a/c", max_bytes=9) == b"y\n"
                assert box.run(["unshare", "-Ur", "true"]).exit_code != 0

        as_ordinary_user(act)

    def test_ordinary_user_has_further_folders(self) -> None:
        def act() -> None:
            with LocalBackend().box(structs.replace(SPEC, folders=("/tmp", "/further"))) as box:
                done = box.run(["sh", "-c", "echo a > /tmp/a; echo b > /further/b; cat /tmp/a /further/b"])
                assert done.stdout == b"a\nb\n"
                assert box.run(["sh", "-c", "head -c 20000000 /dev/zero > /further/big"]).exit_code != 0
                assert box.run(["sh", "-c", "touch /other"]).exit_code != 0

        as_ordinary_user(act)

    @pytest.mark.parametrize("folder", ["/", "/usr/lib", "/scratch/x", "/proc", "relative", "/a/../etc", ""])
    def test_folders_that_would_cover_the_system(self, folder: str) -> None:
        with pytest.raises(UsageError), LocalBackend().box(structs.replace(SPEC, folders=(folder,))):
            pass

    def test_ordinary_user_conforms(self) -> None:
        suite = TestLocalConformance()

        def act() -> None:
            backend = LocalBackend()
            for name in FOR_ORDINARY_USERS:
                with backend.box(BoxSpec(limits=LIMITS)) as box:
                    getattr(suite, name)(box)

        as_ordinary_user(act)

    def test_a_supervisor_is_told_of_those_killed_for_memory(self) -> None:
        ask = "import os; n = os.environ.get('BOX_MEMORY_EVENTS'); print(n and os.pread(int(n), 4096, 0).decode())"
        write = "; n and os.write(int(n), b'1')"
        backend = LocalBackend()
        if backend._trees is None:
            pytest.skip("no control groups can be made here")
        with backend.box(msgspec.structs.replace(SPEC, supervised=True)) as box:
            stream = box.open(["python3", "-c", ask + write])
            said = b""
            while chunk := stream.receive(4096, 100):
                said += chunk
            refused = stream.stop()
            plain = box.run(["python3", "-c", ask]).stdout

        assert (b"oom_kill 0" in said, "Bad file descriptor" in refused, plain) == (True, True, b"None\n")

    def test_ordinary_user_supervised(self) -> None:
        def act() -> None:
            with LocalBackend().box(msgspec.structs.replace(SPEC, supervised=True)) as box:
                assert "seccomp" not in box.layers
                stream = box.open(["sh", "-c", "id -u; unshare --user --map-root-user --pid --fork echo made"])
                said = b""
                while chunk := stream.receive(100, 100):
                    said += chunk
                assert (said, stream.stop()) == (b"0\nmade\n", "")

        as_ordinary_user(act)


@pytest.mark.bubblewrap
def test_networks_of_an_ordinary_user() -> None:
    suite = TestLocalConformance()
    names = ["test_boxes_reach_each_other_by_alias", "test_nothing_else_is_reached", "test_networks_are_apart"]

    def act() -> None:
        backend = LocalBackend()
        for name in names:
            with backend.network() as network:
                getattr(suite, name)(backend, BoxSpec(limits=LIMITS), network)

    as_ordinary_user(act)
