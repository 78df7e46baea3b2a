"""Holm and the three verdicts: golden numbers."""

from __future__ import annotations

import pytest

from boxscore.score.noninferiority import Verdict, all_of, judge
from boxscore.score.statistics import Interval, holm, mean_interval


def test_holm() -> None:
    assert holm([0.001, 0.012, 0.03, 0.04]) == pytest.approx([0.004, 0.036, 0.06, 0.06])
    assert holm([0.04, 0.001, 0.03, 0.012]) == pytest.approx([0.06, 0.004, 0.06, 0.036])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_mean_over_benchmarks() -> None:
    normal = [(0.01, Interval(low=-0.02, high=0.04, method="t")), (0.05, Interval(low=0.01, high=0.09, method="t"))]
    lopsided = [(0.0, Interval(low=-0.06, high=0.02, method="tango"))] * 4

    found, other = mean_interval(normal), mean_interval(lopsided)

    assert (found.low, found.high) == pytest.approx((0.03 - 0.025, 0.03 + 0.025))
    assert (other.low, other.high) == pytest.approx((-0.03, 0.01))
    assert mean_interval(lopsided[:1]).low == pytest.approx(-0.06)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.049, 0.02, Verdict.PASS),
        (-0.05, 0.02, Verdict.INCONCLUSIVE),
        (-0.049, -0.01, Verdict.PASS),  # worse for sure, and within the margin
        (-0.08, -0.01, Verdict.FAIL),
        (-0.08, 0.0, Verdict.INCONCLUSIVE),
        (-0.20, -0.06, Verdict.FAIL),
        (0.01, 0.05, Verdict.PASS),
    ],
)
def test_three_verdicts(low: float, high: float, verdict: Verdict) -> None:
    assert judge(low, high, 0.05) is verdict


@pytest.mark.parametrize(
    ("verdicts", "joined"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["invalid", "inconclusive", "pass"], "invalid"),
        (["invalid", "inconclusive", "fail"], "fail"),
        ([], "pass"),
    ],
)
def test_all_must_pass(verdicts: list[str], joined: str) -> None:
    assert all_of(map(Verdict, verdicts)) == joined
