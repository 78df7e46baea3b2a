"""One sample of each instance: golden numbers of the interval and the test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from boxscore.score.paired import Discordant, mcnemar, tango


@pytest.mark.parametrize(("n", "wins", "losses"), [(1, 1, 0), (1, 0, 1), (5, 5, 0), (5, 0, 5), (4, 2, 2), (1, 0, 0)])
def test_tango_of_a_few(n: int, wins: int, losses: int) -> None:
    """At the ends the interval stays within what a difference can be, and holds what was seen."""
    found = tango(Discordant(n=n, wins=wins, losses=losses))

    assert -1 <= found.low <= (wins - losses) / n <= found.high <= 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 100))
def test_tango_is_symmetric(wins: int, losses: int, neither: int) -> None:
    """Exchanging the systems turns the interval round."""
    n = wins + losses + neither
    one, other = tango(Discordant(n=n, wins=wins, losses=losses)), tango(Discordant(n=n, wins=losses, losses=wins))

    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


def test_mcnemar() -> None:
    """The exact p, its middle, and the two ends."""
    assert mcnemar(Discordant(n=164, wins=18, losses=7)) == pytest.approx(0.0432852507, abs=1e-10)
    assert mcnemar(Discordant(n=164, wins=18, losses=7), middle=True) == pytest.approx(0.0290, abs=5e-5)
    assert mcnemar(Discordant(n=164, wins=0, losses=0)) == 1
    assert mcnemar(Discordant(n=164, wins=5, losses=0)) == 0.0625


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    p = mcnemar(Discordant(n=1000, wins=wins, losses=losses))

    assert p == pytest.approx(binomtest(wins, wins + losses).pvalue if wins + losses else 1.0, rel=1e-9)
