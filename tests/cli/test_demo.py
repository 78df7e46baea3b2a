"""`boxscore demo cheat`: what it shows is what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import Completed, FunctionTask, SandboxUnavailable
from boxscore.attack.naive import naive_verdict
from boxscore.boxes.registry import open_backend
from boxscore.cli.demo import FORGERS, cheat_command
from boxscore.testing import FakeBackend

if TYPE_CHECKING:
    from boxscore.testing import FakeRun

TASK = FunctionTask(entry_point="f", names=("f",), tests="assert f() == 1")


@pytest.mark.bubblewrap
def test_forgers_pass_the_plain_check_and_not_boxscore(capfd: pytest.CaptureFixture[str]) -> None:
    """Both pass the honest answer; the plain check believes five forgers of six, boxscore none."""
    try:
        open_backend("local").check()
    except SandboxUnavailable as error:
        pytest.skip(f"no bubblewrap sandbox here: {error}")

    assert cheat_command("local", json=True) == 0

    honest, *forgers = json.loads(capfd.readouterr().out)
    assert (honest["plain"], honest["boxscore"]) == ("passed", "passed")
    assert [one["plain"] for one in forgers] == ["passed"] * 5 + ["failed: SystemExit"]
    assert len(forgers) == len(FORGERS)
    assert "passed" not in {one["boxscore"] for one in forgers}


@pytest.mark.parametrize(
    ("stdout", "exit_code", "expected"),
    [
        (b"noise\npassed", 0, "passed"),
        (b"passed\nfailed: AssertionError", 0, "failed: AssertionError"),
        (b"\npassed", 1, "timed out"),
        (b"", 0, "timed out"),
    ],
)
def test_the_plain_check_believes_the_last_line(stdout: bytes, exit_code: int, expected: str) -> None:
    """It believes what its program says last, if that ended well."""

    def run(asked: FakeRun) -> Completed:
        return Completed(exit_code=exit_code, wall_s=0.1, stdout=stdout)

    assert naive_verdict(FakeBackend(run=run), None, "def f(): return 2", TASK) == expected
