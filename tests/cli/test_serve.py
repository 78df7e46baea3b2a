"""`boxscore serve` as a process: what it refuses to begin, what it serves, and what it leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Boxscore

WAIT_S = 120
TOKEN = "a-token-that-nobody-sees"
ADD = {"tests": ["assert add(1, 2) == 3"]}
SLEEPY = "import time\ndef add(a, b):\n    time.sleep(100)\n"


class Service:
    """A process of `boxscore serve`; what it says on standard error is in a file."""

    def __init__(self, folder: Path, *arguments: str, token: str | None = None) -> None:
        self._said = folder / "said"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("BOXSCORE_TOKEN")}
        if token is not None:
            environment["BOXSCORE_TOKEN"] = token
        command = [sys.executable, "-m", "boxscore", "serve", "--port", "0", "--backend", "local", "-j", "1"]
        with self._said.open("wb") as file:
            self.process = subprocess.Popen([*command, *arguments], stderr=file, env=environment)
        (self.address,) = self.find(r"serving at (\S+) with")

    def said(self) -> str:
        """What was written to standard error so far."""
        return self._said.read_text()

    def find(self, pattern: str) -> tuple[str, ...]:
        """Wait until something is said; give its groups."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until and self.process.poll() is None:
            if found := re.search(pattern, self.said()):
                return found.groups()
            time.sleep(0.05)
        raise AssertionError(self.said())

    def ask(self, path: str, content: Any, token: str, timeout_s: float = WAIT_S) -> Any:
        """Post JSON and return the answer."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, json.dumps(content).encode(), headers)
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return json.load(response)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


@pytest.fixture(name="service")
def fixture_service(local_backend: Any, tmp_path: Path) -> Iterator[Any]:
    """Start services; those that still run are killed."""
    assert local_backend.name == "local"
    started: list[Service] = []

    def start(*arguments: str, token: str | None = None) -> Service:
        started.append(Service(tmp_path, *arguments, token=token))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait(WAIT_S)


def gone(pid: int) -> bool:
    """Whether a process has ended, or is no more than its entry."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except OSError:
        return True


@pytest.mark.parametrize(
    ("token", "arguments", "said"),
    [
        (TOKEN, ("--no-token",), "mutually exclusive"),
        ("short", (), "16"),
        (TOKEN, ("--host", "192.0.2.1"), "192.0.2.1"),
    ],
)
def test_tokens_that_are_refused(
    boxscore_: Boxscore, monkeypatch: pytest.MonkeyPatch, token: str, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("BOXSCORE_TOKEN", token)

    code, _, err = boxscore_("serve", "--port", "0", *arguments)

    assert (code, said in err) == (2, True)


@pytest.mark.bubblewrap
def test_it_serves_and_ends(service: Any) -> None:
    """A token is made up and told once; verdicts are given; SIGTERM ends it with 0, its boxes with it."""
    one = service()
    (token,) = one.find(r"(?m)^boxscore: token: (\S+)$")

    right = one.ask("/v1/grade", {**ADD, "code": "def add(a, b): return a + b"}, token)
    wrong = one.ask("/v1/grade", {**ADD, "code": "def add(a, b): return a - b"}, token)
    with pytest.raises(urllib.error.HTTPError) as refused:
        one.ask("/v1/grade", ADD, "another-token-than-it")
    refused.value.close()
    (box,) = one.find(r'"box_id":"pid-(\d+)"')
    code = one.end(signal.SIGTERM)

    assert (right["outcome"], right["trust"], wrong["outcome"], refused.value.code) == (
        "passed",
        "oracle",
        "wrong",
        401,
    )
    assert code == 0
    assert gone(int(box))
    assert one.said().count(token) == 1
    events = [json.loads(line) for line in one.said().splitlines() if line.startswith("{")]
    assert [event["status"] for event in events if event["event"] == "request"] == [200, 200, 401]


@pytest.mark.bubblewrap
def test_who_leaves_and_who_is_killed(service: Any) -> None:
    """A client that leaves frees the one box there is; `kill -9` of the service leaves no box."""
    one = service(token=TOKEN)
    with pytest.raises(TimeoutError):
        one.ask("/v1/grade", {**ADD, "code": SLEEPY}, TOKEN, timeout_s=3)

    again = one.ask("/v1/grade", {**ADD, "code": "def add(a, b): return a + b"}, TOKEN)
    box = re.findall(r'"box_id":"pid-(\d+)"', one.said())[-1]
    inherited = Path(f"/proc/{box}/environ").read_bytes()
    one.end(signal.SIGKILL)
    until = time.monotonic() + WAIT_S
    while not gone(int(box)) and time.monotonic() < until:
        time.sleep(0.05)

    assert again["outcome"] == "passed"
    assert TOKEN.encode() not in inherited
    assert gone(int(box))
