"""Inspect's viewer on the samples of a run: its own log, written by its own writer, served by its own server."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.browser import Act, Acts

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITER = Path(__file__).with_name("inspect_log.py")
READY_S = 600  # it imports for a minute where processors are busy

# Its filter is an editor with a language of its own: the keyboard writes into it, and the grid says how many rows are
# left. Each of these leaves another number of them than the one before, the last leaves all.
FILTERS = (
    'boxscore == "I"',
    'id == "tiny/task-7"',
    'boxscore == "C"',
    "epoch == 1",
    'boxscore == "I" and epoch > 2',
    "epoch > 1",
    "epoch > 0",
)
COUNT = "document.querySelector('[role=grid]')?.getAttribute('aria-rowcount')"
BEFORE_FILTER = f"document.querySelector('.cm-content').focus(); window.benchOld = {COUNT}"
FILTERED = f"{COUNT} && {COUNT} !== window.benchOld"
# Back to the list, to a place in it, and to the row in its middle; a row is a link to its sample.
BEFORE_OPEN = """const row = () => document.querySelector('a[role=row]');
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  if (!row()) history.back();
  while (!row()) await pause(50);
  const list = row().closest('[role=grid]');
  list.scrollTop = list.scrollHeight * EIGHTHS / 8;
  await pause(500)"""
OPEN = """const rows = [...document.querySelectorAll('a[role=row]')];
  rows[Math.floor(rows.length / 2)].click()"""
OPENED = """[...document.querySelectorAll('#transcript-contents, #messages-contents')]
  .some((tab) => tab.textContent !== '')"""
PLACES = (1, 2, 4, 7, 3, 5, 6)  # eighths of a list, of either page, at which samples are opened
PEER_ACTS = Acts(
    first="a[role=row]",
    filters=tuple(Act(before=BEFORE_FILTER, typed=text, done=FILTERED) for text in FILTERS),
    opens=tuple(Act(before=BEFORE_OPEN.replace("EIGHTHS", str(place)), action=OPEN, done=OPENED) for place in PLACES),
)


class Peer(NamedTuple):
    """Where the viewer is, and how much its log takes."""

    url: str
    log_bytes: int


@contextmanager
def serve_peer(python: Path, run: Path, logs: Path) -> Iterator[Peer]:
    """Write the log and serve it on loopback."""
    source = logs.with_suffix(".jsonl")
    write_samples(run, source)
    subprocess.run([python, WRITER, source, logs], check=True, timeout=1800)
    (log,) = logs.glob("*.eval")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv: list[str | Path] = [
        python,
        "-m",
        "inspect_ai",
        "view",
        "start",
        "--log-dir",
        logs,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for(url)
        yield Peer(f"{url}#/logs/{log.name}/samples", log.stat().st_size)
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def write_samples(run: Path, path: Path) -> None:
    """Write what the peer's log is made of: of each sample its answer, its result and its agent's messages."""
    from boxscore.sampling.attempts import trajectory_path  # noqa: PLC0415 - not where the peer's part runs

    results = {(one["instance_id"], one["sample_id"]): one for one in lines(run / "results.jsonl")}
    with path.open("w", encoding="utf-8") as file:
        for sample in lines(run / "samples.jsonl"):
            name = sample["instance_id"], sample["sample_id"]
            trajectory = trajectory_path(run, *name)
            steps = json.loads(trajectory.read_text("utf-8"))["steps"] if trajectory.exists() else []
            told = {
                "text": sample["text"],
                "result": results[name],
                "said": [pair for one in steps for pair in said(one)],
            }
            file.write(json.dumps({"instance_id": name[0], "sample_id": name[1], **told}) + "\n")


def said(step: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What an agent said in a step, and what it saw."""
    yield step["source"], "\n".join([step.get("message", ""), *(json.dumps(one) for one in step.get("tool_calls", ()))])
    for seen in step.get("observation", {}).get("results", ()):
        yield "user", seen["content"]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of samples in a file of lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "instance_id" in record:
                yield record
