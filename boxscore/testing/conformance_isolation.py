"""Isolation: what a program in a box can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.testing.conformance_base import Conformance, printed, python

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend, Box, BoxSpec

EXPECTED_LAYERS = {"network", "read-only-root", "no-capabilities", "no-new-privileges"}

WRITABLE = """
import os
found = []
for folder, names, _ in os.walk('/'):
    if folder.startswith(('/proc', '/sys', '/scratch', '/dev/fd', '/dev/shm')): names.clear(); continue
    try:
        open(folder + '/probe', 'w').close(); os.unlink(folder + '/probe'); found.append(folder)
    except OSError: pass
    if folder.count('/') > 3: names.clear()
print(found)
"""

REFUSED = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def refused(*arguments):
    ctypes.set_errno(0)
    return libc.syscall(*arguments) == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS, errno.EACCES)
import platform
x86 = platform.machine() == 'x86_64'
calls = {
    'unshare-user': (272 if x86 else 97, 0x10000000), 'unshare-net': (272 if x86 else 97, 0x40000000),
    'mount': (165 if x86 else 40, b'none', b'/scratch', b'tmpfs', 0, 0), 'bpf': (321 if x86 else 280, 0, 0, 0),
    'ptrace': (101 if x86 else 117, 0, 0, 0, 0), 'keyctl': (250 if x86 else 219, 0, -3, 0, 0, 0),
    'io_uring': (425, 1, 0), 'perf': (298 if x86 else 241, 0, 0, -1, -1, 0), 'userfaultfd': (323 if x86 else 282, 0),
    'clone-user': (56 if x86 else 220, 0x10000000 | 17, 0, 0, 0, 0),
}
print([name for name, call in calls.items() if not refused(*call)])
"""


class IsolationConformance(Conformance):
    """What a program must not reach."""

    def test_layers_are_named(self, box: Box) -> None:
        """A box names its defences, sorted, and has the ones that no backend may lack."""
        assert list(box.layers) == sorted(box.layers)
        assert set(box.layers) >= EXPECTED_LAYERS

    @pytest.mark.parametrize("address", ["('192.0.2.1', 80)", "('169.254.169.254', 80)", "('172.17.0.1', 22)"])
    def test_no_network(self, box: Box, address: str) -> None:
        """Nothing outside can be reached: no public address, no metadata service, no host."""
        code = (
            "import socket\n"
            "connection = socket.socket(); connection.settimeout(1)\n"
            f"try: connection.connect({address}); print('connected')\n"
            "except OSError: print('refused')\n"
        )

        assert printed(box, code) == "refused"

    def test_no_name_service(self, box: Box) -> None:
        """Names cannot be looked up, which would be a way out."""
        code = (
            "import socket\n"
            "try: socket.getaddrinfo('example.org', 80); print('resolved')\n"
            "except OSError: print('refused')\n"
        )

        assert printed(box, code) == "refused"

    @pytest.mark.parametrize(
        "family", ["socket.AF_PACKET, socket.SOCK_RAW", "socket.AF_INET, socket.SOCK_RAW, 1", "40, 1"]
    )
    def test_no_raw_network(self, box: Box, family: str) -> None:
        """Raw sockets and sockets to the hypervisor are refused."""
        code = f"import socket\ntry: socket.socket({family}); print('made')\nexcept OSError: print('refused')\n"

        assert printed(box, code) == "refused"

    def test_root_is_read_only(self, box: Box) -> None:
        """No folder outside the scratch can be written."""
        assert printed(box, WRITABLE) == "[]"

    def test_scratch_is_writable_and_runs_programs(self, box: Box) -> None:
        """The scratch takes files, and compiled programs run from it."""
        done = box.run(["sh", "-c", "cp /bin/echo /scratch/e && /scratch/e yes"])

        assert (done.stdout, done.exit_code) == (b"yes\n", 0)

    def test_no_capabilities(self, box: Box) -> None:
        """A program has no capability in any set that counts, and cannot gain one."""
        code = (
            "import ctypes\n"
            "for line in open('/proc/self/status'):\n"
            "    if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapAmb')): print(*line.split())\n"
            "print('NoNewPrivs:', ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))\n"
        )

        lines = set(printed(box, code).splitlines())

        none = "0" * 16
        assert {f"CapEff: {none}", f"CapInh: {none}", "NoNewPrivs: 1"} <= lines
        assert lines <= {*(f"Cap{name}: {none}" for name in ("Eff", "Inh", "Prm", "Amb")), "NoNewPrivs: 1"}

    def test_set_user_id_programs_have_no_effect(self, box: Box) -> None:
        """A program cannot become another user."""
        code = "import os\ntry: os.setuid(0); print('became root')\nexcept OSError: print('refused')\n"

        assert printed(box, code) == "refused"

    def test_dangerous_calls_are_refused(self, box: Box) -> None:
        """Namespaces, mounts, tracing, bpf, keys, perf, io_uring and userfaultfd are refused by the kernel."""
        if "gvisor" in box.layers:
            pytest.skip("the box has a kernel of its own, and these calls do not reach the machine's")
        assert printed(box, REFUSED) == "[]"

    def test_everyday_calls_work(self, box: Box) -> None:
        """Threads, processes, pipes, sockets between own processes, memory maps and clocks work."""
        code = (
            "import mmap, os, socket, subprocess, threading, time\n"
            "thread = threading.Thread(target=time.sleep, args=(0.01,)); thread.start(); thread.join()\n"
            "left, right = socket.socketpair(); left.send(b'x'); assert right.recv(1) == b'x'\n"
            "assert subprocess.run(['sh', '-c', 'echo hi | cat'], capture_output=True).stdout == b'hi\\n'\n"
            "mmap.mmap(-1, 4096).write(b'x'); os.pipe(); os.memfd_create('m')\n"
            "server = socket.socket(); server.bind(('127.0.0.1', 0)); print('well')\n"
        )

        assert printed(box, code) == "well"

    def test_what_is_cached_of_files_cannot_be_asked_or_changed(self, box: Box) -> None:
        """Advice on files succeeds, as honest programs give it; asking for what is cached alone is not supported."""
        code = (
            "import errno, os\n"
            "file = os.open('/bin/sh', os.O_RDONLY); os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)\n"
            "try: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT)\n"
            "except OSError as error: print(errno.errorcode[error.errno])\n"
        )

        assert printed(box, code) in {"ENOTSUP", "EOPNOTSUPP"}

    def test_no_shared_memory_outlives_its_program(self, box: Box) -> None:
        """Shared memory and queues of one program cannot be found by the next."""
        if "gvisor" in box.layers:
            pytest.skip("gVisor keeps them until the box ends; candidates of a supervisor cannot make any")
        make = "import ctypes; ctypes.CDLL(None).{}(4711, {}0o1666)"
        for call, size in (("shmget", "4096, "), ("msgget", "")):
            python(box, make.format(call, size))

        code = "import ctypes; libc = ctypes.CDLL(None); print(libc.shmget(4711, 4096, 0), libc.msgget(4711, 0))"
        assert printed(box, code) == "-1 -1"

    def test_shared_memory_works(self, box: Box) -> None:
        """Locks, pools of processes and shared memory of `multiprocessing` work."""
        code = (
            "import multiprocessing as m, os\n"
            "from multiprocessing import shared_memory\n"
            "context = m.get_context('fork')\n"
            "with context.Lock(): pass\n"
            "with context.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
            "block = shared_memory.SharedMemory(create=True, size=1 << 20)\n"
            "block.buf[:4] = b'well'; print(bytes(block.buf[:4])); block.close(); block.unlink()\n"
            "print(os.listdir('/dev/shm'), sorted(os.listdir('/scratch')))\n"
        )

        assert printed(box, code) == "[1, 2]\nb'well'\n[] []"

    def test_shared_memory_is_bounded_and_its_boxs_own(self, backend: Backend, box: Box, spec: BoxSpec) -> None:
        """It holds half of the box's memory at most, takes no programs, and another box has its own."""
        most = spec.limits.memory_bytes // 2
        code = (
            "import errno, os\n"
            "with open('/dev/shm/held', 'wb', buffering=0) as file:\n"
            f"    os.posix_fallocate(file.fileno(), 0, {most} // 8)\n"
            f"    try: os.posix_fallocate(file.fileno(), 0, {most} + (1 << 20)); print('filled')\n"
            "    except OSError as error: print(errno.errorcode[error.errno])\n"
            "print(bool(os.statvfs('/dev/shm').f_flag & os.ST_NOEXEC))\n"
        )

        size, sealed = printed(box, code).split("\n")

        assert size in {"ENOSPC", "EFBIG"}
        assert sealed == "True" or "gvisor" in box.layers
        with backend.box(spec) as other:
            assert printed(other, "import os; print(os.listdir('/dev/shm'))") == "[]"

    def test_host_processes_are_invisible(self, box: Box) -> None:
        """A program sees only processes of its box."""
        assert int(printed(box, "import glob; print(len(glob.glob('/proc/[0-9]*')))")) < 12  # noqa: PLR2004

    def test_killing_everything_does_not_break_the_box(self, box: Box) -> None:
        """A program may kill all it can reach; the next one runs."""
        done = python(box, "import os; os.kill(-1, 9)")
        assert done.exit_code is not None or done.signal is not None

        python(box, "import os\nfor pid in range(1, 200):\n  try: os.kill(pid, 9)\n  except OSError: pass\n")

        assert printed(box, "print('well')") == "well"

    def test_no_device_but_the_harmless_ones(self, box: Box) -> None:
        """No block device, memory or hypervisor is reachable."""
        code = (
            "import os, stat\n"
            "bad = [n for n in os.listdir('/dev') if stat.S_ISBLK(os.lstat('/dev/' + n).st_mode)]\n"
            "print(bad + [n for n in ('kvm', 'mem', 'kmsg', 'fuse', 'net') if os.path.exists('/dev/' + n)])\n"
        )

        own = "['fuse', 'net']" if "gvisor" in box.layers else "[]"  # its own, not the machine's
        assert printed(box, code) == own

    def test_kernel_settings_cannot_be_written(self, box: Box) -> None:
        """Settings of the host kernel are out of reach."""
        code = (
            "out = []\n"
            "for name in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/sys/kernel/hostname',"
            " '/sys/kernel/uevent_helper'):\n"
            "    try: open(name, 'w'); out.append(name)\n"
            "    except OSError: pass\n"
            "print(out)\n"
        )

        assert printed(box, code) == "[]"

    def test_two_boxes_do_not_see_each_other(self, backend: Backend, spec: BoxSpec) -> None:
        """Files of one box are not in another."""
        with backend.box(spec) as one, backend.box(spec) as other:
            one.put("/scratch/secret", b"one")

            assert other.run(["cat", "/scratch/secret"]).exit_code != 0

    def test_nothing_stays_from_one_box_to_the_next(self, backend: Backend, spec: BoxSpec) -> None:
        """A new box is empty."""
        with backend.box(spec) as box:
            box.put("/scratch/left", b"x")
        with backend.box(spec) as box:
            assert printed(box, "import os; print(os.listdir('/scratch'))") == "[]"
