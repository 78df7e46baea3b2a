"""Patches in what a model answers."""

from __future__ import annotations

import pytest

from boxscore import Sample, SampleKind
from boxscore.data.patch_answers import patch_of

ONE = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
TWO = "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("text", "patch"),
    [
        ("Here:\n```diff\ndiff --git a/x b/x\n```\nDone.", "diff --git a/x b/x\n"),
        (f"<patch>\n{ONE}</patch>", ONE),
        (f"<patch>\n```diff\n{ONE}```\n</patch>", ONE),
        (f"My patch: <patch>\n{ONE}</patch> It adds b.", ONE),
        ("I would write\ndiff --git a/x b/x\n--- a/x\n", "diff --git a/x b/x\n--- a/x\n"),
        (f"```diff\n{ONE}```\nOr better:\n```diff\n{TWO}```", TWO),
        (f"```diff\n{ONE}```\nwhere this is new:\n```diff\n+b\n```", ONE),
        (f"```diff\n{ONE}```\n```diff\n```", ONE),
        (f"```\n{ONE}```", ONE),
        (f"```python\nx = 1\n```\n```\n{ONE}```\n```python\nx = 2\n```", ONE),
        (f"```diff\n{ONE} \n```", f"{ONE} \n"),
        (f"```diff\n{ONE}\n```", f"{ONE}\n"),
        (f"The tags `<patch>` and `</patch>`:\n```diff\n{ONE}```", ONE),
        (f"```xml\n<patch>\nyours\n</patch>\n```\n{ONE}", ONE),
        (f"```xml\n<patch>\n{TWO}</patch>\n```\n<patch>\n{ONE}</patch>", ONE),
        (f"```diff\n{ONE}", ONE),
        ("```diff\n@@ -1 +1 @@\n-a\n+b\n```", "@@ -1 +1 @@\n-a\n+b\n"),
        ("I cannot.", None),
        ("```python\nx = 1\n```", None),
        ("```diff\n```", None),
        ("<patch>\n\n</patch>", None),
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


def test_endless_beginnings_of_blocks_take_no_time() -> None:
    """An answer of nothing but openings is read in one pass."""
    text = "<patch>\n```diff\n" * 50_000 + ONE

    assert patch_of(Sample(instance_id="a", sample_id="0", text=text, kind=SampleKind.ANSWER)) == ONE
