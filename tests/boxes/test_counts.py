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


def hold(counts: GroupCounts, now: int, most: int | None = None) -> None:
    (counts.memory / ("memory.current" if counts.unified else "memory.usage_in_bytes")).write_text(f"{now * MIB}\n")
    if most is not None:
        counts.peak_file.write_text(f"{most * MIB}\n")


@pytest.mark.parametrize("make", [first, second])
def test_both_versions_say_the_same(tmp_path: Path, make: Callable[[Path], GroupCounts]) -> None:
    counts = make(tmp_path)

    assert (counts.cpu_s(), counts.memory_bytes(), counts.memory_peak()) == (2.5, 40 * MIB, 90 * MIB)
    assert (counts.memory_kills(), counts.refused_processes(), counts.memory_exhausted()) == (3, 5, True)


@pytest.mark.parametrize("make", [first, lambda root: second(root, peak=0o644)])
def test_a_peak_that_can_be_started_anew_is_the_kernels(tmp_path: Path, make: Callable[[Path], GroupCounts]) -> None:
    counts = make(tmp_path)

    with closing(Peak(counts)) as peak:
        hold(counts, 99)
        peak.look()
        hold(counts, 50, 60)

        assert peak.bytes() == 60 * MIB


def test_a_peak_of_the_whole_life_counts_if_it_grew(tmp_path: Path) -> None:
    counts = second(tmp_path)

    with closing(Peak(counts)) as peak:
        hold(counts, 70)
        peak.look()
        hold(counts, 45)
        peak.look()

        assert peak.bytes() == 70 * MIB
        hold(counts, 50, 95)
        assert peak.bytes() == 95 * MIB


def test_without_a_peak_it_is_the_highest_that_was_seen(tmp_path: Path) -> None:
    counts = second(tmp_path, peak=None)

    with closing(Peak(counts)) as peak:
        assert peak.bytes() is None
        for held in (41, 77, 44):
            hold(counts, held)
            peak.look()

        assert peak.bytes() == 77 * MIB


def test_a_first_version_that_is_not_ours_to_write_is_looked_at(tmp_path: Path) -> None:
    counts = first(tmp_path)
    counts.peak_file.chmod(0o444)

    with closing(Peak(counts)) as peak:
        hold(counts, 55)
        peak.look()

        assert peak.bytes() == 55 * MIB


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
        hold(groups.counts, 64)
        if unified:
            write(groups.counts.memory, {"cpu.stat": "usage_usec 3250000\n", "memory.events": "oom_kill 4\n"})
        else:
            hold(groups.counts, 64, 64)
            write(groups.counts.cpu, {"cpuacct.usage": "3250000000\n"})
            write(groups.counts.memory, {"memory.oom_control": "oom_kill 4\n"})

        assert (meter.cpu_s(), meter.memory_was_short(), meter.peak_bytes()) == (0.75, True, 64 * MIB)
    assert groups.pids() == {11, 12}


def test_groups_of_a_process_that_is_no_container() -> None:
    assert counters.find(os.getpid(), "0" * 64) is None
