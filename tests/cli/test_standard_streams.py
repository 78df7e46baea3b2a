"""The command line under callers that closed, filled or ignored what a program usually has."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.open_files import need_files
from boxscore.cli.standard_streams import out_of_files, out_of_reach
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOXSCORE = f"{sys.executable} -m boxscore"
GRADE = f"{BOXSCORE} grade tiny --gold --backend local -j 2 --out run"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash."""
    environment = os.environ | variables
    command = ["bash", "-c", line]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )


@pytest.mark.parametrize(
    "command", ["--version", *(pytest.param(one, marks=pytest.mark.slow) for one in ("list", "list --json"))]
)
@pytest.mark.parametrize(("where", "why"), [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")])
def test_what_cannot_be_printed_is_no_success(tmp_path: Path, command: str, where: str, why: str) -> None:
    """One line says why, and the exit code is not that of a success, nor that of a gate."""
    ran = shell(f"{BOXSCORE} {command} {where}", tmp_path)

    assert ran.returncode == 2
    assert f"standard output cannot be written: {why}" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("command", ["--help", pytest.param("list --json", marks=pytest.mark.slow)])
def test_a_reader_that_went_away_ends_a_command_quietly(tmp_path: Path, command: str) -> None:
    """As other programs end, by the number of the signal; not as a gate that was not met."""
    ran = shell(f"set -o pipefail; {BOXSCORE} {command} | true", tmp_path)

    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize(("command", "code"), [("grade nothing", 2), pytest.param("list", 0, marks=pytest.mark.slow)])
def test_what_cannot_be_said_is_lost(tmp_path: Path, where: str, command: str, code: int) -> None:
    """Notices and errors that nobody can read change no exit code."""
    assert shell(f"{BOXSCORE} {command} {where}", tmp_path).returncode == code


@pytest.mark.parametrize(
    "command",
    ["grade nothing-ü", *(pytest.param(one, marks=pytest.mark.slow) for one in ("list", "grade --help", "show tiny"))],
)
def test_a_locale_without_letters(tmp_path: Path, command: str) -> None:
    """What the encoding cannot express is escaped."""
    ran = shell(f"{BOXSCORE} {command}", tmp_path, **ASCII)

    assert ran.returncode in {0, 2}
    assert "Traceback" not in ran.stderr


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("", "<&-", 0),
        ("", "<&- >&- 2>&-", 2),
        ("", "2>/dev/full", 0),
        ("trap '' CHLD;", "", 0),
        ("ulimit -n 700;", "", 0),
        ('cd "$(mktemp -d -p .)"; rmdir "$PWD";', "", 0),
    ],
)
@pytest.mark.usefixtures("local_backend")
def test_grading_goes_on(tmp_path: Path, before: str, after: str, code: int) -> None:
    """All samples are graded whatever the caller closed or ignored; what was to be printed alone decides the code."""
    line = f"{before} {GRADE} --json --quiet {after}".replace("--out run", f"--out {tmp_path}/run")

    ran = shell(line, tmp_path, **ASCII)

    assert (ran.returncode, "Traceback" in ran.stderr) == (code, False)
    results = (tmp_path / "run" / "results.jsonl").read_text().splitlines()
    assert results
    assert all('"outcome":"passed"' in one for one in results)


@pytest.fixture(name="few_files")
def fixture_few_files() -> Iterator[int]:
    """A soft limit of 64 open files; gives the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_open_files_are_asked_for(few_files: int) -> None:
    """A soft limit is raised as far as workers need; beyond the hard one they are too many."""
    need_files(8)

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (168, few_files)
    with pytest.raises(UsageError, match=r"ulimit -n \d+.*at most \d+ workers"):
        need_files(few_files)


def test_too_many_open_files_name_the_way_out() -> None:
    """Other errors are not taken for it."""
    found = out_of_files(OSError(errno.EMFILE, "too many open files"))

    assert "ulimit -n" in str(found)
    assert out_of_files(OSError(errno.EIO, "input/output error")) is None


def test_a_path_out_of_reach_is_told_in_a_line() -> None:
    """Other errors, and those that name no path, are not taken for it."""
    found = out_of_reach(PermissionError(errno.EACCES, "Permission denied", "/locked/x"))

    assert str(found) == "/locked/x: Permission denied: this user may not use it or a folder above it"
    assert out_of_reach(PermissionError(errno.EACCES, "Permission denied")) is None
    assert out_of_reach(OSError(errno.EIO, "Input/output error", "/x")) is None
