"""Runs in a JVM: requests to the runner, the reports that come back, and what they come to, with a box in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import HarnessError, ProtocolError
from boxscore.protocols.jvm.protection import jvm_verdict
from boxscore.protocols.jvm.run import Report, TestRun, read_report, request, run_tests
from boxscore.protocols.statuses import Status
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


KEY = "key"
TEST = ("test", "a.B#c", "PASSED", "")


def report(*frames: tuple[str, ...], key: str = KEY, more: bytes = b"") -> Report:
    lines = [("start",), *frames, ("end", key, str(len(frames) + 1))]
    return read_report("".join(f"{json.dumps(line)}\n" for line in lines).encode() + more, KEY)


def test_the_worst_of_a_tests_invocations_is_its_status() -> None:
    found = report(TEST, ("test", "a.B#c", "FAILED", "why"), TEST)

    assert (found.odd, found.ended) == ("", True)
    assert found.statuses == {"a.B#c": Status.FAILED}
    assert found.reasons == {"a.B#c": "why"}
    assert (found.invocations, found.passes) == ({"a.B#c": 3}, {"a.B#c": 2})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'["start"]\n["test","a.B#c","PASSED",""]\n',
        b'["start"]\n["test","a.B#c","PASSED",""]\n["end","other","2"]\n',
        b'["start"]\n["test","a.B#c","PASSED",""]\n["end","key","3"]\n',
        b'["start"]\n["end","key","1"]\n["test","a.B#c","PASSED",""]\n',
        b'["test","a.B#c","PASSED",""]\n["end","key","1"]\n',
        b'["start"]\n["start"]\n["end","key","2"]\n',
        b'["start"]\n["test","a.B#c","FINE",""]\n["end","key","2"]\n',
        b'["start"]\n["test","a.B#c","PASSED"]\n["end","key","2"]\n',
        b'["start"]\n["other"]\n["end","key","2"]\n',
        b'["start"]\n[1]\n["end","key","2"]\n',
        b'["start"]\nhello\n["end","key","2"]\n',
        b'["start"]\n["end","key","1"]\nrest',
        b'["start"]\n["trouble","' + b"a" * (1 << 17) + b'"]\n["end","key","2"]\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_no_report_is_believed_that_the_runner_does_not_write(data: bytes) -> None:
    assert not read_report(data, KEY).ended


def test_names_with_line_breaks_are_refused() -> None:
    with pytest.raises(HarnessError):
        request(KEY, classes=["a\nkey b"])
