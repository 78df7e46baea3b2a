"""Defences of the docker box, each with an attack by a plain program in a plain box, where no supervisor helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.boxes.docker.container import SCRATCH
from tests.layers.boxes import CALLS, LIMITS, NOT_OPEN, RIGHTS, BoxRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.layers.boxes import Host


def without(name: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        del host[name]

    return change


def put(name: str, *, value: Any) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        assert host[name] != value
        host[name] = value

    return change


def no_new_privileges_off(host: Host) -> None:
    host["SecurityOpt"].remove("no-new-privileges")


def seccomp_off(host: Host) -> None:
    (kept,) = [option for option in host["SecurityOpt"] if not option.startswith("seccomp=")]
    host["SecurityOpt"] = [kept, "seccomp=unconfined"]


def scratch_unbounded(host: Host) -> None:
    size = f"size={LIMITS.disk_bytes},"
    assert size in host["Tmpfs"][SCRATCH]
    host["Tmpfs"][SCRATCH] = host["Tmpfs"][SCRATCH].replace(size, "")


def scratch_files_unbounded(host: Host) -> None:
    assert "nr_inodes=16384" in host["Tmpfs"][SCRATCH]
    host["Tmpfs"][SCRATCH] = host["Tmpfs"][SCRATCH].replace("nr_inodes=16384", "nr_inodes=0")


def memory_off(host: Host) -> None:
    del host["Memory"], host["MemorySwap"]


def queues_open(host: Host) -> None:
    del host["Tmpfs"]["/dev/mqueue"]
    host["IpcMode"] = "private"
    seccomp_off(host)


def files_unlimited(host: Host) -> None:
    assert any(limit["Name"] == "nofile" for limit in host["Ulimits"])
    host["Ulimits"] = [limit for limit in host["Ulimits"] if limit["Name"] != "nofile"]


DOCKER = (
    BoxRow(
        layer="`network`: none",
        attack="look for a way out",
        programs=("print(*sorted(set(os.listdir('/sys/class/net')) - {'lo'}) or ['no interface'])",),
        change=put("NetworkMode", value="bridge"),
        expected="no interface",
        without="eth0",
    ),
    BoxRow(
        layer="`read-only-root`",
        attack="write where everybody may",
        programs=("print('write', tried(open, '/var/tmp/left', 'w'))",),
        change=put("ReadonlyRootfs", value=False),
        expected="write refused",
        without="write done",
    ),
    BoxRow(
        layer="`no-capabilities`",
        attack="ask what rights a set-user-ID program could gain",
        programs=(RIGHTS.format("0000000000000020"),),
        change=without("CapDrop"),
        expected="rights to gain: none",
        without="rights to gain: some",
    ),
    BoxRow(
        layer="`no-new-privileges`",
        attack="ask whether new privileges can be had",
        programs=("print('new privileges', 'refused' if libc.prctl(39, 0, 0, 0, 0) else 'possible')",),
        change=no_new_privileges_off,
        expected="new privileges refused",
        without="new privileges possible",
    ),
    BoxRow(
        layer="`seccomp`",
        attack="set up io_uring; trace itself; make a user namespace",
        programs=(CALLS,),
        change=seccomp_off,
        expected="refused, refused, refused",
        without="done, done, done",
    ),
    BoxRow(
        layer="`memory`",
        attack="fill 256 MiB, with 128 MiB allowed",
        programs=("held = bytearray(256 << 20); print('filled')",),
        change=memory_off,
        expected="`memory`",
        without="filled",
    ),
    BoxRow(
        layer="`processes`",
        attack="start 100 children, with 20 allowed",
        programs=(
            """
def start():
    for _ in range(100):
        if not os.fork(): time.sleep(3); os._exit(0)
print("children", tried(start))
""",
        ),
        change=without("PidsLimit"),
        expected="children refused",
        without="children done",
    ),
    BoxRow(
        layer="`disk`: bytes",
        attack="write 32 MiB, with 16 MiB allowed",
        programs=(
            """
first, second = open("x", "wb", 0), open("y", "wb", 0)
print("write", tried(first.write, bytes(16 << 20)), tried(second.write, bytes(16 << 20)))
""",
        ),
        change=scratch_unbounded,
        expected="write done refused",
        without="write done done",
    ),
    BoxRow(
        layer="`disk`: files",
        attack="make 20,000 files",
        programs=(
            """
def make():
    for n in range(20_000): os.close(os.open(str(n), os.O_CREAT))
print('files', tried(make))
""",
        ),
        change=scratch_files_unbounded,
        expected="files refused",
        without="files done",
    ),
    BoxRow(
        layer="no shared memory or queues",
        attack="make a System V segment for a later program to find",
        programs=(
            "libc.shmget(77, 4096, 0o1666)",
            "print('segment', 'found' if libc.shmget(77, 4096, 0o666) >= 0 else 'not found')",
        ),
        change=queues_open,
        expected="segment not found",
        without="segment found",
    ),
    BoxRow(
        layer="`init`",
        attack="leave dead orphans behind",
        programs=(
            """
for _ in range(10):
    if not os.fork():
        if not os.fork(): time.sleep(0.1)
        os._exit(0)
os.wait(); time.sleep(0.5)
""",
            """
def states():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try: yield open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0]
        except OSError: pass
until = time.monotonic() + 15
while (dead := 'Z' in states()) and time.monotonic() < until: time.sleep(0.1)
print('dead left' if dead else 'none left')
""",
        ),
        change=without("Init"),
        expected="none left",
        without=NOT_OPEN,
    ),
    BoxRow(
        layer="the engine's limit on open files",
        attack="open files until no more can be",
        programs=("def many():\n    for _ in range(1100): os.dup(0)\nprint('1100 files', tried(many))",),
        change=files_unlimited,
        expected="1100 files refused",
        without="1100 files done",
    ),
)

# What a candidate of a warm docker box finds where the box lacks a defence: its own layers hold, as the table says.
HELD: tuple[tuple[str, Callable[[Host], None], str, str], ...] = (
    ("network", put("NetworkMode", value="bridge"), "called(41, 2, 1, 0)", "refused"),
    ("read-only-root", put("ReadonlyRootfs", value=False), "tried(open, '/var/tmp/left', 'w')", "refused"),
    ("no-new-privileges", no_new_privileges_off, "str(libc.prctl(39, 0, 0, 0, 0))", "1"),
    ("seccomp", seccomp_off, "called(101, 0, 0, 0, 0) + ' ' + called(425, 1, 0)", "refused refused"),
    ("memory", memory_off, "tried(mmap.mmap, -1, 512 << 20)", "refused"),
    ("processes", without("PidsLimit"), "str(resource.getrlimit(resource.RLIMIT_NPROC)[1])", "40"),
    ("open files", files_unlimited, "str(resource.getrlimit(resource.RLIMIT_NOFILE)[1])", "256"),
    ("no-capabilities", without("CapDrop"), "tried(os.setuid, 0)", "refused"),
)
