"""Fixtures of the tests of sessions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend


@pytest.fixture(scope="module")
def warm(local_backend: Backend) -> Iterator[boxscore.SyncGrader]:
    assert local_backend.name == "local"
    with boxscore.SyncGrader("tiny", backend="local", workers=2) as grader:
        yield grader


@pytest.fixture
def our_threads() -> set[threading.Thread]:
    return set(threading.enumerate())
