"""Too much to do: what is more than may wait is refused at once, and nothing is lost, mixed up or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from boxscore.errors import SandboxUnavailable
from boxscore.records import Outcome
from boxscore.service.turns import Turns


def graded(number: int) -> dict[str, Any]:
    return {"code": str(number), "tests": ["assert f()"], "sample_id": str(number)}


def ran(number: int) -> dict[str, Any]:
    return {"code": str(number), "language": "python"}


def test_256_at_once_on_two_workers(ask: Any) -> None:
    many, waiting = 256, 100

    async def scene(asked: Any) -> Any:
        async def one(number: int) -> Any:
            response = await asked.post("/v1/grade", graded(number))
            return number, response, len(asked.grader.calls)

        return await asyncio.gather(*map(one, range(many))), Counter(call.code for call in asked.grader.calls)

    answers, calls = ask(
        scene,
        lambda call: Outcome.PASSED if int(call.code) % 2 else Outcome.WRONG,
        workers=2,
        delay_s=0.005,
        settings={"queue": waiting, "max_wait_s": 60.0},
    )
    done = [(number, response) for number, response, _ in answers if response.status_code == 200]
    refused = [(response, begun) for _, response, begun in answers if response.status_code == 503]

    assert (len(done), len(refused)) == (waiting + 3, many - waiting - 3)
    assert calls == {str(number): 1 for number, _ in done}
    for number, response in done:
        assert response.json()["sample_id"] == str(number)
        assert response.json()["outcome"] == ("passed" if number % 2 else "wrong")
    for response, begun in refused:
        assert response.json()["error"] == "overloaded"
        assert int(response.headers["retry-after"]) >= 1
        assert begun <= 4  # before more than the first few were graded


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/v1/grade", graded(1), 503),
        ("/run_code", ran(1), 504),
        ("/test_program", {"program": "x", "tests": ["assert f()"]}, 503),
        ("/test_program_stdio", {"program": "x", "tests": [{"input": "", "output": ""}]}, 503),
    ],
)
def test_the_status_of_each_route(ask: Any, path: str, content: Any, status: int) -> None:
    async def scene(asked: Any) -> Any:
        busy = [asyncio.ensure_future(asked.post("/v1/grade", graded(n))) for n in range(3)]
        await asked.until(lambda: asked.dispatcher.turns.running == 2)
        response = await asked.post(path, content)
        for one in busy:
            one.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        return response

    response = ask(scene, workers=1, delay_s=3600, settings={"queue": 0, "max_wait_s": 0.5})

    assert response.status_code == status
    assert int(response.headers["retry-after"]) >= 1


def test_who_has_waited_as_long_as_it_may_is_refused(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        busy = [asyncio.ensure_future(asked.post("/v1/grade", graded(n))) for n in range(2)]
        await asked.until(lambda: asked.dispatcher.turns.running == 2)
        response = await asked.post("/v1/grade", graded(9))
        for one in busy:
            one.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        return response, [call.code for call in asked.grader.calls]

    response, calls = ask(scene, workers=1, delay_s=3600, settings={"max_wait_s": 0.05})

    assert (response.status_code, response.json()["error"]) == (503, "overloaded")
    assert calls == []


def test_run_code_is_answered_before_its_client_gives_up(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/run_code", {**ran(1), "run_timeout": 0.02, "compile_timeout": 0.02})

    response = ask(scene, delay_s=3600, settings={"run_code_slack_s": 0.01})

    assert response.status_code == 504
    assert response.json()["status"] == "SandboxError"


def test_no_sandbox_is_no_verdict(ask: Any) -> None:
    def none(_: Any) -> Outcome:
        raise SandboxUnavailable("no sandbox works here")

    async def scene(asked: Any) -> Any:
        paths = {
            "/v1/grade": graded(1),
            "/run_code": ran(1),
            "/test_program": {"program": "x", "tests": ["assert f()"]},
        }
        return [(await asked.post(path, content)).status_code for path, content in paths.items()]

    assert ask(scene, none) == [503, 504, 503]


def test_draining_refuses_what_is_new(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        running = asyncio.ensure_future(asked.post("/v1/grade", graded(1)))
        await asked.until(lambda: asked.dispatcher.turns.running)
        asked.dispatcher.draining = True
        late = [
            (await asked.post(path, body)).status_code
            for path, body in (("/v1/grade", graded(2)), ("/run_code", ran(2)))
        ]
        health = await asked.client.get("/health")
        return (await running).status_code, late, health.status_code, health.json()

    assert ask(scene, delay_s=0.05) == (200, [503, 504], 503, {"status": "draining"})


def test_the_end_of_the_drain_cuts_off(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        running = asyncio.ensure_future(asked.post("/v1/grade", graded(1)))
        await asked.until(lambda: asked.dispatcher.turns.running)
        asked.dispatcher.cancel_all()
        return await running, asked.grader.fake.cancelled

    response, cancelled = ask(scene, delay_s=3600)

    assert (response.status_code, response.json()["error"], cancelled) == (503, "draining", 1)


def test_metrics_count_it(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        await asked.post("/v1/grade", graded(1))
        await asked.post("/v1/grade", {})
        await asked.post("/nope/1", {})
        await asked.post("/nope/2", {})
        return (await asked.client.get("/metrics")).text.splitlines()

    lines = ask(scene, Outcome.TIMEOUT, settings={"queue": 7})

    assert 'boxscore_samples_total{outcome="timeout"} 1.0' in lines
    assert 'boxscore_requests_total{route="/v1/grade",status="200"} 1.0' in lines
    assert 'boxscore_requests_total{route="/v1/grade",status="422"} 1.0' in lines
    assert 'boxscore_requests_total{route="other",status="404"} 2.0' in lines
    assert "boxscore_queue_limit 7.0" in lines
    assert "boxscore_open_requests 1.0" in lines


def test_a_turn_that_comes_as_its_owner_leaves_goes_on() -> None:
    async def main() -> tuple[int, int]:
        turns = Turns(lambda: 1, lambda: 9)
        leave = asyncio.Event()

        async def hold() -> None:
            async with turns.turn(60):
                await leave.wait()

        holders = [asyncio.ensure_future(hold()) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        holders[0].cancel()  # gives its turn to the third
        await asyncio.wait({holders[0]})
        holders[2].cancel()  # which has it, and may not have noticed
        leave.set()
        await asyncio.wait(holders)
        async with turns.turn(0.5):
            return turns.running, turns.waiting

    assert asyncio.run(main()) == (1, 0)
