"""The figures of growth."""

from __future__ import annotations

from bench.scale import growth, speedups


def test_growth_is_bytes_a_sample_of_the_second_half() -> None:
    """What the start of a run costs is not growth; few points say nothing."""
    rss = [(float(at), 100_000 if at < 10 else 100_000 + 30 * at, at * 1000) for at in range(21)]

    assert growth(rss, 2000) == 0.3
    assert growth(rss[:5], 2000) is None


def test_speedup_is_against_the_first_number_of_workers() -> None:
    """Each size is compared with itself."""
    rows = [
        {"samples": size, "workers": workers, "samples_per_s": size * workers * 0.9}
        for size in (1, 2)
        for workers in (1, 2)
    ]

    assert [one["speedup"] for one in speedups(rows, [1, 2])] == [2.0, 2.0]
