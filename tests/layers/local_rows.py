"""Defences of the local box, each with an attack by a plain program in a plain box, where no supervisor helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.layers.boxes import CALLS, BoxRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.layers.boxes import Words


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
    ),
)
