"""Memory that is freed is used again; done in a process of its own, since it cannot be undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"

COUNT = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
import memory
if sys.argv[2] == "kept":
    memory.keep_memory()

def work():
    small = [str(number) for number in range(1_000_000)]
    return len(" ".join(small))

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

work()
pid = os.fork()  # as a candidate is
if pid == 0:
    work()
    before = faults()
    work()
    print(faults() - before, flush=True)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
for name in list(sys.modules):  # frees what was there before, which no heap may be asked to take
    if name not in {"os", "sys", "builtins", "gc"}:
        del sys.modules[name]
import gc
gc.collect()
os._exit(0)
"""


def new_pages(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-P", "-c", COUNT, SANDBOX, how], capture_output=True, text=True, check=True, timeout=120
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of Linux")
def test_the_same_work_again_takes_no_new_pages() -> None:
    assert new_pages("kept") * 10 < new_pages("as it is")


GATHER = """
import os, sys
sys.path.insert(0, sys.argv[1])
import memory
memory.keep_memory()
kept = [bytes([number % 256]) * 1000 for number in range(int(sys.argv[2]))]
pages = memory.gather_heap()
child = os.fork()
if child == 0:
    kept[::2] = [len(one) for one in kept[::2]]
    os._exit(sum(kept[::2]) // len(kept[::2]) % 256)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
whole = all(one == bytes([number % 256]) * 1000 for number, one in enumerate(kept))
with open("/proc/self/smaps_rollup") as lines:
    huge = next(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:"))
print(pages, huge >> 11, status, whole, flush=True)
os._exit(0)
"""


def gathered(objects: int) -> tuple[int, int]:
    command: list[str | Path] = [sys.executable, "-P", "-c", GATHER, SANDBOX, str(objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    pages, huge, *rest = done.stdout.split()
    assert rest == [str(1000 % 256), "True"]
    return int(pages), int(huge)


def test_a_large_heap_is_gathered_and_keeps_what_it_holds() -> None:
    pages, huge = gathered(60_000)

    if not huge:  # or the kernel has taken apart the few that it found: its memory is in pieces
        pytest.skip("no huge pages for a heap")
    assert pages
