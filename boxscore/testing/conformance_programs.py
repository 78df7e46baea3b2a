"""Running a program: status, streams, arguments, environment."""
# ruff: noqa: PLR2004 - literal expectations are the point

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, cast

import pytest

from boxscore.records import LimitName
from boxscore.testing.conformance_base import LIMITS, Conformance, printed, python

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend, Box, InterruptibleBox


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
        """Where the backend says so, what runs can be ended as if its time were over, and the box goes on."""
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
        """Standard input arrives whole and then ends."""
        done = box.run(["cat"], stdin=b"some\0bytes\n")

        assert (done.stdout, done.exit_code) == (b"some\0bytes\n", 0)

    def test_no_stdin_is_an_empty_one(self, box: Box) -> None:
        """Without input a program reads the end at once instead of waiting."""
        assert printed(box, "import sys; print(repr(sys.stdin.read()))") == "''"

    def test_stdin_larger_than_any_buffer(self, box: Box) -> None:
        """Four megabytes of input arrive while the program writes back."""
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

    def test_stdin_that_nobody_reads(self, box: Box) -> None:
        """A program that ends without reading its input is no error."""
        done = box.run(["sh", "-c", "exit 5"], stdin=b"x" * (2 << 20))

        assert (done.exit_code, done.limit) == (5, None)

    def test_raw_bytes(self, box: Box) -> None:
        """Output is bytes: neither decoded nor repaired."""
        done = python(box, "import sys; sys.stdout.buffer.write(bytes(range(256)))")

        assert done.stdout == bytes(range(256))

    def test_unicode_arguments(self, box: Box) -> None:
        """Arguments pass unchanged: spaces, quotes, newlines, dollars, any script, nothing at all."""
        arguments = ["a b", "'\"", "x\ny", "$HOME `id` *", "naïve 数 🎲", "-n", "A=b", ""]

        done = box.run(["python3", "-c", "import sys; print(ascii(sys.argv[1:]))", *arguments])

        assert done.stdout.decode().strip() == ascii(arguments)

    def test_large_argument(self, box: Box) -> None:
        """An argument of 100 kB passes whole."""
        done = box.run(["python3", "-c", "import sys; print(len(sys.argv[1]))", "x" * 100_000])

        assert done.stdout.strip() == b"100000"

    def test_environment_is_what_was_given(self, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
        """A program sees the variables it was given and none of the engine's."""
        monkeypatch.setenv("BOXSCORE_SECRET", "engine")
        code = "import os; print(*sorted(os.environ))"

        done = box.run(["python3", "-c", code], env={"GIVEN": "it's = \n here"})

        names = set(done.stdout.decode().split())
        assert {"GIVEN", "PATH"} <= names
        assert names <= {"GIVEN", "PATH", "HOME", "LANG", "LC_CTYPE", "PWD", "TMPDIR"}

    def test_environment_values(self, box: Box) -> None:
        """Values of variables pass unchanged."""
        value = "it's = $x \n here"

        done = box.run(["python3", "-c", "import os; print(ascii(os.environ['GIVEN']))"], env={"GIVEN": value})

        assert done.stdout.decode().strip() == ascii(value)

    def test_working_folder(self, box: Box) -> None:
        """Programs start in the scratch unless another folder is asked for."""
        assert printed(box, "import os; print(os.getcwd())") == "/scratch"
        assert box.run(["pwd"], cwd="/usr").stdout.strip() == b"/usr"

    def test_program_that_cannot_be_started(self, box: Box) -> None:
        """A program that is missing or not executable ends with 127."""
        for name in ("no-such-program", "/no/such/program", "/etc/passwd"):
            done = box.run([name, "argument"])

            assert (done.exit_code, done.signal, done.limit) == (127, None, None)

    def test_no_inherited_descriptors(self, box: Box) -> None:
        """A program holds its three standard streams and nothing else."""
        code = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"

        assert printed(box, code) == "[0, 1, 2, 3]"  # 3 is the listing itself

    def test_runs_do_not_share_identity_of_the_engine(self, box: Box) -> None:
        """Programs run as an ordinary user."""
        assert (
            printed(box, "import os; print(0 in (os.getuid(), os.geteuid(), os.getgid(), *os.getgroups()))") == "False"
        )

    def test_program_that_closes_its_outputs(self, box: Box) -> None:
        """A program may close its outputs and go on: its end is what counts."""
        done = python(box, "import os, time; os.close(1); os.close(2); time.sleep(1); os._exit(4)")

        assert (done.exit_code, done.limit) == (4, None)
        assert done.wall_s >= 1.0

    def test_large_output_is_cut(self, box: Box) -> None:
        """Output over the limit is dropped, flagged, and does not block the program."""
        done = python(box, "import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('e' * 10)")

        assert (len(done.stdout), done.stdout_truncated) == (LIMITS.output_bytes, True)
        assert (done.stderr, done.stderr_truncated) == (b"e" * 10, False)
        assert done.exit_code == 0

    def test_output_of_exactly_the_limit(self, box: Box) -> None:
        """Output as large as the limit is whole."""
        done = python(box, f"print('x' * {LIMITS.output_bytes}, end='')")

        assert (len(done.stdout), done.stdout_truncated) == (LIMITS.output_bytes, False)

    def test_cpu_time_is_measured(self, box: Box) -> None:
        """Where cpu time is known it is near what was burnt."""
        done = python(box, "import time\nwhile time.process_time() < 0.5: pass")

        assert done.cpu_s is None or 0.45 < done.cpu_s < 1.5

    def test_python_starts_within_reason(self, box: Box) -> None:
        """The image has a Python that this suite can use."""
        assert int(printed(box, "import sys; print(sys.version_info.major)")) == sys.version_info.major
