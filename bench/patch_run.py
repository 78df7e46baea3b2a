"""Grade the references of many real instances in one run: time to the first verdict, the whole, and disk of the images.

    bench/patch_run.py --data ROWS [-i ID]... [--benchmark swe-bench] [--out DIR] [--workers 2] [--stop-after SECONDS]
                       [--peer] [--envs DIR]

ROWS are the benchmark's records; BOXSCORE_REPOS and BOXSCORE_CACHE hold as ever. It is one `boxscore grade` from start
to exit, as it finds the machine: what of images, environments and bases is there is said first, so a run is cold where
none of its instances' images are, and warm where all are. DIR keeps the run and `patch_run.json`; named again, a run
that was interrupted goes on, and only what is new is timed. Interrupted itself (Ctrl-C, SIGTERM), the script ends the
run by SIGTERM and reports on what came to a verdict.

`--stop-after` sends the run SIGTERM after so many seconds, says how long it took to exit, and runs it again to its end.

With `--peer`, and if the run came to its end, swebench 5.0.2 from PyPI, in an environment of its own, then grades the
same references in the same images, once; the repositories are put where it looks before it is timed. Time outside of
tests is, for boxscore, what a result took without its test commands, and for swebench what its log says without `Test
runtime`. Times are of a shared machine; the load average of a minute is told with them. Exit code 1 where the two come
to different verdicts.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import docker

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import patch_field as fields
from bench.contenders import program
from bench.official import cache, environment, read_rows, write_rows
from bench.patch_field import Entry, Graded
from boxscore import PatchTask
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]

LOOK_S, LOAD_S = 0.2, 15.0
END_S = 120.0  # for a run that was told to end
SHORT_S = 0.01
GOLD, RUN = "gold", "race"
MB = 1_000_000


class Watched(NamedTuple):
    """A command that was watched: its time, when the first new result was stored, loads, and its exit code."""

    wall_s: float
    first_s: float | None
    loads: tuple[float, ...]
    code: int
    stopped_s: float | None  # from SIGTERM to its exit


class Disk(NamedTuple):
    """Bytes of images: layers of the instances alone, and these with all layers below them, each counted once."""

    images: int
    own_bytes: int
    whole_bytes: int


def stored(run: Path) -> list[Row]:
    """Give the whole results of a run directory; what is being written is left out."""
    results = run / "results.jsonl"
    text = results.read_text("utf-8") if results.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def watch(command: Sequence[str | Path], run: Path, log: Path, stop_after_s: float | None = None) -> Watched:
    """Run a command that stores results in `run`, with what it says in `log`; end it by SIGTERM if asked to."""
    before, first_s, loads = len(stored(run)), None, [os.getloadavg()[0]]
    begin = time.monotonic()
    with log.open("ab") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            while process.poll() is None and (stop_after_s is None or time.monotonic() - begin < stop_after_s):
                time.sleep(LOOK_S)
                now = time.monotonic() - begin
                if first_s is None and len(stored(run)) > before:
                    first_s = now
                if now >= len(loads) * LOAD_S:
                    loads.append(os.getloadavg()[0])
        except KeyboardInterrupt:
            print("interrupted: this is what came to a verdict", flush=True)
        stopped_s = _ended(process)
    return Watched(time.monotonic() - begin, first_s, tuple(loads), process.returncode, stopped_s)


def _ended(process: subprocess.Popen[bytes]) -> float | None:
    """End a process that still runs; the seconds that it took, or None where it had ended."""
    if process.poll() is not None:
        return None
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(END_S)
    return time.monotonic() - begin


def disk_of(images: Iterable[Row], inspected: Mapping[str, Row]) -> Disk:
    """Sum up images as `boxscore images list` tells them; `inspected` has each by reference and by id, and its parents.

    Layers are told apart by the images that the engine's builder keeps for each step.
    """
    here = {one["reference"]: one for one in images if one["present"]}
    steps: dict[str, int] = {}
    own = 0
    for reference, one in here.items():
        own += inspected[reference]["Size"] - inspected[one["parent"]]["Size"]
        image: Row | None = inspected[reference]
        while image is not None and image["Id"] not in steps:
            parent = inspected.get(image["Parent"])
            steps[image["Id"]] = image["Size"] - (parent["Size"] if parent else 0)
            image = parent
    return Disk(len(here), own, sum(steps.values()))


def inspect(images: Iterable[Row]) -> dict[str, Row]:
    """Ask the engine for images that are here, their environments, and all that both were built on."""
    client = docker.from_env()
    found: dict[str, Row] = {}
    for one in images:
        for name in (one["reference"], one["parent"]) if one["present"] else ():
            step = name
            while step and step not in found:
                found[step] = image = client.images.get(step).attrs
                found[image["Id"]] = image
                step = image["Parent"]
    return found


def outside(graded: Iterable[Graded]) -> Row:
    """Median and most of the seconds that instances took outside of their tests, and the sum of the tests."""
    known = list(graded)
    seconds = [one.overhead_s for one in known] or [0.0]
    return {
        "median_s": round(statistics.median(seconds), 2),
        "most_s": round(max(seconds), 2),
        "tests_s": round(sum(one.tests_s for one in known), 1),
    }


def summarise(watched: Watched, rows: Sequence[Row], before: int) -> Row:
    """The figures of one run of boxscore: of the results that are new, and of those that resolved."""
    new = [row for row in rows[before:] if row["detail"] and row["detail"].get("test_s") is not None]
    graded = [Graded(row["outcome"] == "passed", row["wall_s"], row["detail"]["test_s"]) for row in new]
    return {
        "wall_s": round(watched.wall_s, 1),
        "first_s": None if watched.first_s is None else round(watched.first_s, 1),
        "exit": watched.code,
        "stopped_s": None if watched.stopped_s is None else round(watched.stopped_s, 2),
        "before": before,
        "verdicts": len(rows) - before,
        "resolved": sum(row["outcome"] == "passed" for row in rows[before:]),
        "others": {row["instance_id"]: row["reason"] for row in rows[before:] if row["outcome"] != "passed"},
        "outside": outside(graded),
        "load": [round(statistics.median(watched.loads), 1), round(max(watched.loads), 1)],
    }


def told(found: Row) -> str:
    """One run for people."""
    first = "no verdict" if found["first_s"] is None else f"first verdict after {found['first_s']} s"
    outside_s = found["outside"]
    lines = [
        f"{first}, {found['verdicts']} in {found['wall_s']} s, {found['resolved']} resolved",
        f"{found['before']} verdicts were there before; exit code {found['exit']}",
        f"outside of tests, an instance: median {outside_s['median_s']} s, most {outside_s['most_s']} s",
        f"tests: {outside_s['tests_s']} s; load: median {found['load'][0]}, most {found['load'][1]}",
        *(f"not resolved: {name}: {why}" for name, why in found["others"].items()),
    ]
    if found["stopped_s"] is not None:
        lines.append(f"ended by SIGTERM, {found['stopped_s']} s after it")
    return "\n".join(lines)


class Runs:
    """What is asked for, and each thing that is done about it."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        chosen = [word for name in asked.instance or () for word in ("-i", name)]
        self.common: list[str | Path] = [asked.benchmark, "--data", asked.data, *chosen]

    def listed(self, word: str) -> Any:
        """The JSON of `boxscore images list` or `plan`."""
        command = [program(), "images", word, *self.common, "--json"]
        return json.loads(subprocess.run(command, capture_output=True, check=False).stdout)

    def boxscore(self, run: Path, stop_after_s: float | None = None) -> Row:
        """Grade the references with boxscore."""
        command = [program(), "grade", *self.common, "-p", GOLD, "--backend", "docker", "--no-reuse", "--out", run]
        before = len(stored(run))
        log = self.asked.out / "boxscore.log"
        watched = watch([*command, "-j", str(self.asked.workers), "--json"], run, log, stop_after_s)
        return summarise(watched, stored(run), before)

    def entries(self) -> list[Entry]:
        """The instances, for swebench."""
        request = Request(benchmark=self.asked.benchmark, only=tuple(self.asked.instance or ()), data=self.asked.data)
        benchmark = load_benchmark(request)
        tasks = [(one.instance_id, benchmark.harness.task(one)) for one in benchmark.asked]
        return [Entry(name, fields.official_id(name), task) for name, task in tasks if isinstance(task, PatchTask)]

    def swebench(self) -> Row:
        """Grade the references with swebench, in a folder of its own, on images made of boxscore's."""
        entries = self.entries()
        python = environment(self.asked.envs, "swebench-5")
        try:
            images = {one.name: fields.make_image(one.task) for one in entries}
            with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
                folder = Path(scratch)
                write_rows(folder / "rows.jsonl", [fields.record(one, images[one.name]) for one in entries])
                write_rows(folder / "preds.jsonl", fields.predictions(entries, GOLD, official=True))
                command = peer_command(python.with_name("swebench"), folder, self.asked.workers)
                watched = watch(command, folder, self.asked.out / "swebench.log")
                return peer_row(watched, folder, entries)
        finally:
            fields.remove_images()


def peer_command(swebench: Path, folder: Path, workers: int) -> list[str | Path]:
    """Words that start swebench in a folder, which its files are relative to, without asking the Hub for anything."""
    start = ["env", f"--chdir={folder}", "HF_HUB_OFFLINE=1", "HF_DATASETS_OFFLINE=1"]
    return [*start, swebench, "eval", "rows.jsonl", "-p", "preds.jsonl", "--run-id", RUN, "-j", str(workers)]


def peer_row(watched: Watched, folder: Path, entries: Sequence[Entry]) -> Row:
    """The figures of swebench's run; an instance without a report was not graded."""
    graded: dict[str, Graded] = {}
    missing = []
    for one in entries:
        try:
            graded |= fields.read_official(folder, GOLD, RUN, [one])
        except (OSError, ValueError, KeyError):
            missing.append(one.name)
    return {
        "wall_s": round(watched.wall_s, 1),
        "exit": watched.code,
        "verdicts": len(graded),
        "resolved": sum(one.resolved for one in graded.values()),
        "others": sorted(name for name, one in graded.items() if not one.resolved),
        "not_graded": missing,
        "outside": outside(graded.values()),
        "load": [round(statistics.median(watched.loads), 1), round(max(watched.loads), 1)],
    }


def compare(ours: Row, theirs: Row) -> tuple[list[str], bool]:
    """What to say of both, and whether they agree on which instances resolve."""
    each_s = [one["wall_s"] / max(one["verdicts"], 1) for one in (theirs, ours)]
    whole, apart = each_s[0] / each_s[1], theirs["outside"]["median_s"] / max(ours["outside"]["median_s"], SHORT_S)
    lines = [
        f"swebench 5.0.2: {theirs['verdicts']} in {theirs['wall_s']} s, {theirs['resolved']} resolved",
        f"outside of tests, an instance: median {theirs['outside']['median_s']} s",
        f"tests: {theirs['outside']['tests_s']} s; load: median {theirs['load'][0]}, most {theirs['load'][1]}",
        f"swebench to boxscore: whole, a verdict {whole:.2f}; outside of tests {apart:.1f}",
    ]
    failed = {*theirs["others"], *theirs["not_graded"]}
    lines += [f"swebench does not resolve: {name}" for name in sorted(failed)]
    return lines, failed == set(ours["others"])


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", default="swe-bench")
    parser.add_argument("--data", type=Path, required=True, help="the benchmark's records")
    parser.add_argument("-i", "--instance", action="append", help="only this instance; may be repeated")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "patch_run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stop-after", type=float, metavar="SECONDS", help="end the run by SIGTERM, then go on")
    parser.add_argument("--peer", action="store_true", help="let swebench 5.0.2 grade the same afterwards")
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the peer's environment")
    return parser.parse_args()


def main() -> int:
    """Run, print and write; returns the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = parse()
    asked.out.mkdir(parents=True, exist_ok=True)
    runs, agreed = Runs(asked), True
    plan = runs.listed("plan")
    print(f"before: {json.dumps({key: value for key, value in plan.items() if isinstance(value, int)})}", flush=True)
    found: list[Row] = []
    for stop in ([asked.stop_after] if asked.stop_after else []) + [None]:
        found.append(runs.boxscore(asked.out / "run", stop))
        print(told(found[-1]), flush=True)
    images = runs.listed("list")
    disk = disk_of(images, inspect(images))
    own_mb, whole_mb = disk.own_bytes / MB, disk.whole_bytes / MB
    print(f"{disk.images} images: {own_mb:.0f} MB of their own, {whole_mb:.0f} MB with all below")
    written: Row = {"plan": plan, "boxscore": found, "disk": disk._asdict(), "host": {"cores": os.cpu_count()}}
    if asked.peer and found[-1]["exit"] == 0:
        written["swebench"] = runs.swebench()
        lines, agreed = compare(found[-1], written["swebench"])
        print("\n".join(lines))
    record = asked.out / "patch_run.json"
    earlier = read_rows(record) if record.exists() else []
    record.write_text(json.dumps([*earlier, written], indent=1) + "\n", encoding="utf-8")
    print(f"written: {record}")
    return int(not agreed)


if __name__ == "__main__":
    sys.exit(main())
