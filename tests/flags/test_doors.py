"""Flags where people meet them: the command, results, reports, the page, JUnit and the Action's summary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from boxscore import Outcome
from boxscore.action.finish import summary_text
from boxscore.action.verdict import ActionVerdict, judged
from boxscore.cli.app import main
from boxscore.cli.show_run import result_rows
from boxscore.page.records import Diff
from boxscore.page.rows import SampleFacts, rows_of
from boxscore.page.sections import Shown, details_of
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.shows import Facts
from boxscore.provenance import Provenance, StoredSample
from boxscore.records import PatchFlag, Result, SampleKind, Trust
from boxscore.report.build import RunInfo, RunInstance, build_report
from boxscore.report.junit import render_junit
from boxscore.report.render import render_markdown
from boxscore.score.noninferiority import Verdict
from tests.flags.test_rules import HUNK, added
from tests.patch_details import patch_detail_of
from tests.protocols.patch.patch_boxes import TASK, FakeBoxes

if TYPE_CHECKING:
    from pathlib import Path

FLAG = PatchFlag(path="lib/core.py", line=12, rule="exit", text="os._exit(0)")
FLAGGED = Result(
    instance_id="toy/a",
    sample_id="0",
    outcome=Outcome.PASSED,
    trust=Trust.CLAIM,
    detail=PatchDetail(flags=(FLAG,)),
)
INFO = RunInfo(
    run_id="r1",
    benchmark="toy",
    trust=Trust.CLAIM,
    instances=(RunInstance(instance_id="toy/a"),),
    provenance=Provenance(run_id="r1", benchmark="toy", title="", trust=Trust.CLAIM, instances=1, samples=1),
)


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["flags", *arguments])
    assert ended.value.code == 0
    out, err = capfd.readouterr()
    return out, err


def write_predictions(folder: Path) -> Path:
    honest = added("lib/other.py", "def f():\n    return 1")
    rows = [
        {"instance_id": "o__r-1", "model_name_or_path": "m", "model_patch": HUNK},
        {"instance_id": "o__r-2", "model_name_or_path": "m", "model_patch": honest},
        {"instance_id": "o__r-3", "model_name_or_path": "m", "model_patch": None},
    ]
    path = folder / "all_preds.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_the_command_flags_predictions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_predictions(tmp_path)

    out, err = run(capfd, "-p", str(path))
    assert all(word in out for word in ("o__r-1", "lib/core.py:12", "exit", "os._exit(0)"))
    assert "1 of 3 predictions flagged" in err

    out, _ = run(capfd, "-p", str(path), "--json")
    flag = {"path": "lib/core.py", "line": 12, "rule": "exit", "text": "os._exit(0)"}
    assert json.loads(out) == {
        "predictions": 3,
        "flagged": [{"instance_id": "o__r-1", "model": "m", "flags": [flag]}],
    }


def test_the_command_reads_lists_patches_and_folders(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.json").write_text(json.dumps([{"instance_id": "a", "model_patch": HUNK}]))
    (tmp_path / "map.json").write_text(json.dumps({"b": {"model_patch": HUNK}}))
    (tmp_path / "c.diff").write_text(HUNK)

    out, _ = run(capfd, "-p", str(tmp_path), "--json")

    assert [one["instance_id"] for one in json.loads(out)["flagged"]] == ["c", "a", "b"]


def test_the_command_leaves_out_what_references_add(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, rows = write_predictions(tmp_path), tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"instance_id": "o__r-1", "patch": HUNK}))

    out, _ = run(capfd, "-p", str(path), "--references", str(rows), "--json")

    assert json.loads(out)["flagged"] == []


def test_a_graded_patch_has_its_flags() -> None:
    result = FakeBoxes().grade(TASK, HUNK)
    like_reference = FakeBoxes().grade(replace(TASK, reference=HUNK), HUNK)

    assert patch_detail_of(result).flags == (FLAG,)
    assert patch_detail_of(like_reference).flags == ()


def test_a_report_lists_flagged_samples() -> None:
    report = build_report(INFO, [FLAGGED])

    assert (report.flagged_samples, report.flagged[0].flags) == (1, (FLAG,))
    text = render_markdown(report)
    assert "## Flags" in text
    assert "lib/core.py:12" in text.partition("## Flags")[2]
    assert "## Flags" not in render_markdown(build_report(INFO, [replace(FLAGGED, detail=PatchDetail())]))


def test_a_junit_file_has_them_as_properties() -> None:
    (case,) = ET.fromstring(b"".join(render_junit(INFO, [FLAGGED]))).iter("testcase")

    assert [(one.get("name"), one.get("value")) for one in case.iter("property")] == [
        ("flag exit", "lib/core.py:12: os._exit(0)")
    ]
    assert case.find("failure") is None


def test_show_says_them() -> None:
    assert ("flag exit", "lib/core.py:12: os._exit(0)") in result_rows(FLAGGED)


def test_the_page_has_them_beside_the_lines() -> None:
    sample = StoredSample(instance_id="toy/a", sample_id="0", text=HUNK, kind=SampleKind.PATCH, key="k")
    sections = details_of(Shown(sample=sample, result=FLAGGED)).sections

    (listed,) = [one for one in sections if isinstance(one, Facts) and one.title == "Flags"]
    assert [(one.label, one.value, one.note) for one in listed.items] == [("exit", "lib/core.py:12", "os._exit(0)")]
    (diff,) = [one for one in sections if isinstance(one, Diff)]
    ((_, lines),) = diff.files[0].hunks
    assert [(line.after, line.flag) for line in lines if line.flag] == [(12, "exit")]
    facts = SampleFacts(amounts={}, drafts={}, flags={})
    assert "patch: exit" in rows_of([sample], {("toy/a", "0"): FLAGGED}, facts)[0]


def test_the_summary_of_the_action_has_them() -> None:
    hostile = replace(FLAG, text="os._exit(0) # @everyone <b>")
    report = build_report(INFO, [replace(FLAGGED, detail=PatchDetail(flags=(hostile,)))])
    one = judged(report, k=1, verdict=Verdict.PASS, reason="")

    text = summary_text(ActionVerdict(name="x", verdict=Verdict.PASS, exit_code=0, judged=one), most_bytes=10_000)

    assert "1 flagged sample" in text
    assert "lib/core.py:12" in text
    assert "<b>" not in text
    assert "@everyone" not in text
