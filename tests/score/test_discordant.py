"""One sample of each instance: golden numbers of the interval and the test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from boxscore.score.paired import Discordant, mcnemar, tango


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 100))
def test_tango_is_symmetric(wins: int, losses: int, neither: int) -> None:
    """Exchanging the systems turns the interval round."""
    n = wins + losses + neither
    one, other = tango(Discordant(n=n, wins=wins, losses=losses)), tango(Discordant(n=n, wins=losses, losses=wins))

    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    p = mcnemar(Discordant(n=1000, wins=wins, losses=losses))

    assert p == pytest.approx(binomtest(wins, wins + losses).pvalue if wins + losses else 1.0, rel=1e-9)
