"""`boxscore run` on the embedded benchmark with models that need no provider: exit codes, interrupts, what is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.run.store import read_run
from boxscore.sampling.journal import read_journal

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.bubblewrap

WAIT_S = 300
SLOW = """
import json, sys, time
from pathlib import Path
asked = json.load(sys.stdin)
with Path(sys.argv[1]).open("a") as file:
    file.write(f"{asked['instance_id']} {asked['number']}\\n")
while not Path(sys.argv[2]).exists():
    time.sleep(0.05)
print("I do not know.")
"""


def command(*args: str) -> list[str]:
    """The command line, in a process of its own."""
    return [sys.executable, "-m", "boxscore", "run", "tiny", "--backend", "local", *args]


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(command(*args), capture_output=True, text=True, check=False, timeout=WAIT_S)


def slow_model(local: Path) -> str:
    """A program that is a model, writes down what it is asked, and answers once there is a file `go`."""
    (local / "model.py").write_text(SLOW)
    return f"command:{sys.executable} model.py asked.txt go"


def asked(local: Path) -> list[str]:
    """What the program was asked."""
    file = local / "asked.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_references_pass_and_the_run_names_itself(local: Path) -> None:
    """`gold` needs no model; the report is on standard output, the plan on standard error."""
    planned = run("-m", "gold", "--limit", "2", "--impossible", "--dry-run")
    assert not (local / "runs").exists()
    done = run("-m", "gold", "-n", "2", "-k", "1,2", "-i", "tiny/spiral", "--json")

    assert "not counted below: up to 2 impossible instances" in planned.stderr
    assert (done.returncode, json.loads(done.stdout)["pass_at_k"]["2"]["value"]) == (0, 1.0)
    assert "2 calls for 2 of 2 samples" in done.stderr
    (folder,) = (local / "runs").iterdir()
    assert folder.name.startswith("tiny-gold-")
    assert boxscore.grade("tiny", str(folder / "samples.jsonl"), backend="local", workers=1).outcomes == {"passed": 2}


def started(local: Path, *options: str) -> subprocess.Popen[str]:
    """Start a run and wait until its model was asked."""
    process = subprocess.Popen(command(*options), stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + WAIT_S
    while not asked(local) and time.monotonic() < until:
        time.sleep(0.02)
    return process


def test_an_interrupt_lets_calls_end_and_the_same_command_goes_on(local: Path) -> None:
    """Exit code 130; what was asked is stored, and asked no more."""
    options = ("-m", slow_model(local), "-i", "tiny/spiral", "-n", "3", "--concurrency", "1", "--out", "run", "-q")
    process = started(local, *options)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    noticed = process.stderr.readline()
    (local / "go").touch()
    told = process.communicate(timeout=WAIT_S)[1]
    before = asked(local)
    again = run(*options)

    assert "finishing what runs" in noticed
    assert (process.returncode, before) == (130, ["tiny/spiral 0"])
    assert "2 samples left" in told
    assert (again.returncode, asked(local)) == (0, [f"tiny/spiral {number}" for number in range(3)])
    assert read_journal(local / "run").spent.lost == 0


def test_a_terminated_run_says_what_may_have_been_lost(local: Path) -> None:
    """SIGTERM stops now: exit code 143, the call at work is counted as lost, and the next run reports it."""
    options = ("-m", slow_model(local), "-i", "tiny/spiral", "--out", "run", "-q")
    process = started(local, *options)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WAIT_S)
    (local / "go").touch()
    again = run(*options)

    assert process.returncode == 143
    assert again.returncode == 0
    assert "1 call may have been billed without an answer" in again.stdout


def test_samples_that_cannot_be_made(local: Path) -> None:
    """Exit code 3, with the reason; those that are there are graded."""
    (local / "samples.jsonl").write_text(json.dumps({"task_id": "tiny/spiral", "completion": "    return []\n"}) + "\n")

    done = run("-m", "replay:samples.jsonl", "-i", "tiny/spiral", "-i", "tiny/merge-spans", "--out", "run")

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
