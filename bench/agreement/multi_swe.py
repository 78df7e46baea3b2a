"""Compare boxscore with the multi-swe-bench package on logs. No container is started.

    bench/agreement/multi_swe.py [--envs DIR] [--logs 300] [--seed 1]

The package (1.1.2 from PyPI) is asked in an environment of its own, made when missing, by `programs.py`, what the
parser of each of the 39 repositories reads in logs of its language, and in some of others.
Logs are lines of each runner, of our own writing, put together at random. Prints counts and each difference; exit code
1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script beside an installed boxscore

from bench.official import Compared, ask, cache, environment
from boxscore import Status, parse_log
from boxscore.protocols.patch.logs.multi_swe.compiled import DECODER
from harnesses.multi_swe_bench.repositories import REPOSITORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
Command = tuple[str | Path, ...]

OFFICIAL_NAMES = {name.lower(): name for name in ("catchorg/Catch2", "BurntSushi/ripgrep", "Kong/insomnia")}
NUMBERS = {"facebook/zstd": (1, 2000, 1300), "expressjs/express": (1, 5555)}  # the parser goes by the number
JSON_PARSERS = {"multi-swe-mocha-json", "multi-swe-mui"}
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
    return compared.show()


if __name__ == "__main__":
    sys.exit(main())
