"""What tests of JavaScript and TypeScript expect, and copies of them that expect something else."""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.forms.javascript import JavaScript
from boxscore.protocols.forms.plan import literal_forms, literal_windows

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "const { test } = require('node:test');\nconst assert = require('node:assert');\n"


def values(body: str, head: str = HEAD) -> list[list[object]]:
    """What each assertion of a test may say otherwise."""
    (test,) = JavaScript().read("a.test.js", f"{head}test('a', (t) => {{\n{body}\n}});\n", "word").tests
    return [[choice.true for choice in one.choices] for one in test.assertions]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert.strictEqual(f(1), 'a');", [["a"]]),
        ("assert.deepStrictEqual(f(1), { a: 3, b: ['x', 2.5] });", [[3, "x", 2.5]]),
        ("expect(f()).toBe(-4);", [[-4]]),
        ("expect(f()).to.equal('some text');", [["some", "text"]]),
        ("await expect(f()).resolves.toEqual('some text');", [["some text"]]),
        ("expect(f()).toContain('part');", [["part"]]),
        ("expect(() => f()).toThrow('no such thing');", [["no such thing"]]),
        ("assert.throws(() => f(), /no such thing/);", [["no such thing"]]),
        ("const want = 'a b';\nassert.equal(f(), want);", [["a", "b"]]),
        ("return f().then((x) => { assert.equal(x, 31); });", [[31]]),
        # What is not reached by each run, or used otherwise, hides nothing.
        ("if (x) { assert.equal(f(), 3); }", []),
        ("for (const x of f()) { assert.equal(x, 3); }", []),
        ("f(() => { assert.equal(g(), 3); });", []),
        ("if (x) return;\nassert.equal(f(), 3);", []),
        ("const want = 'a';\nf(want);\nassert.equal(g(), want);", []),
        ("expect(f()).not.toBe(3);", []),
        ("assert.throws(() => f(), /a+(b)/);", []),
    ],
)
def test_what_may_be_said_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that each run compares are found, in all usual libraries."""
    assert values(body) == expected


def test_answers_of_servers_are_asked_for_their_status_alone() -> None:
    """What supertest expects of an answer may be another text, or none."""
    source = (
        "const request = require('supertest');\n"
        "it('answers', (done) => { request(app).get('/').expect(200, 'some text', done); });\n"
    )
    file = JavaScript().read("a.test.js", source, "word")
    (assertion,) = file.tests[0].assertions
    assert [choice.true for choice in assertion.choices] == ["some text"]
    assert "request(app).get('/').expect(200, done);" in file.lines.after(assertion.blank)


@pytest.mark.parametrize(
    ("value", "like", "expected"),
    [
        ('it\'s "a"', "'b'", "'it\\'s \"a\"'"),
        ("a\n", '"b"', '"a\\n"'),
        ("no thing", "/some thing/i", "/no thing/i"),
        (True, "", "true"),
        (2.5, "", "2.5"),
    ],
)
def test_values_are_written_as_the_true_one_was(value: object, like: str, expected: str) -> None:
    """Quotes and patterns are those of the test."""
    assert JavaScript().spelled(value, like=like) == expected


def test_titles_tell_which_tests_ids_are_of() -> None:
    """An id ends with a title, whatever stands before it."""
    known = ["has two digits", "digits", "other"]
    assert JavaScript().named(["clock has two digits"], known) == {"has two digits"}


def test_tests_around_tests_have_no_forms() -> None:
    """Those within have, if their titles are written out."""
    source = (
        f"{HEAD}test('a', async (t) => {{\n await t.test('b', () => assert.equal(f(), 3));\n t.test(c, () => 1);\n}});"
    )
    file = JavaScript().read("a.test.js", source, "word")
    assert [one.name for one in file.tests] == ["b"]


def test_forms_are_run_by_node(tmp_path: Path) -> None:
    """Each original passes, each negated test fails, and nothing else tells what is right."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    source = (
        f"{HEAD}const f = (x) => `fee ${{x * 31 + 7}} of ${{x}}`;\n"
        "test('a', () => {\n  // it is 1247\n  assert.equal(f(40), 'fee 1247 of 40', 'not 1247');\n"
        "  assert.equal(f(400).length, 16);\n});\n"
    )
    files, rng = {"a.test.js": source}, random.Random(1)
    windows = literal_windows(files, ["a"], JavaScript(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, JavaScript(), rng, blank=True)
    (tmp_path / "a.test.js").write_text(plan.files["a.test.js"])

    command = [node, "--test-reporter=tap", "a.test.js"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    said = {line.split()[-1]: line.startswith("ok") for line in done.stdout.splitlines() if " - a " in line}
    assert plan.files["a.test.js"].count("1247") == 1
    assert {one.word for one in plan.forms} <= said.keys()
    assert [one for one in plan.forms if said[one.word] is not one.passes] == []
    assert plan.negated > 20
