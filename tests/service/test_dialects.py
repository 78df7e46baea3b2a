"""The verdicts of `/submit`, open-instruct's routes and NeMo-Gym's, each in its own shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from boxscore.adapters import nemo_gym
from boxscore.adapters.engine import configure, configure_from_environment
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.records import Outcome, Result, Trust
from tests.fake_graders import FakeSyncGrader

SUBMITTED = {"dataset": "two", "id": "two/a", "completion": "Here:\nprint(1)", "config": {}}
STDIO = [{"input": {"stdin": "1"}, "output": {"stdout": "2"}}, {"input": {"stdin": "2"}, "output": {"stdout": "3"}}]
OWN_ROW = {
    "dataset": "any",
    "id": 7,
    "completion": "Thus:\n```python\nprint(2)\n```\n",
    "config": {"language": "python", "dataset_type": "CommonOJDataset", "provided_data": {"id": 7, "test": STDIO}},
}
ANSWERED = {
    "responses_create_params": {"input": []},
    "response": {
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "content": [{"type": "output_text", "text": "```python\nprint(1)\n```"}]},
        ]
    },
    "verifier_metadata": {"unit_tests": {"inputs": ["1"], "outputs": ["1"], "fn_name": None}, "difficulty": "easy"},
    "_ng_task_index": 3,
}


def program(*outcomes: Outcome) -> Result:
    cases = tuple(CaseResult(outcome=one, exit_code=0, cpu_s=0.25) for one in outcomes)
    failing = [one for one in outcomes if one is not Outcome.PASSED]
    detail = ProgramDetail(language="python", cases=cases)
    outcome = failing[0] if failing else Outcome.PASSED
    return Result(instance_id="inline", sample_id="0", outcome=outcome, trust=Trust.ORACLE, detail=detail)


def test_submit_grades_an_answer(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/submit", SUBMITTED), asked.grader.calls

    response, (call,) = ask(scene, benchmark=True)
    answer = response.json()

    assert (call.method, call.instance_id, call.code) == ("grade", "two/a", SUBMITTED["completion"])
    assert (answer["id"], answer["accepted"], answer["extracted_code"]) == ("two/a", True, "print(1)")
    assert [one["passed"] for one in answer["tests"]] == [True]
    assert answer["tests"][0]["exec_info"]["status"] == "Success"
    assert set(answer) == {
        "id",
        "accepted",
        "extracted_code",
        "full_code",
        "test_code",
        "tests",
        "extracted_type",
        "extra",
    }
    assert response.headers["x-boxscore-trust"] == "oracle"


@pytest.mark.parametrize("outcome", [one for one in Outcome if one not in (Outcome.PASSED, Outcome.INTERNAL)])
def test_submit_accepts_nothing_else(post: Any, outcome: Outcome) -> None:
    answer = post("/submit", SUBMITTED, outcome, benchmark=True).json()

    assert answer["accepted"] is False
    assert answer["tests"][0]["passed"] is False
    assert answer["extra"]["outcome"] == outcome


def test_submit_with_tests_of_its_own(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/submit", OWN_ROW), asked.grader.calls

    response, (call,) = ask(scene, lambda _: program(Outcome.PASSED, Outcome.WRONG))
    answer = response.json()

    assert (call.method, call.code) == ("grade_tests", "print(2)")
    assert call.options["tests"] == [{"input": "1", "output": "2"}, {"input": "2", "output": "3"}]
    assert (answer["id"], answer["accepted"]) == (7, False)
    assert [one["passed"] for one in answer["tests"]] == [True, False]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"dataset": "three"}, 400),
        ({"id": "two/z"}, 404),
        ({"config": {"custom_extract_logic": "submit_code_blocks([])"}}, 422),
        ({"config": {"dataset_type": "OtherDataset", "language": "python"}}, 400),
        ({"config": {"dataset_type": "CommonOJDataset"}}, 400),
        ({"config": {"provided_data": {"test": "{"}, "language": "python"}}, 422),
        ({"config": {"provided_data": {"test": []}, "language": "python"}}, 422),
        ({"config": {"provided_data": {"test": [{"input": {"f": ""}, "output": {}}]}, "language": "python"}}, 422),
        ({"completion": None}, 422),
    ],
)
def test_submit_refuses(ask: Any, change: dict[str, Any], status: int) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/submit", {**SUBMITTED, **change}), asked.grader.calls

    response, calls = ask(scene, benchmark=True)

    assert (response.status_code, calls) == (status, [])
    assert response.json()["detail"]


def test_each_assert_is_graded_by_itself(post: Any) -> None:
    outcomes = {"a": Outcome.PASSED, "b": Outcome.WRONG, "c": Outcome.TIMEOUT}

    def answer(call: Any) -> Outcome:
        (test,) = call.options["tests"]
        assert call.options["limits"].cpu_s == 2.5
        return outcomes[test]

    response = post("/test_program", {"program": "x", "tests": list("abc"), "max_execution_time": 2.5}, answer)

    assert response.json() == {"results": [1, 0, 0], "runtimes": [0.0, -1.0, -1.0]}


def test_each_input_is_graded(ask: Any) -> None:
    tests = [{"input": "1\n", "output": "2\n"}, {"input": "2", "output": "3"}, {"input": "", "output": ""}]

    async def scene(asked: Any) -> Any:
        return await asked.post("/test_program_stdio", {"program": "x", "tests": json.dumps(tests)}), asked.grader.calls

    response, (call,) = ask(scene, lambda _: program(Outcome.PASSED, Outcome.WRONG, Outcome.PASSED))
    task = call.options["task"]

    assert response.json() == {"results": [1, 0, 1], "runtimes": [0.25, -1.0, 0.25]}
    assert task.all_cases
    assert [(one.stdin, one.expected) for one in task.cases] == [("1\n", "2\n"), ("2", "3"), ("", "")]


@pytest.mark.parametrize("path", ["/test_program", "/test_program_stdio"])
@pytest.mark.parametrize("tests", [None, 7, "gAR9", ["x", 1], [{"input": "1"}], ["x"] * 1001])
def test_tests_that_are_none(post: Any, path: str, tests: Any) -> None:
    response = post(path, {"program": "x", "tests": tests})

    assert response.status_code == 422


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/submit", OWN_ROW),
        ("/test_program", {"program": "x", "tests": ["a", "b"]}),
        ("/test_program_stdio", {"program": "x", "tests": [{"input": "", "output": ""}]}),
    ],
)
def test_trouble_of_ours_is_no_zero(post: Any, path: str, content: Any) -> None:
    response = post(path, content, Outcome.INTERNAL)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert not {"accepted", "results", "reward"} & set(response.json())


def test_one_case_without_a_verdict_is_no_zero(post: Any) -> None:
    content = {"program": "x", "tests": [{"input": "", "output": ""}] * 2}
    one = program(Outcome.WRONG, Outcome.INTERNAL)

    assert post("/test_program_stdio", content, lambda _: one).status_code == 503
    assert post("/test_program_stdio", content, lambda _: program(Outcome.PASSED)).status_code == 503


@pytest.mark.parametrize(("outcome", "reward"), [(Outcome.PASSED, 1.0), (Outcome.WRONG, 0.0), (Outcome.TIMEOUT, 0.0)])
def test_verify(ask: Any, outcome: Outcome, reward: float) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/verify", ANSWERED), asked.grader.calls

    response, (call,) = ask(scene, outcome)
    row = response.json()

    assert call.code == "print(1)"
    assert [(case.stdin, case.expected) for case in call.options["task"].cases] == [("1", "1")]
    assert {key: row[key] for key in ANSWERED} == ANSWERED
    assert row["reward"] == reward
    assert "_ng_failure_class" not in row


def test_verify_names_trouble_of_ours(post: Any) -> None:
    row = post("/verify", {**ANSWERED, "reward": 0.0}, Outcome.INTERNAL).json()

    assert row["_ng_failure_class"] == "judge_failed"
    assert row.keys() == {*ANSWERED, "_ng_failure_class", "_ng_failure_judge_error"}


def test_verify_is_the_adapters(post: Any) -> None:
    grader = FakeSyncGrader(Outcome.WRONG)
    configure(grader=grader)
    try:
        assert post("/verify", ANSWERED, Outcome.WRONG).json() == nemo_gym.verify(ANSWERED)
    finally:
        configure_from_environment()


@pytest.mark.parametrize(
    "output", [[], [{"type": "message", "content": [{"type": "output_text", "text": "```\n```"}]}]]
)
def test_verify_without_code(ask: Any, output: Any) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/verify", {**ANSWERED, "response": {"output": output}}), asked.grader.calls

    response, calls = ask(scene)

    assert (response.json()["reward"], calls) == (0.0, [])


@pytest.mark.parametrize("change", [{"response": 1}, {"verifier_metadata": {}}, {"verifier_metadata": None}])
def test_verify_refuses(post: Any, change: Any) -> None:
    assert post("/verify", {**ANSWERED, **change}).status_code == 422


def test_the_other_routes_of_nemo_gym(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        return (await asked.post("/seed_session", {})).json(), (await asked.client.get("/reverify_mode")).json()

    assert ask(scene) == ({}, "stateless")
