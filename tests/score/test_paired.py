"""Two systems on the same instances: golden numbers, and what scipy says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import binomtest

from boxscore.score.paired import (
    Discordant,
    difference_interval,
    mcnemar,
    sign_flip,
    tango,
    unit_totals,
)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 100))
def test_tango_is_symmetric(wins: int, losses: int, neither: int) -> None:
    n = wins + losses + neither
    one, other = tango(Discordant(n=n, wins=wins, losses=losses)), tango(Discordant(n=n, wins=losses, losses=wins))

    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    p = mcnemar(Discordant(n=1000, wins=wins, losses=losses))

    assert p == pytest.approx(binomtest(wins, wins + losses).pvalue if wins + losses else 1.0, rel=1e-9)


# 164 instances: 18 that the second solves alone, 7 that the first does.
PAIRS = [1.0] * 18 + [-1.0] * 7 + [0.0] * 139
# 15 instances of 6 repositories.
REPOSITORIES = {
    "a": [-1.0],
    "b": [0.0],
    "c": [1.0],
    "d": [1.0, 1.0, 1.0],
    "e": [1.0, 1.0, 0.0, 0.0],
    "f": [1.0, 0.0, 0.0, 0.0, 0.0],
}
GROUPED = [one for values in REPOSITORIES.values() for one in values]
CLUSTERS = [name for name, values in REPOSITORIES.items() for _ in values]


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_t_interval_is_scipys(confidence: float) -> None:
    found = difference_interval(PAIRS, confidence=confidence)
    theirs = stats.ttest_1samp(PAIRS, 0).confidence_interval(confidence)

    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_sign_flip_of_pairs() -> None:
    assert sign_flip(PAIRS, None, seed=1) == pytest.approx(0.0433, abs=0.006)
    assert sign_flip(PAIRS, None, seed=1) == sign_flip(PAIRS, None, seed=1)


def test_clusters() -> None:
    clustered = difference_interval(GROUPED, CLUSTERS)

    assert sum(GROUPED) / len(GROUPED) == pytest.approx(0.4)
    assert sign_flip(GROUPED, None, seed=0) == pytest.approx(0.0703125)
    assert sign_flip(GROUPED, CLUSTERS, seed=0) == 0.25
    assert clustered is not None
    assert clustered.standard_error is not None
    assert clustered.standard_error == pytest.approx(0.1916, abs=5e-5)
    assert 2 * stats.t.sf(0.4 / clustered.standard_error, 5) == pytest.approx(0.091, abs=5e-4)
    plain = difference_interval(GROUPED)
    assert plain is not None
    assert plain.standard_error == pytest.approx(0.1633, abs=5e-5)
    assert unit_totals(GROUPED, CLUSTERS) == [-1, 0, 1, 3, 2, 1]


def test_nothing_to_tell() -> None:
    assert difference_interval([0.0] * 20) is None
    assert difference_interval([0.5]) is None
    assert difference_interval([0.25] * 4) is None
    assert sign_flip([0.0] * 5, None, 0) == 1.0
