"""Boxes whose time to live is over go, also where their process stands still."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes import labels
from boxscore.boxes.contract import BoxSpec
from boxscore.errors import BoxLost

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

WAIT_S = 100.0
HOLDS = """
import time
from boxscore import SyncAgentBox
box = SyncAgentBox(backend="local", ttl_s=2).open()
print(box._get_held().box.init_pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.docker
def test_the_reaper_removes_what_has_expired(docker_backend: Backend, python_image: str) -> None:
    """A container whose time is over is removed though its engine lives; one whose time is not over stays."""
    now = time.time()
    with (
        docker_backend.box(BoxSpec(image=python_image, owner="me", expires_at=now + 1000)) as lasting,
        docker_backend.box(BoxSpec(image=python_image, owner="me", expires_at=now - 1000)) as over,
    ):
        docker_backend.reap()  # or another engine's reaper, where one is at work

        with pytest.raises(BoxLost):
            over.run(["echo", "on"])
        assert lasting.run(["echo", "on"]).stdout == b"on\n"


def test_a_local_box_ends_by_itself(local_backend: Backend) -> None:
    """The processes of a local box are gone after its time, though the process that holds it stands still."""
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            init = int(process.stdout.readline())
            process.send_signal(signal.SIGSTOP)
            until = time.monotonic() + WAIT_S
            while labels.start_time(init) is not None and time.monotonic() < until:
                time.sleep(0.05)
            assert labels.start_time(init) is None
            assert Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        finally:
            process.kill()
