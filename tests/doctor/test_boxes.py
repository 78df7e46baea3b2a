"""The doctor's control: what it says of boxes that work and of such that do not."""

from __future__ import annotations

import json
import struct

import pytest

from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.boxes.registry import open_backend
from boxscore.doctor.boxes import control
from boxscore.doctor.finding import CheckStatus
from boxscore.errors import SandboxUnavailable


def saying(message: dict[str, object]) -> FakeBackend:
    """Boxes whose supervisor says one thing."""
    data = json.dumps(message).encode()
    answers = iter([struct.pack("<I", len(data)) + data])
    return FakeBackend(stream=lambda _: FakeStream(lambda _: next(answers, b"")))


def test_a_limit_that_is_too_low_is_told_in_full() -> None:
    """The doctor says the sentence with which a run would refuse."""
    found = control(saying({"failure": "limit", "detail": "", "limit": "NPROC", "value": 63, "needed": 64}), None)

    assert found.status is CheckStatus.MISSING
    assert "RLIMIT_NPROC is 63 and a box needs 64" in found.detail


def test_a_missing_image_is_no_broken_backend() -> None:
    """Without an image no box can be tried, which says nothing of the backend."""
    assert control(FakeBackend(images=()), "python").status is CheckStatus.WARN


@pytest.mark.bubblewrap
def test_a_box_that_works_is_ok() -> None:
    """Where the local backend works, so does its control."""
    backend = open_backend("local")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no bubblewrap sandbox here: {error}")

    assert control(backend, None).status is CheckStatus.OK
