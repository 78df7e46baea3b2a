"""From a report to an outcome: each required test once, and passed; nothing else is a pass."""

from __future__ import annotations

import pytest

from boxscore.errors import ProtocolError
from boxscore.protocols.unittest.protection import judged_plainly
from boxscore.protocols.unittest.protocol import PROTOCOL
from boxscore.protocols.unittest.run import KeptFile, ReportedTest, UnitReport, UnitRun, run_of
from boxscore.protocols.unittest.task import UnitStatus, UnittestTask
from boxscore.protocols.unittest.verdict import verdict_of
from boxscore.records import Outcome

A, B = "TestCases.test_a", "TestCases.test_b"
OK, BAD, ERROR, SKIPPED = UnitStatus.PASSED, UnitStatus.FAILED, UnitStatus.ERROR, UnitStatus.SKIPPED


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ({A: OK, B: OK}, Outcome.PASSED),
        ({A: OK, B: BAD}, Outcome.WRONG),
        ({A: ERROR, B: BAD}, Outcome.WRONG),
        ({A: OK, B: ERROR}, Outcome.ERROR),
        ({A: OK}, Outcome.ERROR),
        ({}, Outcome.ERROR),
        ({A: OK, B: SKIPPED}, Outcome.ERROR),
        ({A: OK, B: UnitStatus.EXPECTED_FAILURE}, Outcome.ERROR),
        ({A: OK, B: UnitStatus.UNEXPECTED_SUCCESS}, Outcome.ERROR),
        ({A: OK, B: OK, "TestCases.test_c": OK}, Outcome.TAMPERED),
    ],
)
def test_only_passed_tests_pass(statuses: dict[str, UnitStatus], outcome: Outcome) -> None:
    assert verdict_of(UnitRun(statuses=statuses), (A, B))[0] is outcome


def test_a_task_may_say_otherwise() -> None:
    ran = UnitRun(statuses={A: OK, B: SKIPPED})

    assert verdict_of(ran, (A, B), skipped_passes=True) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        ("@unittest.skipIf(True, 'x')\nclass TestCases: pass", Outcome.PASSED),
        ("def test(self): self.skipTest('no')", Outcome.PASSED),
        ("from unittest import SkipTest\nraise SkipTest", Outcome.PASSED),
        ("skipped = 'skip'  # skip", Outcome.ERROR),
        ("def f(", Outcome.ERROR),
    ],
)
def test_only_tests_may_skip_themselves(tests: str, outcome: Outcome) -> None:
    ran = UnitRun(statuses={A: SKIPPED})

    assert judged_plainly(task(tests=tests, skipped_passes=True), ran).outcome is outcome


REPORT = UnitReport(
    number=1,
    outcome=None,
    reason="",
    error_type=None,
    limit=None,
    unsure=False,
    tests=(ReportedTest(A, OK, ""),),
    exit_code=0,
    signal=None,
    observations="6869",
    observed_all=True,
    files=(KeptFile("a", "00"),),
    output="",
    output_truncated=False,
    cpu_s=0.1,
    wall_s=0.1,
    memory_bytes=None,
)


@pytest.mark.parametrize(
    "changed",
    [
        {"tests": (ReportedTest(A, OK, ""), ReportedTest(A, BAD, ""))},
        {"observations": "6"},
        {"files": (KeptFile("a", "zz"),)},
    ],
)
def test_what_no_grader_of_ours_reports_is_refused(changed: dict[str, object]) -> None:
    import msgspec  # noqa: PLC0415 - here only

    with pytest.raises(ProtocolError):
        run_of(msgspec.structs.replace(REPORT, **changed))


def task(**changed: object) -> UnittestTask:
    fields = {"tests": "", "entry_point": "task", "reference": None, "required": (A,)} | changed
    return UnittestTask(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"entry_point": "a b"},
        {"entry_point": "class"},
        {"required": ()},
        {"required": (A, A)},
        {"files": (("../a", ""),)},
        {"environment": (("A=B", "c"),)},
        {"environment": (("A", "\0"),)},
        {"tests": "#" * (65 << 20)},
        {"module": "a.b"},
    ],
)
def test_a_task_that_cannot_be_graded_is_refused(changed: dict[str, object]) -> None:
    assert PROTOCOL.invalid_reason(task()) is None
    assert PROTOCOL.invalid_reason(task(**changed))


def test_how_a_run_ended_comes_first() -> None:
    ran = UnitRun(outcome=Outcome.TIMEOUT, reason="late", statuses={A: OK, B: OK})

    assert verdict_of(ran, (A, B)) == (Outcome.TIMEOUT, "late")


def test_nothing_required_is_no_pass() -> None:
    assert verdict_of(UnitRun(statuses={A: OK}), ())[0] is Outcome.NO_TESTS
