"""Control groups, on the kernel's own where they can be written and on folders that stand in for them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes import cgroup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1 << 20


@pytest.fixture
def trees() -> cgroup.Trees:
    found = cgroup.find()
    if found is None:
        pytest.skip("control groups cannot be written here")
    return found


@pytest.fixture
def group(trees: cgroup.Trees) -> Iterator[cgroup.ControlGroup]:
    box = cgroup.box_group(trees, memory_bytes=64 * MIB, processes=20)
    inner = box.child("run", memory_bytes=32 * MIB, processes=8)
    yield inner
    inner.close()
    box.close()


def joined(group: cgroup.ControlGroup, script: str) -> subprocess.Popen[bytes]:
    joins = "".join(f"echo 0 > {file} && " for file in group.entrances)
    return subprocess.Popen(["sh", "-c", joins + script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_no_control_groups(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("proc /proc proc rw 0 0\n")

    assert cgroup.find(mounts) is None


def test_second_version_limits_and_counts(tmp_path: Path) -> None:
    trees = cgroup.Trees(memory=tmp_path, pids=tmp_path, cpuacct=tmp_path, unified=True)
    (tmp_path / "boxscore").mkdir()

    box = cgroup.box_group(trees, memory_bytes=2 * MIB, processes=7)

    (folder,) = (tmp_path / "boxscore").iterdir()
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (folder / "memory.events").write_text("low 0\nmax 3\noom 1\noom_kill 2\n")
    (folder / "pids.events").write_text("max 4\n")
    assert ((folder / "memory.max").read_text(), (folder / "pids.max").read_text()) == (str(2 * MIB), "7")
    counts = box.counts
    assert (counts.cpu_s(), counts.memory_kills(), counts.refused_processes(), counts.memory_peak()) == (
        1.5,
        2,
        4,
        None,
    )


def test_a_bound_on_swap_that_cannot_be_set_is_an_error(tmp_path: Path) -> None:
    group = tmp_path / "boxscore/box"
    (group / "memory.swap.max").mkdir(parents=True)
    trees = cgroup.Trees(memory=tmp_path, pids=tmp_path, cpuacct=tmp_path, unified=True)

    with pytest.raises(OSError, match=r"memory\.swap\.max"):
        cgroup.bound_swap(trees, group, 2 * MIB)

    (group / "memory.swap.max").rmdir()
    cgroup.bound_swap(trees, group, 2 * MIB)


def test_unwritable(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("cgroup2 /proc/self/fdinfo cgroup2 rw 0 0\n")

    assert cgroup.find(mounts) is None


def test_processes_are_refused(group: cgroup.ControlGroup) -> None:
    shell = joined(group, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 600 > /dev/null & done")
    shell.communicate(timeout=300)

    assert group.counts.refused_processes() > 0


def test_close_kills_waits_and_removes(trees: cgroup.Trees) -> None:
    box = cgroup.box_group(trees, memory_bytes=64 * MIB, processes=20)
    inner = box.child("run", memory_bytes=32 * MIB, processes=8)
    shell = joined(inner, "trap '' TERM INT HUP; echo up; sleep 60; sleep 60")
    assert shell.stdout is not None
    assert shell.stdout.readline() == b"up\n"

    box.close()

    assert shell.wait(timeout=300) == -9
    shell.stdout.close()
    assert not any((root / "boxscore" / box.path).exists() for root in trees.roots)


def left_behind(trees: cgroup.Trees, name: str) -> list[Path]:
    left = [root / "boxscore" / name for root in trees.roots]
    for folder in left:
        while not (folder / "run-0").is_dir():
            with suppress(FileNotFoundError):  # another engine's reaper removed the outer one before the inner was made
                (folder / "run-0").mkdir(parents=True, exist_ok=True)
    return left


def test_reap_removes_what_killed_engines_left(trees: cgroup.Trees) -> None:
    used = cgroup.box_group(trees, memory_bytes=MIB, processes=2)
    left = left_behind(trees, "1-999999999999-0-ab")

    cgroup.reap(trees)  # or another engine's reaper, where one is at work

    assert not any(folder.exists() for folder in left)
    assert all((root / "boxscore" / used.path).is_dir() for root in trees.roots)
    used.close()


def lived_in(trees: cgroup.Trees, name: str, pid: int) -> list[Path]:
    while True:
        left = left_behind(trees, name)
        try:
            for folder in left:
                (folder / "run-0" / "cgroup.procs").write_text(str(pid))
        except FileNotFoundError:  # another engine's reaper came before the process did
            continue
        return left


@pytest.mark.parametrize("name", ["build-of-somebody-else", None], ids=["foreign", "engine-lives"])
def test_reap_ends_no_process_unless_its_engine_has_ended(trees: cgroup.Trees, name: str | None) -> None:
    name = name or f"{cgroup.engine_name()}-0-beef"
    with subprocess.Popen(["sleep", "600"]) as process:
        left = lived_in(trees, name, process.pid)

        removed = cgroup.reap(trees)
        alive = process.poll() is None
        stood = all(folder.exists() for folder in left)  # once it is empty, any engine's reaper removes it
        process.kill()
    cgroup.reap(trees)  # it is empty now

    assert alive
    assert stood
    assert not {str(folder) for folder in left} & set(removed)
    assert not any(folder.exists() for folder in left)


REAP = "from boxscore.boxes import cgroup; print(*cgroup.reap(cgroup.find()))"


def test_an_engine_in_another_pid_namespace_ends_nothing_that_lives(trees: cgroup.Trees) -> None:
    used = cgroup.box_group(trees, memory_bytes=64 * MIB, processes=20)
    shell = joined(used.child("run", memory_bytes=32 * MIB, processes=8), "echo up; exec sleep 600")
    assert shell.stdout is not None
    assert shell.stdout.readline() == b"up\n"
    left = left_behind(trees, f"{cgroup.engine_name()}-0-dead")  # our pid, but nobody holds it

    elsewhere = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", REAP]
    done = subprocess.run(elsewhere, capture_output=True, text=True, check=False, timeout=300)
    alive = shell.poll() is None
    used.close()
    shell.communicate()

    if "unshare: " in done.stderr:
        pytest.skip(f"no pid namespace can be made: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert alive
    assert not any(folder.exists() for folder in left)
    assert used.path not in done.stdout


def test_a_group_that_cannot_be_removed_does_not_end_the_reaper(
    trees: cgroup.Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "KILL_S", 0.0)
    monkeypatch.setattr(cgroup, "_kill", lambda _folder: False)
    with subprocess.Popen(["sleep", "600"]) as process:
        stuck = lived_in(trees, "1-1-0-aa", process.pid)[-1]
        left = left_behind(trees, "1-1-0-bb")

        removed = cgroup.reap(trees)

        process.kill()
    monkeypatch.undo()
    cgroup.reap(trees)

    assert str(stuck) not in removed
    assert not any(folder.exists() for folder in (stuck, *left))
