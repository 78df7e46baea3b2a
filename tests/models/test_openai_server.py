"""The scripted server that other tests ask: its answers, faults and accounts."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.models import openai_server as scripted
from tests.models.openai_server import OpenAIServer, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTION = {"model": "m", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "2 + 2"}]}


def ask(server: OpenAIServer, body: Mapping[str, object] = QUESTION, path: str = "/chat/completions") -> httpx.Response:
    """Ask with a key."""
    return httpx.post(server.base + path, json=body, headers={"Authorization": "Bearer k"}, timeout=30)


def test_chat_and_completion_are_answered_and_billed() -> None:
    """Both kinds get the script's text, and the bill is what their usage says."""
    with OpenAIServer(lambda request: f"to {request.prompt}") as server:
        chat = ask(server).json()
        base = ask(server, {"model": "m", "prompt": "def f():"}, "/completions").json()

    assert chat["choices"][0]["message"]["content"] == "to 2 + 2"
    assert base["choices"][0]["text"] == "to def f():"
    assert (chat["usage"]["prompt_tokens"], chat["usage"]["completion_tokens"]) == (5, 4)
    assert server.billed_usd == pytest.approx((5 + 2) * 1e-6 + (4 + 3) * 2e-6)
    assert server.requests[0].authorization == "Bearer k"


def test_a_stream_has_the_text_in_pieces_and_usage_at_its_end() -> None:
    """A streamed answer can be put together again."""
    with OpenAIServer(lambda _: scripted.slow("one two three four five", pause_s=0.001)) as server:
        lines = ask(server, {**QUESTION, "stream": True, "stream_options": {"include_usage": True}}).text.split("\n\n")

    events = [json.loads(line.removeprefix("data: ")) for line in lines if line and not line.endswith("[DONE]")]
    pieces = [choice["delta"].get("content", "") for event in events for choice in event["choices"]]
    assert (len(pieces), "".join(pieces)) == (3, "one two three four five")
    assert events[-1]["usage"]["completion_tokens"] == 5


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (scripted.rate_limited(3), 429, "rate_limit_exceeded"),
        (scripted.failed(), 500, None),
        (scripted.context_overflow(), 400, "context_length_exceeded"),
        (scripted.wrong_key(), 401, "invalid_api_key"),
        (scripted.forbidden(), 403, "model_forbidden"),
        (scripted.unknown_model("m"), 404, "model_not_found"),
        (scripted.refused(), 400, "unsupported_value"),
    ],
)
def test_errors_are_openais_and_cost_nothing(reply: Reply, status: int, code: str | None) -> None:
    """An error has OpenAI's form; the next request is answered again."""
    with OpenAIServer("fine", first=[reply]) as server:
        answer = ask(server)
        assert ask(server).status_code == 200

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == reply.headers.get("Retry-After")
    assert list(server.bills) == [1]


def test_broken_answers_are_broken() -> None:
    """Malformed JSON, an answer without choices, one without usage, and connections that are reset."""
    faults = [scripted.malformed(), scripted.no_choices(), Reply(text="x", usage={}), scripted.reset()]
    with OpenAIServer(first=[*faults, scripted.reset(20)]) as server:
        with pytest.raises(ValueError, match="Unterminated"):
            ask(server).json()
        assert ask(server).json()["choices"] == []
        assert "usage" not in ask(server).json()
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            ask(server)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            ask(server)

    assert sorted(server.bills) == [1, 2]


def test_a_stalled_answer_does_not_hold_up_the_end() -> None:
    """Leaving the block ends what is still being answered, and connections that are kept open."""
    problems: list[BaseException] = []

    def wait_for_it() -> None:
        try:
            ask(server)
        except httpx.HTTPError as error:
            problems.append(error)

    with (
        httpx.Client() as kept,
        OpenAIServer(lambda request: scripted.stalled(600) if request.number else "") as server,
    ):
        kept.post(f"{server.base}/chat/completions", json=QUESTION, timeout=30)
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        while len(server.requests) < 2:
            thread.join(0.01)

    thread.join(30)
    assert len(problems) == 1
    assert not [one for one in threading.enumerate() if one.name == "openai-server"]
