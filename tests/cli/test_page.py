"""`report.html`: always by `boxscore report`, by `grade` and `run` where asked for, and nobody else pays for it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.cli.output import end_with_page
from boxscore.errors import StoreError
from boxscore.run.store import open_run
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore

IMPORTED = """
import sys
from boxscore.cli.app import main
try:
    main(sys.argv[1:])
finally:
    print([name for name in sys.modules if name.startswith("boxscore.page") or name == "unidiff"])
"""


def test_report_writes_the_page_and_says_where(tmp_path: Path, boxscore_: Boxscore) -> None:
    """Beside the other reports, and nothing of it stands on standard output; not for a run that is at work."""
    folder = make_run(tmp_path / "run", 8)

    with open_run(folder):
        at_work = boxscore_("report", folder)
    assert not (folder / "report.html").exists()
    code, out, err = boxscore_("report", folder, "--json")

    assert (at_work.code, code, json.loads(out)["samples"]) == (0, 0, 8)
    assert f"page: {folder / 'report.html'}" in err
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_runs_that_cannot_be_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boxscore_: Boxscore) -> None:
    """Exit code 2 and what to do: of one that is damaged, and of one that only others may write."""
    folder = make_run(tmp_path / "run", 8, agents=True)
    path = folder / "attempts.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"first"', b'"other"', 1))

    def refuse(folder: Path) -> None:
        raise StoreError(f"{folder}/report.json: cannot write: Permission denied")

    damaged = boxscore_("report", folder)
    monkeypatch.setattr("boxscore.cli.report.rebuild", refuse)
    denied = boxscore_("report", folder)

    assert (damaged.code, denied.code) == (2, 2)
    assert "attempts.jsonl:1: damaged line" in damaged.err
    assert f"Permission denied; `boxscore show {folder}` and `boxscore view {folder}`" in denied.err
    assert not (folder / "report.html").exists()


def test_a_person_is_told_how_to_see_a_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By commands that can be pasted, wherever the run is; a program is not."""
    end_with_page(tmp_path / "a run", page=False, quiet=True, json=False)
    end_with_page(tmp_path / "a run", page=False, quiet=False, json=True)
    assert capfd.readouterr().err == ""

    end_with_page(tmp_path / "a run", page=False, quiet=False, json=False)
    assert f"`boxscore report '{tmp_path}/a run'`" in capfd.readouterr().err


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("command", "page"), [("grade", False), ("grade", True), ("run", True)])
def test_a_page_where_it_is_asked_for(command: str, page: bool, local: Path) -> None:  # noqa: FBT001 - a parameter of a test
    """Else nothing of it is even imported."""
    (local / "s.jsonl").write_text(json.dumps({"task_id": "tiny/spiral", "completion": "    return []\n"}) + "\n")
    given = ("-p", "s.jsonl") if command == "grade" else ("-m", "gold")
    options = ("-i", "tiny/spiral", "--backend", "local", "--workers", "1", "--out", "r", "-q", "--no-gate")

    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, command, "tiny", *given, *options, *(["--page"] if page else [])],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (local / "r" / "report.json").is_file()
    assert (local / "r" / "report.html").is_file() is page
    assert ("boxscore.page.write" in done.stdout.splitlines()[-1]) is page
    assert page or done.stdout.splitlines()[-1] == "[]"
