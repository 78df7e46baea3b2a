"""The parsers of Multi-SWE-bench: sets of tests that passed, failed and were skipped."""

from __future__ import annotations

import json

import pytest

from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.logs.multi_swe.compiled import DECODER
from boxscore.protocols.patch.logs.multi_swe.javascript import NAME_CHARACTERS, TOO_MANY
from boxscore.protocols.statuses import Status

P, F, S, E = Status.PASSED, Status.FAILED, Status.SKIPPED, Status.ERROR
MAVEN = "Tests run: {}, Failures: {}, Errors: {}, Skipped: {}, Time elapsed: 0.1 s"
STATS = dict.fromkeys(("suites", "tests", "passes", "pending", "failures", "start", "end", "duration"), 0)


@pytest.mark.parametrize(
    ("parser", "log", "found"),
    [
        ("cargo", "test a::b ... ok\ntest c ... FAILED\ntest d ... ignored, slow\n", {"a::b": P, "c": F, "d": S}),
        ("cargo", "test a - should panic ... ok\ntest result: ok. 1 passed\n", {}),
        ("automake", "PASS: a.t\nFAIL: b.t\nSKIP: c.t\nPASS: two words\n", {"a.t": P, "b.t": F, "c.t": S}),
        ("zstd-pool", "PASS: all POOL tests\n", {"all tests": P}),
        ("zstd-pool", "PASS: all POOL tests\nPASS: all POOL tests\n", {"all tests": F}),
        ("zstd-decoder", f"{DECODER}\n", {"all tests": P}),
        ("ctest", "1/2 Test #1: core-test ....   Passed    0.01 sec\n", {"core-test": P}),
        ("ctest", "2/2 Test #2: args-test ....***Failed\n", {"args-test": F}),
        ("ctest", "2/2 Test #2: args-test ....***Failed    0.01 sec\n", {}),
        ("catch2", "1/2 Test  #1: RunTests .....   Passed    0.2 sec\n", {"runtests": P}),
        ("catch2", "2/2 Test #2: Benches ....***Failed    0.1 sec\n", {"benches": F}),
        ("catch2", "-- Performing Test HAVE_FLAG - Success\n", {"have_flag": P}),
        ("gtest", "[       OK ] Suite.Name (0 ms)\n[  FAILED  ] Suite.Other\n", {"Suite.Name": P, "Suite.Other": F}),
        ("gtest", "\x1b[92m---- Passed: a/B\x1b[0m\n\x1b[91m**** FAILED: c/D\x1b[0m\n", {"a/B": P, "c/D": F}),
        ("gtest", "[  FAILED  ] a.B, where GetParam() = 1 (0 ms)\n", {}),
        ("gtest", "[       OK ] a.B (\n[       OK ] a.B ()\n", {}),
        ("go", "--- PASS: TestA (0.00s)\n    --- FAIL: TestB/x (0.00s)\nFAIL\tgithub.com/x/y\t0.1s\n",
         {"TestA": P, "TestB/x": F, "github.com/x/y": F}),
        ("go", "--- FAIL: TestA (0.0s)\n--- PASS: TestA (0.0s)\n", {"TestA": F}),
        ("go", "--- PASS: TestA (0.0s)\n--- FAIL: TestA (0.0s)\n", {"TestA": F}),
        ("go", "--- SKIP: TestA (0.0s)\n", {}),
        ("go-parents", "--- PASS: TestA (0.00s)\n    --- PASS: TestA/x (0.00s)\n", {"TestA": P}),
        ("go-parents", "    --- PASS: TestA/x (0.00s)\n    --- FAIL: TestA/y (0.00s)\n", {"TestA": E}),
        ("gradle", "> Task :core:test\n> Task :a FAILED\n> Task :b NO-SOURCE\nFooTest > adds PASSED\n",
         {"core:test": P, "a": F, "b": S, "FooTest > adds": P}),
        ("gradle", "FooTest > adds FAILED\nFooTest > adds PASSED\n", {"FooTest > adds": F}),
        ("gradle-cached", "> Task :a FROM-CACHE\n  FooTest > adds SKIPPED\n", {"a": P}),
        ("maven", f"[INFO] \x1b[1m{MAVEN.format(3, 0, 0, 0)}\x1b[m -- in org.FooTest\n", {"org.FooTest": P}),
        ("maven", f"{MAVEN.format(3, 0, 1, 0)} <<< ERROR! - in org.FooTest\n", {"org.FooTest": F}),
        ("maven", f"{MAVEN.format(3, 0, 0, 3)} - in org.FooTest\n", {"org.FooTest": S}),
        ("maven", "Tests run: 9, Failures: 0, Errors: 0, Skipped: 0\n", {}),
        ("gson", f"[INFO] noise\nRunning org.A\nwords\n{MAVEN.format(2, 0, 0, 0)}ec\n", {"org.A": P}),
        ("gson", f"[INFO] noise\nRunning org.A\nRunning org.B\n{MAVEN.format(2, 1, 0, 0)}ec <<< FAILURE!\n",
         {"org.A": F, "org.B": F}),
        ("jest", "PASS test/a.test.js (1.2 s)\n  ✓ adds (5 ms)\n  ✕ adds (x)\n",
         {"test/a.test.js": P, "test/a.test.js:adds": P, "test/a.test.js:adds (x)": F}),
        ("jest", "  ✓ adds (5 ms)\n", {"None:adds": E}),
        ("darkreader", "FAIL test/a.ts (5.1 s)\n  ✓ adds (whatever)\n", {"test/a.ts": F, "test/a.ts:adds": P}),
        ("mocha", "    ✔ adds (12ms)\n    1) divides\n    2) divides (by zero)\n",
         {"adds": P, "divides": F, "divides (by zero)": F}),
        ("vitest", "✓ a.test.ts > adds 12ms\n\u00d7 a.test.ts > divides 1.5s\n",
         {"a.test.ts > adds": P, "a.test.ts > divides": F}),
        ("insomnia", "✓ src/a.test.ts (3 tests) 12ms\nPASS src/b.test.ts\nFAIL src/c.test.ts (2 s)\n",
         {"src/a.test.ts": P, "src/b.test.ts": P, "src/c.test.ts": F}),
        ("cargo", "test a ... ok\ntest a ... FAILED\n", {"a": E}),
        ("cargo", "test a ... ok\ntest a ... ignored\n", {"a": E}),
        ("cargo", "test a ... ok\x0btest b ... ok\n", {"a": P, "b": P}),
    ],
)  # fmt: skip
def test_what_a_runner_prints(parser: str, log: str, found: dict[str, Status]) -> None:
    assert parse_log(f"multi-swe-{parser}", log) == found


def report(**lists: list[str]) -> str:
    tests = {
        name: [
            {"title": "t", "fullTitle": one, "file": "a.js", "currentRetry": 0, "err": {}}
            for one in lists.get(name, [])
        ]
        for name in ("tests", "pending", "failures", "passes")
    }
    return json.dumps({"stats": STATS, **tests}, indent=2)


def test_mocha_reports() -> None:
    log = f"> npm test\n{report(passes=['a', 'b', 'c'])}\n{report(failures=['a'], pending=['a', 'b'])}\n"

    assert parse_log("multi-swe-mocha-json", log) == {"a": F, "b": S, "c": P}
    assert parse_log("multi-swe-mui", log) == {"a.js:a": F, "a.js:b": S, "a.js:c": P}


def test_long_files_of_many_tests() -> None:
    log = "PASS " + "x" * 1_000_000 + "\n" + "✓ a\n" * 200

    found = parse_log("multi-swe-jest", log)

    assert found[TOO_MANY] is E
    assert sum(map(len, found)) <= NAME_CHARACTERS
