"""How reports are read that a candidate may have put out of reach: by our program, which runs here."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBox, FakeStream
from boxscore.protocols.patch import planted as reports
from boxscore.protocols.patch.planted import read_reports
from tests.protocols.patch.patch_boxes import TASK, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.patch.logs import JunitCase

REPORT = '<testsuite><testcase classname="a" name="{}"/></testsuite>'
REFUSING = """
import builtins
opened = builtins.open
def refusing(path, *arguments, **named):
    if str(path).endswith("REFUSED.xml"):
        raise PermissionError(13, "Permission denied", path)
    return opened(path, *arguments, **named)
builtins.open = refusing
"""


def read(tree: Path) -> tuple[JunitCase, ...]:
    def run(asked: FakeRun) -> Completed:
        *options, program = asked.argv[1:]
        argv = [sys.executable, *options, REFUSING + program]
        done = subprocess.run(argv, input=asked.stdin, capture_output=True, check=False)
        return ended(done.stdout, done.returncode, stderr=done.stderr)

    task = replace(TASK, image=replace(TASK.image, tree=str(tree)))
    box = FakeBox(BoxSpec(), run=run, stream=lambda _: FakeStream())
    return read_reports(box, task, ("**/TEST-*.xml", "*.jsonl"))


def test_reports_that_nobody_may_read_are_none(tmp_path: Path) -> None:
    for name in ("REFUSED", "a"):
        (tmp_path / f"TEST-{name}.xml").write_text(REPORT.format(name))

    assert [case.name for case in read(tmp_path)] == ["a"]


def test_links_to_their_own_folder_are_not_followed(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).symlink_to(".")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "TEST-a.xml").write_text(REPORT.format("a"))

    assert [case.name for case in read(tmp_path)] == ["a"]


CASE = '<testcase classname="a" name="{}"/>'


@pytest.mark.parametrize(
    "printed",
    [
        "<system-out>{}</system-out>",
        "<system-err><![CDATA[{}</system-err>]]>]]&gt;<![CDATA[>]]>\n</system-err>",
        "<system-out>a</system-out><system-out/><system-err>{}</system-err>",
    ],
)
def test_what_tests_print_is_not_counted(tmp_path: Path, printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "REPORT_BYTES", 1000)
    for name in "ab":
        inside = CASE.format(name) + printed.format("x" * 2000) + CASE.format(f"{name}2")
        (tmp_path / f"TEST-{name}.xml").write_text(f"<testsuite>{inside}</testsuite>")

    assert [case.name for case in read(tmp_path)] == ["a", "a2", "b", "b2"]
