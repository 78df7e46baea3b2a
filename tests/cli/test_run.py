"""`boxscore run` on the embedded benchmark with models that need no provider: exit codes, interrupts, what is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.run.store import read_run
from boxscore.sampling.journal import read_journal
from tests.models.openai_server import OpenAIServer, error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models.openai_server import Request

pytestmark = pytest.mark.bubblewrap

WAIT_S = 300


def command(*args: str) -> list[str]:
    """The command line, in a process of its own."""
    return [sys.executable, "-m", "boxscore", "run", "tiny", "--backend", "local", *args]


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(command(*args), capture_output=True, text=True, check=False, timeout=WAIT_S)


def test_references_pass_and_the_run_names_itself(local: Path) -> None:
    """`gold` needs no model; the report is on standard output, the plan on standard error."""
    planned = run("-m", "gold", "--limit", "2", "--dry-run")
    assert not (local / "runs").exists()
    done = run("-m", "gold", "-n", "2", "-k", "1,2", "-i", "tiny/spiral", "--json")

    assert "2 calls for 2 of 2 samples" in planned.stderr
    assert (done.returncode, json.loads(done.stdout)["pass_at_k"]["2"]["value"]) == (0, 1.0)
    assert "2 calls for 2 of 2 samples" in done.stderr
    (folder,) = (local / "runs").iterdir()
    assert folder.name.startswith("tiny-gold-")
    assert boxscore.grade("tiny", str(folder / "samples.jsonl"), backend="local", workers=1).outcomes == {"passed": 2}


@pytest.fixture(name="slow")
def fixture_slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A server whose model answers once there is a file `go` in the current folder."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")

    def answer(_request: Request) -> str:
        until = time.monotonic() + WAIT_S
        while not Path("go").exists() and time.monotonic() < until:
            time.sleep(0.05)
        return "I do not know."

    with OpenAIServer(answer) as server:
        yield server


def started(server: OpenAIServer, *options: str) -> subprocess.Popen[str]:
    """Start a run and wait until its model was asked."""
    process = subprocess.Popen(command(*options), stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + WAIT_S
    while not server.requests and time.monotonic() < until:
        time.sleep(0.02)
    return process


def of_server(server: OpenAIServer) -> tuple[str, ...]:
    return "-m", "openai/x", "--api-base", server.base, "--price", "1,1"


def test_an_interrupt_lets_calls_end_and_the_same_command_goes_on(local: Path, slow: OpenAIServer) -> None:
    """Exit code 130; what was asked is stored, and asked no more."""
    options = (*of_server(slow), "-i", "tiny/spiral", "-n", "3", "--concurrency", "1", "--out", "run", "-q")
    process = started(slow, *options)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    noticed = process.stderr.readline()
    (local / "go").touch()
    told = process.communicate(timeout=WAIT_S)[1]
    before = len(slow.requests)
    again = run(*options)

    assert "finishing what runs" in noticed
    assert (process.returncode, before) == (130, 1)
    assert "2 samples left" in told
    assert (again.returncode, len(slow.requests)) == (0, 3)
    assert read_journal(local / "run").spent.lost == 0


def test_a_terminated_run_says_what_may_have_been_lost(local: Path, slow: OpenAIServer) -> None:
    """SIGTERM stops now: exit code 143, the call at work is counted as lost, and the next run reports it."""
    options = (*of_server(slow), "-i", "tiny/spiral", "--out", "run", "-q")
    process = started(slow, *options)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WAIT_S)
    (local / "go").touch()
    again = run(*options)

    assert process.returncode == 143
    assert again.returncode == 0
    assert "1 call may have been billed without an answer" in again.stdout


def test_samples_that_cannot_be_made(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, with the reason; those that are there are graded."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with OpenAIServer("I do not know.", first=[error(400, "not this one", None)]) as server:
        done = run(*of_server(server), "-i", "tiny/spiral", "-i", "tiny/merge-spans", "--out", "run")

    assert done.returncode == 3
    assert "could not be made" in done.stderr
    sampling = read_run(local / "run")[0].provenance.sampling
    assert sampling is not None
    assert (sampling.sampled, sampling.failed, len(sampling.failures)) == (1, 1, 1)
    assert "INVALID RUN" in (local / "run" / "report.md").read_text()


def test_a_machine_without_a_sandbox_is_no_lost_box(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is that of `grade`: nothing has begun that could be resumed, and nothing is forecast."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{local}/none.sock")
    done = run("-m", "gold", "--limit", "1", "--backend", "docker")

    assert done.returncode == 2
    assert "which does not exist" in done.stderr
    assert "Traceback" not in done.stderr
    assert "run directory" not in done.stderr
