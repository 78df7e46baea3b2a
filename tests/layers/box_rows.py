"""Defences of plain boxes, each with an attack by a plain program, where no supervisor helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.boxes.docker.container import SCRATCH
from tests.layers.boxes import CALLS, LIMITS, RIGHTS, BoxRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.layers.boxes import Host, Words


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


def memory_off(host: Host) -> None:
    del host["Memory"], host["MemorySwap"]


def queues_open(host: Host) -> None:
    del host["Tmpfs"]["/dev/mqueue"]
    host["IpcMode"] = "private"
    seccomp_off(host)


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
)


def drop(*words: str) -> Callable[[Words], None]:
    def change(command: Words) -> None:
        (at,) = [n for n in range(len(command)) if tuple(command[n : n + len(words)]) == words]
        del command[at : at + len(words)]

    return change


def seccomp_words_off(command: Words) -> None:
    at = command.index("--seccomp")
    del command[at : at + 2]


LOCAL = (
    BoxRow(
        layer="`network`",
        attack="look for a way out",
        programs=("print('no interface' if len(socket.if_nameindex()) == 1 else 'interfaces of the machine')",),
        change=drop("--net"),
        expected="no interface",
        without="interfaces of the machine",
    ),
    BoxRow(
        layer="`seccomp`",
        attack="set up io_uring; trace itself; make a user namespace",
        programs=(CALLS,),
        change=seccomp_words_off,
        expected="refused, refused, refused",
        without="done, done, done",
    ),
    BoxRow(
        layer="`namespaces`: IPC, for each program",
        attack="make a System V segment for a later program to find",
        programs=(
            "libc.shmget(77, 4096, 0o1666)",
            "print('segment', 'found' if libc.shmget(77, 4096, 0o666) >= 0 else 'not found')",
        ),
        change=drop("--unshare-ipc"),
        expected="segment not found",
        without="segment found",
    ),
    BoxRow(
        layer="`memory`, `processes`: control groups",
        attack="fill 400 MiB of files in memory that nothing maps, with 128 MiB allowed",
        programs=(
            """
held = [os.memfd_create("held") for _ in range(40)]
for file in held:
    os.write(file, bytes(10 << 20))
print("filled")
""",
        ),
        change=lambda _: None,
        groups=False,
        expected="`memory`",
        without="filled",
    ),
)
