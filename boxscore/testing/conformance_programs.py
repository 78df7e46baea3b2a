"""The conformance suite: running a program within its limits and over them, and what all parts of the suite use."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, Completed, InterruptibleBox


MIB = 1 << 20
LIMITS = Limits(
    cpu_s=4.0,
    wall_s=100.0,  # nothing that ends by itself comes near, however busy the machine is
    memory_bytes=256 * MIB,
    processes=24,
    disk_bytes=16 * MIB,
    output_bytes=64 << 10,
)


class Conformance:
    """A part of the suite; `backend` and `image` come from the author's subclass."""

    @pytest.fixture
    def backend(self) -> Backend:
        raise NotImplementedError("override the `backend` fixture")

    @pytest.fixture
    def image(self) -> str | None:
        """Give an image with `sh` and `python3`, or None for a backend without images."""
        raise NotImplementedError("override the `image` fixture")

    @pytest.fixture
    def spec(self, image: str | None) -> BoxSpec:
        return BoxSpec(image=image, limits=LIMITS)

    @pytest.fixture
    def box(self, backend: Backend, spec: BoxSpec) -> Iterator[Box]:
        with backend.box(spec) as box:
            yield box


def python(box: Box, code: str, *, stdin: bytes = b"", limits: Limits | None = None) -> Completed:
    return box.run(["python3", "-c", code], stdin=stdin, limits=limits)


def moment_s(box: Box) -> float:
    """Say how long a program may take here and now to do next to nothing: a second, more on a busy machine."""
    return max(1.0, 8 * max(python(box, "pass").wall_s for _ in range(2)))


def printed(box: Box, code: str) -> str:
    done = python(box, code)
    assert (done.exit_code, done.stderr) == (0, b"")
    return done.stdout.decode().strip()


def running(box: Box, mark: str) -> int:
    """Count processes in the box, as its programs see them, that have `mark` among their arguments."""
    code = (
        "import glob\n"
        f"mark = {mark!r}.encode() + b'\\0'\n"
        "count = 0\n"
        "for name in glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try:\n"
        "        count += mark in open(name, 'rb').read()\n"
        "    except OSError:\n"
        "        pass\n"
        "print(count)\n"
    )
    return int(printed(box, code))


class ProgramConformance(Conformance):
    """What `Box.run` says about a program that keeps within its limits."""

    def test_success(self, box: Box) -> None:
        """A program that ends well has exit code 0, no signal, no limit and times that make sense."""
        done = box.run(["sh", "-c", "echo hello"])

        assert (done.exit_code, done.signal, done.limit) == (0, None, None)
        assert (done.stdout, done.stderr) == (b"hello\n", b"")
        assert 0 < done.wall_s < LIMITS.wall_s
        assert done.cpu_s is None or 0 <= done.cpu_s < LIMITS.cpu_s

    def test_what_runs_can_be_interrupted(self, backend: Backend, box: Box) -> None:
        if "interrupts" not in backend.capabilities:
            pytest.skip("this backend's boxes cannot be interrupted")
        ended, interrupt = threading.Event(), cast("InterruptibleBox", box).interrupt

        def again_and_again() -> None:
            while not ended.wait(0.1):
                interrupt()

        thread = threading.Thread(target=again_and_again)
        thread.start()
        try:
            done = box.run(["sh", "-c", "trap '' TERM; echo begun; sleep 1000"])
        finally:
            ended.set()
            thread.join(LIMITS.wall_s)
        assert done.limit is LimitName.WALL
        interrupt()
        assert box.run(["sh", "-c", "sleep 0.3; echo on"]).stdout == b"on\n"

    def test_exit_code(self, box: Box) -> None:
        """The exit code is the program's own."""
        for code in (1, 3, 100, 255):
            done = python(box, f"import sys; sys.exit({code})")

            assert (done.exit_code, done.signal, done.limit) == (code, None, None)

    def test_signal(self, box: Box) -> None:
        """A program that dies of a signal has that signal and no exit code."""
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT):
            done = python(box, f"import os; os.kill(os.getpid(), {int(number)})")

            assert (done.exit_code, done.signal, done.limit) == (None, int(number), None)

    def test_both_streams(self, box: Box) -> None:
        """Standard output and standard error are kept apart."""
        done = box.run(["sh", "-c", "echo out; echo err >&2; echo out; exit 7"])

        assert (done.stdout, done.stderr, done.exit_code) == (b"out\nout\n", b"err\n", 7)

    def test_stdin_reaches_the_program_and_ends(self, box: Box) -> None:
        done = box.run(["cat"], stdin=b"some\0bytes\n")

        assert (done.stdout, done.exit_code) == (b"some\0bytes\n", 0)

    def test_stdin_larger_than_any_buffer(self, box: Box) -> None:
        data = bytes(range(256)) * (16 << 10)
        code = (
            "import hashlib, sys\n"
            "seen = hashlib.sha256()\n"
            "while chunk := sys.stdin.buffer.read(65536):\n"
            "    seen.update(chunk); sys.stderr.write('.' * 1000)\n"
            "print(seen.hexdigest())\n"
        )
        import hashlib  # noqa: PLC0415 - only here

        done = python(box, code, stdin=data)

        assert done.stdout.decode().strip() == hashlib.sha256(data).hexdigest()

    def test_unicode_arguments(self, box: Box) -> None:
        """Arguments pass unchanged: spaces, quotes, newlines, dollars, any script, nothing at all."""
        arguments = ["a b", "'\"", "x\ny", "$HOME `id` *", "naïve 数 🎲", "-n", "A=b", ""]

        done = box.run(["python3", "-c", "import sys; print(ascii(sys.argv[1:]))", *arguments])

        assert done.stdout.decode().strip() == ascii(arguments)

    def test_environment_is_what_was_given(self, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BOXSCORE_SECRET", "engine")
        code = "import os; print(*sorted(os.environ))"

        done = box.run(["python3", "-c", code], env={"GIVEN": "it's = \n here"})

        names = set(done.stdout.decode().split())
        assert {"GIVEN", "PATH"} <= names
        assert names <= {"GIVEN", "PATH", "HOME", "LANG", "LC_CTYPE", "PWD", "TMPDIR"}

    def test_working_folder(self, box: Box) -> None:
        """Programs start in the scratch unless another folder is asked for."""
        assert printed(box, "import os; print(os.getcwd())") == "/scratch"
        assert box.run(["pwd"], cwd="/usr").stdout.strip() == b"/usr"

    def test_program_that_cannot_be_started(self, box: Box) -> None:
        for name in ("no-such-program", "/no/such/program", "/etc/passwd"):
            done = box.run([name, "argument"])

            assert (done.exit_code, done.signal, done.limit) == (127, None, None)

    def test_no_inherited_descriptors(self, box: Box) -> None:
        code = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"

        assert printed(box, code) == "[0, 1, 2, 3]"  # 3 is the listing itself

    def test_runs_do_not_share_identity_of_the_engine(self, box: Box) -> None:
        assert (
            printed(box, "import os; print(0 in (os.getuid(), os.geteuid(), os.getgid(), *os.getgroups()))") == "False"
        )

    def test_program_that_closes_its_outputs(self, box: Box) -> None:
        done = python(box, "import os, time; os.close(1); os.close(2); time.sleep(1); os._exit(4)")

        assert (done.exit_code, done.limit) == (4, None)
        assert done.wall_s >= 1.0

    def test_large_output_is_cut(self, box: Box) -> None:
        done = python(box, "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('e' * 10)")

        assert (len(done.stdout), done.stdout_truncated) == (LIMITS.output_bytes, True)
        assert (done.stderr, done.stderr_truncated) == (b"e" * 10, False)
        assert done.exit_code == 0


SHORT_CPU = msgspec.structs.replace(LIMITS, cpu_s=1.0)


def short_wall(box: Box) -> Limits:
    """Limits whose wall time is enough for a program to start, and little more."""
    return msgspec.structs.replace(LIMITS, wall_s=moment_s(box))


def assert_ended_by(done: Completed, limit: LimitName) -> None:
    """A limit ended the program and it is named; no exit code pretends that the program chose its end."""
    assert (done.limit, done.exit_code) == (limit, None)


class LimitConformance(Conformance):
    """What happens to a program that wants more than it may have."""

    def test_sleeper_is_ended_by_the_wall_limit(self, box: Box) -> None:
        limits = short_wall(box)

        done = python(box, "import time; print('before', flush=True); time.sleep(600)", limits=limits)

        assert_ended_by(done, LimitName.WALL)
        assert done.stdout == b"before\n"
        assert limits.wall_s <= done.wall_s < 4 * limits.wall_s

    def test_spinner_is_ended_by_the_cpu_limit(self, box: Box) -> None:
        done = python(box, "while True: pass", limits=SHORT_CPU)

        assert_ended_by(done, LimitName.CPU)
        assert done.cpu_s is None or 0.9 <= done.cpu_s < 3.0

    def test_children_count_for_the_cpu_limit(self, box: Box) -> None:
        code = (
            "import os, time\n"
            "for _ in range(3):\n"
            "    if os.fork() == 0:\n"
            "        end = time.process_time() + 0.9\n"
            "        while time.process_time() < end: pass\n"
            "        os._exit(0)\n"
            "time.sleep(600)\n"
        )

        assert_ended_by(python(box, code, limits=SHORT_CPU), LimitName.CPU)

    def test_program_cannot_lift_its_cpu_limit(self, box: Box) -> None:
        code = (
            "import resource, signal\n"
            "signal.signal(signal.SIGXCPU, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "try: resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))\n"
            "except (ValueError, OSError): pass\n"
            "while True: pass\n"
        )

        assert_ended_by(python(box, code, limits=SHORT_CPU), LimitName.CPU)

    def test_stopped_program_is_ended(self, box: Box) -> None:
        code = "import os, signal; os.kill(0, signal.SIGSTOP)"

        assert_ended_by(python(box, code, limits=short_wall(box)), LimitName.WALL)

    def test_timeout_kills_children(self, box: Box) -> None:
        code = (
            "import subprocess, time\n"
            "for _ in range(3): subprocess.Popen(['sleep', '177.5'], start_new_session=True)\n"
            "time.sleep(600)\n"
        )

        done = python(box, code, limits=short_wall(box))

        assert_ended_by(done, LimitName.WALL)
        assert running(box, "177.5") == 0

    def test_background_processes_are_killed(self, box: Box) -> None:
        code = (
            "import os, subprocess\n"
            "subprocess.Popen(['sleep', '178.5'], start_new_session=True)\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0: os.execvp('sleep', ['sleep', '178.5'])\n"
            "    os._exit(0)\n"
            "print('done')\n"
        )
        done = python(box, code)

        assert (done.exit_code, done.stdout, done.limit) == (0, b"done\n", None)
        assert running(box, "178.5") == 0

    def test_memory_hog_is_ended(self, box: Box) -> None:
        code = "data = []\nwhile True: data.append(b'x' * 8_000_000)"

        assert_ended_by(python(box, code), LimitName.MEMORY)
        assert printed(box, "print('well')") == "well"

    def test_memory_is_counted_over_processes(self, box: Box) -> None:
        code = (
            "import os, time\n"
            "for _ in range(5):\n"
            "    if os.fork() == 0:\n"
            "        data = b'x' * 90_000_000\n"
            "        time.sleep(600)\n"
            "ended = [os.waitstatus_to_exitcode(os.wait()[1])]\n"
            "print(ended)\n"
        )

        done = python(box, code)

        assert done.limit == LimitName.MEMORY

    def test_fork_bomb_is_contained(self, box: Box) -> None:
        code = (
            "import os, time\n"
            "count = 0\n"
            "try:\n"
            "    while count < 400:\n"
            "        if os.fork() == 0: time.sleep(600)\n"
            "        count += 1\n"
            "except OSError: pass\n"
            "print(count)\n"
        )

        done = python(box, code)

        assert done.exit_code == 0
        assert int(done.stdout) <= LIMITS.processes + 64
        assert printed(box, "print('well')") == "well"

    def test_growing_fork_bomb_is_ended(self, box: Box) -> None:
        code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"

        done = python(box, code, limits=msgspec.structs.replace(SHORT_CPU, wall_s=2 * moment_s(box)))

        assert done.limit is not None
        assert printed(box, "print('well')") == "well"

    def test_threads_count_as_processes(self, box: Box) -> None:
        code = (
            "import threading, time\n"
            "count = 0\n"
            "try:\n"
            "    while count < 400:\n"
            "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); count += 1\n"
            "except RuntimeError: pass\n"
            "print(count, flush=True)\n"
            "import os; os._exit(0)\n"
        )

        assert int(printed(box, code)) <= LIMITS.processes + 64

    def test_disk_is_bounded(self, box: Box) -> None:
        code = (
            "size = 0\n"
            "try:\n"
            "    with open('/scratch/big', 'wb', 0) as file:\n"
            "        while size < 200_000_000: size += file.write(b'x' * 1_000_000)\n"
            "except OSError as error: print(size)\n"
        )

        assert 8 * MIB <= int(printed(box, code)) <= LIMITS.disk_bytes + MIB

    def test_number_of_files_is_bounded(self, box: Box) -> None:
        if "gvisor" in box.layers:
            pytest.skip("gVisor does not bound the number of files, only their bytes")
        code = (
            "count = 0\n"
            "try:\n"
            "    for count in range(300_000): open(f'/scratch/{count}', 'w').close()\n"
            "    print('no end')\n"
            "except OSError: print('end')\n"
        )

        assert printed(box, code) == "end"

    @pytest.mark.parametrize("field", ["stdout", "stderr"])
    def test_endless_output_does_not_fill_the_engine(self, box: Box, field: str) -> None:
        code = f"import sys\nwhile True: sys.{field}.write('x' * 65536)"

        done = python(box, code, limits=msgspec.structs.replace(SHORT_CPU, wall_s=2 * moment_s(box)))

        assert done.limit is not None
        assert len(getattr(done, field)) == LIMITS.output_bytes
        assert getattr(done, f"{field}_truncated") is True
