"""Grade NaturalCodeBench's references and mutants of them by its own program, beside boxscore.

    bench/agreement/naturalcodebench.py samples LANGUAGE --data DATA --count 220 > samples.jsonl
    boxscore grade naturalcodebench-LANGUAGE -p samples.jsonl --out RUN
    bench/agreement/naturalcodebench.py official LANGUAGE --data DATA --samples samples.jsonl --repository DIR
        --out VERDICTS
    bench/agreement/compare.py VERDICTS RUN

Samples are answers: the row's reference as it is, and mutants of the code in it between fences, spread evenly over the
instances that passed in `--known`, a run of the references. With `--keep RUN`, a run of these samples with a short
limit of time, those that timed out in it are left out: the official program would wait 420 or 840 s for each. Mutants
in Python are those of `boxscore audit`; in Java an operator or a constant of the text is changed, one in each.

The official program is `ncb/evaluate.py` of a clone of github.com/THUDM/NaturalCodeBench, unchanged, in a container of
the image that boxscore's boxes of the language are made of, without a network, two samples at a time; what it imports
beside comes from PyPI. VERDICTS is as `functions.py` writes it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import cache, in_turns, isolated, passed_in, read_rows, verdict, volume, write_rows
from boxscore.audit.mutants import mutants
from boxscore.images.recipes import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.official import Row

IMAGES = {"python": ("bigcodebench", "3.10"), "java": ("programs", "3.11")}
"""The image of a language's boxes, and the version of Python there."""

NEEDED = ("pytest-json-report==1.5.0", "pytest-metadata", "pytest-cov<6", "coverage<7.7", "tqdm")
MODEL = "race"
FENCE = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
CHANGED = {  # in Java, where it stands between blanks
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "+": "-",
    "-": "+",
    "*": "+",
    "/": "*",
    "%": "/",
    "&&": "||",
    "||": "&&",
    "+=": "-=",
    "true": "false",
    "false": "true",
}
PLACE = re.compile(r"(?<= )(?:[<>=!]=|[-+*/%<>]|&&|\|\||\+=)(?= )|\b(?:true|false|\d{1,3})\b")


def code_of(row: Row) -> str:
    """The code of a row's reference, which stands between fences."""
    found = FENCE.search(row["reference_solution"])
    return found[1] if found else row["reference_solution"]


def java_mutants(code: str, most: int, rng: random.Random) -> Iterator[str]:
    """Programs with one operator or constant changed, at places drawn at random."""
    places = list(PLACE.finditer(code))
    for place in rng.sample(places, min(most, len(places))):
        new = CHANGED.get(place[0]) or str(int(place[0]) + 1)
        yield code[: place.start()] + new + code[place.end() :]


def changed(language: str, code: str, most: int, rng: random.Random) -> list[str]:
    """Up to so many mutants of a program."""
    if language == "java":
        return list(java_mutants(code, most, rng))
    return [one.code for one in mutants(code, entry_point="", most=most, seed=rng.getrandbits(32))]


def print_samples(asked: argparse.Namespace) -> None:
    """Print references and, in turns, a mutant of each, until there are enough."""
    rows = read_rows(asked.data / "naturalcodebench" / f"ncb_{asked.language}_en.jsonl")
    if asked.known:
        passed = passed_in(asked.known)
        rows = [row for row in rows if f"{asked.language}/{row['_id']}" in passed]
    left_out = late(asked.keep) if asked.keep else set()
    for sample in made(asked.language, rows, asked.count):
        if (sample["task_id"], sample["sample_id"]) not in left_out:
            print(json.dumps(sample))


def made(language: str, rows: list[Row], count: int) -> Iterator[Row]:
    """The reference of each row, then `count` mutants."""
    rng = random.Random(f"{language}-{count}")
    most = -(-4 * count // len(rows))
    of_row = [(row["_id"], changed(language, code_of(row), most, rng)) for row in rows]
    for row in rows:
        yield sample_of(language, row["_id"], "gold", row["reference_solution"])
    for name, turn, text in in_turns(of_row, count):
        yield sample_of(language, name, f"mutant-{turn}", f"```{language}\n{text}\n```")


def late(run: Path) -> set[tuple[str, str]]:
    """Instance and sample of what timed out in a run."""
    results = read_rows(run / "results.jsonl")
    return {(one["instance_id"], one["sample_id"]) for one in results if one["outcome"] == "timeout"}


def sample_of(language: str, name: int, sample: str, answer: str) -> Row:
    """A line of samples."""
    return {"task_id": f"{language}/{name}", "sample_id": sample, "answer": answer}


def grade(asked: argparse.Namespace, scratch: Path) -> list[Row]:
    """Have the official program grade the samples, in a copy of its repository."""
    samples = read_rows(asked.samples)
    subprocess.run(["git", "clone", "--quiet", str(asked.repository), str(scratch / "ncb")], check=True)
    place = scratch / "ncb"
    name = f"{asked.language}_en"
    for folder in (place / "results" / MODEL, place / "data" / name):
        folder.mkdir(parents=True)
    asks = [{"_id": int(one["task_id"].rpartition("/")[2]), "response": one["answer"]} for one in samples]
    write_rows(place / "results" / MODEL / f"{MODEL}_ncb_{name}.jsonl", asks)
    problems = asked.data / "naturalcodebench" / f"ncb_{name}.jsonl"
    (place / "data" / name / f"ncb_{name}.jsonl").write_bytes(problems.read_bytes())
    subprocess.run(["chmod", "-R", "a+rwX", str(scratch)], check=True)
    # It ends with an error where a sample does so in a way that it does not expect; all reports are there all the same.
    subprocess.run(command(asked, place), check=False)
    reports = place / "data" / "temp" / f"{name}_test" / MODEL
    return list(verdicts(asked.language, samples, reports))


def command(asked: argparse.Namespace, place: Path) -> list[str]:
    """Run `ncb/evaluate.py` in a container."""
    packages = packages_folder(asked.envs, IMAGES[asked.language][1])
    return [
        *isolated(),
        *("--memory=6g", "--pids-limit=512", "--user=12345:12345"),  # a mutant of python/174 starts threads without end
        *("--env=PYTHONPATH=/packages", "--env=TZ=UTC", "--env=OMP_NUM_THREADS=1", "--env=MPLBACKEND=Agg"),
        *(volume(packages, "/packages:ro"), volume(place, "/ncb"), "--workdir=/ncb"),
        reference(IMAGES[asked.language][0]),
        *("sh", "-c", 'mkdir /tmp/bin; ln -s "$(command -v python3)" /tmp/bin/python; PATH=$PATH:/tmp/bin exec "$@"'),
        *("sh", "python3", "ncb/evaluate.py", "--languages", asked.language, "--natural_langs", "en"),
        *("--ckpt_name", MODEL, "--num_workers", "2"),
    ]


def packages_folder(envs: Path, python: str) -> Path:
    """What the official program imports and the images do not have, for their Python."""
    folder = envs / f"naturalcodebench-{python}"
    if not folder.is_dir():
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
        words += ["--python-version", python, "--only-binary", ":all:"]
        subprocess.run([*words, *NEEDED], check=True)
    return folder


def verdicts(language: str, samples: list[Row], reports: Path) -> Iterator[Row]:
    """Its folders have no name of a sample: those of an instance are numbered in the order of its samples."""
    turns: Counter[str] = Counter()
    for sample in samples:
        number = sample["task_id"].rpartition("/")[2]
        folder = reports / f"{language}_{number}_{turns[number]}"
        turns[number] += 1
        passed, detail = (java_verdict if language == "java" else python_verdict)(folder)
        yield verdict(sample, detail, passed=passed)


def python_verdict(folder: Path) -> tuple[bool, str]:
    """As `execution` of the official program counts it: all cases of the report passed."""
    report = folder / "raw_result.json"
    if not report.is_file():
        return False, "no report"
    found = json.loads(report.read_text("utf-8"))
    return found["pass_cases"]["100"] == 1, str(found["overall_result"])


def java_verdict(folder: Path) -> tuple[bool, str]:
    """As `execution` of the official program counts it: what was printed says so, and does not say `failed`."""
    report = folder / "eval_report.json"
    if not report.is_file():
        return False, "no report"
    said = json.loads(report.read_text("utf-8"))["test_result"]
    rate = re.search("Passed rate: (.*?)\n", said)
    return "failed" not in said and "Found" in said and rate is not None and float(rate[1]) == 1, said


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("samples", "official"))
    parser.add_argument("language", choices=tuple(IMAGES))
    parser.add_argument("--data", type=Path, required=True, help="the folder in which `naturalcodebench` is")
    parser.add_argument("--count", type=int, default=220, help="mutants")
    parser.add_argument("--known", type=Path, help="a run of the references")
    parser.add_argument("--keep", type=Path, help="a run of these samples: what timed out in it is left out")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--repository", type=Path, help="a clone of the official one")
    parser.add_argument("--envs", type=Path, default=cache(), help="folder of what it imports")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.do == "samples":
        print_samples(asked)
        return
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        found = grade(asked, Path(scratch))
    write_rows(asked.out, found)
    print(f"{sum(one['passed'] for one in found)} of {len(found)} passed")


if __name__ == "__main__":
    main()
