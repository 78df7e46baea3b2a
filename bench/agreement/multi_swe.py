"""Compare boxscore with the multi-swe-bench package on logs, records and reports. No container is started.

    bench/agreement/multi_swe.py [--envs DIR] [--logs 300] [--seed 1]

The package (1.1.2 from PyPI) is asked in an environment of its own, made when missing, by `programs.py`:

    statuses   what the parser of each of the 39 repositories reads in logs of its language, and in some of others
    reports    `final_report.json` and each `report.json` that it makes of logs of candidates for made-up instances, and
               `final_report.json` made of the `report.json` that boxscore wrote

Logs are lines of each runner, of our own writing, put together at random. Prints counts and each difference; exit code
1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Compared, ask, cache, environment
from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Status, Trust, parse_log
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.logs.multi_swe.compiled import DECODER
from harnesses.multi_swe_bench import load_multi_swe, multi_swe_task
from harnesses.multi_swe_bench.report import write_reports
from harnesses.multi_swe_bench.repositories import REPOSITORIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]
Command = tuple[str | Path, ...]

OFFICIAL_NAMES = {name.lower(): name for name in ("catchorg/Catch2", "BurntSushi/ripgrep", "Kong/insomnia")}
NUMBERS = {"facebook/zstd": (1, 2000, 1300), "expressjs/express": (1, 5555)}  # the parser goes by the number
JSON_PARSERS = {"multi-swe-mocha-json", "multi-swe-mui"}
WORDS = ("PASS", "FAIL", "SKIP", "NONE")
STAGES = ("run_result", "test_patch_result", "fix_patch_result")
COMPARED = ("fixed_tests", "p2p_tests", "f2p_tests", "s2p_tests", "n2p_tests", "valid", "org", "repo", "number")
# How tests of a stage print, by the repository whose records they stand in.
PRINTED = {
    "sharkdp/fd": {"PASS": "test {} ... ok", "FAIL": "test {} ... FAILED", "SKIP": "test {} ... ignored"},
    "facebook/zstd": {"PASS": "PASS: {}", "FAIL": "FAIL: {}", "SKIP": "SKIP: {}"},
    "mockito/mockito": {"PASS": "A > {} PASSED", "FAIL": "A > {} FAILED", "SKIP": "A > {} SKIPPED"},
    "vuejs/core": {"PASS": "✓ {} 3ms", "FAIL": "\u00d7 {} 4ms", "SKIP": "↓ {}"},
}
NAMES = [
    "a::b",
    "TestA",
    "TestA/one",
    "TestA/two",
    "org.x.FooTest",
    "src/a.test.js",
    "adds two",
    "b (c) d",
    "x",
    "a.b",
    "1.5",
    "…",
]
TIMES = [
    "",
    " (5 ms)",
    " (1.2 s)",
    " (12ms)",
    " (.5s)",
    " 12ms",
    " 1.5s",
    " 3m",
    " (3 tests)",
    " (3 tests) 12ms",
    " (x)",
    " ()",
]
# Rare ends of lines, other scripts' digits, colours, and characters that are no text.
ODD = ("\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r", "\t", "\x00", "\x1b[0m", "\u0663", "\u00a0", "\u3000", "\ufeff")
LINES: dict[str, tuple[str, ...]] = {
    "rs": (
        "test {n} ... ok",
        "test {n} ... FAILED",
        "test {n} ... ignored, slow",
        "test {n} - should panic ... ok",
        "  test {n} ... ok  ",
        "test result: ok. 3 passed; 0 failed",
        "\x1b[32mtest {n} ... ok\x1b[0m",
        "test {n} --- okay",
    ),
    "go": (
        "--- PASS: {n} (0.00s)",
        "    --- PASS: {n} (0.00s)",
        "--- FAIL: {n} (0.00s)",
        "    --- FAIL: {n} (1.00s)",
        "--- SKIP: {n} (0.00s)",
        "FAIL\tgithub.com/x/{n}\t0.1s",
        "FAIL",
        "FAIL: {n} ",
        "FAIL  {n} x",
        "ok  \tgithub.com/x\t0.1s",
        "=== RUN   {n}",
    ),
    "java": (
        "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in {n}",
        "\x1b[1;32mTests run: 3\x1b[m, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in {n}",
        "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! - in {n}",
        "[ERROR] Tests run: 3, Failures: 0, Errors: 2, Skipped: 0, Time elapsed: 0.1 s <<< ERROR! - in {n}",
        "[WARNING] Tests run: 3, Failures: 0, Errors: 0, Skipped: 3, Time elapsed: 0.1 s - in {n}",
        "[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0 s - in {n}",
        "Tests run: 9, Failures: 0, Errors: 0, Skipped: 0",
        "[INFO] Running {n}",
        "Running {n}",
        "Running   {n}  ",
        "Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.01 sec",
        "Tests run: 2, Failures: 0, Errors: 0, Skipped: 2, Time elapsed: 0.01 sec",
        "Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.01 sec <<< FAILURE!",
        "Tests run: broken",
        "",
        "> Task :{n}",
        "> Task :{n} UP-TO-DATE",
        "> Task :{n} FAILED",
        "> Task :{n} SKIPPED",
        "> Task :{n} NO-SOURCE",
        "FooTest > {n} PASSED",
        "FooTest > {n} FAILED",
        "  FooTest > {n} SKIPPED",
        "FooTest > {n} > [1] PASSED",
        "{n} PASSED",
    ),
    "c": (
        "PASS: {n}",
        "FAIL: {n}",
        "SKIP: {n}",
        "XFAIL: {n}",
        "PASS: all POOL tests",
        DECODER,
        "1/2 Test #1: {n} ...................   Passed    0.01 sec",
        "1/2 Test  #1: {n} ....***Failed    0.01 sec",
        "1/2 Test #1: {n} ....***Failed",
        "1/2 Test #1: {n} .... Failed",
        "1/2 Test #1: {n} .....Passed",
        "1/2 Test #1:   .... Passed x",
        "-- Performing Test {n} - Success",
        "-- Performing Test {n} - Failed",
        "-- Performing Test {n} - skipped",
        "[       OK ] {n} (0 ms)",
        "[       OK ] {n}",
        "\x1b[0;32m[       OK ] \x1b[0m{n} (0 ms)",
        "[  FAILED  ] {n} (0 ms)",
        "\x1b[0;31m[  FAILED  ] \x1b[0m{n} (0 ms)",
        "[  FAILED  ] {n}, where GetParam() = 1 (0 ms)",
        "\x1b[92m---- Passed: {n}\x1b[0m",
        "\x1b[91m**** FAILED: {n}\x1b[0m",
    ),
    "js": (
        "PASS {n}{t}",
        "FAIL {n}{t}",
        "  ✓ {n}{t}",
        "  ✕ {n}{t}",
        "  \u00d7 {n}{t}",
        "  ✔ {n}{t}",
        "  1) {n}{t}",
        "  12) {n}{t}",
        "  ○ skipped {n}",
        "    ✓ {n} {t}",
        "  {n}",
        "  ✓  {t}",
    ),
}


def logs(language: str, generator: random.Random, count: int) -> Iterator[str]:
    """Yield logs of 1 to 12 lines; names repeat often, so that they contradict themselves too."""
    for _ in range(count):
        names = generator.sample(NAMES, k=generator.randint(1, len(NAMES)))
        lines = [
            generator.choice(LINES[language]).format(n=generator.choice(names), t=generator.choice(TIMES))
            for _ in range(generator.randint(1, 12))
        ]
        if generator.choice((True, *[False] * 4)):
            lines.append("".join(generator.choices("12. ()✓xms\t-#/:PASFIL*", k=12)))
        log = generator.choice(("\n", "\n", "\r\n")).join(lines) + "\n"
        for _ in range(generator.choice((0, 0, 0, 1, 3))):
            place = generator.randrange(len(log))
            log = log[:place] + generator.choice(ODD) + log[place:]
        yield log


def mocha_logs(generator: random.Random, count: int) -> Iterator[str]:
    """Yield logs with the JSON report of mocha, some cut, some with other objects beside it."""
    for _ in range(count):
        tests = [
            {"title": name, "fullTitle": f"suite {name}", "file": "a.js", "currentRetry": 0, "err": {}, "duration": 1}
            for name in generator.choices(NAMES, k=6)
        ]
        first, second = sorted(generator.sample(range(len(tests) + 1), k=2))
        report = {
            "stats": dict.fromkeys(("suites", "tests", "passes", "pending", "failures", "start", "end", "duration"), 1),
            "tests": tests,
            "pending": tests[:first],
            "failures": generator.choice((tests[first:second], [])),
            "passes": tests[second:],
        }
        text = json.dumps(report, indent=2)
        text = text[: generator.choice((len(text), len(text), len(text), generator.randrange(len(text))))]
        before = generator.choice(("", "> npm test\n", "Building new {\n", "{x}\n", "====\nWriting {\n", "{}\n"))
        yield before + text + generator.choice(("", "\nerror Command failed with exit code 1.\n", "\n====\n"))


def read_sets(parser: str, log: str) -> Row | None:
    """What our parser reads, as the three sets; None where the log contradicts itself."""
    found = parse_log(parser, log)
    if Status.ERROR in found.values():
        return None
    words = {"passed": Status.PASSED, "failed": Status.FAILED, "skipped": Status.SKIPPED}
    return {word: sorted(name for name, one in found.items() if one is status) for word, status in words.items()}


def compare_statuses(command: Command, count: int, generator: random.Random, compared: Compared) -> None:
    """Compare all parsers on logs of their language, and on a few of every other."""
    pool = {language: list(logs(language, generator, count)) for language in LINES}
    pool["mocha"] = list(mocha_logs(generator, count))
    texts = [log for language in pool for log in pool[language]]
    first = {language: place * count for place, language in enumerate(pool)}
    requests: list[Row] = []
    parsers: list[str] = []
    for name, known in REPOSITORIES.items():
        org, _, repo = OFFICIAL_NAMES.get(name, name).partition("/")
        for number in NUMBERS.get(name, (1,)):
            parser = known.parser_of(number)
            own = "mocha" if parser in JSON_PARSERS else known.language
            others = [first[language] + place for language in LINES for place in range(count // 20)]
            for log in [*range(first[own], first[own] + count), *others]:
                requests.append({"kind": "statuses", "org": org, "repo": repo, "number": number, "log": log})
                parsers.append(parser)
    for request, parser, answer in zip(requests, parsers, ask(command, requests, texts, may_fail=True), strict=True):
        theirs = answer.get("answer")
        part = (
            "logs that are refused" if theirs is None else "logs with tests" if any(theirs.values()) else "logs without"
        )
        log = texts[request["log"]]
        compared.value(part, f"{parser} {request['org']}/{request['repo']} {log!r}", read_sets(parser, log), theirs)


def candidate(generator: random.Random, repository: str, number: int) -> tuple[Row, str]:
    """A record whose fix resolves it, and the log of a candidate that does about the same."""
    printed = PRINTED[repository]
    title = "A > {}" if repository == "mockito/mockito" else "{}"
    stages = draw_stages(generator, skips=repository != "vuejs/core")
    org, _, repo = repository.partition("/")
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
        **record_lists(stages, title),
        **{name: record_stage(tests, title) for name, tests in zip(STAGES, stages, strict=True)},
    }
    tests = {**stages[2], **generator.choice(({"extra": "FAIL"}, {}, {}, {}, {}))}
    known = sorted({**stages[0], **stages[1], **stages[2]})
    for test in generator.sample(known, k=generator.choice((0, 0, 0, 1, 2))):
        tests[test] = generator.choice(WORDS)
    lines = [printed[word].format(test) for test, word in tests.items() if word in printed]
    if generator.choice((True, *[False] * 9)):  # one in ten contradicts itself
        lines += [printed["FAIL"].format("fixed"), printed["SKIP"].format("t0")]
    return record, "\n".join(lines) + "\n"


def draw_stages(generator: random.Random, *, skips: bool) -> list[dict[str, str]]:
    """What tests come to without patches, with the test patch, and with a fix that breaks none."""

    def draw(weights: tuple[int, ...]) -> dict[str, str]:
        return {f"t{place}": generator.choices(WORDS, weights)[0] for place in range(generator.randint(3, 8))}

    run, before = draw((5, 2, 1, 2)), draw((5, 3, 1, 2))
    after = {test: generator.choices(WORDS, (9, 1, 1, 1))[0] for test in {**run, **before}} | {"fixed": "PASS"}
    left_out = ("NONE",) if skips else ("NONE", "SKIP")
    stages = [{test: word for test, word in tests.items() if word not in left_out} for tests in (run, before, after)]
    for test, word in [*stages[2].items()]:
        if word == "FAIL" and "PASS" in (stages[0].get(test), stages[1].get(test)):
            stages[2][test] = "PASS"
    return stages


def record_lists(stages: list[dict[str, str]], title: str) -> dict[str, dict[str, dict[str, str]]]:
    """The lists of a record, as the package makes them."""
    found = {
        title.format(test): {
            key: tests.get(test, "NONE") for key, tests in zip(("run", "test", "fix"), stages, strict=True)
        }
        for test in {**stages[0], **stages[1], **stages[2]}
    }
    passing = {test: one for test, one in found.items() if one["fix"] == "PASS"}
    words = {"p2p_tests": "PASS", "f2p_tests": "FAIL", "s2p_tests": "SKIP", "n2p_tests": "NONE"}
    lists = {key: {test: one for test, one in passing.items() if one["test"] == word} for key, word in words.items()}
    return {"fixed_tests": {test: one for test, one in passing.items() if one["test"] != "PASS"}, **lists}


def record_stage(tests: dict[str, str], title: str) -> Row:
    """A stage of a record."""
    lists = {
        f"{word}_tests": [title.format(test) for test, found in tests.items() if found == one]
        for word, one in (("passed", "PASS"), ("failed", "FAIL"), ("skipped", "SKIP"))
    }
    return {**{key.replace("tests", "count"): len(found) for key, found in lists.items()}, **lists}


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


def compare_reports(command: Command, count: int, generator: random.Random, compared: Compared) -> None:
    """Write the files of a run, and have the package make its own of the same logs, and read ours."""
    candidates = [candidate(generator, name, number) for name in PRINTED for number in range(1, count + 1)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_reports(graded_run(place, candidates))
        shutil.copytree(place / "ours", place / "theirs", ignore=shutil.ignore_patterns("*report.json"))
        asked = {"kind": "evaluation", "dataset": str(place / "data.jsonl"), "output": str(place / "out")}
        made, reread = (
            ask(command, [{**asked, "workdir": str(place / name), "regen": regen}])[0]["answer"]
            for name, regen in (("theirs", True), ("ours", False))
        )
        ours = json.loads((place / "run" / "final_report.json").read_text())
        print({word: ours[f"{word}_instances"] for word in ("resolved", "unresolved", "error")})
        for what, report in (("made of the logs", made), ("made of our report.json", reread)):
            for name, value in report["final"].items():
                compared.value(f"fields of final_report.json {what}", name, as_set(ours[name]), as_set(value))
        for name, report in made["reports"].items():
            mine = json.loads((place / "ours" / name).read_text())
            for field in (*COMPARED, *STAGES):
                pair = as_set(mine[field]), as_set(report[field])
                compared.value("fields of report.json", f"{name} {field}", *pair)


def as_set(value: object) -> object:
    """A value without the order of its lists, which are sets there."""
    if isinstance(value, dict):
        return {key: as_set(one) for key, one in value.items()}
    return sorted(map(str, value)) if isinstance(value, list) else value


def main() -> int:
    """Compare all; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", type=Path, default=cache(), help="where the package's environment is")
    parser.add_argument("--logs", type=int, default=300, help="logs of each language")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    command = (environment(options.envs, "multi-swe-bench"), Path(__file__).with_name("programs.py"), "multi-swe-bench")
    generator, compared = random.Random(options.seed), Compared()
    compare_statuses(command, options.logs, generator, compared)
    compare_reports(command, options.logs, generator, compared)
    return compared.show()


if __name__ == "__main__":
    sys.exit(main())
