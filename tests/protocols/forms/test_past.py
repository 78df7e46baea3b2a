"""Which tests may come to their end though the code under test fails them."""

from __future__ import annotations

import pytest

from boxscore.protocols.forms.languages import forms_of

TESTS = {
    "go": ("a_test.go", 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {{\n{}\n}}\n'),
    "minitest": ("a_test.rb", "class ATest < Minitest::Test\n  def test_a\n{}\n  end\nend\n"),
    "googletest": ("a.cc", "#include <gtest/gtest.h>\nTEST(A, b) {{\n{}\n}}\n"),
    "tap": ("a.test.js", "const test = require('node:test');\ntest('a', async (t) => {{\n{}\n}});\n"),
    "maven": ("ATest.java", "class ATest {{\n  @Test void a() throws Exception {{\n{}\n  }}\n}}\n"),
}
PAST = {
    "go": [
        "x, _ := f()\nif x != 3 { t.Error() }",
        "_ = f()",
        "var x, _ = f()",
        "defer func() { recover() }()",
        "x, err := f()\nif err != nil { x = 1 }",
        "x, err := f()\nif err == nil { x = 3 } else { t.Fatal() }",
        "if o, ok := v.(interface{ New() int }); ok { x = o.New() }",
        "switch o := v.(type) { case T: x = o.New() }",
        "switch f() { case 1: x = 2 }",
        "select { case x = <-c: case <-time.After(1): }",
        "if err != nil {\n// t.Fatal(err)\nx = 1 }",
        "if err != nil { x = h(`t.Fatal(`) }",
    ],
    "minitest": [
        "x = f rescue 0",
        "begin\nx = f\nrescue E\nx = 1\nend",
        "x = f || 2",
        "x ||= f",
        "x = f&.g",
        "x = f.try(:g)",
        "x = g if f.respond_to?(:g)",
        "unless f\nx = 1\nend",
        "x = f ? 1 : 2",
        "x = defined?(F) && F.new",
        "case f\nwhen 1 then x = 2\nend",
        "begin\nx = f\nrescue E\n# skip\nx = 'fail'\nend",
    ],
    "googletest": [
        "try { x = f(); } catch (...) { x = 0; }",
        "\n#if HAS_F\nx = f();\n#else\nx = 1;\n#endif\n",
        "\n#ifdef F\nx = f();\n#endif\n",
        "x = f() ? 1 : 2;",
        "x = f().value_or(3);",
        "if constexpr (has_f<T>) { x = f(); }",
        "switch (f()) { case 1: x = 2; }",
        "if (f() == nullptr) { return; }",
        'try { x = f([] { throw 1; }); } catch (...) { x = "FAIL"; /* throw */ }',
    ],
    "tap": [
        "const x = lib.g?.();",
        "const x = (lib?.a).b;",
        "let x; try { x = f(); } catch {}",
        "const x = await f().catch(() => 0);",
        "const x = await f().then((v) => v, () => 0);",
        "lib.calls((err, v) => { x = v; });",
        "lib.calls(function (_, v) { x = v; });",
        "const { g = 1 } = lib;",
        "const x = f() ?? 0;",
        "x ||= f();",
        "for (const k in lib) x = k;",
        "if (typeof lib.g === 'function') x = lib.g();",
        "const x = f() ? 1 : 2;",
        "switch (f()) { case 1: x = 2; }",
        "await Promise.allSettled([f()]);",
        "let x; try { x = f(() => { throw 1; }); } catch (err) { log('fail('); /* throw */ }",
    ],
    "maven": [
        "int x; try { x = f(); } catch (Exception e) { x = 0; }",
        "int x = f() ? 1 : 2;",
        "int x = f().orElse(3);",
        'int x = m.getOrDefault("a", 1);',
        "if (f() == null) { x = 1; }",
        "switch (f()) { case 1: x = 2; break; }",
        "Throwable e = catchThrowable(() -> f());",
        "boolean b = f() instanceof E;",
        'int x; try { x = f(() -> { throw e; }); } catch (Exception e) { /* may fail */ x = g("fail"); }',
    ],
}
NOT_PAST = {
    "go": [
        "if got := f(1); got != 3 { t.Error() }",
        "x, err := f()\nif err != nil { t.Fatal(err) }",
        "_, err := f()\nif err == nil { t.Fatal() }",
        "if testing.Short() { t.Skip() }",
        "if err := f(); err != nil { panic(err) }",
        "for _, tt := range tests { if f() != tt.want { t.Error() } }",
        "select { case x = <-c: case <-time.After(1): t.Fatal() }",
    ],
    "minitest": [
        "assert_equal 2, f",
        "flunk 'a' unless f",
        "raise 'a' if f",
        "begin\nf\nflunk\nrescue E => e\nassert_equal 'a', e.message\nend",
        "e = assert_raises(E) { f }",
    ],
    "googletest": [
        "EXPECT_EQ(f(), 1);",
        'try { f(); FAIL(); } catch (const E& e) { EXPECT_STREQ(e.what(), "a"); }',
        "if (!f()) FAIL() << 1;",
        "if (!f()) GTEST_SKIP();",
        "for (int i = 0; i < 3; ++i) EXPECT_EQ(f(i), i);",
    ],
    "tap": [
        "assert.equal(f(), 1);",
        "try { f(); assert.fail('a'); } catch (e) { assert.equal(e.message, 'b'); }",
        "const x = await f().then((v) => v);",
        "lib.calls((err, v) => { if (err) return done(err); x = v; });",
        "lib.calls((err, v) => { assert.ifError(err); x = v; });",
        "[1].map((a, b) => a);",
        "for (const k of [1]) assert.ok(k);",
        "if (!f()) throw new Error('a');",
        "if (!f()) return t.skip();",
    ],
    "maven": [
        "assertEquals(1, f());",
        'try { f(); fail(); } catch (E e) { assertEquals("a", e.getMessage()); }',
        "if (f() == null) throw new E();",
        "E e = assertThrows(E.class, () -> f());",
    ],
}


def gets_past(parser: str, body: str) -> bool:
    """Whether a test does."""
    path, source = TESTS[parser]
    language = forms_of(parser)
    assert language is not None
    (test,) = language.read(path, source.format(body), "word").tests
    return test.gets_past


@pytest.mark.parametrize(("parser", "body"), [(parser, body) for parser, bodies in PAST.items() for body in bodies])
def test_who_branches_or_takes_an_error_for_a_value_gets_past_it(parser: str, body: str) -> None:
    """What comes behind may be right as soon as that one thing is."""
    assert gets_past(parser, body)


@pytest.mark.parametrize(("parser", "body"), [(parser, body) for parser, bodies in NOT_PAST.items() for body in bodies])
def test_who_fails_there_does_not(parser: str, body: str) -> None:
    """Then the old code does not come to the end of its test."""
    assert not gets_past(parser, body)
