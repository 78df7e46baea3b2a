"""What a candidate's processes used together, told by fakes of the box's counts and by real processes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

import procfs
from usage import BoxCounts, Usage

if TYPE_CHECKING:
    from pathlib import Path


def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, cpu: bytes = b"", memory: bytes = b"") -> BoxCounts:
    for variable, data in ((BoxCounts.CPU[0], cpu), (BoxCounts.MEMORY[0], memory)):
        file = tmp_path / variable
        file.write_bytes(data)
        monkeypatch.setenv(variable, str(os.open(file, os.O_RDONLY)))
    return BoxCounts(str(tmp_path))


@pytest.mark.parametrize("data", [b"5000000000000\n", b"usage_usec 5000000000\nuser_usec 1\n"])
def test_the_boxs_count_without_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    read = counts(tmp_path, monkeypatch, cpu=data)

    ours = time.process_time()
    found = read.cpu_s()

    assert 0 < found <= 5000 - ours + 0.1


@pytest.mark.parametrize("name", [b"rss", b"anon"])
def test_memory_without_files_and_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: bytes) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((4096, 4096, 10, 10, 10, 0, 0, 0, 0, 255)))
    read = counts(tmp_path, monkeypatch, memory=b"cache 99\n%b %d\nshmem 4096\n" % (name, 1 << 40))

    found = read.memory_bytes()

    assert (1 << 39) < found < (1 << 40)


@pytest.mark.parametrize(("alone", "most"), [(True, 2600 << 20), (False, 0)])
def test_memory_that_a_kernel_of_its_own_tells(monkeypatch: pytest.MonkeyPatch, alone: bool, most: int) -> None:  # noqa: FBT001
    files = {"meminfo": b"MemTotal: 24684084 kB\nAnonPages: %d kB\nShmem: 9 kB\n" % (2700 << 10)}
    files |= {f"{pid}/status": b"VmSize:\t9 kB\nVmRSS:\t%d kB\n" % (20 << 10) for pid in ("self", os.getppid())}
    monkeypatch.setattr(BoxCounts, "MEMORY", ("NO_SUCH", "/nowhere"))
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((4096, 4096, 25_600, 10_240, 0, 0, 0, 0, 0, 255)))
    monkeypatch.setattr(procfs, "read", lambda path, _: files[path])

    assert BoxCounts("/", alone=alone).memory_bytes() == most


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a process another user number")
def test_children_nobody_waits_for_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoxCounts, "CPU", ("NO_SUCH", "/nowhere"))
    monkeypatch.setattr(BoxCounts, "MEMORY", ("NO_SUCH", "/nowhere"))
    ready, done = os.pipe()
    first = os.fork()
    if first == 0:
        os.setresuid(1_987_654, 1_987_654, 1_987_654)
        if os.fork() == 0:
            while time.process_time() < 0.3:
                pass
            os.write(done, b"%d" % os.getpid())
            time.sleep(60)
            os._exit(0)
        time.sleep(60)
        os._exit(0)
    watch = Usage(BoxCounts("/"))
    watch.pid = first
    orphan = int(os.read(ready, 20))

    spent = watch.spent()
    for pid in (orphan, first):
        os.kill(pid, 9)
    os.waitpid(first, 0)

    assert (0.25 <= spent.cpu_s < 5, spent.unsure) == (True, True)


@pytest.mark.parametrize("looks", [1, 3])
def test_those_who_wait_for_each_other_are_not_kept_waiting(monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    files = {
        f"{pid}/task/{pid + task}/schedstat": b"7 %d 3\n" % (10**9 + 10**8 * task)
        for pid in (50, 60)
        for task in (0, 1)
    } | {f"{pid}/status": b"Uid:\t9\nNSpid:\t1\n" for pid in (50, 60)}
    monkeypatch.setattr(procfs, "names", lambda: ["50", "60", "uptime"])
    monkeypatch.setattr(procfs, "threads", lambda pid: [str(int(pid)), str(int(pid) + 1)])
    monkeypatch.setattr(procfs, "read", lambda path, _: files.get(path, b""))
    watch = Usage(None)
    watch.pid = 50

    assert [watch.look().delay_s for _ in range(looks)] == [1.1] * looks
