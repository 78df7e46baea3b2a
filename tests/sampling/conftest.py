"""Boxes for runs in which it does not matter how code is graded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.records import Outcome, Result
from boxscore.session import session
from boxscore.session.pool import own_result

if TYPE_CHECKING:
    from boxscore.session.pool import Ticket


class InstantPool:
    waiting = busy = 0

    def __init__(self, *_: object) -> None:
        """Take what workers would be made of."""

    def submit(self, ticket: Ticket) -> None:
        work = ticket.make()
        code = "" if work.candidate is None else work.candidate.code
        result = work.known or Result(
            instance_id=work.instance_id,
            sample_id=work.sample_id,
            outcome=Outcome.WRONG if "return None" in code else Outcome.PASSED,
            trust=work.trust,
        )
        ticket.settle(own_result(work, result))

    def cancel(self, ticket: Ticket) -> None:
        """Nothing is at work."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def instant_boxes(monkeypatch: pytest.MonkeyPatch, local_backend: object) -> None:
    """Let sessions grade at once; the machine must have a sandbox all the same, which is looked at."""
    del local_backend
    monkeypatch.setattr(session, "Pool", InstantPool)
