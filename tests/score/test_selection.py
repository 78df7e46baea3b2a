"""pass^k and majority: golden numbers, and what scipy says."""

from __future__ import annotations

import pytest
from scipy.stats import hypergeom

from boxscore.score.systems import pass_hat_k, strict_majority

THREE = [(10, 0), (10, 3), (10, 10)]


@pytest.mark.parametrize(
    ("c", "k", "wanted"), [(7, 2, 0.466667), (7, 5, 0.083333), (8, 2, 0.622222), (8, 5, 0.222222), (1, 2, 0.0)]
)
def test_pass_hat_k(c: int, k: int, wanted: float) -> None:
    assert pass_hat_k(10, c, k) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.433333), (2, 0.355556), (5, 0.333333)])
def test_pass_hat_k_of_three(k: int, wanted: float) -> None:
    assert sum(pass_hat_k(n, c, k) or 0 for n, c in THREE) / 3 == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.6), (2, 0.333), (3, 0.667), (5, 0.738), (9, 1.0)])
def test_strict_majority(k: int, wanted: float) -> None:
    """More than half of k samples pass; of an even k a tie is not enough."""
    assert strict_majority(10, 6, k) == pytest.approx(wanted, abs=5e-4)
    assert strict_majority(10, 6, k) == pytest.approx(hypergeom.sf(k // 2, 10, 6, k))


def test_too_few() -> None:
    """More than there are cannot be drawn: not computed, which is not 0."""
    assert (pass_hat_k(2, 2, 3), strict_majority(2, 2, 3)) == (None, None)
