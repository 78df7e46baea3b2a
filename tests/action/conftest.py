"""What tests of the action share: a GitHub on loopback, and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.action.github_server import FakeGitHub, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with serving() as served:
        yield served
