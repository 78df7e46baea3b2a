"""Limits: each ends or contains what goes over it, and says so."""
# ruff: noqa: PLR2004 - literal expectations are the point

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.records import LimitName
from boxscore.testing.conformance_base import LIMITS, MIB, Conformance, moment_s, printed, python, running

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box, Completed
    from boxscore.records import Limits

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
        """Sleeping costs no cpu time, so the wall limit ends it, soon after it is due."""
        limits = short_wall(box)

        done = python(box, "import time; print('before', flush=True); time.sleep(600)", limits=limits)

        assert_ended_by(done, LimitName.WALL)
        assert done.stdout == b"before\n"
        assert limits.wall_s <= done.wall_s < 4 * limits.wall_s

    def test_spinner_is_ended_by_the_cpu_limit(self, box: Box) -> None:
        """A busy loop is ended by its cpu time."""
        done = python(box, "while True: pass", limits=SHORT_CPU)

        assert_ended_by(done, LimitName.CPU)
        assert done.cpu_s is None or 0.9 <= done.cpu_s < 3.0

    def test_children_count_for_the_cpu_limit(self, box: Box) -> None:
        """Cpu time burnt by children is the program's."""
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
        """Ignoring signals and asking for more does not help."""
        code = (
            "import resource, signal\n"
            "signal.signal(signal.SIGXCPU, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "try: resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))\n"
            "except (ValueError, OSError): pass\n"
            "while True: pass\n"
        )

        assert_ended_by(python(box, code, limits=SHORT_CPU), LimitName.CPU)

    def test_stopped_program_is_ended(self, box: Box) -> None:
        """A program that stops itself, and its whole group, is ended by the wall limit."""
        code = "import os, signal; os.kill(0, signal.SIGSTOP)"

        assert_ended_by(python(box, code, limits=short_wall(box)), LimitName.WALL)

    def test_timeout_kills_children(self, box: Box) -> None:
        """When a limit ends a program, its children end too, in whatever session they are."""
        code = (
            "import subprocess, time\n"
            "for _ in range(3): subprocess.Popen(['sleep', '177.5'], start_new_session=True)\n"
            "time.sleep(600)\n"
        )

        done = python(box, code, limits=short_wall(box))

        assert_ended_by(done, LimitName.WALL)
        assert running(box, "177.5") == 0

    def test_background_processes_are_killed(self, box: Box) -> None:
        """Nothing of a program is left after it ends, though it daemonises and keeps its streams open."""
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
        """Touching more memory than the limit ends the program, by the kernel's count."""
        code = "data = []\nwhile True: data.append(b'x' * 8_000_000)"

        assert_ended_by(python(box, code), LimitName.MEMORY)

    def test_memory_is_counted_over_processes(self, box: Box) -> None:
        """Many processes together may not have more than one."""
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

    def test_box_can_be_used_after_a_memory_hog(self, box: Box) -> None:
        """A box outlives a program that ran out of memory, and does not blame the next."""
        python(box, "data = []\nwhile True: data.append(b'x' * 8_000_000)")

        done = python(box, "print('well')")

        assert (done.exit_code, done.stdout, done.limit) == (0, b"well\n", None)

    def test_fork_bomb_is_contained(self, box: Box) -> None:
        """New processes are refused beyond the limit, and all are gone afterwards."""
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
        """A bomb whose every process forks on is ended by a limit, and the box can be used afterwards."""
        code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"

        done = python(box, code, limits=msgspec.structs.replace(SHORT_CPU, wall_s=2 * moment_s(box)))

        assert done.limit is not None
        assert printed(box, "print('well')") == "well"

    def test_threads_count_as_processes(self, box: Box) -> None:
        """Threads are refused beyond the limit."""
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
        """A big file stops growing at the limit."""
        code = (
            "size = 0\n"
            "try:\n"
            "    with open('/scratch/big', 'wb', 0) as file:\n"
            "        while size < 200_000_000: size += file.write(b'x' * 1_000_000)\n"
            "except OSError as error: print(size)\n"
        )

        assert 8 * MIB <= int(printed(box, code)) <= LIMITS.disk_bytes + MIB

    def test_number_of_files_is_bounded(self, box: Box) -> None:
        """A program cannot make files without end."""
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
        """A flood is dropped while it comes, and ended by the other limits."""
        code = f"import sys\nwhile True: sys.{field}.write('x' * 65536)"

        done = python(box, code, limits=msgspec.structs.replace(SHORT_CPU, wall_s=2 * moment_s(box)))

        assert done.limit is not None
        assert len(getattr(done, field)) == LIMITS.output_bytes
        assert getattr(done, f"{field}_truncated") is True
