"""The figures of warm graders: how they are counted."""

from __future__ import annotations

import io

import pytest

import boxscore
from bench.service import first_address, percentile, samples_of, spread


def test_percentiles_are_values_that_were_seen() -> None:
    """The share of values below is as asked, and the last is never passed."""
    values = [5.0, 1.0, 4.0, 2.0, 3.0]

    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 3.0, 5.0, 5.0]
    assert spread([0.001, 0.003]) == {"calls": 2, "p50_ms": 3.0, "p99_ms": 3.0}


def test_samples_are_right_and_different() -> None:
    """Instances take turns, those without a reference are left out, and no two texts are alike."""
    instances = [
        boxscore.Instance(instance_id=name, prompt="", row={}, reference=text)
        for name, text in (("a", "x = 1"), ("b", None), ("c", "x = 2"))
    ]

    samples = samples_of(instances, 5)

    assert [one.instance_id for one in samples] == ["a", "c", "a", "c", "a"]
    assert len({one.text for one in samples}) == len({one.sample_id for one in samples}) == 5


def test_the_address_of_a_service_is_found() -> None:
    """The first one that it prints."""
    assert first_address(io.StringIO("starting\nboxscore: http://127.0.0.1:81 is ready\n")) == "http://127.0.0.1:81"
    with pytest.raises(SystemExit):
        first_address(io.StringIO("nothing\n"))
