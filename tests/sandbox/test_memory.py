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
