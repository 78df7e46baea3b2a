"""Gates: each verdict and its exit code, what is refused, and what missing results do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.cli.decide import gate_command, margins
from boxscore.compare.gate import GateRules, gate_runs
from boxscore.compare.read import read_compared
from boxscore.errors import UsageError
from boxscore.provenance import SamplingRecord
from boxscore.score.noninferiority import Verdict
from tests.compare.runs import discordant, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.compare.records import GateReport


def gate(tmp_path: Path, old: str, new: str, **rules: Any) -> int:
    write_run(tmp_path / "old", old)
    write_run(tmp_path / "new", new)
    asked = GateRules(**({"margins": {"": 0.05}} | rules))
    return gate_command([str(tmp_path / "new")], [str(tmp_path / "old")], asked, markdown=False, json=True)


def several(n: int, old: str, new: str) -> tuple[str, str]:
    return " ".join(old.split() * n), " ".join(new.split() * n)


# Runs, margin, further rules, the exit code.
VERDICTS: dict[str, tuple[tuple[str, str], float, dict[str, Any], int]] = {
    "no instance differs": (discordant(164, 0, 0), 0.05, {}, 0),
    "better": (discordant(164, 18, 7), 0.05, {}, 0),
    "as many won as lost": (discordant(164, 10, 10), 0.05, {}, 0),
    "worse for sure, within the margin": (discordant(500, 2, 12), 0.05, {}, 0),
    "worse by more than the margin": (discordant(164, 2, 30), 0.05, {}, 1),
    "worse for sure, by how much is open": (discordant(164, 4, 16), 0.05, {}, 1),
    "worse, perhaps": (discordant(164, 9, 14), 0.05, {}, 4),
    "few instances": (discordant(20, 1, 2), 0.05, {"allow_underpowered": True}, 4),
    "several samples, alike": (several(82, "+-+- ----", "+--+ ----"), 0.03, {}, 0),
    "several samples, worse": (several(82, "++++ ----", "++-- ----"), 0.05, {}, 1),
    "several samples, open": (several(10, "++-- +--- ----", "+--- +-+- ----"), 0.05, {"allow_underpowered": True}, 4),
    "most of it internal": (("+ " * 20, "i " * 5 + "+ " * 15), 0.05, {"allow_underpowered": True}, 3),
    "nothing in common": (("+ . " * 20, ". + " * 20), 0.05, {"allow_underpowered": True}, 3),
    "score is enough": (discordant(164, 0, 0), 0.05, {"fail_under": 0.9}, 0),
    "score is too low": (("- " * 200, "- " * 200), 0.05, {"fail_under": 0.1}, 1),
    "score may be enough": (("+ " * 97 + "- " * 3, "+ " * 96 + "- i i i "), 0.10, {"fail_under": 0.98}, 4),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdicts_and_exit_codes(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], case: str) -> None:
    (old, new), margin, rules, code = VERDICTS[case]

    assert gate(tmp_path, old, new, margins={"": margin}, **rules) == code

    found = json.loads(capsysbinary.readouterr().out)
    assert found["verdict"] == {0: "pass", 1: "fail", 3: "invalid", 4: "inconclusive"}[code]
    assert found["pairs"][0]["reason"]


def report(tmp_path: Path, margin: float, *, allow: bool = False) -> GateReport:
    runs = read_compared([str(tmp_path / "new"), str(tmp_path / "old")])
    return gate_runs(runs[:1], runs[1:], GateRules(margins={"": margin}, allow_underpowered=allow))


def test_missing_results_decide(tmp_path: Path) -> None:
    old, new = discordant(159, 14, 9)
    write_run(tmp_path / "old", f"{old} + + + + -")
    write_run(tmp_path / "new", f"{new} i i i i i")

    wide, narrow = report(tmp_path, 0.05), report(tmp_path, 0.03, allow=True)

    assert wide.verdict is Verdict.PASS
    assert narrow.verdict is Verdict.INCONCLUSIVE
    (pair,) = narrow.pairs
    assert pair.observed is not None
    assert pair.worst is not None
    assert pair.best is not None
    assert (pair.observed.difference, pair.observed.low) == pytest.approx((0.0314, -0.019), abs=5e-4)
    assert (pair.worst.difference, pair.worst.low, pair.worst.high) == pytest.approx((0.0061, -0.0475, 0.06), abs=5e-5)
    assert pair.best.difference == pytest.approx(0.0366, abs=5e-5)
    assert "which alone is pass" in pair.reason
    assert (pair.missing_samples, pair.observed.instances) == (5, 159)


def test_what_is_missing_in_the_baseline_counts_too(tmp_path: Path) -> None:
    old, new = discordant(155, 5, 5)
    write_run(tmp_path / "old", f"{old} {'i ' * 8}")
    write_run(tmp_path / "new", f"{new} {'- ' * 8}")

    (pair,) = report(tmp_path, 0.05).pairs

    assert pair.worst is not None
    assert pair.worst.difference == pytest.approx(-8 / 163)
    assert pair.best is not None
    assert pair.best.difference == 0
    assert pair.verdict is Verdict.INCONCLUSIVE


def test_what_was_solved_before_and_cannot_be_resolved_now_is_missing(tmp_path: Path) -> None:
    baseline = write_run(tmp_path / "old", " ".join(["+"] * 200))
    fine = write_run(tmp_path / "fine", " ".join(["+"] * 200))
    withheld = {f"t/{number}" for number in range(120, 200)}
    broken = write_run(tmp_path / "new", " ".join(["+"] * 120 + ["-"] * 80), unresolvable=withheld)
    neither = write_run(tmp_path / "older", " ".join(["+"] * 120 + ["-"] * 80), unresolvable=withheld)

    good, new, older, old = read_compared([str(one) for one in (fine, broken, neither, baseline)])
    rules = GateRules(margins={"": 0.05}, allow_underpowered=True)

    assert gate_runs([good], [old], rules).verdict is Verdict.PASS
    (pair,) = gate_runs([new], [old], rules).pairs
    assert (pair.verdict, pair.missing_samples, pair.left_out) == (Verdict.INCONCLUSIVE, 80, {})
    (pair,) = gate_runs([new], [older], rules).pairs
    assert (pair.verdict, pair.missing_samples, pair.left_out) == (Verdict.PASS, 0, {"unresolvable": 80})


def test_a_gate_that_cannot_pass_is_refused(tmp_path: Path) -> None:
    for new in (discordant(164, 0, 0)[1], discordant(164, 0, 60)[1]):
        folder = tmp_path / str(len(new.replace("+", "")))
        write_run(folder / "old", discordant(164, 0, 0)[0])
        write_run(folder / "new", new)
        with pytest.raises(UsageError, match="too small for 164 instances") as caught:
            report(folder, 0.03)
        assert "0.075" in str(caught.value)
        assert "--allow-underpowered" in str(caught.value)
        report(folder, 0.03, allow=True)


def test_an_unfinished_run_is_not_judged(tmp_path: Path) -> None:
    old, new = discordant(164, 0, 0)
    write_run(tmp_path / "old", old)
    write_run(tmp_path / "new", new, without_result=3)
    assert report(tmp_path, 0.05).verdict is Verdict.INVALID

    sampling = SamplingRecord(model="m", planned=200, sampled=164)
    write_run(tmp_path / "less" / "old", old)
    write_run(tmp_path / "less" / "new", new, sampling=sampling)
    found = report(tmp_path / "less", 0.05)
    assert found.verdict is Verdict.INVALID
    assert "36 of 200 samples were not made" in found.pairs[0].reason


def test_clusters_widen_the_bounds(tmp_path: Path) -> None:
    old, new = discordant(170, 0, 17)
    groups = {f"t/{n}": f"repo{n // 17}" for n in range(170)}
    write_run(tmp_path / "old", old)
    write_run(tmp_path / "new", new)
    write_run(tmp_path / "grouped" / "old", old, clusters=groups)
    write_run(tmp_path / "grouped" / "new", new, clusters=groups)

    assert report(tmp_path, 0.05).verdict is Verdict.FAIL
    with pytest.raises(UsageError, match="170 instances in 10 clusters"):
        report(tmp_path / "grouped", 0.05)
    grouped = report(tmp_path / "grouped", 0.05, allow=True)
    assert grouped.verdict is Verdict.INCONCLUSIVE
    assert grouped.pairs[0].warnings == ("bounds over 10 clusters; no test over them finds a p below 0.00195",)
    assert (grouped.pairs[0].clusters, grouped.pairs[0].method) == (10, "clustered t")


def test_several_benchmarks_must_all_pass(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    paths = {}
    for bench, wins, losses in (("fine", 5, 5), ("open", 9, 14), ("worse", 0, 30)):
        for side, text in zip(("old", "new"), discordant(164, wins, losses), strict=True):
            paths[side, bench] = str(write_run(tmp_path / f"{bench}-{side}", text, benchmark=bench))

    def judged(*benches: str, **given: float) -> int:
        new, old = [paths["new", one] for one in benches], [paths["old", one] for one in reversed(benches)]
        rules = GateRules(margins={"": 0.05} | given, allow_underpowered=True)
        return gate_command(new, old, rules, markdown=False, json=True)

    assert judged("fine") == 0
    assert judged("fine", "open") == 4
    assert judged("fine", "open", open=0.12) == 0
    capsysbinary.readouterr()
    assert judged("fine", "open", "worse") == 1
    found = json.loads(capsysbinary.readouterr().out)
    assert [one["verdict"] for one in found["pairs"]] == ["pass", "inconclusive", "fail"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({}, "no margin for bench"),
        ({"other": 0.1}, "there is no run of other"),
    ],
)
def test_rules_that_do_not_fit(tmp_path: Path, rules: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        gate(tmp_path, *discordant(164, 0, 0), margins=rules)


def test_runs_that_do_not_fit(tmp_path: Path) -> None:
    one, two, other = (
        str(write_run(tmp_path / name, "+ -", benchmark=bench))
        for name, bench in (("one", "b"), ("two", "b"), ("other", "c"))
    )
    rules = GateRules(margins={"": 0.05}, allow_underpowered=True)

    for names, baselines, told in (
        ([one], [other], "runs are of b, baselines of c"),
        ([one, two], [other], "2 runs of b"),
        ([other], [one, two], "2 baselines of b"),
        ([], [one], "nothing to judge"),
        ([one], [one], "given twice"),
    ):
        with pytest.raises(UsageError, match=told):
            gate_command(names, baselines, rules, markdown=False, json=True)
    with pytest.raises(UsageError, match="nothing to judge: "):
        gate_runs([], [], GateRules(fail_under=0.5))
    with pytest.raises(UsageError, match="nothing to judge by"):
        gate_command([one], [], GateRules(), markdown=False, json=True)
    with pytest.raises(UsageError, match="needs a --baseline"):
        gate_command([one], [], GateRules(margins={"": 0.1}, fail_under=0.1), markdown=False, json=True)


def test_a_score_alone(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    run = str(write_run(tmp_path / "new", "+ + + -"))

    codes = [gate_command([run], [], GateRules(fail_under=least), markdown=False, json=True) for least in (0.75, 0.76)]

    assert codes == [0, 1]
    assert b"under 0.76" in capsysbinary.readouterr().out


@pytest.mark.parametrize("text", ["five", "0", "1", "-0.1", "a=", "nan"])
def test_what_is_no_margin(text: str) -> None:
    with pytest.raises(Exception, match="is not a margin"):
        margins([text])


def test_two_clusters_are_no_gate(tmp_path: Path) -> None:
    groups = {f"t/{n}": "big" if n else "small" for n in range(164)}
    for name, text in zip(("old", "new"), discordant(164, 0, 0), strict=True):
        write_run(tmp_path / name, text, clusters=groups)

    with pytest.raises(UsageError, match="needs instances of 3 clusters"):
        report(tmp_path, 0.05)
    assert report(tmp_path, 0.05, allow=True).pairs[0].clusters == 2
