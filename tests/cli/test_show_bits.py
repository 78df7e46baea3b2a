"""What `boxscore show` says of an instance's bits, and of the level of a result."""

from __future__ import annotations

import pytest

from boxscore.cli.show import described_row
from boxscore.cli.show_run import result_rows
from boxscore.records import Outcome, PatchDetail, Result, Trust


@pytest.mark.parametrize(
    ("name", "value", "row"),
    [
        ("blind_bits", 15.2, ("blind bits", "15.2: `blind` takes 10, and log2 of the instance's samples")),
        ("canary_bits", 11.57, ("canary bits", "11.57: `canary` takes 10")),
        ("runner", "pytest", ("runner", "pytest")),
        ("FAIL_TO_PASS", [*"abcdefg"], ("FAIL_TO_PASS", "7: a, b, c, d, e, …")),
    ],
)
def test_bits_are_said_what_they_are_for(name: str, value: object, row: tuple[str, str]) -> None:
    """A number of bits alone tells nobody which level an instance can have."""
    assert described_row(name, value) == row


def test_a_result_says_why_its_level_is_no_higher() -> None:
    """A claim alone leaves people to look for the reason in results.jsonl."""
    detail = PatchDetail(blind_reason="3 bits to guess", canaries_reason="there were none")
    result = Result(instance_id="a", sample_id="0", outcome=Outcome.PASSED, trust=Trust.CLAIM, detail=detail)

    rows = result_rows(result)

    assert ("hidden values", "3 bits to guess") in rows
    assert ("negated tests", "there were none") in rows


@pytest.mark.parametrize("outcome", [Outcome.NO_CODE, Outcome.PATCH_REJECTED, Outcome.SYNTAX, Outcome.INTERNAL])
def test_what_no_test_judged_has_no_level(outcome: Outcome) -> None:
    """A refused sample has its benchmark's level in its record, which protected nothing."""
    result = Result(instance_id="a", sample_id="0", outcome=outcome, trust=Trust.CANARY)

    assert ("trust", "-") in result_rows(result)
