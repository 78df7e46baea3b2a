"""`report.html`: always by `boxscore report`, by `grade` and `run` where asked for, and nobody else pays for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.cli.app import main
from boxscore.cli.output import end_with_page
from boxscore.errors import StoreError
from boxscore.run.store import open_run
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend

IMPORTED = """
import sys
from boxscore.cli.app import main
try:
    main(sys.argv[1:])
finally:
    print([name for name in sys.modules if name.startswith("boxscore.page") or name == "unidiff"])
"""


def run(*args: str | Path) -> int:
    """Run the command line here and return its exit code."""
    with pytest.raises(SystemExit) as exit_:
        main([str(arg) for arg in args])
    code = exit_.value.code
    assert isinstance(code, int)
    return code


def test_report_writes_the_page_and_says_where(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Beside the other reports, and nothing of it stands on standard output."""
    folder = make_run(tmp_path / "run", 8)

    assert run("report", folder, "--json") == 0

    said = capfd.readouterr()
    assert json.loads(said.out)["samples"] == 8
    assert f"page: {folder / 'report.html'}" in said.err
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_a_run_that_only_others_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A report is refused, and it is said what reads the run and writes nothing."""

    def refuse(folder: Path) -> None:
        raise StoreError(f"{folder}/report.json: cannot write: Permission denied")

    monkeypatch.setattr("boxscore.cli.report.rebuild", refuse)
    folder = make_run(tmp_path / "run", 8)

    assert run("report", folder) == 2
    assert f"Permission denied; `boxscore show {folder}` and `boxscore view {folder}`" in capfd.readouterr().err


def test_a_run_at_work_keeps_its_files(tmp_path: Path) -> None:
    """Its page would be one of half a run."""
    folder = make_run(tmp_path / "run", 8)

    with open_run(folder):
        assert run("report", folder) == 0

    assert not (folder / "report.html").exists()


def test_a_damaged_run_has_no_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what repairs it."""
    folder = make_run(tmp_path / "run", 8, agents=True)
    path = folder / "rounds.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"wrong"', b'"passed"', 1))

    assert run("report", folder) == 2

    assert "rounds.jsonl:1: damaged line" in capfd.readouterr().err
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
def test_a_page_where_it_is_asked_for(command: str, page: bool, local_backend: Backend, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of a test
    """Else nothing of it is even imported."""
    assert local_backend.name == "local"
    (tmp_path / "s.jsonl").write_text(json.dumps({"task_id": "tiny/spiral", "completion": "    return []\n"}) + "\n")
    given = ("-p", "s.jsonl") if command == "grade" else ("-m", "replay:s.jsonl")
    options = ("-i", "tiny/spiral", "--backend", "local", "--workers", "1", "--out", "r", "-q", "--no-gate")
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOXSCORE_")}

    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, command, "tiny", *given, *options, *(["--page"] if page else [])],
        cwd=tmp_path,
        env={**env, "BOXSCORE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r" / "report.json").is_file()
    assert (tmp_path / "r" / "report.html").is_file() is page
    assert ("boxscore.page.write" in done.stdout.splitlines()[-1]) is page
    assert page or done.stdout.splitlines()[-1] == "[]"
