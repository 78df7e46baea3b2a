"""Race swebench's harness and boxscore over the same patches of the same repositories, in one run, turn by turn.

    bench/patch.py [--benchmark tiny-patches] [-i ID]... [--data PATH] [--workers 1] [--repeat 3] [--envs DIR]
                   [--out FILE]

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
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

import docker

from bench.contenders import program, run, spread
from bench.official import cache, environment, write_rows
from boxscore import PatchTask
from boxscore.images.layers import instance_reference
from boxscore.protocols.patch.diff import read_files
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

SETS = ("gold", "nothing")
RUN = "race"
FIGURES = ("wall_s", "overhead_median_s", "beyond_tests_s")
TREE = "/testbed"
LABEL = "boxscore.bench"
EOF = "EOF_114329324912"
JUNIT = re.compile(r" --junitxml=\S+")
STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - \w+ - ", re.MULTILINE)
RUNTIME = re.compile(r"Test runtime: ([\d_.]+) seconds")
NOTHING = "diff --git a/bench-note.txt b/bench-note.txt\nnew file mode 100644\n--- /dev/null\n+++ b/bench-note.txt\n"
NOTHING += "@@ -0,0 +1 @@\n+This fixes nothing.\n"


class Entry(NamedTuple):
    """An instance of the race: its id here, the id that swebench gets, and its task."""

    name: str
    official: str
    task: PatchTask


class Graded(NamedTuple):
    """What one contender made of one prediction; `tests_s` is what it says its tests took."""

    resolved: bool
    whole_s: float
    tests_s: float

    @property
    def overhead_s(self) -> float:
        """Everything but the tests."""
        return self.whole_s - self.tests_s


def official_id(name: str) -> str:
    """An id that can be part of a container's name."""
    return name.replace("/", "__")


def make_image(task: PatchTask) -> str:
    """The image of an instance with its repository at TREE, made on boxscore's own; returns its name."""
    reference = instance_reference(task.image)
    tag = f"boxscore-bench/{reference.rpartition(':')[2]}:latest"
    text = (
        f"FROM {reference}\nUSER root\nLABEL {LABEL}=1\n"
        f"RUN cp -a /boxscore/tree/. {TREE}/ && git config --system --add safe.directory {TREE}\n"
    )
    docker.from_env().images.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True)
    return tag


def remove_images() -> None:
    """Remove all that `make_image` made."""
    client = docker.from_env()
    for image in client.images.list(filters={"label": f"{LABEL}=1"}):
        for tag in image.tags:
            client.images.remove(tag, noprune=False)


def record(entry: Entry, image: str) -> Row:
    """An instance as a record of swebench 5."""
    task = entry.task
    return {
        "instance_id": entry.official,
        "image": image,
        "repo": entry.official,
        "version": "1",
        "base_commit": "HEAD",
        "patch": task.reference,
        "test_patch": task.test_patch,
        "problem_statement": "",
        "FAIL_TO_PASS": json.dumps(as_read(task.fail_to_pass)),
        "PASS_TO_PASS": json.dumps(as_read(task.pass_to_pass)),
        "log_parser": f"parse_log_{task.parser.removesuffix('-v4').replace('-', '_')}",
        "eval_type": "pass_and_fail",
        "eval_script": eval_script(task),
    }


def as_read(tests: Sequence[str]) -> list[str]:
    """Ids of tests as swebench reads them off a log: it makes one blank of several."""
    return [" ".join(test.split()) for test in tests]


def eval_script(task: PatchTask) -> str:
    """The script of an instance, in the order and with the looks at the tree of swebench's own."""
    paths = list(dict.fromkeys(path for part in read_files(task.test_patch) for path in part.paths))
    restored = [f"git checkout HEAD -- '{path}' || rm -f '{path}'" for path in paths]
    lines = [
        "#!/bin/bash",
        "set -uxo pipefail",
        f"cd {TREE}",
        *(f"export {name}='{value}'" for name, value in task.env),
        "mkdir -p /scratch",
        "git status",
        "git show",
        "git -c core.fileMode=false diff HEAD",
        *task.build,
        *restored,
        f"git apply -v - <<'{EOF}'",
        f"{task.test_patch}\n{EOF}",
        ": '>>>>> Start Test Output'",
        *(JUNIT.sub("", command) for command in task.commands),
        ": '>>>>> End Test Output'",
        *restored,
    ]
    return "\n".join(lines) + "\n"


def predictions(entries: Sequence[Entry], kind: str, *, official: bool) -> list[Row]:
    """The predictions of a set: `gold`, or `nothing`, which applies and fixes nothing."""
    return [
        {
            "instance_id": one.official if official else one.name,
            "model_name_or_path": kind,
            "model_patch": one.task.reference if kind == "gold" else NOTHING,
        }
        for one in entries
    ]


def read_official(folder: Path, kind: str, run_id: str, entries: Sequence[Entry]) -> dict[str, Graded]:
    """What swebench's logs say. Raises FileNotFoundError for an instance that it could not grade."""
    found = {}
    for one in entries:
        logs = folder / "logs" / "run_evaluation" / run_id / kind / one.official
        report = json.loads((logs / "report.json").read_text())[one.official]
        found[one.name] = Graded(report["resolved"], *times((logs / "run_instance.log").read_text("utf-8")))
    return found


def times(log: str) -> tuple[float, float]:
    """From an instance's log: seconds from its first line to its last, when the container is gone; and of the tests.

    What it does before the first line and after the last is not in it.
    """
    stamps = [datetime.strptime(one, "%Y-%m-%d %H:%M:%S,%f") for one in STAMP.findall(log)]  # noqa: DTZ007 - differences
    said = RUNTIME.search(log)
    if not stamps or said is None:
        raise ValueError(f"no times in the log of an instance: {log[-300:]!r}")
    return (stamps[-1] - stamps[0]).total_seconds(), float(said[1].replace("_", ""))


def read_ours(run: Path) -> dict[str, Graded]:
    """What boxscore's results say."""
    rows = [json.loads(line) for line in (run / "results.jsonl").read_text("utf-8").split("\n")[:-1]]
    return {
        row["instance_id"]: Graded(row["outcome"] == "passed", row["wall_s"], row["detail"]["test_s"]) for row in rows
    }


class Turn(NamedTuple):
    """One contender's turn at all predictions: its verdicts and times by set and instance, and its wall time."""

    graded: dict[tuple[str, str], Graded]
    wall_s: float


class Field:
    """The instances, and how each contender grades a set of predictions."""

    def __init__(self, asked: argparse.Namespace, entries: Sequence[Entry], images: dict[str, str]) -> None:
        self.asked, self.entries = asked, entries
        self.python = environment(asked.envs, "swebench-5")
        self.records = {one.name: record(one, images[one.name]) for one in entries}

    def swebench(self, entries: Sequence[Entry], kind: str) -> tuple[dict[str, Graded], float]:
        """Grade with swebench, in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
            folder = Path(scratch)
            write_rows(folder / "rows.jsonl", [self.records[one.name] for one in entries])
            write_rows(folder / "preds.jsonl", predictions(entries, kind, official=True))
            words = ["eval", "rows.jsonl", "-p", "preds.jsonl", "--run-id", RUN, "-j", str(self.asked.workers)]
            command: list[str | Path] = ["env", f"--chdir={folder}", self.python.with_name("swebench"), *words]
            _, wall_s = run(command, {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"})
            return read_official(folder, kind, RUN, entries), wall_s

    def boxscore(self, entries: Sequence[Entry], kind: str) -> tuple[dict[str, Graded], float]:
        """Grade with boxscore, in a run directory of its own."""
        with tempfile.TemporaryDirectory(prefix="boxscore-race-") as scratch:
            path, folder = Path(scratch) / "preds.jsonl", Path(scratch) / "run"
            write_rows(path, predictions(entries, kind, official=False))
            command: list[str | Path] = [program(), "grade", self.asked.benchmark, *of_data(self.asked), "-p", path]
            for one in entries:
                command += ["-i", one.name]
            command += ["--backend", "docker", "-j", str(self.asked.workers), "--json", "--no-reuse", "--out", folder]
            _, wall_s = run(command)
            return read_ours(folder), wall_s

    def turn(self, name: str, entries: Sequence[Entry] | None = None) -> Turn:
        """One contender on all sets, or on some instances alone."""
        graded: dict[tuple[str, str], Graded] = {}
        wall_s = 0.0
        for kind in SETS:
            found, took_s = getattr(self, name)(entries or self.entries, kind)
            graded |= {(kind, instance): one for instance, one in found.items()}
            wall_s += took_s
        return Turn(graded, wall_s)


def of_data(asked: argparse.Namespace) -> list[str | Path]:
    """The option that names the data, if it was given."""
    return [] if asked.data is None else ["--data", asked.data]


def find_entries(asked: argparse.Namespace) -> list[Entry]:
    """The instances of the race."""
    request = Request(benchmark=asked.benchmark, only=tuple(asked.instance or ()), data=asked.data)
    benchmark = load_benchmark(request)
    tasks = [(one.instance_id, benchmark.harness.task(one)) for one in benchmark.asked]
    entries = [
        Entry(name, official_id(name), task)
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
    return {one.name: make_image(one.task) for one in entries}


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
        "tests_s": round(tests_s, 3),
        "overhead_median_s": round(statistics.median(overheads), 3),
        "beyond_tests_s": round((turn.wall_s - tests_s) / len(overheads), 3),
        "load": round(os.getloadavg()[0], 2),
    }


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
        name: {figure: spread([by[name, number][figure] for number in rounds]) for figure in FIGURES}
        for name in ("swebench", "boxscore")
    }
    summary["ratio"] = {
        figure: spread([by["swebench", number][figure] / by["boxscore", number][figure] for number in rounds])
        for figure in FIGURES
    }
    summary["first"] = by["boxscore", 0]
    return summary


def table(summary: Row) -> str:
    """The summary for people."""
    labels = {
        "wall_s": "total, s",
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
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "patch.json")
    return parser.parse_args()


def main() -> int:
    """Race, print and write; returns the exit code."""
    asked = parse()
    entries = find_entries(asked)
    images = build(asked, entries)
    try:
        rows, mistakes = race(Field(asked, entries, images), asked.repeat)
    finally:
        remove_images()
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
