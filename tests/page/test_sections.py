"""What is shown of a sample when its row is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.agents.trajectory import decode_trajectory, read_trajectory
from boxscore.page.read import read_page
from boxscore.page.records import Diff, Trajectory
from boxscore.page.sections import MAX_CASES, Shown, details_of
from boxscore.page.steps import trajectory_section
from boxscore.page.texts import MAX_SAMPLE_BYTES, Room
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.protocols.shows import Cases, Facts, Text
from boxscore.provenance import StoredSample
from boxscore.records import Evidence, Outcome, Result, SampleKind, Trust
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
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


@pytest.mark.parametrize(
    ("text", "path", "note"),
    [
        ("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", "y", "renamed from x"),
        ("diff --git a/x b/x\nnew file mode 100644\nBinary files /dev/null and b/x differ\n", "x", "binary, new"),
        (
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
            "x",
            "without a line end at its end",
        ),
        ("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", "x", "removed"),
    ],
)
def test_what_a_patch_does_beside_its_lines(text: str, path: str, note: str) -> None:
    details = details_of(Shown(sample=replace(SAMPLE, kind=SampleKind.PATCH, text=text)))

    (file,) = find(details, Diff, "Patch").files
    assert (file.path, file.note) == (path, note)
    assert all(line.before or line.after for _, lines in file.hunks for line in lines)


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


def test_the_case_that_decided_is_listed_however_late_it_comes() -> None:
    cases = [CaseResult(outcome=Outcome.PASSED)] * MAX_CASES + [CaseResult(outcome=Outcome.WRONG)] * 2
    detail = ProgramDetail(language="cpp", cases=tuple(cases), first_failing=MAX_CASES)

    found = find(details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail))), Cases, "Cases")

    assert found.cases[0].test == f"case {MAX_CASES + 1}"
    assert found.cases[0].decided
    assert len(found.cases) + found.left_out == len(cases)


def test_a_part_that_decides_nothing_but_itself() -> None:
    passed = replace(RESULT, outcome=Outcome.PASSED, parts={"base": Outcome.WRONG, "derived": Outcome.PASSED})
    failed = replace(RESULT, outcome=Outcome.ERROR, parts={"base": Outcome.WRONG, "derived": Outcome.ERROR})

    for result, decided in ((passed, ""), (failed, "derived")):
        details = details_of(Shown(sample=SAMPLE, result=result))
        cases = find(details, Cases, "Parts").cases
        assert [one.test for one in cases if one.decided] == ([decided] if decided else [])
        assert facts(details, "Verdict").get("test that decided", "") == decided


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
    assert facts(details, "Drafts") == {"draft 1": "wrong", "draft 2": "error"}
    assert find(details, Text, "Draft 1").text.startswith("def candidate(): pass")
    (changed,) = find(details, Diff, "What each draft changed").files
    assert (changed.path, changed.removed) == ("draft 1 → draft 2", 1)
    assert facts(details, "What looks odd") == {"history_search": "git log --all"}
    assert facts(details, "Usage")["cost"] == "$0.004000"


def test_a_trajectory_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 2, agents=True)
    trajectory_path(folder, "tiny/task-0", "0").write_text('{"schema_version": "other"}')

    details = read_page(folder).details(0)

    assert "not a trajectory" in facts(details, "Trajectory")["not shown"]
    assert find(details, Text, "Code").text


@pytest.mark.parametrize(
    ("said", "flags"),
    [("length", ("length",)), ("stop", ()), ("", ()), (None, ()), (["length"], ()), ({"a": 1}, ())],
)
def test_why_an_answer_ended_is_a_flag(said: object, flags: tuple[str, ...]) -> None:
    step = {"step_id": 1, "source": "agent", "message": "x", "extra": {"boxscore": {"finish_reason": said}}}
    agent = {"name": "other", "version": "1"}
    data = msgspec.json.encode({"schema_version": "ATIF-v1.4", "agent": agent, "steps": [step]})

    section = trajectory_section(decode_trajectory(data, "t.json").document, Room())

    assert section.steps[0].flags == flags


def test_a_long_trajectory_shows_its_ends(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 1, agents=True, steps=900, step_bytes=40)
    assert len(read_trajectory(trajectory_path(folder, "tiny/task-0", "0")).document.steps) == 900

    section = find(read_page(folder).details(0), Trajectory, "Trajectory")

    assert len(section.steps) + section.left_out == 900
    assert (section.steps[0].number, section.steps[-1].number) == (1, 900)


def test_the_prompt_of_a_benchmark_that_is_here(tmp_path: Path) -> None:
    tiny = load_benchmark(Request(benchmark="tiny"))
    sample = tiny.every[0].instance_id
    path = str(tiny.data.path)
    run = make_run(tmp_path / "run", 1, data_path=path, data_sha256=tiny.data.sha256)
    other = make_run(tmp_path / "other", 1, data_path=path, data_sha256="0" * 64)
    for folder in (run, other):
        _rename(folder, sample)

    details = read_page(run).details(0)

    assert find(details, Text, "Prompt").text.strip()
    reference = tiny.every[0].reference
    assert reference is not None
    assert reference not in msgspec.json.encode(details).decode()
    assert not [one for one in read_page(other).details(0).sections if one.title.startswith("Prompt")]


def _rename(folder: Path, instance_id: str) -> None:
    from boxscore.run.lines import encode_line, lines_digest  # noqa: PLC0415 - of this alone
    from boxscore.run.store import open_run, read_run  # noqa: PLC0415 - of this alone

    record, samples, results = read_run(folder)
    lines = encode_line(replace(samples[0], instance_id=instance_id))
    digest = lines_digest()
    digest.update(lines)
    (folder / "samples.jsonl").write_bytes(lines)
    (folder / "results.jsonl").write_bytes(
        b"".join(encode_line(replace(one, instance_id=instance_id)) for one in results.values())
    )
    provenance = replace(record.provenance, samples_digest=digest.hexdigest())
    with open_run(folder) as store:
        store.write_record(replace(record, provenance=provenance, instances={instance_id: None}))


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
