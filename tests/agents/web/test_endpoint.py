"""An agent behind an address: what it is sent, and what is made of what it says, whatever that is."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.agents.web import endpoint
from boxscore.agents.web.agent import WebRepairAgent
from boxscore.agents.web.endpoint import EndpointModel
from boxscore.errors import ModelError, ModelUnusable, UsageError
from boxscore.models.contract import Answer, Price, Question
from boxscore.protocols.web.agent_walk import Walk, WalkStep
from boxscore.protocols.web.attempts import GivenAttempts, decode_sample
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {"files": {"a.js": "x"}}


class Server:
    """A server that answers with what it is told: a status, headers and a body for each request, the last again."""

    def __init__(self, *replies: tuple[int, dict[str, str], bytes]) -> None:
        self.replies, self.bodies = list(replies), list[str]()
        self.types: list[str] = []
        self.address = ""

    def reply(self) -> tuple[int, dict[str, str], bytes]:
        """What is answered next."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def said(data: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    """JSON, or bytes as they are."""
    return status, {}, data if isinstance(data, bytes) else json.dumps(data).encode()


@contextmanager
def serving(*replies: tuple[int, dict[str, str], bytes]) -> Iterator[Server]:
    """Serve on loopback."""
    server = Server(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            server.types.append(f"{self.path} {self.headers['Content-Type']}")
            status, headers, body = server.reply()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        server.address = f"http://127.0.0.1:{http.server_address[1]}/message"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def ask(model: EndpointModel, content: str = "{}") -> Answer:
    """Ask once."""
    question = Question(instance_id="p", number=0, messages=({"role": "user", "content": content},))
    return asyncio.run(model.answer(question))


def test_an_agent_builds_a_project_task_by_task() -> None:
    """It is sent what the official runner sends, the error once, and no `error` where there is none."""
    verdicts = [Outcome.WRONG, Outcome.PASSED]
    results = [
        Result(
            instance_id="p",
            sample_id="draft",
            outcome=outcome,
            trust=Trust.OBSERVER,
            detail=WebDetail(attempts=(WebAttempt(task="init", number=1, outcome=outcome, log="bad", test_s=1.0),)),
        )
        for outcome in verdicts
    ]
    walk = Walk(steps=(WalkStep(name="init", text="make é.", tolerated=True),), start={})
    with serving(said(FILES), said({"files": {"a.js": "y"}})) as server:
        agent = open_agent("repair", {"preset": "web-bench", "endpoint": server.address})
        assert isinstance(agent, WebRepairAgent)
        model = agent.model("mine", None)
        assert model is not None
        assignment = FakeAssignment(None, model, judge=results, walk=walk)
        (draft,) = asyncio.run(run_agent(agent, assignment))

    words = (
        "make é.\\nAdd filename after code block.\\nThe filename should appear on the line following the language "
        "specifier in your code block.\\n"
    )
    assert server.bodies == [
        f'{{"files":{{}},"type":"init","task":"{words}"}}',
        f'{{"files":{{"a.js":"x"}},"type":"init","task":"{words}","error":"bad"}}',
    ]
    assert server.types == ["/message application/json"] * 2
    given = decode_sample(draft.text)
    assert isinstance(given, GivenAttempts)
    assert [one.files for one in given.attempts] == [{"a.js": "x"}, {"a.js": "y"}]
    assert (assignment.stop_reason, model.name, model.base) == ("passed", "mine", server.address)


def test_its_tokens_are_counted_and_priced() -> None:
    """Where it tells them, and they can be true."""
    price = Price(input_usd=1.0, output_usd=2.0)
    with serving(said({**FILES, "inputTokens": 1_000_000, "outputTokens": 500_000}), said({"inputTokens": -1})) as at:
        model = EndpointModel(at.address, name="m", price=price)
        first, second = ask(model), ask(model)

    assert (first.usage.input_tokens, first.usage.output_tokens, first.cost_usd) == (1_000_000, 500_000, 2.0)
    assert (second.usage.input_tokens, second.cost_usd) == (0, 0.0)


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (said(FILES, 500), "answered with status 500, not 200"),
        ((302, {"Location": "/other"}, b""), "answered with status 302"),
        ((200, {"Content-Encoding": "gzip"}, b"x"), "'gzip', which was not asked for"),
        ((200, {"Content-Length": "90"}, b"{}"), "gave no answer"),
        (said(b"x" * 2000), "more than 0 MiB"),
    ],
)
def test_what_is_no_answer_is_trouble_of_ours(
    reply: tuple[int, dict[str, str], bytes], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once, as it may have been paid for."""
    monkeypatch.setattr(endpoint, "MOST_BYTES", 1000)
    with serving(reply) as server, pytest.raises(ModelError, match=what):
        ask(EndpointModel(server.address, name="m"))

    assert len(server.bodies) == 1


def test_an_agent_that_is_busy_is_asked_again() -> None:
    """It has not taken the request."""
    with serving(said({}, 503), said({}, 429), said(FILES)) as server:
        answer = ask(EndpointModel(server.address, name="m", pause_s=0.01))

    assert json.loads(answer.text) == FILES
    assert len(server.bodies) == 3


def test_an_agent_that_is_not_there_ends_the_run() -> None:
    """No question will be answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(ModelUnusable, match=r"gave no answer|cannot be reached"):
        ask(EndpointModel(address, name="m", pause_s=0.01))


def test_an_agent_that_takes_too_long_is_left() -> None:
    """After the time that it is given."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ModelError, match=r"longer than 0\.2 s"):
        ask(EndpointModel(f"http://127.0.0.1:{silent.getsockname()[1]}/", name="m", time_s=0.2))


@pytest.mark.parametrize("address", ["localhost:6077", "ftp://x/", "http://", "http://[x", "http://x:99999/"])
def test_refuses_what_is_no_address(address: str) -> None:
    """Before anything is asked."""
    with pytest.raises(UsageError, match="endpoint must be an address"):
        open_agent("repair", {"preset": "web-bench", "endpoint": address})
