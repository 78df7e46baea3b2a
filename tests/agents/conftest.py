"""A box for agents of the local backend, which the tests of this folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import Limits, SyncAgentBox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

LIMITS = Limits(
    cpu_s=60.0, wall_s=100.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20, output_bytes=1 << 16
)


TIDY = "chmod -R u+rwX . 2>/dev/null; find . /tmp /dev/shm -mindepth 1 -delete 2>/dev/null; echo on"


@pytest.fixture(scope="session")
def opened(local_backend: Backend) -> Iterator[SyncAgentBox]:
    with SyncAgentBox(backend=local_backend, limits=LIMITS, ttl_s=3600.0) as box:
        yield box


@pytest.fixture
def shared(opened: SyncAgentBox) -> Iterator[SyncAgentBox]:
    """One local box for all tests, which each of them finds without files."""
    yield opened
    opened.exec(TIDY, timeout_s=60.0)
