"""Giving up the right to mount, for good and alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from boxscore.resources import folder

SYS_ADMIN = 1 << 21
GIVE_UP = """
import sys
sys.path.insert(0, sys.argv[1])
import confine
def shown():
    lines = dict(line.split(":\\t") for line in open("/proc/self/status") if line.startswith("Cap"))
    print(int(lines["CapEff"], 16), int(lines["CapPrm"], 16))
shown()
confine._give_up(confine._SYS_ADMIN)
shown()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who has rights to give up")
def test_the_right_to_mount_is_given_up_alone() -> None:
    words = [sys.executable, "-c", GIVE_UP, str(Path(folder("sandbox")))]
    before, after = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    if not int(before.split()[0]) & SYS_ADMIN:
        pytest.skip("root has no right to mount here")

    assert [int(one) & ~SYS_ADMIN for one in before.split()] == [int(one) for one in after.split()]
