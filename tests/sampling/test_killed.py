"""`kill -9` of a run at any moment: what was answered is not asked again, and every dollar is accounted for."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.run.lines import whole_lines
from boxscore.run.store import ANSWERS, read_run
from boxscore.sampling.records import Answered, Asked, Unanswered
from tests.models.openai_server import OpenAIServer, Reply, Request
from tests.sampling.runs import right, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS, SAMPLES = 5, 4
MOST_S = 500.0


class Runs:
    def __init__(self, folder: Path, base: str) -> None:
        command = [sys.executable, "-m", "tests.sampling.killed_runs", str(folder), base, str(SAMPLES)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._watch = threading.Timer(MOST_S, self._process.kill)
        self._watch.start()

    def begin(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return int(self._line())

    def end(self) -> int:
        return int(self._line())

    def close(self) -> None:
        self._watch.cancel()
        self._process.communicate(timeout=60)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture(name="server")
def fixture_server() -> Iterator[OpenAIServer]:
    known = tiny()

    def answer(request: Request) -> Reply:
        instance_id, number = request.body["user"].split()
        return Reply(text=f"{right(known[instance_id])} {number}", wait_s=0.02)

    with OpenAIServer(answer) as server:
        yield server


@pytest.mark.usefixtures("local_backend")
def test_a_killed_run_asks_nothing_twice(server: OpenAIServer, tmp_path: Path) -> None:
    """Five times killed and resumed: each answer was paid for once, but for calls that are told to be lost."""
    folder, chance = tmp_path / "run", random.Random(15)
    runs = Runs(folder, server.base)
    try:
        for _ in range(KILLS):
            child, begun = runs.begin(), len(server.requests)
            wanted = begun + chance.randrange(1, 6)
            until = time.monotonic() + MOST_S
            while len(server.requests) < wanted and time.monotonic() < until:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.03)
            os.kill(child, signal.SIGKILL)
            assert runs.end() == -signal.SIGKILL
        runs.begin()
        assert runs.end() == 0
    finally:
        runs.close()

    decoder: msgspec.json.Decoder[Asked | Answered | Unanswered] = msgspec.json.Decoder(Asked | Answered | Unanswered)
    lines = [decoder.decode(line) for line in whole_lines(folder / ANSWERS)]
    known: set[str] = set()
    for line in lines:
        assert line.digest not in known  # nothing is asked, or answered, once it was answered
        if isinstance(line, Answered):
            known.add(line.digest)
    sampling = read_run(folder)[0].provenance.sampling
    assert sampling is not None
    assert (sampling.sampled, sampling.answers, len(known)) == (18 * SAMPLES,) * 3
    asked = Counter(str(request.body["user"]) for request in server.requests)
    again = sum(asked.values()) - len(asked)
    assert len(asked) == 18 * SAMPLES
    assert again <= sampling.lost == sum(isinstance(line, Asked) for line in lines) - len(known)
    bills: dict[str, float] = {}
    for number, bill in server.bills.items():
        bills[str(server.requests[number].body["user"])] = bill.usd
    assert sampling.cost_usd is not None
    assert sampling.cost_usd == pytest.approx(sum(bills.values()), abs=1e-9)
    assert sampling.lost_usd is not None
    assert sampling.cost_usd <= server.billed_usd <= sampling.cost_usd + sampling.lost_usd
