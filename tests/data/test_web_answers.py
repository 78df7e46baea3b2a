"""Web projects in what a model answers."""

from __future__ import annotations

import pytest

from boxscore import Sample, SampleKind, web_sample_of


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (SampleKind.SOLUTION, '{"files": {}}', '{"files": {}}'),
        (SampleKind.SOLUTION, " \n", None),
        (SampleKind.ANSWER, 'Here:\n```json\n{"files": {"a": "{}"}}\n```\n', '{"files": {"a": "{}"}}'),
        (SampleKind.ANSWER, "I cannot.", None),
        (SampleKind.ANSWER, "} {", None),
    ],
)
def test_web_samples_in_answers(kind: SampleKind, text: str, found: str | None) -> None:
    assert web_sample_of(Sample(instance_id="a", sample_id="0", text=text, kind=kind)) == found
