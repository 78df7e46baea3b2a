"""A base for benchmarks of repositories."""

from __future__ import annotations

import boxscore

ISSUE = boxscore.Instance(instance_id="a", prompt="total() is too low\n", row={}, reference=None)


class Toy(boxscore.PatchHarness):
    """A harness that says nothing but its name."""

    name = "toy"


def test_the_issue_is_asked_for_and_the_patch_taken() -> None:
    (message,) = Toy().prompt(ISSUE)
    answer = boxscore.Sample(
        instance_id="a", sample_id="0", text="So:\n```diff\n--- a/x\n```\n", kind=boxscore.SampleKind.ANSWER
    )

    assert "total() is too low" in message["content"]
    assert Toy().extract(ISSUE, answer) == "--- a/x\n"
