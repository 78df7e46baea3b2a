"""Quantiles of Student's t distribution, beside scipy's."""

from __future__ import annotations

import pytest
from scipy.special import stdtrit

from boxscore.score.statistics import t_quantile


@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(p: float) -> None:
    """Few degrees of freedom and many, odd and even, on both sides of where the formula changes."""
    for degrees in [*range(1, 260), 1_000, 10_007, 1_000_000]:
        assert t_quantile(p, degrees) == pytest.approx(float(stdtrit(degrees, p)), rel=1e-9), degrees


@pytest.mark.parametrize("p", [0.6, 0.95, 0.975])
@pytest.mark.parametrize("degrees", [1.05, 1.5, 2.39, 3.33, 9.34, 57.5, 199.9, 200.1, 356.14])
def test_degrees_that_are_no_whole_number(p: float, degrees: float) -> None:
    """Unequal clusters have such; four digits are more than they are worth."""
    assert t_quantile(p, degrees) == pytest.approx(float(stdtrit(degrees, p)), rel=1e-4)
