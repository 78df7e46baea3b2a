"""The conformance suite: what a program in a box can reach, and files in and out of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from boxscore.errors import BoxError, BoxscoreError, ProtocolError, UsageError
from boxscore.testing.conformance_programs import MIB, Conformance, printed, python

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
        code = f"import socket\ntry: socket.socket({family}); print('made')\nexcept OSError: print('refused')\n"

        assert printed(box, code) == "refused"

    def test_root_is_read_only(self, box: Box) -> None:
        assert printed(box, WRITABLE) == "[]"

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
        code = "import os\ntry: os.setuid(0); print('became root')\nexcept OSError: print('refused')\n"

        assert printed(box, code) == "refused"

    def test_dangerous_calls_are_refused(self, box: Box) -> None:
        if "gvisor" in box.layers:
            pytest.skip("the box has a kernel of its own, and these calls do not reach the machine's")
        assert printed(box, REFUSED) == "[]"

    def test_everyday_calls_work(self, box: Box) -> None:
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
        code = (
            "import errno, os\n"
            "file = os.open('/bin/sh', os.O_RDONLY); os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)\n"
            "try: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT)\n"
            "except OSError as error: print(errno.errorcode[error.errno])\n"
        )

        assert printed(box, code) in {"ENOTSUP", "EOPNOTSUPP"}

    def test_no_shared_memory_outlives_its_program(self, box: Box) -> None:
        if "gvisor" in box.layers:
            pytest.skip("gVisor keeps them until the box ends; candidates of a supervisor cannot make any")
        make = "import ctypes; ctypes.CDLL(None).{}(4711, {}0o1666)"
        for call, size in (("shmget", "4096, "), ("msgget", "")):
            python(box, make.format(call, size))

        code = "import ctypes; libc = ctypes.CDLL(None); print(libc.shmget(4711, 4096, 0), libc.msgget(4711, 0))"
        assert printed(box, code) == "-1 -1"

    def test_shared_memory_works(self, box: Box) -> None:
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
        assert int(printed(box, "import glob; print(len(glob.glob('/proc/[0-9]*')))")) < 12

    def test_killing_everything_does_not_break_the_box(self, box: Box) -> None:
        done = python(box, "import os; os.kill(-1, 9)")
        assert done.exit_code is not None or done.signal is not None

        python(box, "import os\nfor pid in range(1, 200):\n  try: os.kill(pid, 9)\n  except OSError: pass\n")

        assert printed(box, "print('well')") == "well"

    def test_no_device_but_the_harmless_ones(self, box: Box) -> None:
        code = (
            "import os, stat\n"
            "bad = [n for n in os.listdir('/dev') if stat.S_ISBLK(os.lstat('/dev/' + n).st_mode)]\n"
            "print(bad + [n for n in ('kvm', 'mem', 'kmsg', 'fuse', 'net') if os.path.exists('/dev/' + n)])\n"
        )

        own = "['fuse', 'net']" if "gvisor" in box.layers else "[]"  # its own, not the machine's
        assert printed(box, code) == own

    def test_kernel_settings_cannot_be_written(self, box: Box) -> None:
        code = (
            "out = []\n"
            "for name in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/sys/kernel/hostname',"
            " '/sys/kernel/uevent_helper'):\n"
            "    try: open(name, 'w'); out.append(name)\n"
            "    except OSError: pass\n"
            "print(out)\n"
        )

        assert printed(box, code) == "[]"

    def test_nothing_stays_from_one_box_to_the_next(self, backend: Backend, spec: BoxSpec) -> None:
        with backend.box(spec) as box:
            box.put("/scratch/left", b"x")
        with backend.box(spec) as box:
            assert printed(box, "import os; print(os.listdir('/scratch'))") == "[]"


ODD_NAMES = ("", ".", "..", "../x", "/x", "a/../b", "a//b", "a/", "a\0b", "a\nb", "\udcff", "x" * 256, "d/" * 70 + "x")
HOSTILE_FOLDERS = (  # how what is in them is made
    "os.symlink('/etc/passwd', 'odd')",
    "os.symlink('/etc', 'odd')",
    "os.symlink('.', 'odd')",
    "os.mkfifo('odd')",
    "socket.socket(socket.AF_UNIX).bind('odd')",
    "open(b'\\xff', 'w')",
    "open('a\\nb', 'w')",
    "os.makedirs('/'.join(['d'] * 90))",
    "open('odd', 'w').truncate(15 << 20)",
    "[open(str(n), 'w') for n in range(101)]",
    "[os.mkdir(str(n)) for n in range(101)]",
)


class FileConformance(Conformance):
    """What `put` and `get` do, and refuse."""

    def test_round_trip(self, box: Box) -> None:
        """What is put comes back unchanged."""
        for data in (b"", b"text\n", bytes(range(256)) * 300):
            box.put("/scratch/file", data)

            assert box.get("/scratch/file", max_bytes=MIB) == data

    def test_further_folders(self, backend: Backend, spec: BoxSpec) -> None:
        """Where the backend has them, further folders are writable, bounded, and kept from one program to the next."""
        if "folders" not in backend.capabilities:
            pytest.skip("this backend has no further folders")
        with backend.box(structs.replace(spec, folders=("/tmp", "/boxscore-further"))) as box:  # noqa: S108 - in the box
            box.run(["sh", "-c", "echo one > /tmp/one; echo two > /boxscore-further/two"])

            assert box.run(["sh", "-c", "cat /tmp/one /boxscore-further/two"]).stdout == b"one\ntwo\n"
            assert box.run(["sh", "-c", "head -c 50000000 /dev/zero > /boxscore-further/big"]).exit_code != 0
            assert box.run(["sh", "-c", "touch /boxscore-other"]).exit_code != 0

    def test_folders_are_made(self, box: Box) -> None:
        name = "/scratch/a/b c/'d'/$e/-f"

        box.put(name, b"deep")

        assert box.get(name, max_bytes=10) == b"deep"

    def test_mode(self, box: Box) -> None:
        """The mode is as asked; a script that may be executed can be run."""
        box.put("/scratch/script", b"#!/bin/sh\necho ran\n", mode=0o755)

        assert box.run(["/scratch/script"]).stdout == b"ran\n"
        assert printed(box, "import os; print(oct(os.stat('/scratch/script').st_mode & 0o777))") == "0o755"

    def test_missing(self, box: Box) -> None:
        """A file that is not there is named."""
        with pytest.raises(FileNotFoundError, match="/scratch/none"):
            box.get("/scratch/none", max_bytes=10)

    def test_too_large(self, box: Box) -> None:
        """A file over the cap is refused, not cut."""
        box.put("/scratch/file", b"x" * 101)

        with pytest.raises(ProtocolError):
            box.get("/scratch/file", max_bytes=100)

    @pytest.mark.parametrize(
        "make",
        [
            "os.mkdir('/scratch/odd')",
            "os.symlink('/etc/passwd', '/scratch/odd')",
            "os.symlink('/dev/zero', '/scratch/odd')",
            "os.mkfifo('/scratch/odd')",
            "socket.socket(socket.AF_UNIX).bind('/scratch/odd')",
        ],
        ids=["folder", "link", "link-to-device", "fifo", "socket"],
    )
    def test_get_refuses_what_is_no_regular_file(self, box: Box, make: str) -> None:
        printed(box, f"import os, socket; {make}")

        with pytest.raises(ProtocolError):
            box.get("/scratch/odd", max_bytes=MIB)

    def test_get_does_not_follow_a_linked_folder(self, box: Box) -> None:
        printed(box, "import os; os.symlink('/etc', '/scratch/etc')")

        with pytest.raises((ProtocolError, FileNotFoundError)):
            box.get("/scratch/etc/passwd", max_bytes=MIB)

    @pytest.mark.parametrize("planted", ["file", "folder"])
    def test_put_does_not_follow_links(self, box: Box, planted: str) -> None:
        box.put("/scratch/target/file", b"before")
        path = "/scratch/link" if planted == "file" else "/scratch/link/file"
        target = "/scratch/target/file" if planted == "file" else "/scratch/target"
        printed(box, f"import os; os.symlink({target!r}, '/scratch/link')")

        with contextlib.suppress(BoxError):
            box.put(path, b"after")

        assert box.get("/scratch/target/file", max_bytes=10) == b"before"

    def test_paths_outside_the_scratch_are_refused(self, box: Box) -> None:
        for path in ("/etc/x", "/scratch/../etc/x", "relative", "/scratch", "/scratchy/x", "/scratch/a\0b"):
            with pytest.raises((ValueError, BoxscoreError)):
                box.put(path, b"x")
            with pytest.raises((ValueError, BoxscoreError, FileNotFoundError)):
                box.get(path, max_bytes=10)

    def test_a_folder_crosses_and_comes_back(self, box: Box) -> None:
        files = {
            "empty": b"",
            "a/b c/'d'/$e/-f": b"deep",
            "binary": bytes(range(256)) * 300,
            "naïve 数": b"script",
            "/".join(["x" * 200] * 4): b"long",
            ".hidden": b".",
        }

        box.put_folder("/scratch/in/project", files)

        assert box.get_folder("/scratch/in/project", max_bytes=MIB, max_files=20) == files
        assert box.get("/scratch/in/project/a/b c/'d'/$e/-f", max_bytes=10) == b"deep"

    def test_programs_see_a_folder_that_was_put(self, box: Box) -> None:
        box.put_folder("/scratch/p", {"go": b"#!/bin/sh\ncat data; echo more > new; rm data\n", "data": b"x\n"})
        assert box.run(["./go"], cwd="/scratch/p").exit_code != 0

        box.put_folder("/scratch/p", {"go": b"#!/bin/sh\ncat data; echo more > new; rm data\n"}, executable=["go"])

        assert box.run(["./go"], cwd="/scratch/p").stdout == b"x\n"
        assert set(box.get_folder("/scratch/p", max_bytes=MIB, max_files=9)) == {"go", "new"}

    def test_a_folder_that_is_missing_or_none(self, box: Box) -> None:
        box.put("/scratch/file", b"")
        printed(box, "import os; os.symlink('/etc', '/scratch/link')")

        with pytest.raises(FileNotFoundError, match="/scratch/no"):
            box.get_folder("/scratch/no/such", max_bytes=9, max_files=9)
        for path in ("/scratch/file", "/scratch/link"):
            with pytest.raises(ProtocolError):
                box.get_folder(path, max_bytes=MIB, max_files=999)

    def test_hard_links_are_files(self, box: Box) -> None:
        printed(box, "import os; os.mkdir('/scratch/f'); open('/scratch/f/a', 'w').write('x' * 60)")
        printed(box, "import os; os.link('/scratch/f/a', '/scratch/f/b')")

        assert box.get_folder("/scratch/f", max_bytes=120, max_files=2) == {"a": b"x" * 60, "b": b"x" * 60}
        with pytest.raises(ProtocolError):
            box.get_folder("/scratch/f", max_bytes=119, max_files=2)

    def test_hostile_folders_are_refused(self, box: Box) -> None:
        for make in HOSTILE_FOLDERS:
            printed(box, f"import os, socket; os.mkdir('/scratch/f'); os.chdir('/scratch/f'); {make}")

            with pytest.raises(ProtocolError):
                box.get_folder("/scratch/f", max_bytes=MIB, max_files=100)
            assert box.run(["rm", "-rf", "/scratch/f"]).exit_code == 0

    def test_odd_names_are_not_put(self, box: Box) -> None:
        for name in ODD_NAMES:
            with pytest.raises(UsageError):
                box.put_folder("/scratch/f", {"fine": b"", name: b""})
            with pytest.raises(FileNotFoundError):
                box.get_folder("/scratch/f", max_bytes=9, max_files=9)

    @pytest.mark.parametrize(
        ("link", "folder"),
        [("/scratch/link", "/scratch/link"), ("/scratch/f/link", "/scratch/f")],
        ids=["the-folder", "in-the-folder"],
    )
    def test_put_folder_does_not_follow_links(self, box: Box, link: str, folder: str) -> None:
        box.put("/scratch/target/file", b"before")
        printed(box, "import os; os.mkdir('/scratch/f')")
        printed(box, f"import os; os.symlink('/scratch/target', {link!r})")

        with contextlib.suppress(BoxError):
            box.put_folder(folder, {"file": b"after", "link/file": b"after"})

        assert box.get("/scratch/target/file", max_bytes=10) == b"before"

    def test_a_folder_larger_than_the_disk(self, box: Box) -> None:
        with pytest.raises(BoxError):
            box.put_folder("/scratch/big", {str(number): b"x" * MIB for number in range(40)})
