"""`boxscore demo`: what it shows is what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import Completed, FunctionTask
from boxscore.cli.demo import FORGERS, demo_command, naive_verdict
from boxscore.testing import FakeBackend

if TYPE_CHECKING:
    from boxscore.testing import FakeRun

TASK = FunctionTask(entry_point="f", names=("f",), tests="assert f() == 1")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_forgers_pass_the_plain_check_and_not_boxscore(capfd: pytest.CaptureFixture[str]) -> None:
    """Both pass the honest answer; the plain check believes five forgers of six, boxscore none."""
    assert demo_command(backend="local", json=True) == 0

    honest, *forgers = json.loads(capfd.readouterr().out)
    assert (honest["plain"], honest["boxscore"]) == ("passed", "passed")
    assert [one["plain"] for one in forgers] == ["passed"] * 5 + ["failed: SystemExit"]
    assert len(forgers) == len(FORGERS)
    assert "passed" not in {one["boxscore"] for one in forgers}


def saying(stdout: bytes, exit_code: int) -> FakeBackend:
    """A backend whose boxes run nothing, and give an output."""

    def run(asked: FakeRun) -> Completed:
        return Completed(exit_code=exit_code, wall_s=0.1, stdout=stdout)

    return FakeBackend(run=run)


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
    assert naive_verdict(saying(stdout, exit_code), None, "def f(): return 2", TASK) == expected
