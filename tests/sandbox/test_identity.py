"""Ending a candidate: whatever it has come to, the supervisor never waits for it in vain."""

from __future__ import annotations

import os
import signal

from identity import FreshNumbers


class Unreached(FreshNumbers):
    """Its candidate has not taken its number yet, so a kill of all that have it reaches nobody."""

    def _kill(self) -> None:
        """Reach nobody."""


def test_a_candidate_that_has_not_taken_its_number_is_ended() -> None:
    """It waits for a request that never comes, and would be waited for as long."""
    identity = Unreached(1 << 20)
    if identity.fork() == 0:
        signal.pause()
        os._exit(0)

    ended, status, *_ = identity.end(0.0)

    assert not ended
    assert os.WTERMSIG(status) == signal.SIGKILL
