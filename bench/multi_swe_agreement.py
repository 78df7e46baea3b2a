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
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench import multi_swe_cases as cases
from bench.official import cache, environment
from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Status, Trust, parse_log
from boxscore.protocols.patch.logs import judge
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from harnesses.multi_swe_bench.report import write_reports
from harnesses.multi_swe_bench.repositories import REPOSITORIES

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 20
OFFICIAL_NAMES = {name.lower(): name for name in ("catchorg/Catch2", "BurntSushi/ripgrep", "Kong/insomnia")}
NUMBERS = {"facebook/zstd": (1, 2000, 1300), "expressjs/express": (1, 5555)}
JSON_PARSERS = {"multi-swe-mocha-json", "multi-swe-mui"}
WORDS = ("PASS", "FAIL", "SKIP", "NONE")
# How tests of a stage print, by the repository whose records they stand in.
PRINTED = {
    "sharkdp/fd": {"PASS": "test {} ... ok", "FAIL": "test {} ... FAILED", "SKIP": "test {} ... ignored"},
    "facebook/zstd": {"PASS": "PASS: {}", "FAIL": "FAIL: {}", "SKIP": "SKIP: {}"},
    "mockito/mockito": {"PASS": "A > {} PASSED", "FAIL": "A > {} FAILED", "SKIP": "A > {} SKIPPED"},
    "vuejs/core": {"PASS": "✓ {} 3ms", "FAIL": "\u00d7 {} 4ms", "SKIP": "↓ {}"},
}
COMPARED = ("fixed_tests", "p2p_tests", "f2p_tests", "s2p_tests", "n2p_tests", "valid", "org", "repo", "number")
STAGES = ("run_result", "test_patch_result", "fix_patch_result")


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


def random_tests(generator: random.Random, weights: tuple[int, ...]) -> dict[str, str]:
    """A word for each of some tests."""
    return {f"t{number}": generator.choices(WORDS, weights)[0] for number in range(generator.randint(3, 8))}


def as_stage(tests: dict[str, str], name: str) -> Row:
    """What a record says of a stage whose tests are called so."""
    lists = {
        f"{word}_tests": [name.format(test) for test, found in tests.items() if found == one]
        for word, one in (("passed", "PASS"), ("failed", "FAIL"), ("skipped", "SKIP"))
    }
    return {**{key.replace("tests", "count"): len(found) for key, found in lists.items()}, **lists}


def random_case(generator: random.Random, repository: str, number: int) -> tuple[Row, str]:
    """A record whose fix resolves it, and the log of a candidate that does about the same."""
    printed = PRINTED[repository]
    title = printed["PASS"].removesuffix(" PASSED") if repository == "mockito/mockito" else "{}"
    org, _, repo = repository.partition("/")
    run, before = random_tests(generator, (5, 2, 1, 2)), random_tests(generator, (5, 3, 1, 2))
    after = {test: generator.choices(WORDS, (9, 1, 1, 1))[0] for test in {**run, **before}} | {"fixed": "PASS"}
    skips = repository != "vuejs/core"
    stages = [
        {t: w for t, w in tests.items() if w != "NONE" and (skips or w != "SKIP")} for tests in (run, before, after)
    ]
    for test in [*stages[2]]:  # what breaks is no fix
        if stages[2][test] == "FAIL" and "PASS" in (stages[0].get(test), stages[1].get(test)):
            stages[2][test] = "PASS"
    words = {"p2p": "PASS", "f2p": "FAIL", "s2p": "SKIP", "n2p": "NONE"}
    found = {
        test: {
            "run": stages[0].get(test, "NONE"),
            "test": stages[1].get(test, "NONE"),
            "fix": stages[2].get(test, "NONE"),
        }
        for test in {**stages[0], **stages[1], **stages[2]}
    }
    lists = {
        f"{key}_tests": {
            title.format(test): one for test, one in found.items() if (one["test"], one["fix"]) == (word, "PASS")
        }
        for key, word in words.items()
    }
    fixed = {test: one for key in ("f2p", "s2p", "n2p") for test, one in lists[f"{key}_tests"].items()}
    record: Row = {
        "org": org,
        "repo": repo,
        "number": number,
        "state": "closed",
        "title": "t",
        "body": None,
        "base": {"label": "l", "ref": "r", "sha": "0" * 40},
        "resolved_issues": [],
        "fix_patch": "diff\n",
        "test_patch": "diff\n",
        "fixed_tests": fixed,
        **lists,
        **{name: as_stage(tests, title) for name, tests in zip(STAGES, stages, strict=True)},
    }
    candidate = {**stages[2], **({"extra": "FAIL"} if generator.random() < 0.2 else {})}  # noqa: PLR2004 - one in five
    for test in generator.sample(sorted({**found, "fixed": {}}), k=generator.choice((0, 0, 0, 1, 2))):
        candidate[test] = generator.choice(WORDS)
    lines = [printed[word].format(test) for test, word in candidate.items() if word in printed]
    if generator.random() < 0.1:  # noqa: PLR2004 - one in ten contradicts itself
        lines += [printed["FAIL"].format("fixed"), printed["SKIP"].format("t0")]
    return record, "\n".join(lines) + "\n"


def compare_reports(python: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Grade candidates' logs, write the files, and have the package make its own of the same logs, and read ours."""
    generator = random.Random(seed)
    cases_of = [random_case(generator, name, number) for name in PRINTED for number in range(1, count + 1)]
    counts: Counter[str] = Counter()
    differences: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "run").mkdir()
        data = place / "data.jsonl"
        data.write_text("".join(json.dumps(record) + "\n" for record, _ in cases_of))
        images = [f"mswebench/{name.replace('/', '_m_')}:pr-{n}" for name in PRINTED for n in range(1, count + 1)]
        (place / "digests.json").write_text(json.dumps(dict.fromkeys(images, f"sha256:{'0' * 64}")))
        instances = {one.instance_id: one for one in load_multi_swe(data)}
        tasks = {name: multi_swe_task(one) for name, one in instances.items()}
        logs = dict(zip(instances, (log for _, log in cases_of), strict=True))
        results = [
            Result(
                instance_id=name,
                sample_id="0",
                outcome=Outcome.PASSED
                if judge(task, parse_log(task.parser, logs[name]), "").resolved
                else Outcome.WRONG,
                trust=Trust.CANARY,
                output=logs[name],
            )
            for name, task in tasks.items()
        ]
        run = GradedRun(
            run_id="run",
            folder=place / "run",
            files=place / "ours",
            instances=tuple(instances),
            samples=tuple(
                Sample(instance_id=name, sample_id="0", text="d", kind=SampleKind.PATCH) for name in instances
            ),
            results=tuple(results),
            tasks=tasks,
            printed=lambda one: one.output,
            rows={name: one.row for name, one in instances.items()},
        )
        write_reports(run)
        shutil.copytree(place / "ours", place / "theirs", ignore=shutil.ignore_patterns("*report.json"))
        asked = {"kind": "evaluation", "dataset": str(data), "output": str(place / "out")}
        made, again = (
            ask(python, [{**asked, "workdir": str(place / name), "regen": regen}])[0]["answer"]
            for name, regen in (("theirs", True), ("ours", False))
        )
        ours = json.loads((place / "run" / "final_report.json").read_text())
        for word in ("resolved", "unresolved", "error"):
            counts[f"{word}, of instances"] += ours[f"{word}_instances"]
        for what, found in (("made of the logs", made), ("made of our report.json", again)):
            for name, value in found["final"].items():
                mine = sorted(ours[name]) if isinstance(value, list) else ours[name]
                value = sorted(value) if isinstance(value, list) else value  # noqa: PLW2901 - in the order of threads
                counts[f"equal, final_report.json {what}"] += mine == value
                if mine != value:
                    differences.append(f"final_report.json {what}: {name}: ours {mine}, theirs {value}"[:400])
        for name, report in made["reports"].items():
            mine = json.loads((place / "ours" / name).read_text())
            for field in (*COMPARED, *STAGES):
                left, right = plain(mine[field]), plain(report[field])
                counts["equal, fields of report.json"] += left == right
                if left != right:
                    differences.append(f"{name}: {field}: ours {left}, theirs {right}"[:400])
    return counts, differences


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
