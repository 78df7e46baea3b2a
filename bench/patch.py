"""Race swebench's harness and boxscore over the same patches of the same repositories, in one run, turn by turn.

    bench/patch.py [--benchmark tiny-patches] [-i ID]... [--data PATH] [--workers 1] [--repeat 3] [--envs DIR]
                   [--keep-images] [--out FILE]

The instances are those of the benchmark whose tests are run by pytest, unless some are named. Each is graded on two
predictions: its reference patch, and one that applies and fixes nothing. Contenders, each timed as a whole process
from start to exit:

    swebench   5.0.2 from PyPI in an environment of its own, `swebench eval` on local images
    boxscore   `boxscore grade`, in fresh run directories

Overhead is what an instance takes beyond its tests, by each program's own clocks: swebench's `run_instance.log` from
its first line to its last, less its `Test runtime` (its whole eval.sh: builds, restoring and patching test files too);
boxscore's `wall_s` less `test_s` (the test commands alone), so that its builds are overhead.
Before the rounds each has a run that does not count: swebench on one instance, boxscore on all, whose planted tests
are looked for once for each instance and remembered; that run is reported as `first`. Rounds alternate who begins.
A verdict that differs fails the race (exit code 1). Times are of a shared machine: compare within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import patch_field as fields
from bench.contenders import program
from bench.function import spread
from bench.meter import open_meter
from bench.official import cache, environment, write_rows
from bench.patch_field import Entry, Graded
from boxscore import PatchTask
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.meter import Meter, Spent

Row = dict[str, Any]

SETS = ("gold", "nothing")
RUN = "race"


class Turn(NamedTuple):
    """One contender's turn at all predictions: its verdicts and times by set and instance, and what it cost."""

    graded: dict[tuple[str, str], Graded]
    wall_s: float
    cpu_s: float


class Field:
    """The instances, and how each contender grades a set of predictions."""

    def __init__(
        self, asked: argparse.Namespace, meter: Meter, entries: Sequence[Entry], images: dict[str, str]
    ) -> None:
        self.asked, self.meter, self.entries = asked, meter, entries
        self.python = environment(asked.envs, "swebench-5")
        self.records = {one.name: fields.record(one, images[one.name]) for one in entries}

    def swebench(self, entries: Sequence[Entry], kind: str) -> tuple[dict[str, Graded], Spent]:
        """Grade with swebench, in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
            folder = Path(scratch)
            write_rows(folder / "rows.jsonl", [self.records[one.name] for one in entries])
            write_rows(folder / "preds.jsonl", fields.predictions(entries, kind, official=True))
            words = ["eval", "rows.jsonl", "-p", "preds.jsonl", "--run-id", RUN, "-j", str(self.asked.workers)]
            command: list[str | Path] = ["env", f"--chdir={folder}", self.python.with_name("swebench"), *words]
            _, spent = self.meter.run(command, {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"})
            return fields.read_official(folder, kind, RUN, entries), spent

    def boxscore(self, entries: Sequence[Entry], kind: str) -> tuple[dict[str, Graded], Spent]:
        """Grade with boxscore, in a run directory of its own."""
        with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
            path, run = Path(scratch) / "preds.jsonl", Path(scratch) / "run"
            write_rows(path, fields.predictions(entries, kind, official=False))
            command: list[str | Path] = [program(), "grade", self.asked.benchmark, *of_data(self.asked), "-p", path]
            for one in entries:
                command += ["-i", one.name]
            command += ["--backend", "docker", "-j", str(self.asked.workers), "--json", "--no-reuse", "--out", run]
            _, spent = self.meter.run(command)
            return fields.read_ours(run), spent

    def turn(self, name: str, entries: Sequence[Entry] | None = None) -> Turn:
        """One contender on all sets, or on some instances alone."""
        graded: dict[tuple[str, str], Graded] = {}
        costs = []
        for kind in SETS:
            found, spent = getattr(self, name)(entries or self.entries, kind)
            graded |= {(kind, instance): one for instance, one in found.items()}
            costs.append(spent)
        return Turn(graded, sum(one.wall_s for one in costs), sum(one.cpu_s for one in costs))


def of_data(asked: argparse.Namespace) -> list[str | Path]:
    """The option that names the data, if it was given."""
    return [] if asked.data is None else ["--data", asked.data]


def find_entries(asked: argparse.Namespace) -> list[Entry]:
    """The instances of the race."""
    request = Request(benchmark=asked.benchmark, only=tuple(asked.instance or ()), data=asked.data)
    benchmark = load_benchmark(request)
    tasks = [(one.instance_id, benchmark.harness.task(one)) for one in benchmark.asked]
    entries = [
        Entry(name, fields.official_id(name), task)
        for name, task in tasks
        if isinstance(task, PatchTask) and task.parser.startswith("pytest") and task.reference
    ]
    if not entries:
        sys.exit(f"{asked.benchmark} has no instance with a reference whose tests are run by pytest")
    return entries


def build(asked: argparse.Namespace, entries: Sequence[Entry]) -> dict[str, str]:
    """Have boxscore's images, then swebench's, which are the same with the repository in its place."""
    command: list[str | Path] = [program(), "images", "build", asked.benchmark, *of_data(asked)]
    for one in entries:
        command += ["-i", one.name]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return {one.name: fields.make_image(one.task) for one in entries}


def wrong(turn: Turn, name: str, number: int) -> list[str]:
    """Verdicts that cannot be: the reference resolves, a patch that fixes nothing does not."""
    return [
        f"round {number}: {name}: {kind} of {instance}: resolved is {one.resolved}"
        for (kind, instance), one in turn.graded.items()
        if one.resolved is not (kind == "gold")
    ]


def row(turn: Turn, name: str, number: int) -> Row:
    """A turn's figures."""
    overheads = [one.overhead_s for one in turn.graded.values()]
    tests_s = sum(one.tests_s for one in turn.graded.values())
    return {
        "round": number,
        "contender": name,
        "predictions": len(overheads),
        "wall_s": round(turn.wall_s, 3),
        "cpu_s": round(turn.cpu_s, 3),
        "tests_s": round(tests_s, 3),
        "overhead_median_s": round(statistics.median(overheads), 3),
        "overhead_most_s": round(max(overheads), 3),
        **{f"overhead_{kind}_s": _median(turn, kind) for kind in SETS},
        "beyond_tests_s": round((turn.wall_s - tests_s) / len(overheads), 3),
        "load": round(os.getloadavg()[0], 2),
    }


def _median(turn: Turn, kind: str) -> float | None:
    """The median overhead of one set: by sample."""
    overheads = [one.overhead_s for (of, _), one in turn.graded.items() if of == kind]
    return round(statistics.median(overheads), 3) if overheads else None


def race(field: Field, repeat: int) -> tuple[list[Row], list[str]]:
    """All rounds, after the runs that do not count; the rows of both, and wrong verdicts."""
    names = ["swebench", "boxscore"]
    field.turn("swebench", field.entries[:1])
    first = field.turn("boxscore")
    rows, mistakes = [row(first, "boxscore", 0)], wrong(first, "boxscore", 0)
    print("  ".join(f"{key} {value}" for key, value in rows[0].items()), flush=True)
    for number in range(1, repeat + 1):
        for name in names if number % 2 else reversed(names):
            turn = field.turn(name)
            rows.append(row(turn, name, number))
            mistakes += wrong(turn, name, number)
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    return rows, mistakes


def summarise(rows: Sequence[Row]) -> Row:
    """Medians over the rounds with what was lowest and highest; ratios are swebench's to boxscore's of one round."""
    rounds = sorted({one["round"] for one in rows if one["round"]})
    by = {(one["contender"], one["round"]): one for one in rows}
    summary: Row = {
        name: {
            figure: spread([by[name, number][figure] for number in rounds])
            for figure in ("wall_s", "cpu_s", "overhead_median_s", "beyond_tests_s")
        }
        for name in ("swebench", "boxscore")
    }
    summary["ratio"] = {
        figure: spread([by["swebench", number][figure] / by["boxscore", number][figure] for number in rounds])
        for figure in ("wall_s", "cpu_s", "overhead_median_s", "beyond_tests_s")
    }
    summary["first"] = by["boxscore", 0]
    return summary


def table(summary: Row) -> str:
    """The summary for people."""
    labels = {
        "wall_s": "total, s",
        "cpu_s": "cpu, s",
        "overhead_median_s": "overhead of an instance (median), s",
        "beyond_tests_s": "(total - tests) / predictions, s",
    }
    lines = [f"{'':36} {'swebench':>24} {'boxscore':>24} {'ratio':>20}"]
    for figure, label in labels.items():
        cells = [
            f"{one['median']:.2f} ({one['low']:.2f}-{one['high']:.2f})"
            for one in (summary[name][figure] for name in ("swebench", "boxscore", "ratio"))
        ]
        lines.append(f"{label:36} {cells[0]:>24} {cells[1]:>24} {cells[2]:>20}")
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Race swebench and boxscore over the same patches.")
    parser.add_argument("--benchmark", default="tiny-patches")
    parser.add_argument("-i", "--instance", action="append", help="only this instance; may be repeated")
    parser.add_argument("--data", type=Path, help="a data folder or the benchmark's file")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the peers' environments")
    parser.add_argument("--keep-images", action="store_true", help="leave the images that were made for swebench")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "patch.json")
    return parser.parse_args()


def main() -> int:
    """Race, print and write; returns the exit code."""
    asked = parse()
    entries = find_entries(asked)
    images = build(asked, entries)
    try:
        with open_meter() as meter:
            rows, mistakes = race(Field(asked, meter, entries, images), asked.repeat)
    finally:
        if not asked.keep_images:
            fields.remove_images()
    summary = summarise(rows)
    print(f"\n{table(summary)}")
    print(*mistakes or ["both resolve every reference and nothing else"], sep="\n")
    written = {
        "benchmark": asked.benchmark,
        "instances": [one.name for one in entries],
        "workers": asked.workers,
        "host": {"cores": os.cpu_count(), "python": sys.version.split()[0], "kernel": os.uname().release},
        "rows": rows,
        "summary": summary,
        "mistakes": mistakes,
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    print(f"written: {asked.out}")
    return int(bool(mistakes))


if __name__ == "__main__":
    sys.exit(main())
