"""Levels of trust in results: those of older versions stay readable."""

from __future__ import annotations

import msgspec
import pytest

from boxscore.protocols.details import detail_hook
from boxscore.protocols.patch.task import PatchDetail
from boxscore.records import Evidence, Result, Trust

OLD = {
    "instance_id": "a/b",
    "sample_id": "0",
    "outcome": "passed",
    "trust": "canary",
    "detail": {"kind": "patch", "canaries": 4, "canary_bits": 12.5, "blind_bits": None, "blind_reason": "too little"},
}


def test_a_result_at_a_level_that_is_no_more_is_a_claim() -> None:
    """What it had as evidence is left out."""
    found = msgspec.convert(OLD, Result, dec_hook=detail_hook)

    assert (found.trust, found.detail, found.evidence) == (Trust.CLAIM, PatchDetail(), "")


def test_an_unknown_level_is_none() -> None:
    """It is an error, as with other fields."""
    with pytest.raises(msgspec.ValidationError, match="trust"):
        msgspec.convert(OLD | {"trust": "sworn"}, Result, dec_hook=detail_hook)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence(), ""),
        (Evidence(checked=3, expected=7), "3 of 7 expected values checked outside of the box"),
        (Evidence(planted=2, reason="not blind: why"), "2 planted tests failed as they must; not blind: why"),
    ],
)
def test_evidence_in_words(evidence: Evidence, said: str) -> None:
    """Values and tests, not numbers of bits."""
    assert evidence.in_words == said
