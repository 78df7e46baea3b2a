"""What a control group counts, read from trees written after the kernel's documentation of both versions."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from boxscore.boxes.counts import GroupCounts, Peak
from boxscore.boxes.docker import counters
from boxscore.boxes.docker.ending import RunMeter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from docker import APIClient

MIB = 1 << 20
ID = "c0ffee" * 10
V1 = {
    "cpuacct/cpuacct.usage": "2500000000\n",
    "cpuacct/cpuacct.stat": "user 240\nsystem 10\n",
    "memory/memory.usage_in_bytes": f"{40 * MIB}\n",
    "memory/memory.max_usage_in_bytes": f"{90 * MIB}\n",
    "memory/memory.limit_in_bytes": f"{91 * MIB}\n",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    "pids/pids.events": "max 5\n",
    "pids/cgroup.procs": "11\n12\n0\n",
    "freezer/freezer.state": "THAWED\n",
}
V2 = {
    "cpu.stat": "usage_usec 2500000\nuser_usec 2400000\nsystem_usec 100000\nnr_periods 0\nnr_throttled 0\n",
    "memory.current": f"{40 * MIB}\n",
    "memory.peak": f"{90 * MIB}\n",
    "memory.max": f"{91 * MIB}\n",
    "memory.events": "low 0\nhigh 0\nmax 7\noom 4\noom_kill 3\noom_group_kill 0\n",
    "memory.stat": f"anon {30 * MIB}\nfile {8 * MIB}\nkernel_stack 16384\n",
    "pids.events": "max 5\n",
    "pids.peak": "23\n",
    "cgroup.procs": "11\n12\n0\n",
    "cgroup.freeze": "0\n",
    "cgroup.events": "populated 1\nfrozen 0\n",
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def first(root: Path) -> GroupCounts:
    write(root, V1)
    return GroupCounts(cpu=root / "cpuacct", memory=root / "memory", pids=root / "pids", unified=False)


def second(root: Path, *, peak: int | None = 0o444) -> GroupCounts:
    write(root, V2)
    if peak is None:
        (root / "memory.peak").unlink()
    else:
        (root / "memory.peak").chmod(peak)
    return GroupCounts(cpu=root, memory=root, pids=root, unified=True)


def hold(counts: GroupCounts, most: int) -> None:
    """Let a group have held so many MiB at most; the kernel writes files of any mode."""
    counts.peak_file.write_text(f"{most * MIB}\n")


@pytest.mark.parametrize("make", [first, second])
def test_both_versions_say_the_same(tmp_path: Path, make: Callable[[Path], GroupCounts]) -> None:
    counts = make(tmp_path)

    assert (counts.cpu_s(), counts.memory_peak()) == (2.5, 90 * MIB)
    assert (counts.memory_kills(), counts.refused_processes(), counts.memory_exhausted()) == (3, 5, True)


@pytest.mark.parametrize("make", [first, lambda root: second(root, peak=0o644)])
def test_a_peak_that_can_be_started_anew_is_the_kernels(tmp_path: Path, make: Callable[[Path], GroupCounts]) -> None:
    counts = make(tmp_path)

    with closing(Peak(counts)) as peak:
        hold(counts, 60)

        assert peak.bytes() == 60 * MIB


@pytest.mark.parametrize("make", [second, lambda root: second(root, peak=None)])
def test_a_peak_of_the_whole_life_counts_if_it_grew(tmp_path: Path, make: Callable[[Path], GroupCounts]) -> None:
    counts = make(tmp_path)

    with closing(Peak(counts)) as peak:
        assert peak.bytes() is None
        if counts.peak_file.exists():
            hold(counts, 95)
            assert peak.bytes() == 95 * MIB


def container(root: Path, *, unified: bool) -> counters.Groups:
    scope = f"system.slice/docker-{ID}.scope" if unified else f"docker/{ID}"
    if unified:
        second(root / "sys" / scope)
        mounts, lines = f"cgroup2 {root}/sys cgroup2 rw,nosuid 0 0\n", f"0::/{scope}\n"
    else:
        for name, text in V1.items():
            controller, _, file = name.partition("/")
            write(root / "sys" / controller / scope, {file: text})
        names = ("cpuacct", "memory", "pids", "freezer")
        mounts = "".join(f"cgroup {root}/sys/{name} cgroup rw,{name} 0 0\n" for name in names)
        lines = "".join(f"{number}:{name}:/{scope}\n" for number, name in enumerate(names))
    write(root / "proc", {"self/mounts": mounts, "11/cgroup": lines})
    found = counters.find(11, ID, root / "proc")
    assert found is not None
    return found


@pytest.mark.parametrize("unified", [False, True])
def test_a_run_in_a_container_is_measured(tmp_path: Path, unified: bool) -> None:  # noqa: FBT001 - a parameter
    groups = container(tmp_path, unified=unified)

    with closing(RunMeter(cast("APIClient", None), ID, groups, counted=True)) as meter:
        assert (meter.cpu_s(), meter.memory_was_short()) == (0, False)
        if unified:
            hold(groups.counts, 95)
            write(groups.counts.memory, {"cpu.stat": "usage_usec 3250000\n", "memory.events": "oom_kill 4\n"})
        else:
            hold(groups.counts, 95)
            write(groups.counts.cpu, {"cpuacct.usage": "3250000000\n"})
            write(groups.counts.memory, {"memory.oom_control": "oom_kill 4\n"})

        assert (meter.cpu_s(), meter.memory_was_short(), meter.peak_bytes()) == (0.75, True, 95 * MIB)
    assert groups.pids() == {11, 12}


def test_groups_of_a_process_that_is_no_container() -> None:
    assert counters.find(os.getpid(), "0" * 64) is None
