"""Defences of an ordinary user's warm box, where there is one number only and namespaces take its place."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from boxscore.boxes.local.backend import LocalBackend, LocalBox
from tests.layers.removal import Edit, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Box, BoxSpec


class NestedBackend(LocalBackend):
    """The local backend as an ordinary user has it: a user namespace, and no control groups."""

    @contextmanager
    def box(self, spec: BoxSpec) -> Iterator[Box]:
        with ExitStack() as stack:
            yield LocalBox(spec, stack, trees=None, python=self._interpreter, as_root=False)


READ_ONLY = Edit("identity", "confine.make_readonly(mount)")

NESTED = (
    Row(
        layer="`identity-namespace`: of processes",
        attack="leave a process in a session of its own behind, and look for it later",
        programs=(
            "libc.prctl(15, b'left')\nif not os.fork(): os.setsid(); time.sleep(30); os._exit(0)\ndef f(): return ''",
            """
def f():
    for pid in range(2, 1000):
        try:
            if open(f"/proc/{pid}/comm").read() == "left\\n": return "process found"
        except OSError: pass
    return "process not found"
""",
        ),
        counts=1,
        removed=(Edit("identity", "_CLONE_NEWUSER | _CLONE_NEWPID |", "_CLONE_NEWUSER |"),),
        expected="process not found",
        without="process found",
    ),
    Row(
        layer="`identity-namespace`: rights given up",
        attack="look for rights in its own namespaces",
        programs=(
            """
def f():
    line = next(line for line in open("/proc/self/status") if line.startswith("CapEff"))
    return "rights " + ("some" if int(line.split()[1], 16) else "none")
""",
        ),
        removed=(Edit("identity", "confine.drop_capabilities()"),),
        expected="rights none",
        without="rights some",
    ),
    Row(
        layer="`identity-namespace`: of mounts, all read-only but its own folder",
        attack="close the folder of all scratch to later candidates, and set its times",
        programs=(
            """
tried(os.utime, "/scratch", (1, 1)); tried(os.utime, "/proc/self", None)
tried(os.chmod, os.path.realpath(".."), 0)
def f(): return ''
""",
            """
def f():
    try: open(os.path.abspath("x"), "w").close()
    except OSError: return "closed"
    return "times left" if os.stat("/scratch").st_mtime == 1 else "open, times its own"
""",
        ),
        counts=1,
        removed=(READ_ONLY,),
        expected="open, times its own",
        without="closed",
    ),
)
