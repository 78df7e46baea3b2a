"""What comes of a run in a JVM, by how its process ended and what it reported: with a box in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import ProtocolError
from boxscore.protocols.jvm.protection import jvm_verdict
from boxscore.protocols.jvm.run import TestRun, run_tests
from boxscore.records import LimitName, Limits, Outcome

if TYPE_CHECKING:
    from boxscore.boxes.fake import FakeRun

LIMITS = Limits(memory_bytes=1 << 30)
REQUIRED = ("a.B#c", "a.B#d")
BOTH = (("test", "a.B#c", "PASSED", ""), ("test", "a.B#d", "PASSED", ""))
FAILING = (BOTH[0], ("test", "a.B#d", "FAILED", "1 is not 2"))


def run(
    *frames: tuple[str, ...], ended: bool = True, key: str | None = None, method_s: float | None = 2.0, **end: object
) -> TestRun:
    def program(asked: FakeRun) -> Completed:
        (request,) = (data for path, data in box.files.items() if asked.argv[-1] == path)
        given = request.decode().splitlines()[0].removeprefix("key ")
        lines = [("start",), *frames]
        if ended:
            lines.append(("end", key or given, str(len(lines))))
        said = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        return Completed(**({"exit_code": 0, "wall_s": 1.0, "stdout": said, "stderr": b"printed"} | end))  # type: ignore[arg-type]

    with FakeBackend(run=program).box(BoxSpec()) as box:
        return run_tests(box, java="/jdk", class_path=["/classes"], required=REQUIRED, method_s=method_s, limits=LIMITS)


@pytest.mark.parametrize(
    ("ran", "outcome"),
    [
        (lambda: run(*FAILING, exit_code=1), Outcome.WRONG),
        (lambda: run(BOTH[0], ("test", "a.B#d", "SKIPPED", ""), exit_code=1), Outcome.ERROR),
        (lambda: run(BOTH[0]), Outcome.ERROR),
        (lambda: run(*BOTH, ("test", "a.B#other", "PASSED", "")), Outcome.TAMPERED),
        (lambda: run(*FAILING, exit_code=0), Outcome.TAMPERED),
        (lambda: run(*BOTH, exit_code=1), Outcome.TAMPERED),
        (lambda: run(*BOTH, key="guessed"), Outcome.TAMPERED),
        (lambda: run(*BOTH, ended=False), Outcome.ERROR),
        (lambda: run(("trouble", "no engine"), exit_code=3), Outcome.ERROR),
        (lambda: run(BOTH[0], ("late", "a.B#d"), ended=False, exit_code=4), Outcome.TIMEOUT),
        (lambda: run(*BOTH, exit_code=None, signal=9), Outcome.SIGNAL),
        (lambda: run(*BOTH, exit_code=None, signal=9, limit=LimitName.MEMORY), Outcome.MEMORY),
        (lambda: run(*BOTH, stdout_truncated=True), Outcome.OUTPUT_LIMIT),
    ],
)
def test_how_a_run_ends_decides(ran: object, outcome: Outcome) -> None:
    assert callable(ran)

    assert jvm_verdict(ran(), REQUIRED)[0] is outcome


@pytest.mark.parametrize(("reported", "late"), [("a.B#d", "a.B#d"), ("", "a test")])
def test_the_test_that_ended_a_run_is_named(reported: str, late: str) -> None:
    ended = run(BOTH[0], ("late", reported), ended=False, exit_code=4)

    assert (ended.late, ended.limit) == (late, LimitName.WALL)
    assert run(BOTH[0], ("late", reported), exit_code=1).late == ""


def test_a_class_that_cannot_be_loaded_is_told() -> None:
    unloaded = ("unloaded", "a.B", "no such class")

    assert "no such class" in jvm_verdict(run(BOTH[0], unloaded), REQUIRED)[1]
    assert jvm_verdict(run(unloaded), REQUIRED) == (Outcome.ERROR, "no test was reported: a.B#c: no such class")


def test_a_jvm_that_does_not_start_is_ours() -> None:
    with pytest.raises(ProtocolError, match="exit code 127"):
        run(exit_code=127, stdout=b"")
