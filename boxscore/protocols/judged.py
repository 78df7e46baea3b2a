"""What tests that run beside a candidate come to, and what protected that verdict: the same for every runner."""

from __future__ import annotations

from msgspec import Struct

from boxscore.records import Outcome, Trust


class JudgedTests(Struct, frozen=True, kw_only=True):
    """What a candidate's tests came to: the outcome and why, and the level that this is known at.

    The rest is what details of results have of it.
    """

    outcome: Outcome
    reason: str
    trust: Trust = Trust.CLAIM
    blind_bits: float | None = None
    blind_reason: str = ""
    canaries: int | None = None
    canaries_reason: str = ""
    canary_bits: float | None = None


class CanaryFinding(Struct, frozen=True, kw_only=True):
    """What a run among negated tests says: how many failed as they must, and `forged` or `otherwise` where not so."""

    count: int = 0
    forged: str = ""
    otherwise: str = ""
