"""Patches in what a model answers."""

from __future__ import annotations

import pytest

from boxscore import Sample, SampleKind
from boxscore.data.patch_answers import patch_of


@pytest.mark.parametrize(
    ("text", "patch"),
    [
        ("Here:\n```diff\ndiff --git a/x b/x\n```\nDone.", "diff --git a/x b/x\n"),
        ("<patch>\n--- a/x\n+++ b/x\n</patch>", "--- a/x\n+++ b/x\n"),
        ("I would write\ndiff --git a/x b/x\n--- a/x\n", "diff --git a/x b/x\n--- a/x\n"),
        ("I cannot.", None),
        ("```diff\n```", None),
    ],
)
def test_patches_in_answers(text: str, patch: str | None) -> None:
    """A chat answer is searched for a patch."""
    assert patch_of(Sample(instance_id="a", sample_id="0", text=text, kind=SampleKind.ANSWER)) == patch


def test_patches_are_taken_as_they_are() -> None:
    """A prediction is not touched; an empty one is no code."""
    given = Sample(instance_id="a", sample_id="0", text=" \ndiff", kind=SampleKind.PATCH)
    empty = Sample(instance_id="a", sample_id="0", text="", kind=SampleKind.PATCH)

    assert patch_of(given) == " \ndiff"
    assert patch_of(empty) is None
