"""A report as JSON, Markdown and in the terminal."""

from __future__ import annotations

import io
import json
import re

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from boxscore.records import Outcome, Result
from boxscore.report.build import Report, build_report, build_reports
from boxscore.report.render import render_json, render_markdown, render_terminal
from tests.report.runs import result, run

HOSTILE = "a|b\n# [x](http://evil) <img> `\x1b[2J\u202e[red]"


def make(ids: tuple[str, ...], *results: Result, parts: tuple[str, ...] = ()) -> Report:
    return build_report(run(*ids, samples=len(results), parts=parts), results)


def terminal(report: Report, *, failures: int = 0, folder: str | None = None) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    console.print(render_terminal(report, failures=failures, folder=folder))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_markdown_says_it_all() -> None:
    ids = tuple("abcdefg")
    report = make(ids, *(result(name, wall_s=1.0, cpu_s=0.5) for name in "abcd"), result("e", Outcome.WRONG))
    text = render_markdown(report)

    assert text.startswith("# toy: pass@1 80.0 % (37.6 % to 96.4 %), trust oracle\n")
    assert "| pass@1 | 80.0 % | 37.6 % to 96.4 % | 5 | 5 | 0 | wilson |" in text
    assert "| passed | 4 | 80.0 % |" in text
    assert "2 of 7 instances without a result" in text
    assert "f, g" in text
    assert "smallest difference this run could detect: 83.5 points compared by instance" in text
    assert "median 1.000 s" in text
    assert "| data\\_sha256 | " + "ab" * 32 in text
    assert "| version of boxscore | 0.1.0 |" in text


def test_not_computed() -> None:
    text = render_markdown(make(("a",)))

    assert "pass@1 not computed" in text
    assert "| pass@1 | - | - | 0 | 0 | 0 | - |" in text
    assert "no graded samples" in text


def test_invalid_run_is_loud() -> None:
    report = make(("a", "b"), result("a"), result("b", Outcome.INTERNAL))

    for text in (render_markdown(report), terminal(report)):
        assert "INVALID RUN" in text.splitlines()[0]
        assert "50.0 % had they all failed, 100.0 % had they all passed" in text


@pytest.mark.parametrize(("graded", "said"), [(("a",), "could not go on"), ((), "was refused")])
def test_refused_run(graded: tuple[str, ...], said: str) -> None:
    report = make(("a", "b"), *map(result, graded))
    provenance = msgspec.structs.replace(report.provenance, ungraded_reason="there is no image x")
    text = render_markdown(msgspec.structs.replace(report, ungraded_samples=1, provenance=provenance))

    assert f"1 sample not graded yet: the run {said}: there is no image x" in text
    assert "interrupted" not in text


def test_hostile_text() -> None:
    report = make((HOSTILE, "b"), result(HOSTILE, Outcome.INTERNAL, reason=HOSTILE), result("b", wall_s=1.0))
    text = render_markdown(report)

    assert "\x1b" not in text + terminal(report)
    assert "\u202e" not in text + terminal(report)
    assert not re.search(r"(?<!\\)[\[<`]", text)
    row = next(line for line in text.splitlines() if line.startswith("| a"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 4


@pytest.mark.parametrize(
    "live",
    ["@name", "(@team/x", "#123", "a/b#4", "GH-5", "www.evil.example", "WWW.evil.example", "http://evil.example"],
)
def test_a_pasted_report_mentions_and_links_nothing(live: str) -> None:
    text = render_markdown(make(("a",), result("a", Outcome.ERROR, reason=f"see {live} now")))

    plain = text.replace("\\", "")
    assert live not in plain
    assert f"see {live} now" in plain.replace("\u2060", "")


def test_failures_are_listed_and_bounded() -> None:
    ids = ("b", "a")
    failed = [result("a", Outcome.WRONG, sample_id=str(number), reason="two\n lines") for number in range(150, -1, -1)]
    copied = result("a", Outcome.WRONG, sample_id="copy", copied_from="0")
    report = make(ids, *failed, copied, result("a"), result("b", Outcome.ERROR, reason="x" * 999))

    shown = terminal(report, failures=2, folder="runs/r1")
    markdown = render_markdown(report)

    assert (report.failed_samples, len(report.failures)) == (153, 100)
    assert [(one.instance_id, one.sample_id) for one in report.failures[:3]] == [("b", "0"), ("a", "0"), ("a", "1")]
    assert report.failures[1].reason == "two lines"
    assert len(report.failures[0].reason) == 300
    assert "first 2 of 153 failures" in shown
    assert shown.rstrip().endswith("report: runs/r1/report.md (report.json, junit.xml and results.jsonl beside it)")
    assert "| a | 18 | wrong | two lines |" in markdown
    assert "| a | 19 | wrong |" not in markdown
    assert "and 133 samples more (see results.jsonl)" in markdown


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_long_reason_hides_no_name(columns: int) -> None:
    ids = ("django__django-11099", "tiny/mean-and-spread")
    failed = [result(name, Outcome.ERROR, sample_id="s1", reason="ValueError: " + "x" * 400) for name in ids]
    console = Console(file=io.StringIO(), width=columns, color_system=None)

    console.print(render_terminal(make(ids, *failed), failures=5))

    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue().splitlines()
    for name in ids:
        (line,) = [line for line in shown if name in line]
        assert re.search(rf"{name} +s1 +error +ValueError: x+…", line)
        assert len(line.rstrip()) <= columns


def test_what_could_not_be_graded_has_a_cause() -> None:
    lost = result("b", Outcome.INTERNAL, reason="the instance cannot be prepared: SyntaxError: '(' was never closed")

    invalid, valid = make(("a", "b"), lost), make(("a", "b"), *(result("a", sample_id=str(n)) for n in range(30)), lost)

    assert "INVALID RUN" in terminal(invalid)
    for shown in (terminal(invalid), terminal(valid), render_markdown(invalid)):
        assert "the first, b 0: the instance cannot be prepared: SyntaxError" in shown
    assert invalid.invalid_reason is not None
    assert "of the sandbox, the harness or boxscore" in invalid.invalid_reason


def test_instances_that_cannot_be_resolved_are_in_every_form() -> None:
    cause = "the reference does not resolve here: wrong: no network"
    kept_out = replace(result("b", Outcome.INTERNAL, reason=cause), unresolvable=True)

    report = make(("a", "b", "c", "d"), result("a"), result("d", Outcome.WRONG), kept_out)

    for shown in (terminal(report), render_markdown(report)):
        assert "of all 4 instances, 1 is resolved (25.0 %) if those without a verdict count as not" in shown
        assert "; 33.3 % over the 3 whose reference resolves here" in shown
        assert f"1 sample of 1 instance that cannot be resolved here, the first, b: {cause}" in shown
    assert f"| b | 1 | {cause} |" in render_markdown(report)


def test_an_alarm_is_in_every_form() -> None:
    report = make(("a",), result("a", Outcome.WRONG))
    report = replace(report, provenance=replace(report.provenance, alarm="the first 30 samples are alike"))

    assert "• stopped by the alarm: the first 30 samples are alike" in terminal(report)
    assert "stopped by the alarm" in render_markdown(report)


@pytest.mark.parametrize(
    ("paired", "unpaired", "told"),
    [
        (0.5, 0.6, "50.0 points compared by instance, 60.0 points otherwise"),
        (0.5, 1.2, "50.0 points compared by instance, none otherwise"),
        (1.1, 1.2, "none, it has too few instances"),
    ],
)
def test_a_run_that_can_detect_no_difference_says_so(paired: float, unpaired: float, told: str) -> None:
    report = make(("a",), result("a"))
    least = replace(report.smallest_detectable_difference, paired=paired, unpaired=unpaired)

    shown = terminal(replace(report, smallest_detectable_difference=least))

    assert f"smallest difference this run could detect: {told}\n" in re.sub(" +\n", "\n", shown)


def test_warnings_are_in_every_form() -> None:
    report = msgspec.structs.replace(make(("a",), result("a")), warnings=("1 of 1 samples are empty",))

    assert "• warning: 1 of 1 samples are empty" in terminal(report)
    assert "- warning: 1 of 1 samples are empty" in render_markdown(report)
    assert json.loads(render_json(report))["warnings"] == ["1 of 1 samples are empty"]


def of_practice(models: dict[tuple[str, str], str], *results: Result) -> tuple[Report, tuple[Report, ...]]:
    info = run(*"abcd", samples=2, submitted=frozenset("ab"), counts_missing=True, models=models)
    return build_reports(info, results)


def test_a_cause_is_told_once_with_how_many_results_it_has() -> None:
    kinds = ("no image", "no image", "no room", "no engine", "no luck", "no image")
    lost = [result("a", Outcome.INTERNAL, sample_id=str(place), reason=why) for place, why in enumerate(kinds)]

    shown = terminal(make(("a",), *lost))

    assert "left out as internal, 3 results, the first, a 0: no image" in shown
    assert "left out as internal, the first, a 2: no room" in shown
    assert "left out as internal for 1 other reason: see report.json" in shown
    assert (shown.count("no image"), shown.count("no luck")) == (1, 0)


def test_both_denominators_are_shown() -> None:
    report, _ = of_practice({}, result("a"), result("b", Outcome.WRONG))

    for shown in (terminal(report), render_markdown(report)):
        assert "toy: pass@1 25.0 %" in shown.replace("\\", "")
        assert "pass@1 of those submitted" in shown
        assert "2 of 4 instances without a sample, counted as not resolved" in shown
        assert "of all 4 instances, 1 is resolved (25.0 %) if those without a verdict count as not" in shown
        assert "; 50.0 % over the 2 that have a sample" in shown
    assert json.loads(render_json(report))["pass_at_k_submitted"]["1"]["value"] == 0.5


def test_a_table_of_all_models() -> None:
    models = {("a", "x/0"): "x", ("a", HOSTILE): HOSTILE}
    report, each = of_practice(models, replace(result("a"), sample_id="x/0"), replace(result("a"), sample_id=HOSTILE))

    shown, written = terminal(report), render_markdown(report)
    assert "toy: 2 models" in shown
    assert re.search(r"x pass@1\s+25\.0 %.*100\.0 % of 1\s", shown)
    assert "2 of 4 instances without a sample of any model, counted as not resolved" in shown
    assert "models/x/report.json" in written.replace("\\", "")
    assert "\x1b[2J" not in shown
    assert "<img>" not in written
    assert "toy, x: pass@1 25.0 %" in terminal(each[1])
