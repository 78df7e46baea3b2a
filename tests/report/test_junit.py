"""A run as junit.xml."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from boxscore.records import Outcome, Result, Trust
from boxscore.report.junit import render_junit
from tests.report.runs import run

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *results: Result) -> ET.Element:
    (path / "junit.xml").write_bytes(b"".join(render_junit(run(), results)))
    return ET.parse(path / "junit.xml").getroot()


def result(outcome: Outcome, sample_id: str = "0", reason: str = "") -> Result:
    return Result(
        instance_id="a/1", sample_id=sample_id, outcome=outcome, trust=Trust.ORACLE, reason=reason, wall_s=1.5
    )


def test_cases(tmp_path: Path) -> None:
    root = written(
        tmp_path, result(Outcome.PASSED), result(Outcome.WRONG, "1", "1 != 2"), result(Outcome.INTERNAL, "2")
    )
    suite = root[0]
    passed, wrong, internal = suite.iter("testcase")

    assert (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("toy", "3", "1", "1")
    assert (passed.get("name"), passed.get("classname"), passed.get("time")) == ("a/1 [0]", "toy", "1.5")
    assert len(passed) == 0
    assert [(one.tag, one.get("type"), one.get("message")) for one in wrong] == [("failure", "wrong", "1 != 2")]
    assert [(one.tag, one.get("type")) for one in internal] == [("error", "internal")]


def test_what_cannot_be_resolved_here_is_skipped(tmp_path: Path) -> None:
    root = written(tmp_path, replace(result(Outcome.INTERNAL, reason="no network"), unresolvable=True))
    (case,) = root.iter("testcase")

    assert (root[0].get("errors"), root[0].get("skipped")) == ("0", "1")
    assert [(one.tag, one.get("message")) for one in case] == [("skipped", "no network")]


def test_hostile_reason(tmp_path: Path) -> None:
    root = written(tmp_path, result(Outcome.ERROR, reason="\x00\x1b]]></failure><testcase/>" + "x" * 10_000))
    (case,) = root.iter("testcase")

    assert case[0].get("message", "").startswith("\\x00\\x1b]]></failure>")
    assert len(case[0].get("message", "")) == 2000
