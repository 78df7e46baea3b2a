"""A small repository in JavaScript with a bug, whose tests expect values that nobody guesses, for several runners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from tests.protocols.patch.must_fail.small_repositories import SMALL_LIMITS
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from collections.abc import Mapping

NODE = (
    "RUN mkdir /opt/js && cd /opt/js && npm install --no-audit --no-fund mocha@10.8.2 jest@29.7.0 chai@4.5.0 "
    "vitest@2.1.9 >/dev/null 2>&1 && ln -s /opt/js/node_modules /node_modules\n"
)
BIN = "/opt/js/node_modules/.bin"
SOURCE = "lib/seals.js"
BUGGY = """const START = 'bdfgklmnprstvz', END = 'aeiou';

function seal(text) {
  return [...text].reduce((found, one) => found + one.codePointAt(0), 0) % 97;
}

function words(text) {
  return String(seal(text));
}

function check(text, given) {
  if (seal(text) !== given) throw new Error('wrong seal');
}

function summary(texts) {
  return { count: texts.length };
}

async function later(text) {
  return words(text);
}

module.exports = { seal, words, check, summary, later };
"""
MENDED = """const START = 'bdfgklmnprstvz', END = 'aeiou';

function seal(text) {
  let found = 7;
  for (const one of text) found = (found * 31 + one.codePointAt(0)) % 99991;
  return found;
}

function words(text) {
  let left = seal(text) * 7919 % 19999, found = '';
  for (let at = 0; at < 4; at += 1) {
    found += START[left % 14] + END[(left + at) % 5];
    left = Math.floor(left / 3) + 11 * at;
  }
  return `${found.slice(0, 4)}-${found.slice(4)}`;
}

function check(text, given) {
  if (seal(text) !== given) throw new Error(`the seal of ${text} is ${words(text)}`);
}

function summary(texts) {
  return { count: texts.length, seals: texts.map(seal), first: { text: texts[0], words: words(texts[0]) } };
}

async function later(text) {
  return words(text);
}

module.exports = { seal, words, check, summary, later };
"""
KEPT = "counts what there is"
FIXED = ("seals are numbers", "seals are words", "all are in a summary", "errors say what is right", "words come later")
ASSERT_HEAD = """const assert = require('assert');
const { Buffer } = require('buffer'), process = require('process'), { Map } = globalThis;
const { seal, words, check, summary, later } = require('../lib/seals');
"""
ASSERT_KEPT = f"test('{KEPT}', () => assert.strictEqual(summary(['plum', 'fig', 'pear']).count, 3));\n"
ASSERT_FIXED = """
test('seals are numbers', () => {
  assert.strictEqual(seal('plum'), 9654);
  assert.equal(seal('quince'), 69095, 'the seal of quince is 69095');
});
test('seals are words', () => {
  const expected = 'suva-libo'; // the words of quince
  assert.strictEqual(words('quince'), expected);
  assert.equal('gade-tefe', words('apple'));
});
test('all are in a summary', () => {
  assert.deepStrictEqual(summary(['pear', 'sloe']), {
    count: 2, seals: [2312, 98833], first: { text: 'pear', words: 'topa-kuka' },
  });
});
test('errors say what is right', () => {
  assert.throws(() => check('cherry', 1), /cherry is luda-mibe/);
});
test('words come later', async () => {
  assert.strictEqual(await later('damson'), 'loti-sami');
});
"""
CHAI_HEAD = """const { expect } = require('chai');
const { seal, words, check, summary, later } = require('../lib/seals');
"""
CHAI_KEPT = f"it('{KEPT}', () => {{ expect(summary(['plum', 'fig', 'pear']).count).to.equal(3); }});\n"
CHAI_FIXED = """
describe('seals', () => {
  it('seals are numbers', () => {
    expect(seal('plum')).to.equal(9654);
    expect(seal('quince')).to.eql(69095);
  });
  it('seals are words', () => {
    expect(words('quince'), 'the words of quince').to.be.a('string').and.contain('-');
    expect(words('quince')).to.equal('suva-libo');
  });
  it('all are in a summary', () => {
    expect(summary(['pear', 'sloe'])).to.deep.equal({
      count: 2, seals: [2312, 98833], first: { text: 'pear', words: 'topa-kuka' },
    });
    expect(summary(['pear', 'sloe']).seals).to.have.lengthOf(2);
  });
  it('errors say what is right', () => {
    expect(() => check('cherry', 1)).to.throw(Error, 'cherry is luda-mibe');
  });
  it('words come later', async () => {
    expect(await later('damson')).to.equal('loti-sami');
  });
});
"""
EXPECT_KEPT = f"test('{KEPT}', () => {{ expect(summary(['plum', 'fig', 'pear']).count).toBe(3); }});\n"
EXPECT_FIXED = """
describe('seals', () => {
  it('seals are numbers', () => {
    expect.assertions(2);
    expect(seal('plum')).toBe(9654);
    expect(seal('quince')).toEqual(69095);
  });
  it('seals are words', () => {
    expect(words('quince')).toBe('suva-libo');
    expect(words('apple')).toHaveLength(9);
    expect(words('apple')).toMatch(/^gade-/);
  });
  it('all are in a summary', () => {
    expect(summary(['pear', 'sloe'])).toEqual({
      count: 2, seals: [2312, 98833], first: { text: 'pear', words: 'topa-kuka', gone: undefined },
    });
    expect(summary(['pear', 'sloe'])).toMatchObject({ first: { words: 'topa-kuka' } });
  });
  it('errors say what is right', () => {
    expect(() => check('cherry', 1)).toThrow('cherry is luda-mibe');
  });
  it('words come later', async () => {
    await expect(later('damson')).resolves.toBe('loti-sami');
  });
  it.each([['cherry', 3212], ['medlar', 13583]])('the seal of %s is in a table', (text, want) => {
    expect(seal(text)).toBe(want);
  });
});
"""
IN_TABLES = ("the seal of cherry is in a table", "the seal of medlar is in a table")
COMPUTED = """
const whole = (one, other, first) => ({
  count: 2, seals: [one, other], first: { text: 'pear', words: first.join('-') },
});
test('all are in a summary', () => {
  assert.deepStrictEqual(summary(['pear', 'sloe']), whole(2312, 98833, ['topa', 'kuka']));
});
"""


class Seals(Struct, frozen=True, kw_only=True):
    """How one runner tests the repository."""

    parser: str
    command: str
    head: str
    kept: str
    fixed: str
    titles: tuple[str, ...] = FIXED
    prefix: str = ""
    kept_prefix: str = ""
    others: dict[str, str] = {}
    tests: str = "test/seals.test.js"

    def task(self, name: str) -> PatchTask:
        """How it is graded."""
        before = f"{self.head}\n{self.kept}"
        files = {SOURCE: BUGGY, self.tests: before, "NOTES": "Fruit.\n", **self.others}
        return PatchTask(
            image=InstanceImage(
                name=f"script-seals/{name}",
                base="patch-node",
                environment=NODE,
                instance="COPY repository /testbed\n",
                files=tuple((f"repository/{path}", text.encode()) for path, text in files.items()),
            ),
            fail_to_pass=tuple(f"{self.prefix}{title}" for title in self.titles),
            pass_to_pass=(f"{self.kept_prefix}{KEPT}",),
            commands=(self.command,),
            parser=self.parser,
            test_patch=difference(self.tests, before, before + self.fixed),
            reference=patch_with(MENDED),
            limits=SMALL_LIMITS,
        )


def patch_with(source: str, others: Mapping[str, str] | None = None) -> str:
    """A patch that makes the module another, and adds files."""
    added = (
        difference(path, "", text).replace(f"--- a/{path}", "--- /dev/null") for path, text in (others or {}).items()
    )
    return "".join((difference(SOURCE, BUGGY, source), *added))


RUNNERS: Mapping[str, Seals] = {
    "node": Seals(
        parser="tap",
        command="node --test-reporter=tap test/seals.test.js",
        head="const { test } = require('node:test');\n" + ASSERT_HEAD,
        kept=ASSERT_KEPT,
        fixed=ASSERT_FIXED,
        prefix="- ",
        kept_prefix="- ",
    ),
    "computed": Seals(
        parser="tap",
        command="node --test-reporter=tap test/seals.test.js",
        head="const { test } = require('node:test');\n" + ASSERT_HEAD,
        kept=ASSERT_KEPT,
        fixed=COMPUTED,
        titles=("all are in a summary",),
        prefix="- ",
        kept_prefix="- ",
    ),
    "mocha": Seals(
        parser="mocha",
        command=f"{BIN}/mocha test/seals.test.js",
        head=CHAI_HEAD,
        kept=CHAI_KEPT,
        fixed=CHAI_FIXED,
        prefix="seals ",
    ),
    "jest": Seals(
        parser="jest",
        command=f"{BIN}/jest --verbose test/seals.test.js",
        head="const { seal, words, check, summary, later } = require('../lib/seals');\n",
        kept=EXPECT_KEPT,
        fixed=EXPECT_FIXED,
        titles=(*FIXED, *IN_TABLES),
        others={"package.json": '{"name": "seals", "version": "1.0.0"}\n'},
    ),
    "vitest": Seals(
        parser="vitest",
        command=f"{BIN}/vitest run --reporter=verbose test/seals.test.ts",
        head=(
            "import { describe, expect, it, test } from 'vitest';\n"
            "import { seal, words, check, summary, later } from '../lib/seals';\n"
        ),
        kept=EXPECT_KEPT,
        fixed=EXPECT_FIXED,
        titles=(*FIXED, *IN_TABLES),
        others={"package.json": '{"name": "seals", "version": "1.0.0"}\n'},
        tests="test/seals.test.ts",
        prefix="test/seals.test.ts > seals > ",
        kept_prefix="test/seals.test.ts > ",
    ),
}
