"""Logs for comparing parsers of Multi-SWE-bench: lines of each runner of our own writing, put together at random."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boxscore.protocols.patch.logs.multi_swe.compiled import DECODER

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

NAMES = (
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
)
TIMES = (
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
)
# Ends of lines that few know, digits of others, colours, and characters that are no text.
ODD = ("\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r", "\t", "\x00", "\x1b[0m", "\u0663", "\u00a0", "\u3000", "\ufeff")
WORDS = ("PASS", "FAIL", "SKIP", "NONE")
# How tests of a stage print, by the repository whose records they stand in.
PRINTED = {
    "sharkdp/fd": {"PASS": "test {} ... ok", "FAIL": "test {} ... FAILED", "SKIP": "test {} ... ignored"},
    "facebook/zstd": {"PASS": "PASS: {}", "FAIL": "FAIL: {}", "SKIP": "SKIP: {}"},
    "mockito/mockito": {"PASS": "A > {} PASSED", "FAIL": "A > {} FAILED", "SKIP": "A > {} SKIPPED"},
    "vuejs/core": {"PASS": "✓ {} 3ms", "FAIL": "\u00d7 {} 4ms", "SKIP": "↓ {}"},
}
STAGES = ("run_result", "test_patch_result", "fix_patch_result")
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
        "Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.01 sec  <<< FAILURE!",
        "Tests run: broken",
        "",
        "> Task :{n}",
        "> Task :{n} UP-TO-DATE",
        "> Task :{n} FROM-CACHE",
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
        "1/2 Test #1: {n} ....**Failed",
        "1/2 Test #1: {n} .....Passed",
        "1/2 Test #1: {n} ....   Passed",
        "1/2 Test #1:   .... Passed x",
        "-- Performing Test {n} - Success",
        "-- Performing Test {n} - Failed",
        "-- Performing Test {n} - skipped",
        "[       OK ] {n} (0 ms)",
        "[       OK ] {n}",
        "[       OK ] {n} ()",
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
        "PASS  {n}",
    ),
}


def logs(language: str, generator: random.Random, count: int) -> Iterator[str]:
    """Yield logs of 1 to 12 lines; names repeat often, so that they contradict themselves too."""
    for _ in range(count):
        size = generator.randint(1, 12)
        chosen = [generator.choice(LINES[language]) for _ in range(size)]
        names = generator.sample(NAMES, k=generator.randint(1, len(NAMES)))
        text = [one.format(n=generator.choice(names), t=generator.choice(TIMES)) for one in chosen]
        if generator.random() < 0.2:  # noqa: PLR2004 - one in five has a line of random characters
            text.insert(generator.randrange(size), "".join(generator.choices("12. ()✓xms\t-#/:PASFIL*", k=12)))
        log = generator.choice(("\n", "\n", "\r\n")).join(text) + "\n"
        for _ in range(generator.choice((0, 0, 0, 1, 3))):
            place = generator.randrange(len(log))
            log = log[:place] + generator.choice(ODD) + log[place:]
        yield log


def mocha_logs(generator: random.Random, count: int) -> Iterator[str]:
    """Yield logs with the JSON report of mocha, some cut, some with other objects beside it."""
    for _ in range(count):
        tests = [_test(name, generator.choice(("a.js", "b.js"))) for name in generator.choices(NAMES, k=6)]
        cut = sorted(generator.sample(range(len(tests) + 1), k=2))
        report = {
            "stats": dict.fromkeys(("suites", "tests", "passes", "pending", "failures", "start", "end", "duration"), 1),
            "tests": tests,
            "pending": tests[: cut[0]],
            "failures": tests[cut[0] : cut[1]] if generator.random() < 0.5 else [],  # noqa: PLR2004 - half of them
            "passes": tests[cut[1] :],
        }
        text = json.dumps(report, indent=2)
        if generator.random() < 0.2:  # noqa: PLR2004 - as above
            text = text[: generator.randrange(len(text))]
        before = generator.choice(("", "> npm test\n", "Building new {\n", "{x}\n", "====\nWriting {\n", "{}\n"))
        yield before + text + generator.choice(("", "\nerror Command failed with exit code 1.\n", "\n====\n"))


def _test(name: str, file: str) -> dict[str, Any]:
    return {"title": name, "fullTitle": f"suite {name}", "file": file, "currentRetry": 0, "err": {}, "duration": 1}


def candidate(generator: random.Random, repository: str, number: int) -> tuple[dict[str, Any], str]:
    """A record whose fix resolves it, and the log of a candidate that does about the same."""
    printed = PRINTED[repository]
    title = printed["PASS"].removesuffix(" PASSED") if repository == "mockito/mockito" else "{}"
    stages = _stages(generator, skips=repository != "vuejs/core")
    org, _, repo = repository.partition("/")
    record: dict[str, Any] = {
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
        **_lists(stages, title),
        **{name: _stage(tests, title) for name, tests in zip(STAGES, stages, strict=True)},
    }
    tests = {**stages[2], **({"extra": "FAIL"} if generator.random() < 0.2 else {})}  # noqa: PLR2004 - one in five
    known = sorted({**stages[0], **stages[1], **stages[2], "fixed": ""})
    for test in generator.sample(known, k=generator.choice((0, 0, 0, 1, 2))):
        tests[test] = generator.choice(WORDS)
    lines = [printed[word].format(test) for test, word in tests.items() if word in printed]
    if generator.random() < 0.1:  # noqa: PLR2004 - one in ten contradicts itself
        lines += [printed["FAIL"].format("fixed"), printed["SKIP"].format("t0")]
    return record, "\n".join(lines) + "\n"


def _stages(generator: random.Random, *, skips: bool) -> list[dict[str, str]]:
    """What tests come to without patches, with the test patch, and with a fix that breaks none."""
    run, before = _tests(generator, (5, 2, 1, 2)), _tests(generator, (5, 3, 1, 2))
    after = {test: generator.choices(WORDS, (9, 1, 1, 1))[0] for test in {**run, **before}} | {"fixed": "PASS"}
    left_out = ("NONE",) if skips else ("NONE", "SKIP")
    stages = [{test: word for test, word in tests.items() if word not in left_out} for tests in (run, before, after)]
    for test, word in [*stages[2].items()]:
        if word == "FAIL" and "PASS" in (stages[0].get(test), stages[1].get(test)):
            stages[2][test] = "PASS"
    return stages


def _tests(generator: random.Random, weights: tuple[int, ...]) -> dict[str, str]:
    return {f"t{number}": generator.choices(WORDS, weights)[0] for number in range(generator.randint(3, 8))}


def _lists(stages: list[dict[str, str]], title: str) -> dict[str, dict[str, dict[str, str]]]:
    """The lists of a record, as the package makes them."""
    names = {**stages[0], **stages[1], **stages[2]}
    keys = ("run", "test", "fix")
    found = {
        title.format(test): {key: tests.get(test, "NONE") for key, tests in zip(keys, stages, strict=True)}
        for test in names
    }
    passing = {test: one for test, one in found.items() if one["fix"] == "PASS"}
    words = {"p2p_tests": "PASS", "f2p_tests": "FAIL", "s2p_tests": "SKIP", "n2p_tests": "NONE"}
    lists = {key: {test: one for test, one in passing.items() if one["test"] == word} for key, word in words.items()}
    return {"fixed_tests": {test: one for test, one in passing.items() if one["test"] != "PASS"}, **lists}


def _stage(tests: dict[str, str], title: str) -> dict[str, Any]:
    lists = {
        f"{word}_tests": [title.format(test) for test, found in tests.items() if found == one]
        for word, one in (("passed", "PASS"), ("failed", "FAIL"), ("skipped", "SKIP"))
    }
    return {**{key.replace("tests", "count"): len(found) for key, found in lists.items()}, **lists}
