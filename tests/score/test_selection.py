"""pass^k, majority and the best of graded scores: golden numbers, and what scipy says."""

from __future__ import annotations

import itertools
import math

import pytest
from scipy.stats import hypergeom

from boxscore.score.systems import max_at_k, pass_hat_k, plurality, strict_majority

THREE = [(10, 0), (10, 3), (10, 10)]
GRADED = [0, 0.2, 0.2, 0.5, 1]


@pytest.mark.parametrize(
    ("c", "k", "wanted"), [(7, 2, 0.466667), (7, 5, 0.083333), (8, 2, 0.622222), (8, 5, 0.222222), (1, 2, 0.0)]
)
def test_pass_hat_k(c: int, k: int, wanted: float) -> None:
    """All of k samples pass."""
    assert pass_hat_k(10, c, k) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.433333), (2, 0.355556), (5, 0.333333)])
def test_pass_hat_k_of_three(k: int, wanted: float) -> None:
    """It falls with k where pass@k rises."""
    assert sum(pass_hat_k(n, c, k) or 0 for n, c in THREE) / 3 == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.6), (2, 0.333), (3, 0.667), (5, 0.738), (9, 1.0)])
def test_strict_majority(k: int, wanted: float) -> None:
    """More than half of k samples pass; of an even k a tie is not enough."""
    assert strict_majority(10, 6, k) == pytest.approx(wanted, abs=5e-4)
    assert strict_majority(10, 6, k) == pytest.approx(hypergeom.sf(k // 2, 10, 6, k))


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.38), (2, 0.61), (3, 0.77), (5, 1.0)])
def test_max_at_k(k: int, wanted: float) -> None:
    """The best of k, over all draws of k."""
    every = list(itertools.combinations(GRADED, k))

    assert max_at_k(GRADED, k) == pytest.approx(wanted)
    assert max_at_k(GRADED[::-1], k) == pytest.approx(math.fsum(map(max, every)) / len(every))


CLASSES = {
    "the largest is right": ((4, True), (3, False), (2, False), (1, False)),
    "wrong": ((3, True), (5, False), (2, False)),
}


@pytest.mark.parametrize(
    ("which", "k", "wanted"),
    [
        ("the largest is right", 1, 0.4),
        ("the largest is right", 3, 0.4556),
        ("the largest is right", 5, 0.5595),
        ("the largest is right", 7, 0.6667),
        ("the largest is right", 9, 0.8),
        ("wrong", 1, 0.3),
        ("wrong", 3, 0.267),
        ("wrong", 5, 0.232),
        ("wrong", 7, 0.167),
        ("wrong", 9, 0.0),
    ],
)
def test_plurality(which: str, k: int, wanted: float) -> None:
    """The answer that most of k samples gave, by the published sizes of classes."""
    assert plurality(CLASSES[which], k) == pytest.approx(wanted, abs=5e-4)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_plurality_is_what_all_draws_give(k: int) -> None:
    """With ties shared, and two answers that are right."""
    classes = ((2, True), (2, False), (1, True), (1, False))
    samples = [number for number, (size, _) in enumerate(classes) for _ in range(size)]
    found = []
    for draw in itertools.combinations(samples, k):
        most = max(map(draw.count, draw))
        best = [number for number in set(draw) if draw.count(number) == most]
        found.append(sum(classes[number][1] for number in best) / len(best))

    assert plurality(classes, k) == pytest.approx(math.fsum(found) / len(found))
    assert plurality(classes, 7) is None


def test_too_few() -> None:
    """More than there are cannot be drawn: not computed, which is not 0."""
    assert (pass_hat_k(2, 2, 3), strict_majority(2, 2, 3), max_at_k([1.0], 2)) == (None, None, None)
