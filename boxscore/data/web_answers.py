"""Answers to web projects: how the sample is found in what a model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.records import SampleKind

if TYPE_CHECKING:
    from boxscore.records import Sample


def web_sample_of(sample: Sample) -> str | None:
    """A sample as it is; of a chat answer, what is from its first brace to its last; None if there is nothing."""
    if sample.kind is not SampleKind.ANSWER:
        return sample.text if sample.text.strip() else None
    begin, end = sample.text.find("{"), sample.text.rfind("}")
    return sample.text[begin : end + 1] if 0 <= begin < end else None
