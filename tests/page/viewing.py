"""A view as users have it: a process that prints its address, and HTTP over a real socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WAIT_S = 120


def started(*args: str, cwd: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOXSCORE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "boxscore", *args],
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    with process:
        try:
            out, err = process.communicate(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, out, err


def boxscore_(*args: str, cwd: Path) -> tuple[int, str, str]:
    return ended(started(*args, cwd=cwd))


@contextlib.contextmanager
def viewing(*args: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = started("view", *args, cwd=cwd)
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], WAIT_S)[0], "it prints no address"
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        ended(process)


def get(address: str, path: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_S)
    with contextlib.closing(connection):
        connection.request("GET", path or parts.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
