"""Race BigCodeBench's official evaluator and boxscore on the same samples, in one run, turn by turn.

    bench/bigcodebench.py --data DATA [--count 300] [--instances 40] [--workers 2] [--repeat 1]
                          [--known] [--envs DIR] [--out FILE]

The official evaluator is `evaluate(..., execution="local")` of `bigcodebench` 0.2.5 from PyPI, unchanged, in a
container of the very image that boxscore's boxes are made of, without a network. What it imports and does not use for a
local run (clients of models and of remote evaluators) is not there and stands in as empty modules. The other is
`boxscore grade`. Both are timed as whole processes, start to exit, and both run the references first, from nothing;
with `--known` both know what they learn of references from an untimed run before.

Samples are the references of so many `--instances`, drawn at random from those that run offline in seconds, and mutants
of these (`agreement/mutants.py`). Verdicts are compared sample by sample. Times are of a shared machine: compare them
within a run. Writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.agreement.mutants import Gold, mutants
from bench.official import cache, read_rows, write_rows
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.images.recipes import reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.records import Instance

    Row = dict[str, Any]
    Verdicts = dict[tuple[str, str], bool]

PACKAGE = "bigcodebench==0.2.5"
NAME = "bigcodebench"
ENDLESS = ("endless",)  # 241 s each for the official evaluator, which is no way to compare
APART = (101, 176, 314, 590, 726, 734, 1005, 1012, 0, 102, 289, 417, 1038, 1040)  # not offline, or minutes each

OFFICIAL = """
import sys
from unittest.mock import MagicMock
absent = ("gradio_client", "e2b", "datasets", "transformers", "fire", "wget", "pqdm", "pqdm.processes", "tempdir",
          "httpx", "appdirs", "tree_sitter", "tree_sitter_python", "openai", "anthropic", "mistralai", "rich",
          "rich.progress")
for name in absent:
    sys.modules.setdefault(name, MagicMock())
sys.modules["appdirs"].user_cache_dir = lambda *_: "/race/cache"
sys.path.insert(0, "/official")
from bigcodebench.evaluate import evaluate
evaluate("complete", "full", samples=sys.argv[1], execution="local", parallel=int(sys.argv[2]), pass_k="1",
         save_pass_rate=False)
"""


class Spent(NamedTuple):
    """One contender's turn: what it took, and its verdicts."""

    wall_s: float
    verdicts: Verdicts


def official_folder(envs: Path) -> Path:
    """The official package, unpacked; without what it depends on."""
    folder = envs / NAME
    if not (folder / NAME).is_dir():
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
        subprocess.run(words, check=True)
    return folder


def make_samples(loaded: Sequence[Instance], count: int, instances: int) -> list[Row]:
    """The references of so many instances, and mutants of them up to `count` samples."""
    rng = random.Random(f"{NAME}-{count}")
    every = [Gold(one.instance_id, one.reference or "", str(one.row["entry_point"])) for one in loaded]
    apart = {f"BigCodeBench/{number}" for number in APART}
    golds = rng.sample([one for one in every if one.task_id not in apart], instances)
    references = [{"task_id": one.task_id, "sample_id": "gold", "solution": one.program} for one in golds]
    made = (
        {"task_id": gold.task_id, "sample_id": sample_id, "solution": text}
        for gold, sample_id, text in mutants(golds, 2 * count, rng)
        if not sample_id.startswith(ENDLESS)
    )
    return [*references, *islice(made, count - instances)]


def run(words: Sequence[str | Path], env: dict[str, str] | None = None) -> tuple[float, str]:
    """Run a command; return its wall seconds and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        sys.exit(f"{words[0]} ended with {done.returncode}: {done.stderr[-3000:]}")
    return time.perf_counter() - began, done.stdout


class Official:
    """The official evaluator in a container."""

    name = "official"

    def __init__(self, folder: Path, rows: list[Row], workers: int) -> None:
        self._folder, self._rows, self._workers = folder, rows, workers

    def turn(self, samples: list[Row], scratch: Path, *, known: bool) -> Spent:
        """Grade the samples; the instances without one are not in its data file, as it wants all that are."""
        wanted = {row["task_id"] for row in samples}
        write_rows(scratch / "data.jsonl", [row for row in self._rows if row["task_id"] in wanted])
        write_rows(scratch / "samples.jsonl", samples)
        (scratch / "run.py").write_text(OFFICIAL, "utf-8")
        cache = scratch / "cache"
        if not known:
            shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(exist_ok=True)
        results = scratch / "samples_eval_results.json"
        results.unlink(missing_ok=True)
        for path in (scratch, cache):
            path.chmod(0o777)
        command: list[str | Path] = [
            *container(scratch),
            *("--env", "BIGCODEBENCH_OVERRIDE_PATH=/race/data.jsonl", "--volume", f"{self._folder}:/official:ro"),
            *(reference(NAME), "python3", "/race/run.py", "/race/samples.jsonl", str(self._workers)),
        ]
        wall_s, _ = run(command)
        return Spent(wall_s, self.verdicts(samples, json.loads(results.read_text())["eval"]))

    @staticmethod
    def verdicts(samples: list[Row], found: dict[str, list[Row]]) -> Verdicts:
        """Its results have no name of a sample: those of an instance are in the order of its samples."""
        given: dict[str, list[str]] = {}
        for row in samples:
            given.setdefault(row["task_id"], []).append(row["sample_id"])
        return {
            (task, sample): result["status"] == "pass"
            for task, names in given.items()
            for sample, result in zip(names, found[task], strict=True)
        }


def container(scratch: Path) -> list[str | Path]:
    """The words that run an ordinary user's program in a container without a network, up to its image."""
    return [
        *("docker", "run", "--rm", "--init", "--network", "none", "--user", "12345:12345"),
        *("--env", "HOME=/tmp", "--tmpfs", "/tmp:mode=1777,exec"),
        *("--volume", f"{scratch}:/race", "--workdir", "/tmp"),
    ]


class Ours:
    """`boxscore grade`."""

    name = "boxscore"

    def __init__(self, data: Path, workers: int) -> None:
        self._data, self._workers = data, workers

    def turn(self, samples: list[Row], scratch: Path, *, known: bool) -> Spent:
        """Grade the samples in docker boxes."""
        write_rows(scratch / "ours.jsonl", samples)
        cache, out = scratch / "boxscore-cache", scratch / "run"
        if not known:
            shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        env = os.environ | {"BOXSCORE_CACHE": str(cache), "BOXSCORE_DATA": str(self._data)}
        words = [sys.executable, "-m", "boxscore", "grade", NAME, "-p", str(scratch / "ours.jsonl")]
        words += ["--backend", "docker", "-j", str(self._workers), "--out", str(out)]
        wall_s, _ = run(words, env)
        results = read_rows(out / "results.jsonl")
        return Spent(wall_s, {(r["instance_id"], r["sample_id"]): r["outcome"] == "passed" for r in results})


def compare(theirs: Verdicts, ours: Verdicts) -> Row:
    """Count agreement, and name the differences."""
    both = [(theirs[key], ours[key]) for key in theirs if key in ours]
    return {
        "both_pass": both.count((True, True)),
        "both_fail": both.count((False, False)),
        "only_official_passes": sorted(map("/".join, (k for k in theirs if k in ours and theirs[k] and not ours[k]))),
        "only_boxscore_passes": sorted(map("/".join, (k for k in theirs if k in ours and ours[k] and not theirs[k]))),
        "not_graded": sorted(map("/".join, theirs.keys() - ours.keys())),
    }


def race(asked: argparse.Namespace, scratch: Path) -> Row:
    """Run the rounds; who begins changes from round to round."""
    harness = load_harness(NAME)
    instances = load_instances(harness, resolve(harness.source, data=asked.data).path)
    samples = make_samples(instances, asked.count, asked.instances)
    rows = [dict(one.row) for one in instances]
    official = Official(official_folder(asked.envs), rows, asked.workers)
    contenders: list[Official | Ours] = [official, Ours(asked.data, asked.workers)]
    rounds = []
    for number in range(asked.known * -1, asked.repeat):
        turns = {}
        first = number % len(contenders)
        for one in contenders[first:] + contenders[:first]:
            turns[one.name] = one.turn(samples, scratch, known=asked.known and number >= 0)
            print(f"{one.name}: {turns[one.name].wall_s:.1f} s", file=sys.stderr)
        if number < 0:
            continue
        theirs, ours = turns["official"], turns["boxscore"]
        rounds.append(
            {
                "wall_s": {name: round(turn.wall_s, 1) for name, turn in turns.items()},
                "ratio": round(theirs.wall_s / ours.wall_s, 2),
                "verdicts": compare(theirs.verdicts, ours.verdicts),
            }
        )
    return {"samples": len(samples), "workers": asked.workers, "known": asked.known, "rounds": rounds}


def main() -> None:
    """Race, and write what came of it."""
    parser = argparse.ArgumentParser(description="Race BigCodeBench's official evaluator and boxscore.")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--instances", type=int, default=40, help="take all samples from so many instances")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--known", action="store_true", help="let both know the references from a run before")
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the peer's package")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = race(asked, Path(scratch))
    text = json.dumps(found, indent=2)
    print(text)
    if asked.out:
        asked.out.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
