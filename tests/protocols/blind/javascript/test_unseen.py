"""What old code gives after an error, or a lack, that its tests hide: real Node runs files that report it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.javascript.files import ScriptFile, without_runtime
from boxscore.protocols.blind.javascript.soft import soft

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")

RUNNER = """
const assert = require('assert'), jobs = [], each = [];
const it = (title, body) => jobs.push([body]);
const both = { test: (title, body) => {
  if (!jobs.length || !jobs[jobs.length - 1].together) jobs.push(Object.assign([], { together: true }));
  jobs[jobs.length - 1].push(body);
} };
it['concur' + 'rent'] = both.test;
const describe = (title, body) => body(), beforeEach = (hook) => each.push(hook);
const hooks = { beforeEach };
setTimeout(async () => {
  for (const some of jobs) await Promise.all(some.map(async (body) => {
    for (const hook of each) try { await hook(); } catch (error) {}
    try { await body({ test: (title, inner) => inner() }); } catch (error) {}
    await new Promise((done) => setTimeout(done, 5));
  }));
});
const fails = () => { throw new Error('a'); };
const lib = { fails, f: (x) => x || 'other', rejects: async () => fails(), calls: (done) => done(new Error('a')),
  say: (done) => done('no'), on: (_, done) => done(), has: { part: (x) => x }, gives: () => 1, later: async () => 1,
  nothing: null, fault: () => Object.assign([new Error('a'), 'no'], { failure: { e: 'no' } }) };
lib.self = lib;
const util = require('util'), { FAST } = util;
"""
COMPARED = "assert.equal(lib.f(x), 'plum');"


def missed(tmp_path: Path, source: str) -> bool:
    """Whether old code is said not to have been asked for the first of the values that a file expects."""
    file = ScriptFile("a.test.js", RUNNER + source, 0)
    sent, script = tmp_path / "sent", tmp_path / "a.js"
    (tmp_path / "old.js").write_text("exports.check = () => require('assert')(false);\n")
    script.write_text(soft(file.rewrite({one.number for one in file.hidden}, str(sent))), encoding="utf-8")

    subprocess.run(["node", str(script)], check=True, timeout=60)

    lines = sent.read_text("utf-8").splitlines()
    assert any(line.startswith(('[0,"weak"', '[0,"says"')) for line in lines)
    return '[0,"missed",null]' in lines


def of_test(before: str) -> str:
    """A test that compares after something else."""
    return f"it('t', async () => {{ let x = 0; {before} {COMPARED} }});\n"


@pytest.mark.parametrize(
    "before",
    [
        "x = await lib.rejects().catch(() => 0);",
        "x = await lib.rejects().then((v) => v, () => 0);",
        "await Promise.allSettled([lib.rejects(), 1]);",
        "x = await Promise.any([lib.rejects(), 1]);",
        "await Promise.race([1, lib.rejects()]); await null;",
        "lib.calls((err, got) => { x = got; });",
        "lib.calls((err) => (x = 0));",
        "x = lib.g?.();",
        "x = lib.g?.part.of(1);",
        "x = lib['g']?.(1);",
        "x = lib.self.self.g?.(lib.f?.(1));",
        "x = lib.nothing?.part;",
        "x = typeof lib.g === 'function' ? lib.g() : 0;",
        "const is = typeof lib.g != 'undefined'; if (is) x = lib.g();",
        "x = lib.g && lib.g();",
        "x = lib.gives() && lib.g && lib.g();",
        "const g = lib.g; if (g) x = g();",
        "const { g } = lib; if (!g) x = 0; else x = g();",
        "const { g = () => 0 } = lib; x = g();",
        "const { g: h = () => 0 } = lib; x = h();",
        "x = (lib.g || (() => 0))();",
        "x = (lib.g ?? (() => 0))();",
        "if (lib.g !== undefined) x = lib.g();",
        "if (null == lib.g) x = 0;",
        "if ('g' in lib) x = lib.g();",
        "if (lib.hasOwnProperty('g')) x = lib.g();",
        "if (Object.hasOwn(lib, 'g')) x = lib.g();",
        "x = lib.f(lib.g?.());",
        "const y = util.FAST;",
        "x = lib.f(util.FAST);",
        "x = lib.f(FAST);",
        "let g; g = util.g; if (g) x = g();",
        "let g; g ??= () => 0; x = g();",
        "const kind = typeof lib.g; if (kind !== 'undefined') x = lib.g();",
        "lib.say((err, got) => { x = got; });",
        "lib.calls((_, got) => { x = got; });",
        "lib.on('error', () => {});",
        "assert.ok(require('./old.js').check());",
        "lib.calls((...all) => { x = all[1]; });",
        "lib.calls(function () { x = arguments[1]; });",
        "lib.calls((problem) => { x = 1; });",
        "const [err, got] = lib.fault();",
        "const { e: error = null } = lib.fault().failure;",
        "const [[, ex]] = [lib.fault()]\n",
        "const run = ({ g = () => 0 }) => g(); x = run(util);",
        "const run = ({ g = () => 0 }) => g(); x = run({ ...util });",
        "x = ({ g: () => 0, ...util }).g();",
        "x = Object.assign({ g: () => 0 }, util).g();",
        "if (Object.keys(util).includes('g')) x = util.g();",
        "for (const key in util) if (key === 'g') x = util.g();",
        "x = lib.g instanceof Function ? lib.g() : 0;",
        "if (lib.g !== void 0) x = lib.g();",
        "x = lib.f(util.A | util.B);",
        "x = lib.f(!util.FAST);",
        "x = lib.f(1 > 2 ? 0 : util.FAST);",
        "x = lib.f(0 || util.FAST);",
        "x = lib.f({ FAST });",
        "x = lib.f(util['FAST']);",
        "x += util.FAST;",
        "const sub = util.inspect; x = sub.FAST;",
        "let late; late = require('util'); x = late.FAST;",
        "x = { [util.FAST]: 1 }.of;",
        "switch (x) { case util.FAST: x = 1; }",
        "x = ((a = util.FAST) => a)();",
        "x = new (class { a = util.FAST; })().a;",
        "lib.rejects(); await new Promise((done) => setTimeout(done, 5));",
        "x = Object.keys(lib).includes('g') ? lib.g() : 0;",
        "const names = Object.keys(lib); if (names.includes('g')) x = lib.g();",
        "if (!new Set(Reflect.ownKeys(lib)).has('g')) x = 0;",
        "if (Object.keys(lib).indexOf('g') >= 0) x = lib.g();",
        "if (-1 === Object.keys(lib).indexOf('g')) x = 0;",
        "if (Object.keys(lib).filter((name) => name === 'g').length > 0) x = lib.g();",
        "x = Object.entries(lib).find(([name]) => name === 'g') || 0;",
        "x = new Map(Object.entries(lib)).get('g') || 0;",
        "x = [lib.g].find(Boolean) || 0;",
        "switch (lib.nothing) { case null: x = 0; break; default: x = 1; }",
        "switch (lib.gives() && lib.g) { case undefined: x = 0; break; default: x = 1; }",
        "switch (lib.f(null) && [].pop()) { case 1: x = 1; break; case void 0: x = 0; }",
        "x = [].pop() ?? 0;",
        "if ([].pop() === undefined) x = 0;",
        "x = (await [lib.later()].pop().then(() => null)) || 0;",
        "const has = !!lib.g; if (has) x = lib.g();",
        "const has = Boolean(lib.g); if (has) x = lib.g();",
        "if (!lib.g?.(1)) x = 0;",
    ],
)
def test_what_follows_a_hidden_error_or_lack_is_missed(tmp_path: Path, before: str) -> None:
    """A forger who fixes the one alone may have the old code give the right value."""
    assert missed(tmp_path, of_test(before))


@pytest.mark.parametrize(
    "before",
    [
        "x = await lib.later().catch(() => 0);",
        "x = await lib.later().then((v) => v, () => 0);",
        "await Promise.allSettled([lib.later(), 1]);",
        "lib.gives((err, got) => { x = got; });",
        "[1].map((e) => e + 1);",
        "((err, request, response, next) => next())(new Error('a'), 1, 2, () => 0);",
        "assert.throws(() => { lib.fails(); });",
        "assert['throws'](function () { lib.fails(); }, Error);",
        "await assert.rejects(async () => { await lib.rejects(); });",
        "x = lib.gives?.();",
        "x = lib.f(util.inspect);",
        "lib.on('end', () => {});",
        "x = lib.has?.part?.(17);",
        "x = lib['has']?.part(17);",
        "x = typeof lib.gives === 'function' ? lib.gives() : 0;",
        "x = lib.gives && lib.gives();",
        "const { gives = () => 0 } = lib; x = gives();",
        "x = ((a = 17) => a)();",
        "if ('gives' in lib) x = lib.gives();",
        "const named = globalThis.nothing?.of; x = process.env.NOTHING || 1; if (module.nothing) x = 2;",
        "let timer; if (timer) clearTimeout(timer);",
        "const local = (cb) => cb && cb(); local();",
        "assert.ok('g' in lib);",
        "assert.equal(1, 2);",
        "lib.gives((...all) => { x = all[1]; });",
        "lib.on('end', function () { x = arguments[1]; });",
        "const [err, got] = [lib.nothing, lib.gives()];",
        "const { error } = Object.assign({}, console);",
        "const run = ({ port = 0 }) => port; x = run({ port: 1 }); x = run({});",
        "x = ({ ...util, g: () => 0 }).g();",
        "x = Object.assign({}, util).inspect(1);",
        "x = lib.f(1 + util.inspect.length);",
        "x = lib.f({ util });",
        "x = Object.keys({ a: 1 }).length;",
        "x = [...[1], ...[2]].length;",
        "await lib.later();",
        "x = Object.keys(lib).includes('gives') ? lib.gives() : 0;",
        "const names = Object.keys(lib); if (names.indexOf('gives') !== -1) x = lib.gives();",
        "if (Object.keys(lib).length === 0) x = 0;",
        "x = Object.keys(lib).length || 0;",
        "x = new Map(Object.entries(lib)).get('gives') || 0;",
        "x = [lib.gives].find(Boolean) || 0;",
        "switch (lib.gives) { case null: x = 0; break; default: x = 1; }",
        "switch (lib.nothing) { case 'a': x = 0; break; default: x = 1; }",
        "x = lib.gives() ?? 0; if ((await lib.later()) == null) x = 0;",
        "if (['a'].includes('b')) x = 0; if ('a'.indexOf('b') >= 0) x = 0;",
        "const has = !!lib.gives; x = !Boolean(lib.has);",
        "assert.ok(!lib.f(null).part); assert.ok([].pop() === undefined);",
    ],
)
def test_what_is_there_and_does_not_fail_hides_nothing(tmp_path: Path, before: str) -> None:
    """Nor does what the machine lacks, or an assertion that does not hold."""
    assert not missed(tmp_path, of_test(before))


def test_what_a_comparison_asks_for_itself_may_be_lacking(tmp_path: Path) -> None:
    """As without the question mark: what old code gives in its place is its answer."""
    assert not missed(tmp_path, "it('t', () => assert.equal(lib.g?.(1), 'plum'));")


def test_methods_that_may_be_lacking_are_called_as_methods(tmp_path: Path) -> None:
    """They know their object, and names are looked up once."""
    source = "const box = { n: 17, get(k) { return this.n + k; } };\n"
    source += "let asked = 0; const key = () => (asked += 1, 'get');\n"
    source += "it('t', () => { const y = box.get?.(1) + box?.[key()]?.(2); assert.equal(lib.f(y + asked), 'plum'); });"

    missed(tmp_path, source)

    assert '[0,"weak",{"i":"38"}]' in (tmp_path / "sent").read_text("utf-8")


def test_edits_of_one_place_close_in_their_order(tmp_path: Path) -> None:
    """What is inside ends before what it is in, with and without semicolons."""
    source = "it('t', () => {\n  let x\n  x = null == lib.has\n  const { length = 2 } = 'a' in lib\n"
    source += f"  const g = (err) => 'a' in lib\n  x = (e) => null == lib.g\n  {COMPARED}\n}})\n"

    missed(tmp_path, source)

    text = without_runtime((tmp_path / "a.js").read_text("utf-8"))
    assert "x = null == _boxscore.of(1).there(lib.has); } catch" in text


HOOKED = f"describe('b', () => {{ let x; %s it('t', () => {{ {COMPARED} }}); }});\n"
FIRST = "it('first', () => { assert.ok(1); });\n"
LOAD = "function load() { x = lib.fails(); }"


@pytest.mark.parametrize("first", ["", FIRST])
@pytest.mark.parametrize(
    "hook",
    [
        f"{LOAD} beforeEach(load);",
        f"{LOAD} hooks.beforeEach(load);",
        "hooks.beforeEach(() => { x = lib.fails(); });",
        f"{LOAD} beforeEach(async () => {{ await null; load(); }});",
        "beforeEach(() => lib.rejects().catch(() => 0));",
    ],
)
def test_errors_of_hooks_spoil_the_tests_behind_them(tmp_path: Path, first: str, hook: str) -> None:
    """However the hook is given: what is set up there is used by all of them."""
    assert missed(tmp_path, first + HOOKED % hook)


def test_errors_of_a_test_end_with_it(tmp_path: Path) -> None:
    """Another test is not spoilt by them, nor by those of a function that the test calls."""
    source = "function load() { lib.fails(); }\nit('first', async () => { await null; load(); lib.fails(); });\n"

    assert not missed(tmp_path, source + of_test(""))


@pytest.mark.parametrize(("hook", "is_missed"), [("", False), ("function none() {}\nbeforeEach(none);\n", True)])
def test_errors_behind_a_test_that_has_returned_are_its_own(tmp_path: Path, hook: str, *, is_missed: bool) -> None:
    """Functions are called by what it left to be called, as tests do that say when they are done; or by named hooks."""
    source = "function load() { lib.fails(); }\nit('first', () => { setTimeout(() => load()); });\n"

    assert missed(tmp_path, hook + source + of_test("")) is is_missed


@pytest.mark.parametrize(
    ("around", "is_missed"), [("t.test('one', () => { lib.fails(); });", False), ("lib.fails();", True)]
)
def test_tests_within_a_test_are_spoilt_by_that_one_alone(tmp_path: Path, around: str, *, is_missed: bool) -> None:
    """And not by another one beside them."""
    source = f"it('t', (t) => {{ let x; {around} t.test('two', () => {{ {COMPARED} }}); }});\n"

    assert missed(tmp_path, source) is is_missed


def test_what_is_expected_to_fail_is_left_as_it_is() -> None:
    """It would no longer fail if its errors were kept from it."""
    found = soft("test('t', () => { expect(() => { f(); }).toThrow(); expect(() => { g(); }).not.toThrow(); });\n")

    assert "expect(() => { f(); }).toThrow();" in found
    assert "expect(() => { try { g(); }" in found


def test_an_error_in_what_other_tests_are_made_of_is_theirs_too(tmp_path: Path) -> None:
    """As where a first test makes what the next one gets."""
    source = "let made; it('first', () => { made = lib.fails(); });\n"

    assert missed(tmp_path, source + of_test(""))


@pytest.mark.parametrize(
    "asked",
    [
        "util.A ? lib.f(util.A) : ''",
        "util.A && lib.f(util.A)",
        "lib.f(1) + util.A",
        "[lib.f(1), util.A]",
        "lib.f([1])[util.A]",
    ],
)
def test_a_lack_beside_a_call_that_is_compared_is_reported(tmp_path: Path, asked: str) -> None:
    """The call may be right, and what is compared is not without the other."""
    assert missed(tmp_path, f"it('t', () => assert.equal({asked}, 'plum'));\n")


def test_what_runs_before_the_file_is_left_as_it_is() -> None:
    """Stubs of modules may name nothing of ours."""
    found = soft("jest.mock('./a', () => ({ f: jest.fn((x) => x) }));\nconst b = vi.hoisted(() => [(x) => x]);\n")

    assert "f: jest.fn((x) => x) }));" in found
    assert "const b = vi.hoisted(" in found


@pytest.mark.parametrize(
    ("tried", "is_missed"),
    [
        ("() => lib.fails()", False),
        ("() => lib.f(lib.fails())", True),
        ("() => { lib.gives(); lib.fails(); }", True),
        ("() => own()", True),
        ("() => box.own()", True),
        ("() => lib.fails().part", True),
        ("() => [...lib.fails()]", True),
        ("() => { for (const one of lib.fails()) ; }", True),
        ("() => lib.has.nothing.at", False),
    ],
)
def test_an_error_of_several_calls_may_be_that_of_another(tmp_path: Path, tried: str, *, is_missed: bool) -> None:
    """A forger who fixes the first may have what the last says."""
    source = "function own() { lib.gives(); lib.fails(); }\nconst box = { own() { own(); } };\n"

    assert missed(tmp_path, f"{source}it('t', () => assert.throws({tried}, /plum/));\n") is is_missed


@pytest.mark.parametrize("test", ["it.concurrent", "both.test"])
@pytest.mark.parametrize("spoilt", ["x = lib.fails();", "load();"])
@pytest.mark.parametrize("wait", ["await null;", "await new Promise((done) => setTimeout(done, 20));"])
def test_errors_of_tests_that_run_together_are_kept(tmp_path: Path, test: str, spoilt: str, wait: str) -> None:
    """The test that begins after an error does not take it for its own, whether or not the file says so."""
    source = "function load() { lib.fails(); }\n"
    source += f"{test}('t', async () => {{ let x; {spoilt} {wait} {COMPARED} }});\n"

    assert missed(tmp_path, f"{source}{test}('other', async () => {{ assert.ok(1); }});\n")


def test_errors_of_functions_of_no_test_may_be_those_of_any_that_runs(tmp_path: Path) -> None:
    """Of tests that run together nobody knows which called it."""
    source = "function load() { lib.fails(); }\n"
    source += "both.test('first', async () => { await null; });\n"
    source += "both.test('other', async () => { await null; load(); });\n"

    assert missed(tmp_path, source + of_test("await null; await null; await null;").replace("it(", "both.test("))
