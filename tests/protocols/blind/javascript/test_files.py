"""What test files of JavaScript hide, and what they look like without it."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore import resources
from boxscore.protocols.blind.javascript import files
from boxscore.protocols.blind.javascript.files import ScriptFile, runtime, without_runtime
from boxscore.protocols.blind.javascript.language import JAVASCRIPT
from boxscore.protocols.blind.javascript.soft import soft
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.syntax_trees import is_within

if TYPE_CHECKING:
    from pathlib import Path

    from tree_sitter import Node


def hidden(source: str, path: str = "a.test.js") -> list[str]:
    """The values that can be hidden of a file, as Python writes them."""
    return [one.source for one in ScriptFile(path, source, 0).hidden]


def rewritten(source: str, path: str = "a.test.js") -> str:
    """A file without its values, and without what stands for them."""
    file = ScriptFile(path, source, 0)
    text = file.rewrite({one.number for one in file.hidden}, "/scratch/sent")
    assert runtime() in text
    return without_runtime(text)


def body(source: str) -> str:
    """What becomes of statements, without the line that comes first."""
    return rewritten(source).partition('require("fs"))); ')[2]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("assert.strictEqual(f(1), 'plum');", "assert.strictEqual(_boxscore.is(0, f(1)), true);"),
        ("assert.equal('plum', f(1), `is plum`);", 'assert.equal(true, _boxscore.weak(0, f(1)), "");'),
        ("assert.throws(() => f(), /plum/);", "assert.throws(_boxscore.throws(0, () => f()));"),
        (
            "assert.rejects(f(), { message: 'plum' }, 'm');",
            "assert.rejects(_boxscore.refuses(0, f()), 'm');",
        ),
        ("assert.match(f(), /plum/);", "assert.ok(_boxscore.like(0, f()));"),
        ("expect(f(1)).toBe(17);", "expect(_boxscore.is(0, f(1))).toBe(true);"),
        ("expect(f(1)).toEqual([17]);", "expect(_boxscore.equal(0, f(1))).toEqual(true);"),
        (
            "await expect(f()).resolves.toEqual([17]);",
            'await expect(_boxscore.later("equal", 0, f())).resolves.toEqual(true);',
        ),
        ("expect(f()).rejects.toThrow('plum');", "expect(_boxscore.refuses(0, f())).rejects.toThrow();"),
        ("expect(f()).toHaveLength(17);", "expect(_boxscore.size(0, f())).toBe(true);"),
        ("expect(f()).toContain('plum');", "expect(_boxscore.part(0, f())).toBe(true);"),
        ("expect(f()).toMatchObject({ a: 17 });", "expect(_boxscore.like(0, f())).toBe(true);"),
        ("expect(f(), 'm').to.deep.equal({ a: 17 });", "expect(_boxscore.is(0, f()), 'm').to.deep.equal(true);"),
        ("expect(f()).to.have.lengthOf(17);", "expect(_boxscore.size(0, f())).to.have.equal(true);"),
        ("expect(f).to.throw(TypeError, 'plum');", "expect(_boxscore.throws(0, f)).to.throw(TypeError);"),
        ("f(1).should.equal('plum');", "_boxscore.is(0, f(1)).should.equal(true);"),
        (
            "const want = 'plum'; assert.equal(f(), want);",
            "const want = null; assert.equal(_boxscore.weak(0, f()), true);",
        ),
    ],
)
def test_comparisons_send_what_they_get(written: str, becomes: str) -> None:
    """What is expected is gone, and what is compared with it stays where it was."""
    source = f"test('t', async () => {{ {written} }});"

    assert body(source) == f"test('t', async () => {{ {becomes} }});"


@pytest.mark.parametrize(
    "written",
    [
        "expect(f()).not.toBe(17);",
        "expect(f()).to.equal(17).and.be.a('number');",
        "expect(f()).toBe(true);",
        "expect(f()).toBe(undefined);",
        "expect(f()).toEqual({ a: expect.any(Number) });",
        "expect(f()).toEqual([g(), ...(await h())]);",
        "expect(f()).toBe(want);",
        "expect(f()).toBe(want.text);",
        "expect(f()).toMatch(g());",
        "expect(f(), ...more).toBe(...[17]);",
        "try { expect(f()).toBe(17); } catch (error) { again(); }",
        "while (more()) expect(f()).toBe(17);",
        "await waitFor(() => expect(f()).toBe(17));",
        "expect(() => assert.equal(f(), 17)).toThrow();",
        "assert.throws(() => assert.equal(f(), 17));",
        "g().then(() => expect(f()).toBe(17)).catch(() => {});",
        "let want = 17; want = g(); assert.equal(f(), want);",
        "const want = [17]; g(want); assert.equal(f(), want);",
        "equal(f(), 17);",
        "const check = () => expect(f()).toBe(17); await waitFor(check);",
        "function check() { expect(f()).toBe(17); } const again = () => check(); await retry(() => again());",
        "const check = () => expect(f()).toBe(17); try { check(); } catch (error) { g(); }",
        "const check = () => expect(f()).toBe(17); expect(check).toThrow();",
        "await soon(() => expect(f()).toBe(17));",
        "const page = { loaded() { expect(f()).toBe(17); } }; await soon(() => page.loaded());",
        "let check; check = () => expect(f()).toBe(17); await soon(check);",
        "g().then(() => expect(f()).toBe(17)).then(ok, caught);",
        "await Promise.allSettled([g().then(() => expect(f()).toBe(17))]);",
        "assert.throws(() => f(), 'the message if nothing is thrown');",
    ],
)
def test_what_decides_nothing_hides_nothing(written: str) -> None:
    """What may fail and be tried again, what is asked further, and what is no literal stays as it is."""
    assert hidden(f"test('t', async () => {{ {written} }});") == []


@pytest.mark.parametrize(
    "written",
    [
        "describe.each([1, 2])('d', () => { describe('e', () => { it('t', () => { expect(f()).toBe(17); }); }); });",
        "beforeEach(() => { expect(f()).toBe(17); }); it('t', () => {});",
        "it('t', (done) => { request.get('/').end((error, answer) => { expect(answer.body).toBe(17); done(); }); });",
        "it('t', () => g().then((one) => { expect(one).toBe(17); }));",
        "it.only.each([1])('t %i', async (one) => { for (const a of b) { if (a) expect(one).toBe(17); } });",
    ],
)
def test_callbacks_of_which_an_error_fails_the_test_are_looked_into(written: str) -> None:
    """Those of suites, of hooks, and of what nobody calls again."""
    assert hidden(written) == ["17"]


def test_promises_that_end_a_test_are_looked_into() -> None:
    """What is handed to the runner fails its test."""
    assert hidden("test('t', (done) => { g().then(() => expect(f()).toBe(17)).catch(done); });") == ["17"]


def test_what_is_tried_again_as_a_whole_hides_nothing() -> None:
    """Nor what is expected to fail."""
    test = "test('t', () => { expect(f()).toBe(17); });"

    assert hidden(test) == ["17"]
    assert hidden(f"jest.retryTimes(2);\n{test}") == []
    assert hidden(test.replace("test(", "test.failing(")) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0x1F", "31"),
        ("1_000n", "1000"),
        ("-1.50", "-1.5"),
        ("9007199254740993", "9007199254740992.0"),
        (
            r"'a\n\x41\u{1F600}\'\
b'",
            '"a\\nA😀\'b"',
        ),
        ("`two\nlines`", "'two\\nlines'"),
        ("'a' + 'b'", "'ab'"),
        ("['a', 'b'].join('\\n')", "'a\\nb'"),
        ("{ a: null, 'b-c': [true, undefined], 3: -0 }", "{'a': None, 'b-c': [True, ()], '3': -0.0}"),
        ("({ a: 1 } as const)", "{'a': 1}"),
        ("/a.b/i", "'a.b'"),
    ],
)
def test_values_are_those_of_javascript(written: str, value: str) -> None:
    """As far as it takes no more than reading them."""
    matcher = "toMatch" if written.startswith("/") else "toBe"

    assert hidden(f"test('t', () => {{ expect(f()).{matcher}({written}); }});", "a.test.ts") == [value]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("[`${g()}-plum`]", "true('g', '-plum')"),
        ("[1, , 2]", "true(1, 2)"),
        ("g('fig').map((one) => one.text)", "true('g', 'fig', 'fig', 'map', 'one', 'one', 'text')"),
    ],
)
def test_what_only_running_it_tells_is_loose(written: str, parts: str) -> None:
    """Its names and literals are what is secret of it."""
    file = ScriptFile("a.test.js", f"test('t', () => {{ expect(f()).toEqual({written}); }});", 0)

    assert [(one.source, one.loose) for one in file.hidden] == [(parts, True)]


ROW = "[['plum', 17], ['fig', 18]]"
OBJECTS = "[{ text: 'plum', want: 17 }, { text: 'fig', want: 18 }]"
GONE = "[['plum', 0], ['fig', 1]]"
NO_OBJECTS = "[{ text: 'plum', want: 0 }, { text: 'fig', want: 1 }]"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (f"it.each({ROW})('%s', (text, want) => {{ expect(f(text)).toBe(want); }});", GONE),
        (f"it.each({OBJECTS})('$text', ({{ text, want }}) => {{ expect(f(text)).toBe(want); }});", NO_OBJECTS),
        (f"{ROW}.forEach(([text, want]) => it(text, () => {{ expect(f(text)).toBe(want); }}));", GONE),
        (
            f"const rows = {ROW}; for (const [text, want] of rows) it(text, () => {{ expect(f(text)).toBe(want); }});",
            GONE,
        ),
        (f"{OBJECTS}.forEach((row) => it(row.text, () => {{ expect(f(row.text)).toBe(row.want); }}));", NO_OBJECTS),
    ],
)
def test_columns_of_tables_are_hidden(written: str, becomes: str) -> None:
    """A number stands in each row, and says which value is compared."""
    source = f"import {{ f }} from './f';\n{written}\n"
    want = "row.want" if "row.want" in written else "want"

    text = rewritten(source)

    assert hidden(source) == ["17", "18"]
    assert becomes in text
    assert f"expect(_boxscore.is({want}, f(" in text
    assert ".toBe(true)" in text


@pytest.mark.parametrize(
    "written",
    [
        f"{ROW}.forEach(([text, want]) => it(`${{text}} ${{want}}`, () => {{ expect(f(text)).toBe(want); }}));",
        f"{OBJECTS}.forEach((row) => it(row.text, () => {{ g(row); expect(f(row.text)).toBe(row.want); }}));",
        f"const rows = {ROW}; g(rows); for (const [text, want] of rows) it(text, () => expect(f(text)).toBe(want));",
        "[['plum', g()], ['fig', 18]].forEach(([text, want]) => it(text, () => { expect(f(text)).toBe(want); }));",
    ],
)
def test_columns_that_are_used_otherwise_stay(written: str) -> None:
    """A number in place of a value would change the test."""
    assert hidden(written) == []


def test_a_column_is_hidden_as_a_whole() -> None:
    """One comparison reads all of it."""
    source = f"it.each({ROW})('%s', (text, want) => {{ expect(f(text)).toBe(want); }});"

    assert "17" in ScriptFile("a.test.js", source, 0).rewrite({0}, "/scratch/sent")


def test_assertions_of_the_first_parameter_are_found() -> None:
    """As tape, ava and QUnit have them."""
    source = "test('t', (t) => { t.test('u', (inner) => { inner.equal(f(), 'plum', 'is one'); inner.end(); }); });"

    assert hidden(source) == ["'plum'"]
    assert "'is one'" in rewritten(source)  # which is what tape calls it


def test_undefined_properties_count_as_none_where_the_test_says_so() -> None:
    """`toEqual` leaves them out, and `toStrictEqual` does not."""
    source = "test('t', () => { expect(f()).MATCHER({ a: 17, b: undefined }); });"

    assert hidden(source.replace("MATCHER", "toEqual")) == ["{'a': 17}"]
    assert hidden(source.replace("MATCHER", "toStrictEqual")) == ["{'a': 17, 'b': ()}"]


def test_comments_are_gone_but_for_settings() -> None:
    """A comment may name what is hidden; at the head of a file some are read by runners."""
    text = rewritten(
        "/**\n * Of plums.\n * @jest-environment jsdom\n */\n// plum\ntest('t', () => {\n"
        "  /* it is\n  plum */ expect(f()).toBe('plum');\n});\n"
    )

    assert "plum" not in text.lower()
    assert "@jest-environment jsdom" in text
    assert text.count("\n") >= 4


def test_directives_and_interpreters_stay_first() -> None:
    """What stands for hidden values comes after them."""
    text = rewritten("#!/usr/bin/env node\n'use strict';\ntest('t', () => { expect(f()).toBe('plum'); });\n")

    assert text.startswith("#!/usr/bin/env node\n'use strict';\nconst _boxscore = ")


def test_modules_import_and_types_are_not_checked() -> None:
    """A module has no `require`; a compiler that checks types would object to what stands for a value."""
    text = rewritten("import { f } from './f';\ntest('t', () => { expect(f()).toBe('plum'); });\n", "a.test.ts")

    assert text.startswith('// @ts-nocheck\nimport * as _boxscoreFiles from "fs"; const _boxscore = ')


def test_what_cannot_be_read_is_refused() -> None:
    """It is left as it is."""
    with pytest.raises(CannotRewriteError):
        ScriptFile("a.test.js", "test('t', () => {", 0)


def test_values_belong_to_the_tests_that_compare_them() -> None:
    """By the title; what is in no test belongs to all of the file."""
    source = """
describe('d', () => {
  beforeEach(() => { assert.equal(g(), 'quince'); });
  it('one', () => { assert.equal(f(), 'plum'); });
  it.each([[1], [2]])('two %i', (n) => { assert.equal(f(n), 'fig'); });
});
"""
    file = ScriptFile("a.test.js", source, 0)

    users = {one.source: {name for _, name in file.users(one.number)} for one in file.hidden}
    assert users == {"'quince'": {"one", "two %i"}, "'plum'": {"one"}, "'fig'": {"two %i"}}


def test_soft_files_go_on() -> None:
    """Each statement and each variable is tried by itself; errors that a test looks at are not kept from it."""
    text = rewritten(
        "import { f, g as h } from './f';\njest.mock('./f');\ntest('t', async () => {\n"
        "  const [a] = await f();\n  const b = h();\n  expect(a).toBe('plum');\n"
        "  assert.throws(() => { f('x'); }, /fig/);\n});\n"
    )

    found = soft(text)

    assert "const { f, g: h } = _boxscoreOf" in found
    assert "\njest.mock('./f');\n" in found
    assert "const [a] = (await _boxscore.of(1).attemptLater(async () => (await f())) || []);" in found
    assert "const b = (_boxscore.of(1).attempt(() => (h())));" in found
    assert (
        "try { expect(_boxscore.of(1).is(_boxscore.of(1).reached(0), a)).toBe(true); } "
        "catch (error) { _boxscore.of(1).unasserted(error); }" in found
    )
    assert "_boxscore.of(1).throws(_boxscore.of(1).reached(1), () => { f('x'); })" in found


def test_names_of_globals_may_be_those_of_constants() -> None:
    """Of a file that has one of its own, it is not there yet where the values' stand-in begins."""
    source = (resources.folder("sandbox") / "blind.js").read_text(encoding="utf-8")
    used = set(re.findall(r"(?<![\w.\"'])(?:[A-Z][A-Za-z]+)(?=[.(])", source.partition("globalThis;")[2])) - {
        "RangeError"
    }

    taken = set(re.findall(r"[A-Z]\w+", source.partition("const { ")[2].partition(" } = globalThis")[0]))
    assert used <= taken
    assert "(process" not in rewritten("test('t', () => { expect(f()).toBe('plum'); });")


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (".expect(200, 'plum', done)", ".expect(_boxscore.text(0)).expect(200, done)"),
        (".expect(200, { a: 17 })", ".expect(_boxscore.json(0)).expect(200)"),
        (".expect('plum', done)", ".expect(_boxscore.text(0)).end(done)"),
        (".expect(/plum/)", ".expect(_boxscore.words(0))"),
        (".expect('Location', 'plum')", ".expect(_boxscore.header(0, 'Location'))"),
        (".expect('Location', /plum/, () => end())", ".expect(_boxscore.headed(0, 'Location')).end(() => end())"),
        (".expect(404)", ".expect(404)"),
        (".expect(200, done)", ".expect(200, done)"),
        (".expect((res) => check(res))", ".expect((res) => check(res))"),
        (".expect('Content-Length', 17)", ".expect('Content-Length', 17)"),
        (".expect(200, body)", ".expect(200, body)"),
    ],
)
def test_answers_of_servers_are_sent(written: str, becomes: str) -> None:
    """What supertest asks of them; a status is the test's own affair."""
    source = f"const request = require('supertest');\ntest('t', (done) => {{ request(app).get('/'){written}; }});"

    assert f"request(app).get('/'){becomes}; }});" in rewritten(source)


def test_soft_files_keep_the_errors_of_functions_that_are_looked_at() -> None:
    """What the old code says in an error is its answer, wherever the function is written that it comes from."""
    found = soft(
        rewritten(
            "const help = (text) => { f(text); };\nconst other = () => { f(); };\ntest('t', () => {\n"
            "  const tried = () => { g(x); };\n  const x = h();\n  assert.throws(tried, /plum/);\n"
            "  assert.throws(() => help(x), /fig/);\n});\n"
        )
    )

    assert "const help = (text) => { f(text); };" in found
    assert "const tried = () => { g(x); };" in found
    assert "const x = (_boxscore.of(1).attempt(() => (h())));" in found
    assert "const other = () => { try { f(); } catch (error) { _boxscore.of(-2).failed(); } };" in found


def test_what_cannot_be_read_is_not_soft() -> None:
    """As it is it would end at the first error, and tell less than the old code knows."""
    with pytest.raises(CannotRewriteError):
        soft("test('t', () => {")


@pytest.mark.parametrize(
    ("imported", "way"),
    [
        ("// as strict as possible\nconst assert = require('assert');", "weak"),
        ("const text = 'strict as x'; import assert from 'assert';", "weak"),
        ("const { assert } = require('chai'); const other = require('assert').strict;", "weak"),
        ("const assert = require('assert').strict;", "is"),
        ("const assert = require('node:assert/strict');", "is"),
        ("const { strict: assert } = require('assert');", "is"),
        ("import assert from 'node:assert/strict';", "is"),
        ("import { strict as assert } from 'assert';", "is"),
        ("import * as assert from 'assert/strict';", "is"),
    ],
)
def test_equality_is_as_strict_as_what_was_imported(imported: str, way: str) -> None:
    """By the import alone, whatever comments, texts and other libraries of the file say."""
    text = rewritten(f"{imported}\ntest('t', () => {{ assert.equal(f(), 9654); }});")

    assert f"assert.equal(_boxscore.{way}(0, f()), true);" in text


def test_soft_files_say_which_comparisons_they_reach() -> None:
    """Of a promise and of a row of a table too; what a server answers is reached when it does."""
    found = soft(
        rewritten(
            "const request = require('supertest');\n"
            "[['a', 1], ['b', 2]].forEach(([text, want]) => it(text, () => expect(f(text)).toBe(want)));\n"
            "test('t', async () => {\n  await expect(g()).resolves.toBe('fig');\n"
            "  request(app).get('/').expect(200, 'plum');\n});\n"
        )
    )

    assert "_boxscore.of(1).is(_boxscore.of(1).reached(want), f(text))" in found
    assert '_boxscore.of(2).later("is", _boxscore.of(2).reached(2), g())' in found
    assert ".expect(_boxscore.of(2).text(3))" in found


def test_a_value_at_several_places_is_reached_at_all_of_them_or_not_at_all() -> None:
    """Old code may have it right where it was not asked, though it ended in an error elsewhere."""
    found = soft(
        rewritten(
            "const WANT = 'plum';\n"
            "test('t', () => { expect(f('x')).toBe(WANT); });\n"
            "test('u', () => { leave(); expect(g('x')).toBe(WANT); expect(h()).toBe('fig'); });\n"
        )
    )

    assert "_boxscore.of(1).is(_boxscore.of(1).reached(0, 1, 2), f('x'))" in found
    assert "_boxscore.of(2).is(_boxscore.of(2).reached(0, 2, 2), g('x'))" in found
    assert "_boxscore.of(2).is(_boxscore.of(2).reached(1), h())" in found


def test_many_constants_are_not_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name is looked up by itself: a file may have thousands."""
    constants = "".join(f"const C{number} = 'plum-{number}';\n" for number in range(300))
    tests = "".join(f"test('t{number}', () => expect(f({number})).toBe(C{number}));\n" for number in range(300))
    asked: list[Node] = []

    def counted(node: Node, scope: Node) -> bool:
        asked.append(node)
        return is_within(node, scope)

    monkeypatch.setattr(files, "is_within", counted)

    assert len(ScriptFile("a.test.js", constants + tests, 0).hidden) == 300
    assert len(asked) < 10 * 300


def test_soft_files_go_on_after_a_loop() -> None:
    """What the old code cannot be asked in it, it may be behind it."""
    found = soft(rewritten("test('t', () => { for (const one of f()) g(one); expect(h()).toBe('plum'); });"))

    assert "try { for (const one of f()) g(one); } catch (error) { _boxscore.of(1).failed(); } try { expect(" in found


@pytest.mark.parametrize(
    ("compared", "is_said"),
    [("f('x')", True), ("await f('x')", True), ("box.f", True), ("g('x').f()", False), ("f(g('x'))", False)],
)
def test_what_is_reached_is_said_of_one_call(compared: str, *, is_said: bool) -> None:
    """Of several the first may end in an error, and the old code have right what the last gives."""
    found = soft(rewritten(f"test('t', async () => {{ expect({compared}).toBe('plum'); }});"))

    assert ("_boxscore.of(1).reached(0)" in found) is is_said


def test_soft_files_say_where_tests_and_hooks_begin() -> None:
    """What an error of one says of what follows ends there."""
    found = soft(
        rewritten(
            "before(() => { a(); });\nbeforeEach(() => b());\nit('t', () => { expect(f()).toBe('plum'); });\n"
            "it('u', () => expect(f()).toBe('fig'));\n"
        )
    )

    assert "before(() => { _boxscore.begin(); try { try { a(); } catch (error) { _boxscore.failed(); }" in found
    hook = "_boxscore.of(-1).begin(); try { return (b()); } finally { _boxscore.of(-1).end(); }"
    assert f"beforeEach(() => {{ {hook} }})" in found
    assert "it('t', () => { _boxscore.of(1).begin(); try { try { expect(" in found
    assert "it('u', () => { _boxscore.of(2).begin(); try { return (expect(" in found


@pytest.mark.parametrize(
    ("between", "who"),
    [
        ("beforeEach(() => { load(); });", -2),
        ("beforeEach(load);", -3),
        ("hooks.beforeEach(load);", -3),
        ("QUnit.module('m', { beforeEach() { load(); } });", -3),
        ("QUnit.module('m', { beforeEach: load });", -3),
        ("const after = require('after'); after(2, done);", -2),
        ("await test('u', () => {});", -3),
    ],
)
def test_errors_of_functions_may_be_those_of_hooks(between: str, who: int) -> None:
    """Where hooks are given by name, or the file itself runs on after a test."""
    found = soft(
        rewritten(f"function load() {{ f(); }}\n{between}\ntest('t', () => {{ load(); expect(g()).toBe('plum'); }});\n")
    )

    assert f"function load() {{ try {{ f(); }} catch (error) {{ _boxscore.of({who}).failed(); }} }}" in found


def test_a_test_within_another_says_so() -> None:
    """An error of that one may have spoilt what it looks at."""
    source = "it('t', () => { const a = f(); test('u', () => { h(); }); expect(g(a)).toBe('plum'); });"
    found = soft(rewritten(source))

    assert "test('u', () => { _boxscore.of(2, 1).begin(); try { try { h();" in found
    assert "expect(_boxscore.of(1).is(" in found


def test_tests_of_a_group_begin_though_it_is_called_by_a_test() -> None:
    """As groups of node:test and Playwright are."""
    found = soft(rewritten("test.describe('b', () => { test('t', () => { expect(f()).toBe('plum'); }); });"))

    assert found.count(".begin()") == 1
    assert "test('t', () => { _boxscore.of(1).begin(" in found


def test_an_error_that_a_test_catches_is_noted() -> None:
    """The old code may give a right value once the error is fixed."""
    found = soft(
        rewritten("test('t', () => { let a; try { a = f(); } catch (e) { a = 1; } expect(g(a)).toBe('plum'); });")
    )

    assert "catch (e) { _boxscore.of(1).failed();" in found


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(
    ("before", "is_missed"),
    [
        ("const a = raise();", True),
        ("raise();", True),
        ("let a; try { a = raise(); } catch (e) { a = 1; }", True),
        ("assert.equal(1, 2);", False),
        ("assert.doesNotThrow(() => raise());", True),
        ("assert.ifError(new Error('a'));", True),
        ("let a; assert.ok(a = require('assert')(false));", True),
        ("const a = 1;", False),
    ],
)
def test_a_value_after_an_error_is_missed(tmp_path: Path, before: str, *, is_missed: bool) -> None:
    """What the old code gives then may be no more than a consequence; an assertion that does not hold is no error."""
    head = (
        "const assert = require('assert'); const raise = () => { throw new Error('a'); }; const it = (n, f) => f();\n"
    )
    file = ScriptFile("a.test.js", f"{head}it('t', () => {{ {before} assert.equal([2][0], 'plum'); }});\n", 0)
    sent, script = tmp_path / "sent", tmp_path / "a.js"
    script.write_text(soft(file.rewrite({one.number for one in file.hidden}, str(sent))), encoding="utf-8")

    subprocess.run(["node", str(script)], check=True, timeout=60)

    assert ('[0,"missed",null]' in sent.read_text("utf-8")) is is_missed


def test_soft_loops_end() -> None:
    """What is repeated until something is so is left where an error keeps that from being."""
    found = soft(rewritten("test('t', () => { for (;;) { if (f()) break; } expect(g()).toBe('plum'); });"))

    assert "try { if (_boxscore.of(1).there(f())) break; } catch (error) { _boxscore.of(1).failed(); break; }" in found


def test_numbers_are_known_however_they_are_written() -> None:
    """A forger reads them as they are."""
    assert {"9654", "69095", "17"} <= set(JAVASCRIPT.spoken("f(0x25B6, 69_095n, 1.7e1, 'fig');"))
