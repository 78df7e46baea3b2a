"""Each form of feedback tells so much and no more, within its bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from boxscore.agents.feedback import LEAST_BYTES, Form, feedback_of
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.protocols.project.task import ProjectDetail
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.records import CompileError, Outcome, Result, Trust

TRACEBACK = (
    'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\nZeroDivisionError: division by zero'
)
GCC = """In file included from main.cpp:1:
main.cpp: In function 'int main()':
main.cpp:3:20: error: 'x' was not declared in this scope
    3 | int main(){ return x; }
      |                    ^
main.cpp:9:1: error: expected '}' at end of input
    9 | }
"""


def result(outcome: Outcome, reason: str = "", **more: object) -> Result:
    """What visible tests say."""
    return Result(instance_id="i", sample_id="0", outcome=outcome, trust=Trust.ORACLE, reason=reason, **more)  # type: ignore[arg-type]


def program(*outcomes: Outcome, errors: str = "", output: str = "") -> ProgramDetail:
    """Cases of a program; the last one printed something."""
    cases = [CaseResult(outcome=one) for one in outcomes[:-1]]
    return ProgramDetail(
        language="python",
        cases=(*cases, CaseResult(outcome=outcomes[-1], errors=errors, output=output)),
        first_failing=len(cases),
    )


def built(errors: str) -> Result:
    """A program that a compiler refuses."""
    compiled = CaseResult(outcome=Outcome.BUILD_FAILED, errors=errors)
    return result(Outcome.BUILD_FAILED, "it says so", detail=ProgramDetail(language="cpp", compiled=compiled))


def patch(**tests: str) -> Result:
    """A patch with the status of each test."""
    return result(Outcome.WRONG, "1 test fails", detail=PatchDetail(tests=tests))


FAILED = result(
    Outcome.ERROR, "case 2 of 2: exit code 1", detail=program(Outcome.PASSED, Outcome.ERROR, errors=TRACEBACK)
)


@pytest.mark.parametrize(
    ("failed", "form", "told"),
    [
        (FAILED, Form.VERDICT, "The code raises an error."),
        (FAILED, Form.TEST, "The code raises an error.\n\ncase 2 of 2: exit code 1"),
        (FAILED, Form.TRACEBACK, f"exit code 1\n\n{TRACEBACK}"),
        (result(Outcome.WRONG, "no", output="seen\n"), Form.TRACEBACK, "no\n\nseen"),
        (patch(a="PASSED", b="FAILED", c="MISSING", d="XFAIL", e="SKIPPED"), Form.TEST, "Tests that fail:\nb\nc"),
        (patch(**{f"t{number}": "FAILED" for number in range(25)}), Form.TEST, "t19\nand 5 more"),
    ],
)
def test_each_form_tells_so_much(failed: Result, form: Form, told: str) -> None:
    found = feedback_of(failed, form)

    assert found == told if told.startswith("The code") else found.endswith(told)


def test_the_errors_of_a_project() -> None:
    """Errors that a compiler gave as data are told as it prints them; no test is called failing that was not run."""
    errors = (
        CompileError(path="src/main/java/A.java", line=7, message="cannot find symbol\n  symbol: x"),
        CompileError(path="", line=0, message="too many"),
    )
    detail = ProjectDetail(compiled=False, errors=errors, tests={"a.B#c": "MISSING"})
    failed = result(Outcome.BUILD_FAILED, "2 errors; src/main/java/A.java:7: cannot find symbol", detail=detail)

    told = feedback_of(failed, Form.TRACEBACK)

    assert "src/main/java/A.java:7: error: cannot find symbol\n  symbol: x" in told
    assert "javac:0: error: too many" in told
    assert "a.B#c" not in told


def test_nothing_is_told_twice() -> None:
    """A reason that is the compiler's own line is left to it."""
    line = "main.cpp:3:20: error: 'x' was not declared in this scope"
    refused = replace(built(GCC), reason=line)

    assert feedback_of(refused, Form.TRACEBACK).count(line) == 1
    assert feedback_of(refused, Form.TEST).count(line) == 1


def test_a_long_traceback_keeps_its_end() -> None:
    """What was raised stands there, and what is missing is told."""
    long = result(Outcome.ERROR, "E", output="x\n" * 10_000 + "ValueError: here")

    told = feedback_of(long, Form.TRACEBACK, most_bytes=500)

    assert told.endswith("ValueError: here")
    assert "bytes left out" in told
    assert GCC[:100] in feedback_of(built(GCC + "x\n" * 10_000), Form.TRACEBACK, most_bytes=500)


@given(
    st.sampled_from(list(Form)),
    st.sampled_from(list(Outcome)),
    st.text(),
    st.text(max_size=2000),
    st.integers(LEAST_BYTES, 1500),
)
def test_it_is_bounded(form: Form, outcome: Outcome, reason: str, printed: str, most: int) -> None:
    """Whatever a candidate printed, in bytes."""
    details = (None, program(Outcome.PASSED, outcome, errors=printed), PatchDetail(tests={printed or "t": "FAILED"}))
    for detail in details:
        told = feedback_of(result(outcome, reason, output=printed * 3, detail=detail), form, most_bytes=most)

        assert len(told.encode()) <= most


def test_the_last_look_at_a_web_project() -> None:
    """What the browser's runner said of the last attempt is told, and which tests failed; a build has failed none."""
    first = WebAttempt(task="task-1", number=1, outcome=Outcome.PASSED, tests={"a": "PASSED"})
    failed = WebAttempt(task="task-2", number=1, outcome=Outcome.WRONG, tests={"a": "PASSED", "b": "FAILED"})
    detail = WebDetail(attempts=(first, failed))
    looked = result(Outcome.WRONG, "task-2, attempt 1: 1 of 2 tests", output="Expected: 3", detail=detail)
    text = feedback_of(looked, Form.TRACEBACK)
    assert text.endswith("Tests that fail:\nb\n\nExpected: 3")

    unbuilt = replace(failed, outcome=Outcome.BUILD_FAILED, tests={"a": "MISSING", "b": "MISSING"})
    broken = replace(looked, outcome=Outcome.BUILD_FAILED, detail=WebDetail(attempts=(first, unbuilt)))
    assert "Tests that fail" not in feedback_of(broken, Form.TRACEBACK)
    assert "Expected: 3" in feedback_of(broken, Form.TRACEBACK)
