"""How tests that must fail are written into the test files of each language."""

from __future__ import annotations

import random

import pytest

from boxscore.protocols.patch.failing_tests import LANGUAGES, Failure, language_of, new_failure
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.statuses import Status
from tests.protocols.patch.planting.small_repositories import REPOSITORIES

GO = 'package a\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestA(t *testing.T) {}\nfunc TestB(t *testing.T) {}\n'
CHAI = "import { expect } from 'chai';\ndescribe('a', () => { it('b', () => expect(1).to.equal(1)); });\n"
PYTHON = "class A:\n    def test_a(self): pass\n\n\nclass B:\n  def test_b(self):\n    pass\n\nX = 1\n"


@pytest.mark.parametrize("name", REPOSITORIES)
def test_nothing_of_a_file_is_lost(name: str) -> None:
    small = REPOSITORIES[name]
    language = language_of(small.parser)
    assert language is not None
    failures = tuple(new_failure(kind, random.Random(3)) for kind in language.kinds(small.after))

    lines = iter(language.plant(small.after, failures, (small.fail_to_pass,)).splitlines())

    assert len(failures) >= 2
    assert all(line in lines for line in small.after.splitlines())


@pytest.mark.parametrize(
    ("parser", "source", "kind", "required", "parts"),
    [
        (
            *("tap", "const test = require('node:test');\ntest('one', () => {});\n", "throw", ""),
            [";require('node:test').test('abc', () => { throw new Error('abc'); });"],
        ),
        (
            *("tap", "import test from 'node:test';\ntest('one', () => {});\n", "assert", ""),
            [
                "import * as tester_abc from 'node:test';",
                "import library_abc from 'assert';",
                ".strictEqual(1, 2)",
            ],
        ),
        ("mocha", CHAI, "chai", "", ["import * as library_abc from 'chai';", "library_abc.expect(1).to.equal(2); }"]),
        ("vitest", "import { test } from 'vitest';\ntest('a', () => {});\n", "vitest", "", ["tester_abc.test('abc', "]),
        ("go", GO, "fatal", "TestB", ['func TestB_abc(t *testing.T) { t.Fatal("abc") }']),
        ("go", GO, "error", "", ['func TestA_abc(t *testing.T) { t.Error("abc") }']),
        ("django", PYTHON, "assert", "test_b (t.B)", ["class B:", "def test_b_abc(self", "X = 1\n"]),
    ],
)
def test_a_failing_test_stands_where_its_runner_finds_it(
    parser: str, source: str, kind: str, required: str, parts: list[str]
) -> None:
    language = language_of(parser)
    assert language is not None
    assert kind in language.kinds(source)

    rest = language.plant(source, (Failure(kind, "abc"),), (required,) if required else ())

    for part in parts:  # in this order
        assert part in rest
        rest = rest.partition(part)[2]


@pytest.mark.parametrize(
    ("parser", "source"),
    [
        *((parser, "int main() { return 0; }\n") for parser in LANGUAGES),
        ("go", 'package a\n\nimport check "testing"\n\nfunc TestA(t *check.T) {}\n'),
        ("django", "class A:\n    def test_a(self): print 'a'\n"),
    ],
)
def test_some_files_are_left_alone(parser: str, source: str) -> None:
    assert LANGUAGES[parser].kinds(source) == ()


def test_a_language_is_found_by_each_name_of_its_parser() -> None:
    assert language_of("parse_log_gotest") is language_of("gotest") is language_of("go") is not None
    assert language_of("phpunit") is None
    assert language_of("") is None


@pytest.mark.parametrize(
    ("parser", "log"),
    [
        ("mocha", "\n\n  1) abc\n\n  clock\n    ✔ one\n\n\n  1 passing (3ms)\n  1 failing\n"),
        ("multi-swe-jest", "FAIL test/a.test.js\n  ✓ one (3 ms)\n  ✕ abc (1 ms)\n"),
        ("multi-swe-mocha", "  clock\n    ✔ one\n    1) abc\n"),
        ("multi-swe-vitest", " ✓ test/a.test.ts > one 2ms\n \u00d7 test/a.test.ts > abc 5ms\n"),
    ],
)
def test_a_planted_failure_is_read(parser: str, log: str) -> None:
    assert language_of(parser) is not None
    found = parse_log(parser, log)
    assert [status for name, status in found.items() if name.endswith("abc")] == [Status.FAILED]
    assert [status for name, status in found.items() if name.endswith("one")] == [Status.PASSED]
