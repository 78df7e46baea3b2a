"""What becomes of one test of a suite, in the words that all runners are read into."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.records import Evidence, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.records import PatchFlag


class Status(enum.StrEnum):
    """What became of one test, as a runner says it."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"
    XFAIL = "XFAIL"


class JudgedTests(Struct, frozen=True, kw_only=True):
    """What a candidate's tests came to: the outcome and why, the level that this is known at, and its evidence."""

    outcome: Outcome
    reason: str
    trust: Trust = Trust.CLAIM
    evidence: Evidence = Evidence()


def watched(planted: int, flags: Sequence[PatchFlag] = ()) -> tuple[Trust, Evidence]:
    """Give the level of a pass beside which all `planted` tests failed; `flags` name forging patterns that left traces.

    A flag denies the level, and no more: it is evidence for people.
    """
    if flags:
        places = [f"{one.rule} at {one.place}" for one in flags[:3]]
        return Trust.CLAIM, Evidence(planted=planted, reason=f"flagged: {', '.join(places)}")
    return Trust.WATCHED, Evidence(planted=planted)
