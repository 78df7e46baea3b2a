"""What a run leaves in the process that made it: nothing."""

from __future__ import annotations

import gc
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

import boxscore
from boxscore.boxes.registry import open_backend
from boxscore.errors import SandboxUnavailable


@pytest.mark.parametrize(
    "backend",
    [pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)],
)
def test_a_run_leaves_no_thread_child_or_descriptor(backend: str, request: pytest.FixtureRequest) -> None:
    """However often a process grades, it is as small afterwards; what is loaded once may stay."""
    if backend == "docker":
        request.getfixturevalue("python_image")
    try:
        open_backend(backend).check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))

    threads = set(threading.enumerate())
    boxscore.grade("tiny", backend=backend, workers=2)
    gc.collect()
    before = descriptors(), children()
    for _ in range(2):
        boxscore.grade("tiny", backend=backend, workers=2)

    wait_until_only(threads)
    assert descriptors() - before[0] == set()
    assert children() - before[1] == set()


def wait_until_only(threads: set[threading.Thread]) -> None:
    until = time.monotonic() + 300
    while ours := [one for one in threading.enumerate() if one.name.startswith("boxscore") and one not in threads]:
        assert time.monotonic() < until, ours
        time.sleep(0.05)


def descriptors() -> set[tuple[str, str]]:
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one by which the folder was read
            found.add((path.name, str(path.readlink())))
    return found


def children() -> set[tuple[str, str]]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text(errors="replace").rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == os.getpid():
            found.add((path.parent.name, name))
    return found
