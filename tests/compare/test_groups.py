"""Runs on groups of instances: which count, what each run has there, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.compare.build import compare_runs
from boxscore.compare.pairs import NOT_FOUND
from boxscore.compare.read import read_compared
from boxscore.compare.render import comparison_blocks, render_markdown
from boxscore.errors import UsageError
from tests.compare.runs import write_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.compare.records import Grouped, RunComparison


def share(passed: int, n: int) -> list[str]:
    return ["+"] * passed + ["-"] * (n - passed)


def tagged(**sizes: int) -> dict[str, dict[str, str]]:
    names = [domain for domain, size in sizes.items() for _ in range(size)]
    return {"domain": {f"t/{n}": domain for n, domain in enumerate(names) if domain != "none"}}


def compared(tmp_path: Path, *texts: str, tags: Any, k: int = 1, **facts: Any) -> RunComparison:
    names = "abcdef"[: len(texts)]
    paths = [write_run(tmp_path / name, text, tags=tags, **facts) for name, text in zip(names, texts, strict=True)]
    return compare_runs(read_compared(list(map(str, paths))), k=k, by=["domain"])


def only(comparison: RunComparison) -> Grouped:
    (found,) = comparison.grouped
    return found


def three(tmp_path: Path) -> RunComparison:
    db, systems = ((8, 6, 5), (0, 5, 10))
    texts = [" ".join(share(one, 20) + share(other, 20)) for one, other in zip(db, systems, strict=True)]
    return compared(tmp_path, *texts, tags=tagged(db=20, sys=20))


def test_each_run_on_each_domain(tmp_path: Path) -> None:
    db, systems = only(three(tmp_path)).groups

    assert (db.value, db.instances, systems.value) == ("db", 20, "sys")
    assert [one.score for one in db.runs] == [0.4, 0.3, 0.25]
    assert db.runs[0].difference is None
    assert db.runs[2].difference is not None
    assert db.runs[2].difference.difference == pytest.approx(-0.15)
    assert db.runs[2].method == "tango"
    assert (db.runs[2].difference.low or 0) < -0.15 < (db.runs[2].difference.high or 0)


def test_findings_are_adjusted_for_the_table(tmp_path: Path) -> None:
    db, systems = only(three(tmp_path)).groups
    best = systems.runs[2]

    assert best.p == pytest.approx(2 / 2**10)
    assert best.p_adjusted == pytest.approx(8 / 2**10)
    assert best.finding == "better"
    assert [one.finding for one in db.runs] == [None, NOT_FOUND, NOT_FOUND]


def test_small_domains_are_named(tmp_path: Path) -> None:
    text = " ".join(share(11, 21))

    found = only(compared(tmp_path, text, text, tags=tagged(small=9, large=10, none=2)))

    assert [one.value for one in found.groups] == ["large"]
    assert (found.too_few, found.left_out) == ({"small": 9}, {"without domain": 2})


def test_all_runs_count_on_the_same_instances(tmp_path: Path) -> None:
    full, part = " ".join(share(12, 12)), " ".join([*share(11, 11), "i"])

    found = only(compared(tmp_path, full, full, part, tags=tagged(db=12)))

    assert [one.instances for one in found.groups] == [11]
    assert (found.left_out, found.lacking) == ({"without a graded sample of every run": 1}, {"c": 1})


def test_instances_without_the_tag(tmp_path: Path) -> None:
    paths = [write_run(tmp_path / name, "+ -", tags={"difficulty": {"t/0": "easy"}}) for name in "ab"]
    bare = [write_run(tmp_path / name, "+ -") for name in "cd"]

    with pytest.raises(UsageError, match="have no tag 'domain' in these runs; they have difficulty"):
        compare_runs(read_compared(list(map(str, paths))), by=["domain"])
    with pytest.raises(UsageError, match="have no domain in these runs, nor any other tag"):
        compare_runs(read_compared(list(map(str, bare))), by=["domain"])


def test_runs_that_disagree(tmp_path: Path) -> None:
    paths = [write_run(tmp_path / name, "+", tags={"domain": {"t/0": name}}) for name in "ab"]

    with pytest.raises(UsageError, match="t/0 is 'a' in a and 'b' in b"):
        compare_runs(read_compared(list(map(str, paths))), by=["domain"])


def test_in_words(tmp_path: Path) -> None:
    shown = render_markdown(comparison_blocks(three(tmp_path)))

    assert "## bench by domain" in shown
    assert "| domain | instances | run | pass@1 | points against the first | p by Holm |" in shown
    assert "| db | 20 | c | 25.0 % | -15.0 (" in shown
    assert "| sys | 20 | a | 0.0 % | - | - |" in shown
    assert "| sys | 20 | c | 50.0 % | +50.0 (" in shown
