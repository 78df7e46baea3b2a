"""Comparisons: which test goes with which data, what is listed, and several runs and benchmarks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.compare.build import compare_runs
from boxscore.compare.pairs import NOT_FOUND
from boxscore.compare.read import read_compared
from boxscore.compare.render import comparison_blocks, render_markdown
from boxscore.errors import UsageError
from tests.compare.runs import discordant, write_run

if TYPE_CHECKING:
    from boxscore.compare.records import PairComparison, RunComparison


def compared(tmp_path: Path, *texts: str, k: int = 1, **facts: Any) -> RunComparison:
    names = "abcdefgh"[: len(texts)]
    paths = [write_run(tmp_path / name, text, **facts) for name, text in zip(names, texts, strict=True)]
    return compare_runs(read_compared(list(map(str, paths))), k=k)


def only(comparison: RunComparison) -> PairComparison:
    (pair,) = comparison.pairs
    return pair


def test_one_sample_each(tmp_path: Path) -> None:
    pair = only(compared(tmp_path, *discordant(164, 18, 7)))

    assert (pair.wins, pair.losses, pair.method, pair.test) == (18, 7, "tango", "exact McNemar")
    assert (pair.observed.low, pair.observed.high) == pytest.approx((0.00785, 0.13094), abs=6e-6)
    assert pair.p == pytest.approx(0.0432852507)
    assert pair.finding == "better"
    assert pair.smallest_difference == pytest.approx(2.8016 * 0.0301, abs=5e-4)
    assert pair.candidate_score is not None
    assert pair.baseline_score is not None
    assert pair.candidate_score - pair.baseline_score == pytest.approx(11 / 164)


def test_what_was_fixed_and_what_broke(tmp_path: Path) -> None:
    pair = only(compared(tmp_path, "- + + -", "+ - + -", output="no"))

    assert [(one.instance_id, one.before, one.after) for one in pair.fixed] == [("t/0", "wrong", "passed")]
    assert [(one.instance_id, one.before, one.after) for one in pair.broken] == [("t/1", "passed", "wrong")]
    (fixed,), (broken,) = pair.fixed, pair.broken
    assert fixed.baseline_log is not None
    assert (tmp_path / "a" / "logs").samefile(fixed.baseline_log.rpartition("/")[0])
    assert fixed.candidate_log is None
    assert broken.candidate_log is not None
    assert Path(broken.candidate_log).read_text().startswith("t/1 0: wrong")


def test_several_samples(tmp_path: Path) -> None:
    pair = only(compared(tmp_path, "+-- --- ++- +++ +-- ---", "++- +-- +++ +++ ++- --+"))

    assert (pair.method, pair.test) == ("t", "sign flip")
    assert pair.observed.difference == pytest.approx(5 / 18)
    assert pair.p == pytest.approx(2 / 2**5)
    assert [one.instance_id for one in pair.fixed] == ["t/0", "t/4"]
    assert pair.fixed[0].before == "2 wrong, 1 passed"


def test_several_samples_beside_pass_at_1(tmp_path: Path) -> None:
    run = compared(tmp_path, "++- +++ ---", "+++ +++ ---").runs[0]

    assert run.others == pytest.approx({"pass^2": 4 / 9, "pass^3": 1 / 3, "majority@3": 2 / 3})
    assert run.scores["1"].value == pytest.approx(5 / 9)


def test_clusters_are_the_default(tmp_path: Path) -> None:
    sizes = {"a": "-", "b": "0", "c": "+", "d": "+++", "e": "++00", "f": "+0000"}
    words = [(word, cluster) for cluster, own in sizes.items() for word in own]
    old = " ".join("+" if word == "-" else "-" for word, _ in words)
    new = " ".join("+" if word == "+" else "-" for word, _ in words)
    groups = {f"t/{n}": cluster for n, (_, cluster) in enumerate(words)}

    pair = only(compared(tmp_path, old, new, clusters=groups))

    assert (pair.clusters, pair.method, pair.test) == (6, "clustered t", "sign flip over clusters")
    assert pair.observed.difference == pytest.approx(0.4)
    assert (pair.p, pair.smallest_p) == (0.25, 0.03125)
    assert pair.finding == NOT_FOUND
    assert any("no p below 0.0312" in line for line in pair.warnings)


def test_nothing_found_is_not_equal(tmp_path: Path) -> None:
    pair = only(compared(tmp_path, *discordant(164, 0, 0)))

    assert pair.finding == "no difference found"
    assert (pair.observed.low, pair.observed.high) == pytest.approx((-0.0229, 0.0229), abs=5e-5)
    assert pair.warnings == ("no instance came out differently in the two runs",)


def test_missing_results_are_bracketed(tmp_path: Path) -> None:
    pair = only(compared(tmp_path, "+ + - -", "+ i i +"))

    assert (pair.missing_samples, pair.observed.instances, pair.observed.difference) == (2, 2, 0.5)
    assert (pair.worst.difference, pair.best.difference) == (0.0, 0.5)
    assert pair.left_out == {"without a graded sample of both": 2}


def test_several_runs_are_adjusted(tmp_path: Path) -> None:
    old, new = discordant(164, 18, 7)
    found = compared(tmp_path, old, new, old, new)

    assert [(one.baseline, one.candidate) for one in found.pairs] == [("a", "b"), ("a", "c"), ("a", "d")]
    assert [one.finding for one in found.pairs] == [NOT_FOUND] * 3
    assert found.pairs[0].p < 0.05 < found.pairs[0].p_adjusted
    assert found.pairs[0].p_adjusted == pytest.approx(3 * found.pairs[0].p)


def ranked(tmp_path: Path, scores: dict[str, dict[str, int]]) -> RunComparison:
    paths = [
        write_run(tmp_path / f"{bench}-{model}", "+ " * passed + "- " * (10 - passed), benchmark=bench, model=model)
        for bench, own in scores.items()
        for model, passed in own.items()
    ]
    return compare_runs(read_compared(list(map(str, paths))))


def test_several_benchmarks(tmp_path: Path) -> None:
    found = ranked(
        tmp_path, {"x": {"A": 9, "B": 6, "C": 6}, "y": {"A": 2, "B": 6, "C": 6}, "z": {"A": 2, "B": 7, "C": 6}}
    )

    assert found.ranking is not None
    assert found.ranking.kemeny == ("B", "C", "A")
    assert found.ranking.kemeny_unique
    assert list(found.ranking.macro) == ["B", "C", "A"]
    assert found.ranking.macro == pytest.approx({"A": 13 / 30, "B": 19 / 30, "C": 18 / 30})
    assert {(one.benchmark, one.baseline) for one in found.pairs} == {("x", "x-A"), ("y", "y-A"), ("z", "z-A")}


def test_a_run_by_itself(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="y-A is the only run of y"):
        ranked(tmp_path, {"x": {"A": 1, "B": 2}, "y": {"A": 1}})


def test_the_order_on_these_very_instances(tmp_path: Path) -> None:
    two = only(compared(tmp_path, "+-+-+ ++-++", "+-+-- --+--")).order
    unequal = only(compared(tmp_path / "unequal", "++ +-", "++ +"))
    single = only(compared(tmp_path / "single", "+ -", "- -"))

    assert two is not None
    assert two.samples == 5
    assert two.baseline.mean == pytest.approx(0.642857, abs=1e-6)
    assert two.candidate_better == pytest.approx(0.05, abs=0.02)
    assert (unequal.order, single.order) == (None, None)


@pytest.mark.parametrize("texts", [("+", "-"), ("++-", "+--"), ("i i", "+ i"), (". .", "+ ."), ("-- --", "++ ++")])
@pytest.mark.parametrize("clusters", [None, {"t/0": "a", "t/1": "a"}])
def test_next_to_nothing(tmp_path: Path, texts: tuple[str, str], clusters: dict[str, str] | None) -> None:
    found = compared(tmp_path, *texts, clusters=clusters)
    pair = only(found)

    assert not re.search(rb"NaN|Infinity", msgspec.json.encode(found))
    assert "nan" not in render_markdown(comparison_blocks(found))
    for one in (pair.observed, pair.worst, pair.best):
        assert one.low is None or one.high is None or -1 <= one.low <= one.high <= 1
    assert pair.finding == NOT_FOUND
