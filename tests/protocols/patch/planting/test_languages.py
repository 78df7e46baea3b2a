"""How tests that must fail are written into the test files of each language."""

from __future__ import annotations

import ast
import random
import re

import pytest

from boxscore.protocols.patch.failing_tests import LANGUAGES, Failure, language_of, new_failure
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.statuses import Status
from tests.protocols.patch.planting.small_repositories import REPOSITORIES

FAILURES = (Failure("throw", "abcdefghijkl"), Failure("assert", "mnopqrstuvwx"))
JUNIT = """package a;

import org.junit.{package}Test;

/** The class Old {{ is no more. }} */
public final class NewTest extends Base<String> {{
    @Test
    void keeps() {{ }}
}}
"""


def planted(parser: str, source: str, failures: tuple[Failure, ...] = FAILURES, required: tuple[str, ...] = ()) -> str:
    language = language_of(parser)
    assert language is not None
    assert {failure.kind for failure in failures} <= set(language.kinds(source))
    return language.plant(source, failures, required)


@pytest.mark.parametrize("name", REPOSITORIES)
def test_nothing_of_a_file_is_lost(name: str) -> None:
    small = REPOSITORIES[name]
    language = language_of(small.parser)
    assert language is not None
    failures = tuple(new_failure(kind, random.Random(3)) for kind in language.kinds(small.after))

    lines = iter(language.plant(small.after, failures, (small.fail_to_pass,)).splitlines())

    assert len(failures) >= 2
    assert all(line in lines for line in small.after.splitlines())


@pytest.mark.parametrize("parser", LANGUAGES)
def test_a_file_without_tests_gets_none(parser: str) -> None:
    assert LANGUAGES[parser].kinds("") == ()
    assert LANGUAGES[parser].kinds("int main() { return 0; }\n") == ()


def test_a_language_is_told_by_the_parser_under_each_of_its_names() -> None:
    assert language_of("parse_log_gotest") is language_of("gotest") is language_of("go") is not None
    assert language_of("phpunit") is None
    assert language_of("") is None


def test_common_js_requires_what_it_uses() -> None:
    added = planted("tap", "const test = require('node:test');\ntest('one', () => {});\n")
    assert ";require('node:test').test('abcdefghijkl', () => { throw new Error('abcdefghijkl'); });" in added
    assert "require('assert').strictEqual(1, 2)" in added
    assert "import" not in added


def test_modules_import_what_they_use() -> None:
    added = planted("tap", "import test from 'node:test';\ntest('one', () => {});\n")
    assert "require(" not in added
    assert "import * as tester_mnopqrstuvwx from 'node:test';" in added
    assert "import library_mnopqrstuvwx from 'assert';" in added
    assert ";tester_mnopqrstuvwx.test('mnopqrstuvwx', () => { library_mnopqrstuvwx.strictEqual(1, 2); });" in added


def test_files_that_use_chai_get_a_test_that_does() -> None:
    language = LANGUAGES["mocha"]
    source = "import { expect } from 'chai';\ndescribe('a', () => { it('b', () => expect(1).to.equal(1)); });\n"
    assert language.kinds(source) == ("throw", "assert", "chai")
    added = language.plant(source, (Failure("chai", "abcdefghijkl"),), ())
    assert "import * as library_abcdefghijkl from 'chai';" in added
    assert "{ library_abcdefghijkl.expect(1).to.equal(2); }" in added


def test_vitest_has_no_globals() -> None:
    added = planted("vitest", "import { test } from 'vitest';\ntest('a', () => {});\n", (Failure("vitest", "abc"),))
    assert "import * as tester_abc from 'vitest';\n;tester_abc.test('abc', () => { tester_abc.expect(1)" in added


def test_names_in_go_begin_with_that_of_a_required_test() -> None:
    source = 'package a\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }\n'
    source += "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) {}\n"
    added = planted("go", source, (Failure("fatal", "abc"),), ("TestB",))
    assert 'func TestB_abc(t *testing.T) { t.Fatal("abc") }' in added
    assert 'func TestA_abc(t *testing.T) { t.Error("abc") }' in planted("go", source, (Failure("error", "abc"),))


def test_go_without_the_plain_import_is_left_alone() -> None:
    source = 'package a\n\nimport check "testing"\n\nfunc TestA(t *check.T) {}\n'
    assert LANGUAGES["go"].kinds(source) == ()


@pytest.mark.parametrize(
    ("package", "annotation"), [("jupiter.api.", "org.junit.jupiter.api.Test"), ("", "org.junit.Test")]
)
def test_methods_stand_at_the_head_of_a_java_class(package: str, annotation: str) -> None:
    added = planted("maven", JUNIT.format(package=package))
    head, _, body = added.partition("NewTest extends Base<String> {\n")
    assert f"@{annotation}\n    public void abcdefghijkl() {{" in body
    assert "void" not in head


def test_classes_of_junit_3_find_their_tests_by_name() -> None:
    source = "import junit.framework.TestCase;\nimport org.junit.Ignore;\npublic class ATest extends TestCase {\n}\n"
    added = planted("maven", source)
    assert "{\n    public void test_abcdefghijkl() {\n        throw" in added
    assert "junit.framework.Assert.assertEquals(1, 2);" in added
    assert "@" not in added


def test_java_without_a_class_that_runs_is_left_alone() -> None:
    language = LANGUAGES["maven"]
    assert language.kinds("import org.junit.Test;\npublic abstract class A { }\n") == ()
    assert language.kinds("import org.example.Test;\nclass A { }\n") == ()


def test_ruby_keeps_its_data_at_the_end() -> None:
    added = planted("minitest", "class ATest < Minitest::Test\nend\n__END__\ndata\n")
    assert added.endswith("end\n__END__\ndata\n")
    assert "ATest.class_eval do\n  def test_abcdefghijkl\n    raise 'abcdefghijkl'\n  end\n" in added


def test_examples_of_rspec_are_groups_of_their_own() -> None:
    added = planted("rspec", "RSpec.describe A do\nend\n")
    assert "RSpec.describe 'mnopqrstuvwx' do\n  it('fails') { expect(1).to eq(2) }\nend\n" in added


def test_googletest_keeps_to_the_suite_of_a_required_test() -> None:
    source = "namespace a {\n// TEST(Gone, A)\nTEST(One, A) {}\nTEST_F(Two, A) {}\n}\n"
    added = planted("googletest", source, required=("Two.A",))
    assert re.search(r"TEST_F\(Two, abcdefghijkl\) { throw 1; }\nTEST_F.*\nTEST_F\(Two, A\) {}\n}\n\Z", added)


def test_rust_keeps_what_is_said_of_a_test() -> None:
    source = "mod tests {\n    #[should_panic]\n    #[test]\n    fn a() {}\n\n    #[test]\n    fn b() {}\n}\n"
    head, _, tail = planted("cargo", source).partition("    #[test]\n    fn abcdefghijkl()")
    assert head.endswith("fn a() {}\n\n")
    assert tail.endswith("fn mnopqrstuvwx() { assert_eq!(1, 2); }\n\n    #[test]\n    fn b() {}\n}\n")
    assert LANGUAGES["cargo"].kinds("#[ignore]\n#[test]\nfn a() {}\n") == ()


def test_methods_in_python_belong_to_a_class_of_required_tests() -> None:
    source = "class A:\n    def test_a(self): pass\n\n\nclass B:\n  def test_b(self):\n    pass\n\nX = 1\n"
    tree = ast.parse(planted("django", source, required=("test_b (t.B)",)))
    _, chosen, _ = tree.body
    assert isinstance(chosen, ast.ClassDef)
    names = [node.name for node in chosen.body if isinstance(node, ast.FunctionDef)]
    assert names == ["test_b", "test_b_abcdefghijkl", "test_b_mnopqrstuvwx"]


def test_python_that_cannot_be_read_is_left_alone() -> None:
    assert LANGUAGES["django"].kinds("class A:\n    def test_a(self): print 'a'\n") == ()


def test_a_failure_in_an_outline_is_read_as_one() -> None:
    log = "\n\n  1) abcdefghijkl\n\n  clock\n    ✔ has whole hours\n\n\n  1 passing (3ms)\n  1 failing\n"
    assert parse_log("mocha", log) == {"abcdefghijkl": Status.FAILED, "clock has whole hours": Status.PASSED}


@pytest.mark.parametrize(
    ("parser", "log"),
    [
        ("multi-swe-jest", "FAIL test/a.test.js\n  ✓ one (3 ms)\n  ✕ abcdefghijkl (1 ms)\n"),
        ("multi-swe-mocha", "  clock\n    ✔ one\n    1) abcdefghijkl\n"),
        ("multi-swe-vitest", " ✓ test/a.test.ts > one 2ms\n \u00d7 test/a.test.ts > abcdefghijkl 5ms\n"),
    ],
)
def test_a_failure_is_read_by_the_parsers_of_multi_swe_bench(parser: str, log: str) -> None:
    assert language_of(parser) is not None
    found = parse_log(parser, log)
    assert [status for name, status in found.items() if name.endswith("abcdefghijkl")] == [Status.FAILED]
    assert [status for name, status in found.items() if name.endswith("one")] == [Status.PASSED]
