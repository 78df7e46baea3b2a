"""Who may ask, and how much."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from boxscore.errors import UsageError
from boxscore.records import Outcome
from boxscore.service.guard import OPEN
from boxscore.service.settings import ServiceSettings

TOKEN = "a-token-of-a-test"
TESTED = {"code": "def f(): return 1", "tests": ["assert f() == 1"]}
ALL = ["/health", "/v1/ping", "/metrics", "/reverify_mode"]


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
        (basic(f"boxscore:{TOKEN}"), 200),
        (basic(f":{TOKEN}"), 200),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer é", 401),
        (basic(TOKEN), 401),
        ("Basic !!!", 401),
        ("Basic é", 401),
        (f"Digest {TOKEN}", 401),
    ],
)
def test_the_token(ask: Any, header: str, status: int) -> None:
    async def scene(asked: Any) -> Any:
        headers = {"Authorization": header.encode("latin-1")}
        return await asked.post("/v1/grade", TESTED, headers=headers), asked.grader.calls

    response, calls = ask(scene)

    assert response.status_code == status
    assert len(calls) == (status == 200)
    assert TOKEN not in response.text


@pytest.mark.parametrize("path", ALL)
def test_what_is_open(ask: Any, path: str) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.client.get(path, headers={"Authorization": ""})

    assert ask(scene).status_code == (200 if path in OPEN else 401)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("127.8.9.1:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8080", 421),
        ("", 421),
    ],
)
def test_a_name_that_leads_here_by_deceit(ask: Any, host: str, status: int) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/v1/grade", TESTED, headers={"Host": host})

    assert ask(scene, settings={"token": None}).status_code == status


def test_any_name_where_others_may_ask(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        return await asked.post("/v1/grade", TESTED, headers={"Host": "graders.example"})

    assert ask(scene, settings={"host": "0.0.0.0"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[x"}, 403),
        ({"Origin": "http://127.0.0.1:8080"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_pages_of_other_sites(ask: Any, headers: dict[str, str], status: int) -> None:
    async def scene(asked: Any) -> Any:
        headers.setdefault("Content-Type", "application/json")
        return await asked.client.post("/v1/grade", content=json.dumps(TESTED), headers=headers)

    assert ask(scene, settings={"token": None}).status_code == status


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"{", 400, "no_json"),
        (b"", 400, "no_json"),
        (b"\xff\xfe", 400, "no_json"),
        (b"[1]", 422, "invalid"),
        (b'{"code": 1, "tests": []}', 422, "invalid"),
        (b'{"code": "\\ud800", "tests": []}', 400, "no_json"),
        (b'{"code": "x", "tests": ' + b"[" * 200 + b"]" * 200 + b"}", 400, "too_deep"),
        (b'{"code": "x", "tests": ' + b"[" * 40_000 + b"]" * 40_000 + b"}", 400, "too_deep"),
        (b'{"code": "x", "other": ' + b"[" * 40_000 + b"]" * 40_000 + b"}", None, None),
        (b'{"code": "' + b"x" * 100_000 + b'"}', 413, "too_long"),
    ],
)
def test_hostile_bodies(ask: Any, content: bytes, status: int | None, error: str | None) -> None:
    async def scene(asked: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        return await asked.client.post("/v1/grade", content=content, headers=headers)

    response = ask(scene, settings={"body_bytes": 90_000})

    assert 400 <= response.status_code < 500
    assert status in (None, response.status_code)
    assert error in (None, response.json()["error"])


def test_a_body_that_grows_beyond_its_bound(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        async def parts() -> Any:
            for _ in range(100):
                yield b" " * 1000

        headers = {"Content-Type": "application/json"}
        return await asked.client.post("/v1/grade", content=parts(), headers=headers)

    assert ask(scene, settings={"body_bytes": 10_000}).status_code == 413


def test_a_body_that_does_not_come(ask: Any) -> None:
    async def scene(asked: Any) -> Any:
        async def parts() -> Any:
            yield b"{"
            await asyncio.sleep(3600)

        headers = {"Content-Type": "application/json"}
        return await asked.client.post("/v1/grade", content=parts(), headers=headers)

    assert ask(scene, settings={"body_s": 0.05}).status_code == 408


def test_a_line_of_the_log(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="boxscore")

    async def scene(asked: Any) -> Any:
        await asked.post("/v1/grade", TESTED, headers={"X-Request-ID": "mine"})
        await asked.post(f"/v1/{TOKEN}?token={TOKEN}", TESTED)

    ask(scene, Outcome.WRONG)
    told = [record.__dict__["boxscore"] for record in caplog.records if record.getMessage() == "request"]

    assert [(one["path"], one["status"]) for one in told] == [("/v1/grade", 200), ("other", 404)]
    assert (told[0]["request_id"], told[0]["outcome"]) == ("mine", "wrong")
    assert TOKEN not in str(told)
    assert "def f" not in str(told)


def test_a_bug_is_no_verdict(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="boxscore")

    def broken(call: Any) -> Outcome:
        if call.code == "break":
            raise ZeroDivisionError("a secret cause")
        return Outcome.PASSED

    async def scene(asked: Any) -> Any:
        first = await asked.post("/v1/grade", {**TESTED, "code": "break"})
        return first, await asked.post("/v1/grade", TESTED)

    first, second = ask(scene, broken)

    assert (first.status_code, first.json()["error"], second.status_code) == (500, "bug", 200)
    assert "secret" not in first.text
    assert "a secret cause" in str([record.__dict__["boxscore"] for record in caplog.records])


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"},
        {"host": "graders.example"},
        {"host": "::"},
        {"token": "short"},
        {"token": "a token with spaces in it"},
        {"queue": -1},
        {"max_wait_s": -1.0},
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ServiceSettings(**settings)


def test_the_docs_name_every_route_and_metric(ask: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")

    async def scene(asked: Any) -> Any:
        return (await asked.client.get("/metrics")).text, {route.path for route in asked.app.routes}

    text, paths = ask(scene)
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    metrics = {name for name in kinds if not name.endswith("_created")}
    named = set(re.findall(r"boxscore_[a-z_]+", page))

    assert named == metrics
    for path in paths:
        assert f"{path}`" in page or f"{path} " in page, path
