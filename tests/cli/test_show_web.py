"""`boxscore show` of a web project's sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore.cli.show_run import show_run
from tests.page.test_web import write_web_run
from tests.page.web_records import FAILED, STOPPED, web_result

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_tasks_are_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How far it got, what became of each task, and why the last one did not pass; not the answer's thousand lines."""
    show_run(write_web_run(tmp_path / "run", [web_result(0)]), ["project/0"], json=False)

    printed = capsys.readouterr().out
    assert "2 of 5 tasks passed; it stopped at task-3. ~✓↻✗·" in printed
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    assert rows["task-2"][:6] == ["easy", "passed,", "at", "attempt", "2", "2"]
    assert rows["task-4"] == ["challenging", "not", "reached"]
    assert f"  failed  {FAILED}" in printed
    assert "Expected: 1" in printed
    assert "answer: 7 attempts, 8 files; --json has all of it" in printed
    assert "let a = 5" not in printed


def test_json_has_the_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The result is there as the run's file has it."""
    show_run(write_web_run(tmp_path / "run", [web_result(0)]), ["project/0"], json=True)

    (one,) = msgspec.json.decode(capsys.readouterr().out)
    assert one["result"]["detail"] == msgspec.json.decode(msgspec.json.encode(STOPPED))
