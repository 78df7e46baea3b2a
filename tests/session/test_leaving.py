"""A process that ends, however it does, leaves nothing of its sessions."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.run.test_kill import alive, descendants, leftovers

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

WAIT_S = 300
SCRIPT = """
import asyncio, sys, threading, boxscore
ENDLESS = {"task_id": "tiny/merge-spans", "solution": "while True: pass"}
options = {"backend": sys.argv[1], "workers": 2, "cpu_s": 600}
def told(grader):
    grader.grade({"task_id": "tiny/merge-spans", "solution": ""})
    print("at work", flush=True)
def plain():
    with boxscore.SyncGrader("tiny", **options) as grader:
        threading.Timer(1.0, told, (grader,)).start()
        grader.grade(ENDLESS)
async def looped():
    async with boxscore.Grader("tiny", **options) as grader:
        endless = asyncio.ensure_future(grader.grade(ENDLESS))
        await asyncio.sleep(1.0)
        await grader.grade({"task_id": "tiny/merge-spans", "solution": ""})
        print("at work", flush=True)
        await endless
plain() if sys.argv[2] == "plain" else asyncio.run(looped())
"""
CLOSED_BY_NOBODY = """
import boxscore
grader = boxscore.SyncGrader("tiny", backend="local", workers=1)
print(grader.grade({"task_id": "tiny/merge-spans", "solution": ""}).outcome)
"""


@pytest.mark.parametrize(
    ("way", "number"),
    [
        ("plain", signal.SIGINT),
        ("plain", signal.SIGKILL),
        ("looped", signal.SIGINT),
        ("looped", signal.SIGTERM),
    ],
)
@pytest.mark.bubblewrap
def test_nothing_is_left_of_a_process_that_was_ended(local_backend: Backend, way: str, number: signal.Signals) -> None:
    """Neither by ^C, nor by a signal that gives it no time."""
    script = [sys.executable, "-c", SCRIPT, local_backend.name, way]
    with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"at work\n"
            before = descendants(process.pid)
            process.send_signal(number)
            process.communicate(timeout=WAIT_S)
        finally:
            process.kill()  # else a test that fails waits for it

    assert before
    assert process.returncode != 0
    until = time.monotonic() + WAIT_S
    while alive(before):
        assert time.monotonic() < until
        time.sleep(0.05)
    local_backend.reap()  # empty control groups alone are left to the next session
    assert (
        leftovers(
            process.pid,
            before,
            "local",
        )
        == []
    )


@pytest.mark.bubblewrap
def test_a_grader_that_nobody_closes_is_closed_at_the_end(local_backend: Backend) -> None:
    """A script that forgets to ends as soon as it is done, and says nothing of threads."""
    assert local_backend.name == "local"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CLOSED_BY_NOBODY],
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "no_code\n", "")
