"""Grade DS-1000's references and mutants of them by its own program, beside boxscore.

    bench/agreement/ds_1000.py samples --data DATA --count 240 --known RUN > samples.jsonl
    boxscore grade ds-1000 -p samples.jsonl --out RUN
    bench/agreement/ds_1000.py official --data DATA --samples samples.jsonl --execution FOLDER --out VERDICTS
    bench/agreement/compare.py VERDICTS RUN

Samples are what goes into the place of `[insert]`: the reference of each row, and mutants of it by the operators of
`boxscore audit`, one of each instance that passed in `--known`, a run of the references, before a second of any. With
`--count 0` there are references alone.

The official program is `execution.py` of github.com/xlang-ai/DS-1000 in FOLDER, unchanged, given the program that
`test_ds1000.py` puts together, in a container of the image that boxscore's boxes are made of, without a network. What
most programs import is imported before they are forked, as pandas is there too: that takes a tenth of the time.
VERDICTS is as `functions.py` writes it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import in_turns, passed_in, read_rows, run_inside, verdict, volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.official import Row

DATA = "ds1000/test.jsonl"
LIBRARIES = (
    *("numpy", "pandas", "scipy.stats", "scipy.spatial", "scipy.sparse", "scipy.interpolate", "scipy.optimize"),
    *("sklearn.linear_model", "sklearn.preprocessing", "matplotlib.pyplot", "seaborn"),
)
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
TIMEOUT_S = 120  # the official program's


def name_of(row: Row) -> str:
    """The instance of a row."""
    return f"DS-1000/{row['metadata']['problem_id']}"


def print_samples(asked: argparse.Namespace) -> None:
    """Print the samples."""
    rows = read_rows(asked.data / DATA)
    if asked.known:
        passed = passed_in(asked.known)
        rows = [row for row in rows if name_of(row) in passed]
    for sample in made(rows, asked.count):
        print(json.dumps(sample))


def made(rows: list[Row], count: int) -> Iterator[Row]:
    """The references of as many rows, drawn at random, and as many mutants, in turns; with 0 all references alone."""
    rng = random.Random(f"ds-1000-{count}")
    drawn = rng.sample(rows, len(rows))[: count or None]
    for row in sorted(drawn, key=lambda row: row["metadata"]["problem_id"]):
        yield sample_of(name_of(row), "gold", row["reference_code"])
    of_row = [(name_of(row), changed(row["reference_code"], rng.getrandbits(32))) for row in drawn if count]
    for name, turn, text in in_turns(of_row, count):
        yield sample_of(name, f"mutant-{turn}", text)


def changed(code: str, seed: int) -> list[str]:
    """Mutants of a piece of code at the depth that it has."""
    from boxscore.audit.mutants import mutants  # noqa: PLC0415 - a container has no boxscore

    inner = textwrap.dedent(code)
    margin = code[: len(code) - len(code.lstrip(" "))].rpartition("\n")[2]
    return [textwrap.indent(one.code, margin) for one in mutants(inner, entry_point="", most=4, seed=seed)]


def sample_of(task_id: str, name: str, text: str) -> Row:
    """A line of samples."""
    return {"task_id": task_id, "sample_id": name, "solution": text}


def official(asked: argparse.Namespace) -> None:
    """Run this file again in a container."""
    from boxscore.images.recipes import reference  # noqa: PLC0415 - a container has no boxscore

    options = ["--memory=6g", *(f"--env={name}={value}" for name, value in ENVIRONMENT.items())]
    options.append(volume(asked.execution / "execution.py", "/race/bench/execution.py:ro"))
    options.append(volume(asked.data / DATA, f"/data/{DATA}:ro"))
    run_inside("agreement/ds_1000.py", ["--data=/data"], asked, asked.image or reference("bigcodebench"), *options)


def inside(asked: argparse.Namespace) -> None:
    """Grade, in the container."""
    os.chdir("/tmp")
    check = importlib.import_module("execution").check_correctness
    for name in LIBRARIES:
        importlib.import_module(name)
    rows = {name_of(row): row for row in read_rows(asked.data / DATA)}
    with asked.out.open("w", encoding="utf-8") as out:
        for sample in read_rows(asked.samples):
            result = check(program_of(rows[sample["task_id"]], sample["solution"]), TIMEOUT_S)
            out.write(json.dumps(verdict(sample, result["result"], passed=result["passed"])) + "\n")
            out.flush()


def program_of(row: Row, answer: str) -> str:
    """The program that `test_ds1000.py` puts together."""
    context = row["code_context"]
    by_text = "test_string(code)\n" if "test_string(" in context else "\n"
    return f"{context}\ncode = {answer!r}\ntest_execution(code)\n{by_text}"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("samples", "official", "inside"))
    parser.add_argument("--data", type=Path, required=True, help="the folder in which `ds1000` is")
    parser.add_argument("--count", type=int, default=0, help="mutants")
    parser.add_argument("--known", type=Path, help="a run of the references")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--execution", type=Path, help="the folder of the official `execution.py`")
    parser.add_argument("--image", help="in place of boxscore's image `bigcodebench`, such as one with PyTorch")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.do == "samples":
        print_samples(asked)
    else:
        (official if asked.do == "official" else inside)(asked)


if __name__ == "__main__":
    main()
