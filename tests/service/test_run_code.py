"""`/run_code` in SandboxFusion's shapes, and the codes that verl's client makes of them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from boxscore.errors import BoxLost, UsageError
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.records import LimitName, Limits, Outcome, Result, Trust
from tests.service import verl_client as verl

COMMAND = {"status", "execution_time", "return_code", "stdout", "stderr"}
ANSWER = {"status", "message", "compile_result", "run_result", "executor_pod_name", "files"}
BAD_COMPILE = CaseResult(outcome=Outcome.BUILD_FAILED, exit_code=1, errors="line 1: expected ;", wall_s=0.5)
GOOD_COMPILE = CaseResult(outcome=Outcome.PASSED, exit_code=0, wall_s=0.5)


def result(outcome: Outcome, case: CaseResult | None = None, compiled: CaseResult | None = None) -> Result:
    detail = ProgramDetail(language="python", compiled=compiled, cases=() if case is None else (case,))
    return Result(instance_id="inline", sample_id="0", outcome=outcome, trust=Trust.ORACLE, detail=detail)


def case(outcome: Outcome = Outcome.NO_TESTS, **fields: Any) -> CaseResult:
    return CaseResult(**{"outcome": outcome, "exit_code": 0, "wall_s": 0.1, **fields})


CODES = [
    ("python", True, result(Outcome.NO_TESTS, case(output="42\n"))),
    ("python", False, result(Outcome.NO_TESTS, case(output="41\n"))),
    ("python", -2, result(Outcome.ERROR, case(Outcome.ERROR, exit_code=1, errors="ZeroDivisionError"))),
    ("python", -2, result(Outcome.SIGNAL, case(Outcome.SIGNAL, exit_code=None, signal=11))),
    ("python", -2, result(Outcome.MEMORY, case(Outcome.MEMORY, exit_code=None, signal=9, limit=LimitName.MEMORY))),
    ("python", -2, result(Outcome.OUTPUT_LIMIT, case(Outcome.OUTPUT_LIMIT, limit=LimitName.OUTPUT, output="42\n"))),
    ("python", -2, result(Outcome.SYNTAX, compiled=case(Outcome.SYNTAX, exit_code=1, errors="SyntaxError"))),
    ("python", -3, result(Outcome.TIMEOUT, case(Outcome.TIMEOUT, exit_code=None, signal=9, limit=LimitName.CPU))),
    ("python", -3, result(Outcome.TIMEOUT, case(Outcome.TIMEOUT, exit_code=None, limit=LimitName.WALL))),
    ("cpp", True, result(Outcome.NO_TESTS, case(output="42"), GOOD_COMPILE)),
    ("cpp", -3, result(Outcome.TIMEOUT, case(Outcome.TIMEOUT, exit_code=None, signal=9), GOOD_COMPILE)),
    ("cpp", -4, result(Outcome.BUILD_FAILED, None, BAD_COMPILE)),
    ("cpp", -4, result(Outcome.TIMEOUT, None, case(Outcome.TIMEOUT, exit_code=None, signal=9))),
    ("cpp", -4, result(Outcome.BUILD_FAILED, None, case(Outcome.BUILD_FAILED))),  # whatever its compiler ended with
    ("python", -1, result(Outcome.INTERNAL)),
    ("cobol", -1, result(Outcome.NO_TESTS, case(output="42"))),
]


@pytest.mark.parametrize(("language", "code", "found"), CODES)
def test_codes_of_verl(ask: Any, language: str, code: bool | int, found: Result) -> None:  # noqa: FBT001 - verl's
    payload = {
        "compile_timeout": 10,
        "run_timeout": 10,
        "code": "print(6 * 7)",
        "stdin": None,
        "memory_limit_MB": 1024,
        "language": language,
        "files": {},
        "fetch_files": [],
    }

    async def scene(asked: Any) -> Any:
        return await verl.case_code(asked.post, payload, "42")

    made, tries = ask(scene, lambda _: found)

    assert made is code if isinstance(code, bool) else made == code
    assert tries == (3 if found.outcome is Outcome.INTERNAL else 1)


def test_the_shape(post: Any) -> None:
    response = post(
        "/run_code",
        {"code": "x", "language": "cpp"},
        lambda _: result(Outcome.NO_TESTS, case(output="1"), GOOD_COMPILE),
    )
    answer = response.json()

    assert set(answer) == ANSWER
    assert set(answer["run_result"]) == set(answer["compile_result"]) == COMMAND
    assert answer["status"] == "Success"
    assert answer["run_result"] == {
        "status": "Finished",
        "execution_time": 0.1,
        "return_code": 0,
        "stdout": "1",
        "stderr": "",
    }
    assert response.headers["x-boxscore-trust"] == "none"


def test_what_is_asked_reaches_the_grader(ask: Any) -> None:
    content = {
        "code": "x",
        "language": "nodejs",
        "stdin": "in",
        "run_timeout": "3",
        "compile_timeout": 7,
        "memory_limit_MB": 256,
        "files": {"a/b.txt": base64.b64encode("ä".encode()).decode(), "empty": None},
    }

    async def scene(asked: Any) -> Any:
        await asked.post("/run_code", content)
        return asked.grader.calls

    (call,) = ask(scene)

    assert (call.method, call.options["language"], call.options["stdin"]) == ("run_code", "javascript", "in")
    assert call.options["files"] == {"a/b.txt": "ä", "empty": ""}
    assert call.options["limits"] == Limits(cpu_s=3.0, wall_s=9.0, memory_bytes=256 << 20)
    assert call.options["compile_limits"].cpu_s == 7.0


@pytest.mark.parametrize(
    "more",
    [
        {"language": "cobol"},
        {"language": ""},
        {"fetch_files": ["out.txt"]},
        {"files": {"../x": ""}},
        {"files": {"/etc/x": ""}},
        {"files": {"": ""}},
        {"files": {"x": "no base64!"}},
        {"files": {"x": base64.b64encode(b"\xff").decode()}},
        {"run_timeout": 1e5},
        {"run_timeout": -1},
        {"run_timeout": "nan"},
        {"compile_timeout": "inf"},
        {"memory_limit_MB": 10**9},
    ],
)
def test_what_cannot_be_run(ask: Any, more: dict[str, Any]) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/run_code", {"code": "x", "language": "python", **more}), asked.grader.calls

    response, calls = ask(scene)

    assert (response.status_code, response.json()["status"], calls) == (200, "SandboxError", [])
    assert response.json()["message"]
    assert response.json()["run_result"] is None


@pytest.mark.parametrize("error", [BoxLost("the box went away"), UsageError("no such language here")])
def test_what_the_grader_raises(ask: Any, error: Exception) -> None:
    def raising(_: Any) -> Result:
        raise error

    async def scene(asked: Any) -> Any:
        return await asked.post("/run_code", {"code": "x", "language": "python"})

    response = ask(scene, raising)

    assert response.status_code == (200 if isinstance(error, UsageError) else 504)
    assert response.json()["status"] == "SandboxError"
