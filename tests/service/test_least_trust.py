"""`least_trust` of a request, on every route that gives verdicts: a pass below it is no reward, and no failure."""

from __future__ import annotations

from typing import Any

import pytest

from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.records import Outcome, Result, Trust
from tests.service.test_dialects import ANSWERED, OWN_ROW, SUBMITTED

ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "grade, tests": ("/v1/grade", {"code": "x", "tests": ["assert f() == 1"]}),
    "grade, instance": ("/v1/grade", {"instance_id": "two/a", "text": "x"}),
    "submit": ("/submit", SUBMITTED),
    "submit, own row": ("/submit", OWN_ROW),
    "open-instruct, asserts": ("/test_program", {"program": "x", "tests": ["assert f() == 1"]}),
    "open-instruct, stdio": ("/test_program_stdio", {"program": "x", "tests": [{"input": "1", "output": "1"}]}),
    "NeMo-Gym": ("/verify", ANSWERED),
}
WHY = "passed at claim, and nothing below oracle is rewarded here: graded beside its tests"


def graded(outcome: Outcome, trust: Trust) -> Result:
    return Result(
        instance_id="two/a",
        sample_id="0",
        outcome=outcome,
        trust=trust,
        reason="graded beside its tests",
        detail=ProgramDetail(language="python", cases=(CaseResult(outcome=outcome, exit_code=0),)),
    )


def reward_of(path: str, response: Any) -> tuple[float | None, str]:
    """The reward that a client reads from a route's answer, None where it reads that there is none, and why."""
    answer = response.json()
    if response.status_code != 200:
        assert (response.status_code, answer["error"]) == (503, "withheld")
        assert "retry-after" not in response.headers
        return None, answer["detail"]
    if path.startswith("/v1/"):
        assert answer["withheld"] is (answer["outcome"] == "internal")
        return (None if answer["withheld"] else float(answer["outcome"] == "passed")), answer["reason"]
    if path == "/submit":
        return float(answer["accepted"]), ""
    if path == "/verify":
        assert ("reward" in answer) is ("_ng_failure_class" not in answer)
        return answer.get("reward"), answer.get("_ng_failure_judge_error", "")
    return float(all(answer["results"])), ""


@pytest.mark.parametrize("name", ROUTES)
def test_only_passes_below_it_get_no_reward(ask: Any, name: str) -> None:
    path, content = ROUTES[name]

    def asked_for(least: str | None, outcome: Outcome, trust: Trust) -> tuple[float | None, str]:
        more = {} if least is None else {"least_trust": least}
        response = ask(
            lambda asked: asked.post(path, {**content, **more}), lambda _: graded(outcome, trust), benchmark=True
        )
        return reward_of(path, response)

    assert asked_for("oracle", Outcome.PASSED, Trust.CLAIM) == (None, WHY)
    assert asked_for(None, Outcome.PASSED, Trust.CLAIM)[0] == 1.0
    assert asked_for("claim", Outcome.PASSED, Trust.CLAIM)[0] == 1.0
    assert asked_for("oracle", Outcome.PASSED, Trust.ORACLE)[0] == 1.0
    assert asked_for("oracle", Outcome.WRONG, Trust.CLAIM)[0] == 0.0


@pytest.mark.parametrize("name", ROUTES)
def test_an_unknown_level_is_refused(ask: Any, name: str) -> None:
    path, content = ROUTES[name]

    async def scene(asked: Any) -> Any:
        return await asked.post(path, {**content, "least_trust": "certain"}), asked.grader.calls

    response, calls = ask(scene, benchmark=True)

    assert (response.status_code, calls) == (422, [])
    assert "certain" in response.json()["detail"]
