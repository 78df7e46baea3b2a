"""What people read of a comparison, a gate and a plan; nothing in it is markup or drives a terminal."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from boxscore.compare.build import compare_runs
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.plan import Wanted, make_plan
from boxscore.compare.read import read_compared
from boxscore.compare.render import (
    comparison_blocks,
    gate_blocks,
    plan_blocks,
    render_markdown,
    render_terminal,
)
from boxscore.errors import UsageError
from boxscore.records import Outcome
from tests.compare.runs import discordant, write_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.compare.records import GateReport, RunComparison
    from boxscore.compare.render import Block

HOSTILE = "</script><img src=x>|[a](http://e.example) @someone \x1b[31m\x00\u2028\u202e`"


def terminal(blocks: Sequence[Block]) -> str:
    file = io.StringIO()
    Console(file=file, width=200, color_system=None).print(render_terminal(blocks))
    return file.getvalue()


def compared(tmp_path: Path, old: Any, new: Any, **facts: Any) -> RunComparison:
    paths = [write_run(tmp_path / name, graded, **facts) for name, graded in (("old", old), ("new", new))]
    return compare_runs(read_compared(list(map(str, paths))))


def gated(tmp_path: Path, old: Any, new: Any, margin: float = 0.05) -> GateReport:
    paths = [write_run(tmp_path / name, graded) for name, graded in (("new", new), ("old", old))]
    runs = read_compared(list(map(str, paths)))
    return gate_runs(runs[:1], runs[1:], GateRules(margins={"": margin}, allow_underpowered=True))


def test_a_comparison_in_words(tmp_path: Path) -> None:
    shown = terminal(comparison_blocks(compared(tmp_path, *discordant(164, 18, 7), output="no")))

    assert shown.startswith("bench: new is better than old: pass@1 +6.7 (+0.8 to +13.1) points")
    assert "95 % by tango" in shown
    assert "0.0433 (exact McNemar, mid-p 0.0290)" in shown
    assert "new against old: broke 7 instances" in shown
    assert re.search(r"t/18 +passed +wrong +- +.*new/logs/t_18-", shown)


def test_no_difference_found_is_never_called_equal(tmp_path: Path) -> None:
    blocks = comparison_blocks(compared(tmp_path, *discordant(50, 0, 0)))

    for text in (terminal(blocks), render_markdown(blocks)):
        assert "no difference found" in text
        assert not re.search(r"\b(equal|same|identical)\b", text)


def test_what_was_found_of_each_pair_comes_first(tmp_path: Path) -> None:
    old, new = discordant(40, 12, 0)
    paths = [write_run(tmp_path / name, text) for name, text in (("a", old), ("b", new), ("c", old))]

    shown = terminal(comparison_blocks(compare_runs(read_compared(list(map(str, paths))))))

    lines = shown.splitlines()
    assert lines[0].startswith("2 comparisons, a difference found in 1")
    assert lines[1].startswith("• bench: b against a: better: pass@1 +30.0 (")
    assert lines[2].startswith("• bench: c against a: no difference found: pass@1 +0.0 (")


@pytest.mark.parametrize(
    ("runs", "word", "reason"),
    [
        (discordant(164, 9, 9), "PASS", "not worse by the margin of 5 points"),
        (discordant(500, 2, 12), "PASS", "worse, within the margin of 5 points"),
        (discordant(164, 2, 30), "FAIL", "worse, by more than the margin of 5 points"),
        (discordant(164, 4, 16), "FAIL", "worse, and maybe by more than 5 points"),
        (discordant(164, 9, 14), "INCONCLUSIVE", "neither surely worse nor surely within"),
    ],
)
def test_a_gate_in_words(tmp_path: Path, runs: tuple[str, str], word: str, reason: str) -> None:
    blocks = gate_blocks(gated(tmp_path, *runs))

    assert terminal(blocks).startswith(f"gate: {word}\n")
    assert reason in terminal(blocks)
    assert render_markdown(blocks).startswith(f"# gate: {word}\n")


def hostile(outcome: Outcome) -> Mapping[str, Sequence[Outcome]]:
    return {f"{HOSTILE}{'x' * 200}": [outcome], "t/1": [Outcome.PASSED]}


def test_names_are_text(tmp_path: Path) -> None:
    found = compared(tmp_path, hostile(Outcome.PASSED), hostile(Outcome.WRONG), model=HOSTILE)
    gate = gated(tmp_path / "gate", hostile(Outcome.PASSED), hostile(Outcome.WRONG))

    for blocks in (comparison_blocks(found), gate_blocks(gate)):
        shown, markdown = terminal(blocks), render_markdown(blocks)
        assert "\\x1b[31m" in shown
        for text in (shown, markdown):
            assert not set(text) & {"\x1b", "\x00", "\u2028", "\u202e"}
        assert not re.search(r"(?<!\\)[<\[`]|@someone|http://|(?<!\\)\]\(", markdown)


def test_a_plan_says_what_more_would_buy() -> None:
    plan = make_plan("b", Wanted(instances=164, samples=2))

    assert [one.samples for one in plan.more_samples] == [4, 10, 20, None]
    assert [one.instances for one in plan.more_instances] == [328, 656]
    assert plan.more_samples[2].margin == pytest.approx(plan.asked.margin / 10**0.5)
    assert plan.more_instances[1].difference == pytest.approx(plan.asked.difference / 2)


def test_a_plan_of_clusters() -> None:
    clusters = tuple(f"repository {n // 20}" for n in range(100))
    plan = make_plan("b", Wanted(instances=100, clusters=clusters))
    shown = terminal(plan_blocks(plan))

    assert plan.clusters == 5
    assert [one.clusters for one in plan.more_instances] == [10, 20]
    assert plan.asked.margin > make_plan("b", Wanted(instances=100)).asked.margin
    assert "no test finds a p below 0.062" in shown
    with pytest.raises(UsageError, match="of 1 cluster: it takes 3"):
        make_plan("b", Wanted(instances=2, clusters=("a", "a")))
