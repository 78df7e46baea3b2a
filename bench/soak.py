"""Grade honest, hostile and heavy samples for a long time while things go wrong, and see that nothing comes of it.

    bench/soak.py [--seconds 60] [--backend docker --backend local] [--restarts] [--clock] [--samples 200] [--out FILE]

Rounds take turns among backends and troubles. A round is a fresh run of `tiny` samples: `boxscore grade` is started,
disturbed at a random moment (the second start too), and the same command given again until it has finished. Troubles:
the engine is killed, interrupted, stalled; its boxes are paused, or killed; its disk is full (a small tmpfs, as root).
Only when asked, because others on the machine would suffer: the Docker engine is ended and started again
(`--restarts`), the clock is turned an hour (`--clock`). It is the machine's own clock that is turned: a time namespace
has offsets for the monotonic clocks only, by which boxscore measures, and none for the one that jumps on real machines.

After each round every sample must have exactly one standing result, in the results and in the report, with the verdict
that its kind must have. At the end each backend has a calm round, then nothing may be left of any engine: no
container, volume, control group, process or temporary file. Prints figures; exit code 1 on any trouble.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.contenders import program
from bench.faults import FAULTS, Engine, small_disk
from bench.leftovers import engines_group, files, left_by, members, orphans, volumes
from bench.meter import JOIN
from bench.official import write_rows
from bench.scale import rss_bytes
from bench.soak_mix import Kind, draw, kinds
from boxscore import Outcome, Result
from boxscore.run.store import read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.faults import Fault

Row = dict[str, Any]

INFRASTRUCTURE = 3  # the exit code
DISTURBED = 2  # starts of each round
# A trouble that meets an engine before its first box leaves no sandbox that works, which is exit code 2.
REFUSED = {"docker restart": {2}, "lost boxes": {2}}
MOST_STARTS = 12
HANGS_S = 600.0
LOOK_S = 0.05
MEMORY_BYTES = 300 << 20
DISK_KIB = 40  # beyond the samples
GATHERED = 20


class Soak:
    """The figures, and what makes them."""

    def __init__(self, asked: argparse.Namespace, scratch: Path, group: Path | None) -> None:
        self.asked, self.scratch, self.group = asked, scratch, group
        self.rng, self.kinds = random.Random(asked.seed), kinds()
        self.temporary = scratch / "tmp"
        self.temporary.mkdir()
        self.pids: set[int] = set()
        self.counts: Counter[str] = Counter()
        self.rounds: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.disturbed: Counter[str] = Counter()
        self.memory: list[int] = []
        self.problems: list[str] = []

    def round(self, number: int, backend: str, trouble: str) -> None:
        """Grade one file of samples to its end, whatever happens."""
        folder, samples = self.scratch / f"run-{number}", self.scratch / f"samples-{number}.jsonl"
        rows, expected = draw(self.kinds, self.asked.samples, self.rng)
        write_rows(samples, rows)
        words = [program(), "grade", "tiny", "-p", str(samples), "--out", str(folder), "--backend", backend]
        words += ["-j", "2", "-t", "1", "--quiet", *(["--no-reuse"] if number % 2 else [])]
        with contextlib.ExitStack() as stack:
            enlarge: Callable[[], None] | None = None
            if trouble == "full disk":
                enlarge = stack.enter_context(small_disk(folder, samples.stat().st_size // 1024 + DISK_KIB))
            if self._grade(words, backend, trouble, enlarge):
                self._check(folder, expected, f"round {number} ({backend}, {trouble})")
        self.rounds[f"{backend}, {trouble}"] += 1
        samples.unlink()
        if not self.problems:
            subprocess.run(["rm", "-r", folder], check=True)

    def _grade(self, words: list[str], backend: str, trouble: str, enlarge: Callable[[], None] | None) -> bool:
        """Start the engine until it has finished; whether it did."""
        for start in range(MOST_STARTS):
            disturb = FAULTS[trouble] if start < DISTURBED else FAULTS["calm"]
            code, said, met = self._start(words, backend, disturb)
            self.disturbed[f"{backend}, {trouble}"] += met
            self.counts["starts"] += 1
            self.counts[f"exit {code}"] += 1
            if code == INFRASTRUCTURE:
                self.refusals[(said.strip().splitlines() or [""])[-1][-300:]] += 1
            if "Traceback" in said:
                self.problems.append(f"{backend}, {trouble}: {said[-1000:]}")
            if enlarge is not None and code:
                self.disturbed[f"{backend}, {trouble}"] += "full" in said
                enlarge()
                enlarge = None
            elif code == 0 and self._finished(Path(words[words.index("--out") + 1])):
                return True
            elif code not in {0, INFRASTRUCTURE, 130, -signal.SIGKILL} | REFUSED.get(trouble, set()):
                self.problems.append(f"{backend}, {trouble}: exit code {code}: {said[-500:]}")
        self.problems.append(f"{backend}, {trouble}: not finished after {MOST_STARTS} starts: {said[-500:]}")
        return False

    def _start(self, words: list[str], backend: str, disturb: Fault) -> tuple[int, str, bool]:
        """Start the engine, disturb it, wait; return its exit code, what it said and whether it was disturbed."""
        env = {**os.environ, "TMPDIR": str(self.temporary)}
        words = [*(("sh", "-c", JOIN, str(self.group / "cgroup.procs")) if self.group else ()), *words]
        with tempfile.TemporaryFile(dir=self.scratch) as said:
            process = subprocess.Popen(words, stdout=said, stderr=said, env=env, start_new_session=True)
            self.pids.add(process.pid)
            met = disturb(Engine(process, backend), self.rng)
            until, most = time.monotonic() + HANGS_S, 0
            while process.poll() is None:
                most = max(most, (rss_bytes(process.pid) or (0, 0))[1])
                if time.monotonic() > until:
                    self.problems.append(f"{backend}: the engine hung for {HANGS_S:.0f} s and was killed")
                    process.kill()
                time.sleep(LOOK_S)
            self.memory.append(most)
            said.seek(0)
            return process.returncode, said.read().decode(errors="replace"), met

    def _finished(self, folder: Path) -> bool:
        """Whether no sample needs to be tried again: what was our failure is, by the same command."""
        internal = sum(one.outcome is Outcome.INTERNAL for one in read_run(folder)[2].values())
        self.counts["internal, tried again"] += internal
        return not internal

    def _check(self, folder: Path, expected: dict[tuple[str, str], Kind], where: str) -> None:
        _, samples, _ = read_run(folder)
        lines = (folder / "results.jsonl").read_bytes().splitlines()
        every = [msgspec.json.decode(line, type=Result) for line in lines]  # with output, which probes speak by
        results = {(one.instance_id, one.sample_id): one for one in every}
        standing = Counter((one.instance_id, one.sample_id) for one in every if one.outcome is not Outcome.INTERNAL)
        report = json.loads((folder / "report.json").read_bytes())
        named = {(one.instance_id, one.sample_id) for one in samples}
        lost = [name for name in expected if name not in results or name not in named]
        doubled = [name for name, times in standing.items() if times > 1]
        wrong = [said for name, result in results.items() if (said := expected[name].trouble_with(result))]
        if report["samples"] != len(expected):
            wrong.append(f"the report counts {report['samples']} of {len(expected)} samples")
        for what, found in (("lost", lost), ("doubled", doubled), ("wrong", wrong)):
            self.counts[what] += len(found)
            self.problems += [f"{where}: {what}: {one}" for one in found[:GATHERED]]
        self.counts["samples"] += len(expected)
        self.outcomes.update(one.outcome.value for one in results.values())


def plan(asked: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Backends and troubles in turn, without end."""
    skipped = {"docker restart": not asked.restarts, "clock": not asked.clock, "full disk": os.geteuid() != 0}
    for trouble in itertools.cycle(asked.trouble or [name for name in FAULTS if not skipped.get(name)]):
        for backend in asked.backend:
            if trouble != "docker restart" or backend == "docker":
                yield backend, trouble


def soak(asked: argparse.Namespace, scratch: Path, group: Path | None) -> Row:
    """Do rounds until the time is over, then a calm one on each backend, and look for what is left."""
    run = Soak(asked, scratch, group)
    docker = "docker" in asked.backend
    before, begin = volumes() | orphans() if docker else set(), time.monotonic()
    rounds = plan(asked)
    for number in itertools.count():
        closing = time.monotonic() - begin >= asked.seconds
        todo = [(name, "calm") for name in asked.backend] if closing else [next(rounds)]
        for backend, trouble in todo:
            run.round(number, backend, trouble)
            number += 1  # noqa: PLW2901 - the closing rounds are several
            shown = dict(run.counts) | {"problems": len(run.problems)}
            print(f"{time.monotonic() - begin:6.0f} s  {backend}, {trouble}: {shown}", file=sys.stderr, flush=True)
        if closing:
            break
    left = left_by(run.pids, docker=docker) + members(group) + files(run.temporary)
    left += [f"volume or group {name}" for name in (volumes() | orphans() if docker else set()) - before]
    half = len(run.memory) // 2
    figures: Row = {
        "seconds": round(time.monotonic() - begin, 1),
        "rounds": dict(run.rounds),
        "disturbed": dict(run.disturbed),
        **run.counts,
        "outcomes": dict(run.outcomes),
        "refusals": dict(run.refusals),
        "left": left,
        "rss_most": max(run.memory),
        "rss_most_first_half": max(run.memory[:half]),
        "rss_most_second_half": max(run.memory[half:]),
    }
    if max(run.memory) > MEMORY_BYTES:
        run.problems.append(f"an engine held {max(run.memory) >> 20} MiB")
    return figures | {"problems": run.problems + left}


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Grade for a long time while things go wrong.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--backend", action="append", help="docker or local; may be repeated  [default: both]")
    parser.add_argument("--trouble", action="append", choices=list(FAULTS), help="only this; may be repeated")
    parser.add_argument("--samples", type=int, default=200, help="samples of each round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--restarts", action="store_true", help="end and start the Docker engine")
    parser.add_argument("--clock", action="store_true", help="turn the machine's clock for some seconds")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    asked = parser.parse_args()
    asked.backend = asked.backend or ["docker", "local"]
    return asked


def main() -> int:
    """Soak, print the figures as JSON; returns the exit code."""
    asked = parse()
    with (
        tempfile.TemporaryDirectory(prefix="boxscore-soak-", ignore_cleanup_errors=True) as scratch,
        engines_group() as group,
    ):
        figures = soak(asked, Path(scratch), group)
    text = json.dumps(figures, indent=1)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    return int(bool(figures["problems"]))


if __name__ == "__main__":
    sys.exit(main())
