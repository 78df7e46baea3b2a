"""`/v1/grade`: what goes in reaches the grader, what it says comes out."""

from __future__ import annotations

from typing import Any

import pytest

from boxscore.protocols.details import decode_result
from boxscore.records import Limits, Outcome

TESTED = {"code": "def f(): return 1", "tests": ["assert f() == 1"]}


def test_an_instance_of_the_benchmark(post: Any) -> None:
    asked = {"instance_id": "two/a", "text": "x", "sample_id": "7", "benchmark": "two", "kind": "answer"}

    response = post("/v1/grade", asked, Outcome.WRONG, benchmark=True)

    result = decode_result(response.content)
    assert (response.status_code, result.outcome, result.instance_id, result.sample_id) == (200, "wrong", "two/a", "7")
    assert response.headers["x-boxscore-trust"] == "oracle"


def test_tests_that_come_along(ask: Any) -> None:
    more = {"entry_point": "f", "helpers": "import math", "limits": {"cpu_s": 2}, "comparison": {"rule": "tokens"}}

    async def scene(asked: Any) -> Any:
        await asked.post("/v1/grade", {**TESTED, **more, "language": "cpp"})
        return asked.grader.calls

    (call,) = ask(scene)

    assert (call.method, call.code) == ("grade_tests", TESTED["code"])
    assert call.options["tests"] == TESTED["tests"]
    assert (call.options["entry_point"], call.options["helpers"]) == ("f", "import math")
    assert (call.options["language"], call.options["limits"]) == ("cpp", Limits(cpu_s=2.0))
    assert call.options["comparison"].rule == "tokens"


def test_internal_is_a_result(post: Any) -> None:
    response = post("/v1/grade", TESTED, Outcome.INTERNAL)

    assert (response.status_code, response.json()["outcome"]) == (200, "internal")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "instance_id and text"),
        ({"code": "x"}, "code and tests"),
        ({"tests": ["assert f()"]}, "code and tests"),
        ({"instance_id": "two/a"}, "instance_id and text"),
        ({**TESTED, "instance_id": "two/a"}, "either"),
        ({**TESTED, "other": 1}, "other"),
        ({"instance_id": "two/a", "text": "x", "benchmark": "three"}, "this service has two"),
        ({"instance_id": "two/c", "text": "x"}, "two/c"),
        ({"instance_id": "two/a", "text": "x", "kind": "poem"}, "poem"),
        ({**TESTED, "limits": {"cpu_s": 1e4}}, "cpu_s"),
        ({**TESTED, "limits": {"cpu_s": -1}}, "cpu_s"),
        ({**TESTED, "limits": {"memory_bytes": 1 << 50}}, "memory_bytes"),
    ],
)
def test_what_cannot_be_asked(post: Any, content: Any, named: str) -> None:
    response = post("/v1/grade", content, benchmark=True)

    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert response.json()["error"] == "invalid"


def test_a_large_request_is_read_beside_the_others(ask: Any) -> None:
    many = {"fn_name": "f", "inputs": [["x" * 4000]] * 100, "outputs": [4000] * 100}

    async def scene(asked: Any) -> Any:
        good = await asked.post("/v1/grade", {"code": "def f(text): return len(text)", "tests": many, "sample_id": "3"})
        bad = await asked.post("/v1/grade", {"code": "x" * 300_000, "tests": "this is no test"})
        return good, bad, asked.grader.calls

    good, bad, (call,) = ask(scene)

    assert (good.status_code, good.json()["sample_id"], call.method) == (200, "3", "grade_task")
    assert call.options["task"].entry_point == "f"
    assert (bad.status_code, bad.json()["error"]) == (422, "invalid")
