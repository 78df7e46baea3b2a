"""Taking rights away: tried in a process of its own, since what is given up does not come back."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import confine
import frames
import leftovers
from boxscore import resources
from boxscore.protocols.syscall_filter import compile_candidate_filter

if TYPE_CHECKING:
    from pathlib import Path

PRELUDE = """
import errno, os, signal, sys
sys.path.insert(0, sys.argv[1])
import confine
def refused(act, *arguments):
    try:
        act(*arguments)
    except PermissionError:
        return True
    return False
"""
LANDLOCK = """
folder = sys.argv[2]
ruleset = confine.build_ruleset([folder + "/read"], [folder + "/name"], ["/dev/null"], folder + "/scratch")
confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1)
confine.restrict(ruleset)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("read", "name", "scratch", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    return tmp_path


def expect(script: str, folder: Path) -> None:
    command = [sys.executable, "-B", "-c", PRELUDE + script, str(resources.folder("sandbox")), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


needs_landlock = pytest.mark.skipif(confine.landlock_abi() < 1, reason="this kernel has no Landlock")


@needs_landlock
@pytest.mark.parametrize(
    "claim",
    [
        "open(folder + '/read/file').read() and os.listdir(folder + '/read')",
        "refused(open, folder + '/read/file', 'w') and refused(open, folder + '/read/new', 'w')",
        "open(folder + '/name/file').read() and refused(os.listdir, folder + '/name')",
        "open('/dev/null', 'w').write('x')",
        "refused(open, folder + '/other/file') and refused(open, '/etc/passwd')",
        "open(folder + '/scratch/new', 'w').write('x') and os.listdir(folder + '/scratch')",
        "os.mkdir(folder + '/scratch/d') is None and os.rename(folder + '/scratch/d', folder + '/scratch/e') is None",
        "os.chmod(folder + '/scratch/file', 0o755) is None and refused(os.execv, folder + '/scratch/file', ['x'])",
        "refused(os.mknod, folder + '/scratch/device', 0o020600, 259)",
        "refused(os.rename, folder + '/scratch/file', folder + '/other/file2')",
    ],
)
def test_landlock_gives_what_it_says_and_no_more(folder: Path, claim: str) -> None:
    expect(LANDLOCK + f"assert {claim}", folder)


def test_a_system_call_filter_binds(folder: Path) -> None:
    program = compile_candidate_filter(os.uname().machine)
    script = f"""
import fcntl, socket, tempfile
confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1)
confine.SyscallFilter(bytes.fromhex({program.hex()!r})).enter()
with open(sys.executable, "rb") as shared, tempfile.TemporaryFile() as own:
    assert refused(fcntl.flock, shared, fcntl.LOCK_EX) and refused(fcntl.fcntl, shared, fcntl.F_NOTIFY, 1)
    fcntl.lockf(own, fcntl.LOCK_EX)
assert refused(socket.socket) and refused(os.chroot, "/") and refused(os.nice, -1)
assert os.getpid() and os.listdir("/")
"""
    expect(script, folder)


def test_emptying_a_folder_follows_no_links(tmp_path: Path) -> None:
    target, scratch = tmp_path / "target", tmp_path / "scratch"
    target.mkdir()
    (target / "kept").touch()
    deep = scratch
    for _ in range(100):
        deep /= "d" * 20
    deep.mkdir(parents=True)
    (deep / "file").touch()
    (scratch / "link").symlink_to(target)
    (deep / "link").symlink_to(target)

    leftovers.empty(str(scratch))

    assert list(scratch.iterdir()) == []
    assert (target / "kept").exists()


@pytest.mark.parametrize(("peak", "left"), [(1 << 30, frames.OUT_OF_MEMORY), (1 << 20, 0)])
def test_a_machine_without_memory_is_no_candidates_limit(tmp_path: Path, peak: int, left: int) -> None:
    files = {"events": "oom_kill 0\n", "peak": f"{peak}\n", "limit": f"{1 << 30}\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    descriptor = os.open(tmp_path / "events", os.O_RDONLY)
    counter = leftovers.OutOfMemoryCounter(str(descriptor))
    counter.peaks = (str(tmp_path / "peak"), str(tmp_path / "limit"))
    (tmp_path / "events").write_text("oom_kill 1\n")

    assert counter.poll() == left
    os.close(descriptor)
