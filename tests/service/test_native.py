"""`/v1/grade` and `/v1/stream`: what goes in reaches the grader, what it says comes out."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.protocols.details import decode_result
from boxscore.records import Limits, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NDJSON = {"content-type": "application/x-ndjson"}
TESTED = {"code": "def f(): return 1", "tests": ["assert f() == 1"]}


def lines_of(text: str) -> dict[Any, dict[str, Any]]:
    """The lines of an answer, by their ids."""
    found = [json.loads(line) for line in text.splitlines()]
    return {one.get("id"): one for one in found}


def test_an_instance_of_the_benchmark(post: Any) -> None:
    """A sample is graded and its result is that of results.jsonl."""
    asked = {"instance_id": "two/a", "text": "x", "sample_id": "7", "benchmark": "two", "kind": "answer"}

    response = post("/v1/grade", asked, Outcome.WRONG, benchmark=True)

    result = decode_result(response.content)
    assert (response.status_code, result.outcome, result.instance_id, result.sample_id) == (200, "wrong", "two/a", "7")
    assert response.headers["x-boxscore-trust"] == "oracle"


def test_tests_that_come_along(ask: Any) -> None:
    """Code and tests reach the grader with everything that was asked."""
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
    """Trouble of ours is answered with its own outcome, for callers that know the word."""
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
    """The caller's mistakes are named and reach no grader."""
    response = post("/v1/grade", content, benchmark=True)

    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert response.json()["error"] == "invalid"


def test_a_stream_answers_each_line_with_its_id(ask: Any) -> None:
    """None is lost, mixed up or doubled; ids are text, numbers or none."""
    lines = [json.dumps({"id": n if n % 2 else str(n), "code": str(n), "tests": ["assert f()"]}) for n in range(100)]

    async def scene(asked: Any) -> Any:
        return await asked.client.post("/v1/stream", content="\n".join(lines), headers=NDJSON)

    response = ask(scene, lambda call: Outcome.PASSED if int(call.code) % 3 else Outcome.WRONG)
    found = lines_of(response.text)

    assert len(response.text.splitlines()) == 100
    for n in range(100):
        one = found[n if n % 2 else str(n)]
        assert one["line"] == n + 1
        assert one["result"]["outcome"] == ("passed" if n % 3 else "wrong")


def test_a_stream_goes_on_after_a_bad_line(ask: Any) -> None:
    """What is wrong with a line is said under its number, and its id where that can be read."""
    lines = [b'{"id": 1, "code": "a", "tests": ["x"]}', b"{no json", b"", b'{"id": "b", "colour": 1}', b"\xff", b"[]"]
    lines += [b'{"id": 2, "code": "a", "tests": ["x"], "limits": {"cpu_s": 0}}', b'{"id": 9, "code": "a", "tests": 1}']

    async def scene(asked: Any) -> Any:
        return await asked.client.post("/v1/stream", content=b"\n".join(lines) + b"\n", headers=NDJSON)

    answers = [json.loads(line) for line in ask(scene).text.splitlines()]
    by_line = {one["line"]: one for one in answers}

    assert sorted(by_line) == [1, 2, 4, 5, 6, 7, 8]
    assert [by_line[n].get("id") for n in (1, 2, 4, 5, 6, 7, 8)] == [1, None, "b", None, None, 2, 9]
    assert [by_line[n].get("error", {}).get("error") for n in (1, 2, 4, 5, 6, 7, 8)] == [
        None,
        "no_json",
        "invalid",
        "no_json",
        "invalid",
        "invalid",
        None,
    ]


def test_a_stream_reads_no_further_ahead_than_it_may(ask: Any) -> None:
    """Lines are taken as they are graded: 16 for each worker are at work, however many could come."""
    most = 0

    async def scene(asked: Any) -> Any:
        read = 0

        async def lines() -> AsyncIterator[bytes]:
            nonlocal read, most
            for n in range(200):
                yield json.dumps({"id": n, "code": str(n), "tests": ["x"]}).encode() + b"\n"
                read += 1
                most = max(most, read - len(asked.grader.calls))

        return await asked.client.post("/v1/stream", content=lines(), headers=NDJSON)

    assert len(ask(scene, workers=2, delay_s=0.001).text.splitlines()) == 200
    assert most <= 16 * 2 + 2


@pytest.mark.parametrize("end", [b"", b"\n{}"])
def test_a_stream_ends_at_a_line_that_is_too_long(ask: Any, end: bytes) -> None:
    """Lines before it are answered, and so is it, whether it has an end or none."""
    content = b'{"id": 1, "code": "a", "tests": ["x"]}\n' + b"x" * 5000 + end

    async def scene(asked: Any) -> Any:
        return await asked.client.post("/v1/stream", content=content, headers=NDJSON)

    answers = [json.loads(line) for line in ask(scene, settings={"body_bytes": 1000}).text.splitlines()]

    assert sorted((one["line"], one.get("error", {}).get("error")) for one in answers) == [(1, None), (2, "too_long")]


def test_a_stream_of_nothing_lets_others_in(ask: Any) -> None:
    """Lines with nothing on them are counted and no more than that: requests beside them are answered meanwhile."""
    part, most = b"\n" * 4096, 100

    async def scene(asked: Any) -> Any:
        answered, sent = asyncio.Event(), 0

        async def lines() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < most and not answered.is_set():
                sent += 1
                yield part
            yield b" \r\n\t\n" + b'{"id": 1, "code": "a", "tests": ["x"]}'

        stream = asyncio.ensure_future(asked.client.post("/v1/stream", content=lines(), headers=NDJSON))
        await asked.until(lambda: sent)
        await asked.client.get("/health")
        answered.set()
        return sent, (await stream).text

    sent, text = ask(scene)

    assert sent < most
    assert json.loads(text)["line"] == sent * len(part) + 3


def test_more_streams_than_may_be_open(ask: Any) -> None:
    """One stream more than there may be is refused, and not kept waiting."""

    async def scene(asked: Any) -> Any:
        end = asyncio.Event()

        async def lines() -> AsyncIterator[bytes]:
            yield b'{"code": "a", "tests": ["x"]}\n'
            await end.wait()

        first = asyncio.ensure_future(asked.client.post("/v1/stream", content=lines(), headers=NDJSON))
        await asked.until(lambda: asked.grader.calls)
        second = await asked.client.post("/v1/stream", content=b"", headers=NDJSON)
        end.set()
        return (await first).status_code, second.status_code, second.headers["retry-after"]

    assert ask(scene, settings={"streams": 1}) == (200, 503, "1")


def test_the_trust_is_the_results(post: Any) -> None:
    """The header says what the result says."""
    claim = Result(instance_id="i", sample_id="0", outcome=Outcome.PASSED, trust=Trust.CLAIM)

    assert post("/v1/grade", TESTED, lambda _: claim).headers["x-boxscore-trust"] == "claim"


def test_a_large_request_is_read_beside_the_others(ask: Any) -> None:
    """Its tests become a task in a thread; what is wrong with them is said all the same."""
    many = {"fn_name": "f", "inputs": [["x" * 4000]] * 100, "outputs": [4000] * 100}

    async def scene(asked: Any) -> Any:
        good = await asked.post("/v1/grade", {"code": "def f(text): return len(text)", "tests": many, "sample_id": "3"})
        bad = await asked.post("/v1/grade", {"code": "x" * 300_000, "tests": "this is no test"})
        return good, bad, asked.grader.calls

    good, bad, (call,) = ask(scene)

    assert (good.status_code, good.json()["sample_id"], call.method) == (200, "3", "grade_task")
    assert call.options["task"].entry_point == "f"
    assert (bad.status_code, bad.json()["error"]) == (422, "invalid")


def test_a_stream_ends_with_the_service(ask: Any) -> None:
    """Lines that were begun are answered; the next one is told that the service ends, and no more is read."""

    async def scene(asked: Any) -> Any:
        async def lines() -> AsyncIterator[bytes]:
            yield b'{"id": 1, "code": "a", "tests": ["x"]}\n'
            await asked.until(lambda: asked.grader.calls)
            asked.dispatcher.draining = True
            for n in range(2, 9):
                yield json.dumps({"id": n, "code": "a", "tests": ["x"]}).encode() + b"\n"

        return await asked.client.post("/v1/stream", content=lines(), headers=NDJSON)

    answers = [json.loads(line) for line in ask(scene).text.splitlines()]

    assert [one.get("error", {}).get("error") for one in answers] == [None, "draining"]
    assert answers[0]["result"]["outcome"] == "passed"
