"""Compare boxscore with the multi-swe-bench package on logs, records and reports. No container is started.

    bench/multi_swe_agreement.py [--envs DIR] [--logs 300] [--seed 1]

The package is asked in an environment of its own (from PyPI, made when missing) by `bench/official_multi_swe.py`:

    statuses   what the parser of each of the 39 repositories reads in logs of its language
    verdicts   which of such logs, as candidates', resolve an instance
    reports    `report.json` of each, and `final_report.json` of all, made of the folders that boxscore writes

Prints counts and each difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import multi_swe_cases as cases
from bench.official import cache, environment
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.task import Status
from harnesses.multi_swe_bench.repositories import REPOSITORIES

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 20
OFFICIAL_NAMES = {name.lower(): name for name in ("catchorg/Catch2", "BurntSushi/ripgrep", "Kong/insomnia")}
NUMBERS = {"facebook/zstd": (1, 2000, 1300), "expressjs/express": (1, 5555)}
JSON_PARSERS = {"multi-swe-mocha-json", "multi-swe-mui"}


def ask(python: Path, requests: list[Row]) -> list[Row]:
    """What the package answers to requests."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answers = Path(folder) / "requests.json", Path(folder) / "answers.json"
        asked.write_text(json.dumps(requests))
        subprocess.run([python, ROOT / "bench" / "official_multi_swe.py", asked, answers], check=True)
        found: list[Row] = json.loads(answers.read_text())
    return found


def sets(parser: str, log: str) -> Row | None:
    """What our parser reads, as the three sets; None where the log contradicts itself."""
    found = parse_log(parser, log)
    if Status.ERROR in found.values():
        return None
    words = {"passed": Status.PASSED, "failed": Status.FAILED, "skipped": Status.SKIPPED}
    return {word: sorted(name for name, one in found.items() if one is status) for word, status in words.items()}


def compare_statuses(python: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Compare all parsers on logs of their language, and on a few of every other."""
    generator = random.Random(seed)
    pool = {language: list(cases.logs(language, generator, count)) for language in cases.LINES}
    mocha = list(cases.mocha_logs(generator, count))
    requests: list[Row] = []
    parsers: list[str] = []
    for name, known in REPOSITORIES.items():
        org, _, repo = OFFICIAL_NAMES.get(name, name).partition("/")
        for number in NUMBERS.get(name, (1,)):
            parser = known.parser_of(number)
            chosen = mocha if parser in JSON_PARSERS else pool[known.language]
            for log in [*chosen, *(one for language in pool for one in pool[language][: count // 20])]:
                requests.append({"kind": "statuses", "org": org, "repo": repo, "number": number, "log": log})
                parsers.append(parser)
    counts: Counter[str] = Counter()
    differences = []
    for request, parser, answer in zip(requests, parsers, ask(python, requests), strict=True):
        ours, theirs = sets(parser, request["log"]), answer.get("answer")
        counts["equal, refused" if theirs is None else "equal" if any(theirs.values()) else "equal, empty"] += (
            ours == theirs
        )
        if ours != theirs:
            differences.append(f"{parser} {request['org']}/{request['repo']} {request['log']!r}\n  {ours}\n  {answer}")
    return counts, differences


def main() -> int:
    """Compare, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", type=Path, default=cache(), help="where the package's environment is")
    parser.add_argument("--logs", type=int, default=300, help="logs of each language")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    python = environment(options.envs, "multi-swe-bench")
    counts, differences = compare_statuses(python, options.logs, options.seed)
    for what, count in sorted(counts.items()):
        print(f"{count:8} {what}")
    for one in differences[:SHOWN]:
        print(one)
    print(f"{len(differences):8} different")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
