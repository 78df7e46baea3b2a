"""What is shown of a sample when its row is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from boxscore.page.read import read_page
from boxscore.page.records import Diff, Trajectory
from boxscore.page.sections import Shown, details_of
from boxscore.page.texts import MAX_SAMPLE_BYTES
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.protocols.shows import Cases, Facts, Text
from boxscore.provenance import StoredSample
from boxscore.records import Evidence, Outcome, Result, SampleKind, Trust
from boxscore.sampling.records import trajectory_path
from tests.page.runs import PATCH, make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.page.records import Details

SAMPLE = StoredSample(instance_id="t/0", sample_id="0", text="def f(): pass\n", kind=SampleKind.SOLUTION, key="k")
RESULT = Result(instance_id="t/0", sample_id="0", outcome=Outcome.WRONG, trust=Trust.BLIND, reason="no", key="k")
_S = TypeVar("_S", Cases, Diff, Facts, Text, Trajectory)


def find(details: Details, kind: type[_S], title: str) -> _S:
    named = [one for one in details.sections if isinstance(one, kind) and one.title.startswith(title)]
    (found,) = [one for one in named if one.title == title] or named
    return found


def facts(details: Details, title: str) -> dict[str, str]:
    return {one.label: one.value for one in find(details, Facts, title).items}


def test_a_pass_says_what_stands_behind_it() -> None:
    detail = PatchDetail(evidence=Evidence(checked=3, expected=7))
    result = replace(RESULT, outcome=Outcome.PASSED, detail=detail)

    shown = facts(details_of(Shown(sample=SAMPLE, result=result)), "Verdict")

    assert shown["evidence"] == "3 of 7 expected values checked outside of the box"


def test_the_test_that_decided_of_a_patch() -> None:
    detail = PatchDetail(
        tests={"a": "PASSED", "b": "PASSED", "c": "FAILED", "d": "FAILED"},
        fail_to_pass=(("a",), ("d",)),
        pass_to_pass=(("b",), ("c",)),
    )
    patch = replace(SAMPLE, kind=SampleKind.PATCH, text=PATCH)

    details = details_of(Shown(sample=patch, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "d"
    cases = find(details, Cases, "Tests").cases
    assert [(one.test, one.outcome, one.decided) for one in cases] == [
        ("d", "failed", True),
        ("c", "failed", False),
        ("a", "passed", False),
        ("b", "passed", False),
    ]


def test_what_is_no_diff_is_text() -> None:
    cut_short = PATCH.replace("+1,3", "+1,9")
    prose = "I would change\n+this line"
    huge = PATCH + "".join(f"+line {n}\n" for n in range(9000))

    for text in (cut_short, prose, huge):
        section = find(details_of(Shown(sample=replace(SAMPLE, kind=SampleKind.PATCH, text=text))), Text, "Patch")
        assert section.language == "diff"
        assert section.text[:200] == text[:200]
    empty = details_of(Shown(sample=replace(SAMPLE, kind=SampleKind.PATCH, text="")))
    assert find(empty, Text, "Patch").text == ""


def test_the_case_that_decided_of_a_program() -> None:
    detail = ProgramDetail(
        language="cpp",
        compiled=CaseResult(outcome=Outcome.PASSED),
        cases=(
            CaseResult(outcome=Outcome.PASSED, output="1"),
            CaseResult(outcome=Outcome.WRONG, reason="expected 3", output="2\n", errors="oops\n"),
        ),
        first_failing=1,
    )

    details = details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "case 2"
    assert [(one.test, one.decided) for one in find(details, Cases, "Cases").cases] == [
        ("compiler", False),
        ("case 1", False),
        ("case 2", True),
    ]
    assert find(details, Text, "Code").language == "cpp"
    assert find(details, Text, "Output of case 2").text == "2\n"
    assert find(details, Text, "Errors of case 2").text == "oops\n"


def test_an_agents_way(tmp_path: Path) -> None:
    page = read_page(make_run(tmp_path / "run", 12, agents=True))
    places = [one.key for one in page.head.columns]
    row = next(n for n, one in enumerate(page.rows) if one[places.index("outcome")] == "error")

    details = page.details(row)

    assert "Merge the spans." in find(details, Text, "Prompt").text
    steps = find(details, Trajectory, "Trajectory of shell").steps
    assert [one.number for one in steps] == [1, 2, 3, 4, 5, 6]
    assert [one.at_s for one in steps] == [0, 7, 14, 21, 28, 35]
    assert (steps[2].took_s, steps[-1].took_s) == (7, None)
    assert (steps[2].title, steps[2].tokens, steps[2].cost) == ("bash", 600, 0.001)
    assert "> bash: cat file0.py" in steps[2].text
    assert "some words of output" in steps[2].observation
    assert find(details, Text, "Draft 1").text.startswith("def candidate(): pass")
    (changed,) = find(details, Diff, "What each draft changed").files
    assert (changed.path, changed.removed) == ("draft 1 → draft 2", 1)
    assert facts(details, "Usage")["cost"] == "$0.004000"


def test_a_trajectory_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 2, agents=True)
    trajectory_path(folder, "tiny/task-0", "0").write_text('{"schema_version": "other"}')

    details = read_page(folder).details(0)

    assert "not a trajectory" in facts(details, "Trajectory")["not shown"]
    assert find(details, Text, "Code").text


def test_a_sample_is_shown_within_bounds(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path / "run", 1, agents=True, steps=80, step_bytes=30_000, code_bytes=400_000, log_bytes=500_000
    )

    details = read_page(folder).details(0)

    assert len(msgspec.json.encode(details)) < MAX_SAMPLE_BYTES * 1.3
    assert find(details, Text, "Code").cut_bytes > 250_000
    assert find(details, Text, "Output").cut_bytes > 300_000


def test_a_line_of_a_megabyte_is_no_trouble() -> None:
    nasty = "</script>\0\ud800\u2028" + "x" * (1 << 20)

    details = details_of(Shown(sample=replace(SAMPLE, text=nasty), result=replace(RESULT, output=nasty, reason=nasty)))

    assert len(msgspec.json.encode(details)) < MAX_SAMPLE_BYTES
    assert find(details, Text, "Code").text.startswith("</script>␀?⟨U+2028⟩xxx")
