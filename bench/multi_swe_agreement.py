"""Compare boxscore with the multi-swe-bench package on logs, records and reports. No container is started.

    bench/multi_swe_agreement.py [--envs DIR] [--logs 300] [--seed 1]

The package is asked in an environment of its own (from PyPI, made when missing) by `bench/official_multi_swe.py`:

    statuses   what the parser of each of the 39 repositories reads in logs of its language, and in some of others
    reports    `final_report.json` and each `report.json` that it makes of logs of candidates for made-up instances, and
               `final_report.json` made of the `report.json` that boxscore wrote

Prints counts and each difference; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import multi_swe_cases as cases
from bench.official import cache, environment
from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Status, Trust, parse_log
from boxscore.protocols.patch.logs import judge
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from harnesses.multi_swe_bench.report import write_reports
from harnesses.multi_swe_bench.repositories import REPOSITORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 20
OFFICIAL_NAMES = {name.lower(): name for name in ("catchorg/Catch2", "BurntSushi/ripgrep", "Kong/insomnia")}
NUMBERS = {"facebook/zstd": (1, 2000, 1300), "expressjs/express": (1, 5555)}
JSON_PARSERS = {"multi-swe-mocha-json", "multi-swe-mui"}
COMPARED = ("fixed_tests", "p2p_tests", "f2p_tests", "s2p_tests", "n2p_tests", "valid", "org", "repo", "number")


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


class Compared:
    """Counts of what was equal, and the differences."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.differences: list[str] = []

    def add(self, what: str, name: str, ours: object, theirs: object) -> None:
        """Compare two values, lists as sets."""
        ours, theirs = plain(ours), plain(theirs)
        self.counts[f"equal, {what}"] += ours == theirs
        if ours != theirs:
            self.differences.append(f"{what}: {name}: ours {ours}, theirs {theirs}"[:400])


def graded_run(place: Path, candidates: Sequence[tuple[Row, str]]) -> GradedRun:
    """A run in which each candidate has its log, and the outcome that its log has."""
    data = place / "data.jsonl"
    data.write_text("".join(json.dumps(record) + "\n" for record, _ in candidates))
    images = [f"mswebench/{one['org']}_m_{one['repo']}:pr-{one['number']}" for one, _ in candidates]
    (place / "digests.json").write_text(json.dumps(dict.fromkeys(images, f"sha256:{'0' * 64}")))
    instances = {one.instance_id: one for one in load_multi_swe(data)}
    tasks = {name: multi_swe_task(one) for name, one in instances.items()}
    results = []
    for (name, task), (_, log) in zip(tasks.items(), candidates, strict=True):
        resolved = judge(task, parse_log(task.parser, log), log).resolved
        outcome = Outcome.PASSED if resolved else Outcome.WRONG
        results.append(Result(instance_id=name, sample_id="0", outcome=outcome, trust=Trust.CLAIM, output=log))
    (place / "run").mkdir()
    return GradedRun(
        run_id="run",
        folder=place / "run",
        files=place / "ours",
        instances=tuple(instances),
        samples=tuple(Sample(instance_id=name, sample_id="0", text="d", kind=SampleKind.PATCH) for name in instances),
        results=tuple(results),
        tasks=tasks,
        printed=lambda one: one.output,
        rows={name: one.row for name, one in instances.items()},
    )


def compare_reports(python: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Write the files of a run, and have the package make its own of the same logs, and read ours."""
    generator = random.Random(seed)
    candidates = [cases.candidate(generator, name, n) for name in cases.PRINTED for n in range(1, count + 1)]
    found = Compared()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_reports(graded_run(place, candidates))
        shutil.copytree(place / "ours", place / "theirs", ignore=shutil.ignore_patterns("*report.json"))
        asked = {"kind": "evaluation", "dataset": str(place / "data.jsonl"), "output": str(place / "out")}
        made, again = (
            ask(python, [{**asked, "workdir": str(place / name), "regen": regen}])[0]["answer"]
            for name, regen in (("theirs", True), ("ours", False))
        )
        ours = json.loads((place / "run" / "final_report.json").read_text())
        for word in ("resolved", "unresolved", "error"):
            found.counts[f"{word}, of instances"] += ours[f"{word}_instances"]
        for what, report in (("made of the logs", made), ("made of our report.json", again)):
            for name, value in report["final"].items():
                found.add(f"final_report.json {what}", name, ours[name], value)
        for name, report in made["reports"].items():
            mine = json.loads((place / "ours" / name).read_text())
            for field in (*COMPARED, *cases.STAGES):
                found.add("fields of report.json", f"{name} {field}", mine[field], report[field])
    return found.counts, found.differences


def plain(value: object) -> object:
    """A value without the order of its lists, which are sets there."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return sorted(map(str, value)) if isinstance(value, list) else value


def main() -> int:
    """Compare, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", type=Path, default=cache(), help="where the package's environment is")
    parser.add_argument("--logs", type=int, default=300, help="logs of each language")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    python = environment(options.envs, "multi-swe-bench")
    counts, differences = compare_statuses(python, options.logs, options.seed)
    more, others = compare_reports(python, options.logs, options.seed)
    counts, differences = counts + more, differences + others
    for what, count in sorted(counts.items()):
        print(f"{count:8} {what}")
    for one in differences[:SHOWN]:
        print(one)
    print(f"{len(differences):8} different")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
