"""Defences of the local box, each with an attack by a plain program in a plain box, where no supervisor helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.layers.boxes import CALLS, RIGHTS, BoxRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.layers.boxes import Words


def drop(*words: str) -> Callable[[Words], None]:
    """Leave words out of a command, which must hold them one after the other."""

    def change(command: Words) -> None:
        (at,) = [n for n in range(len(command)) if tuple(command[n : n + len(words)]) == words]
        del command[at : at + len(words)]

    return change


def seccomp_words_off(command: Words) -> None:
    """Enter no filter."""
    at = command.index("--seccomp")
    del command[at : at + 2]


def root_writable(command: Words) -> None:
    """Bind the box's files so that they may be written."""
    command[command.index("--ro-bind")] = "--bind"


LOCAL = (
    BoxRow(
        layer="`network`",
        attack="look for a way out",
        programs=("print('no interface' if len(socket.if_nameindex()) == 1 else 'interfaces of the machine')",),
        change=drop("--net"),
        expected="no interface",
        without="interfaces of the machine",
        holds="a candidate has `seccomp-candidate`: no sockets. Plain programs have nothing else",
    ),
    BoxRow(
        layer="`read-only-root`, each program's",
        attack="write into /tmp",
        programs=("print('write', tried(open, '/tmp/left', 'w'))",),
        change=root_writable,
        expected="write refused",
        without="write refused",
        holds=(
            "the box's own files are read-only below it, and belong to others. It stays: one mount that is "
            "forgotten is no hole"
        ),
    ),
    BoxRow(
        layer="`no-capabilities`, by bubblewrap",
        attack="ask what rights it could gain",
        programs=(RIGHTS.format("0000000000000000"),),
        change=drop("--cap-drop", "ALL"),
        expected="rights to gain: none",
        without="rights to gain: none",
        holds="the launcher in the box drops them as well. It stays: the launcher itself then never has them",
    ),
    BoxRow(
        layer="`seccomp`",
        attack="set up io_uring; trace itself; make a user namespace",
        programs=(CALLS,),
        change=seccomp_words_off,
        expected="refused, refused, refused",
        without="done, done, done",
        holds=(
            "`seccomp-candidate`, for a candidate. A plain program reaches parts of the kernel that are rich in holes"
        ),
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
        holds="`seccomp-candidate`, for a candidate. Other boxes have other namespaces in any case",
    ),
    BoxRow(
        layer="`memory`, `processes`: control groups",
        attack="fill 400 MiB in four children, with 128 MiB allowed",
        programs=(
            """
for _ in range(4):
    if not os.fork():
        held = bytearray(100 << 20); time.sleep(1)
        os._exit(0)
if any([os.wait()[1] for _ in range(4)]): os._exit(3)
print("filled")
""",
        ),
        change=lambda _: None,
        groups=False,
        expected="`memory`",
        without="filled",
        holds="`memory-rlimit`, `processes-rlimit`: for each process alone, which an ordinary user's box must do with",
    ),
)
