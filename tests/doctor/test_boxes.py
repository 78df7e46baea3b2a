"""The doctor's control: what it says of boxes that work and of such that do not."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.fake import FakeBackend, FakeStream
from boxscore.doctor.examine import control
from boxscore.doctor.finding import CheckStatus

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


def saying(message: dict[str, object]) -> FakeBackend:
    data = json.dumps(message).encode()
    answers = iter([struct.pack("<I", len(data)) + data])
    return FakeBackend(stream=lambda _: FakeStream(lambda _: next(answers, b"")))


def test_a_limit_that_is_too_low_is_told_in_full() -> None:
    found = control(saying({"failure": "limit", "detail": "", "limit": "NPROC", "value": 63, "needed": 64}), None)

    assert found.status is CheckStatus.MISSING
    assert "RLIMIT_NPROC is 63 and a box needs 64" in found.detail


def test_a_missing_image_is_no_broken_backend() -> None:
    assert control(FakeBackend(images=()), "python").status is CheckStatus.WARN


@pytest.mark.bubblewrap
def test_a_box_that_works_is_ok(local_backend: Backend) -> None:
    assert control(local_backend, None).status is CheckStatus.OK
