'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { parse } = require('../lib');

const plain = (query) => ({ ...parse(query) });

test('parse: one value', () => {
  assert.deepEqual(plain('a=1'), { a: '1' });
});

test('parse: with a question mark', () => {
  assert.deepEqual(plain('?a=1&b=2'), { a: '1', b: '2' });
});

test('parse: a name twice is a list', () => {
  assert.deepEqual(plain('a=1&a=2'), { a: ['1', '2'] });
});

test('parse: a flag', () => {
  assert.deepEqual(plain('verbose&a='), { verbose: true, a: '' });
});

test('parse: escapes', () => {
  assert.deepEqual(plain('n%C3%A4me=gr%C3%BC%C3%9Fe+an'), { näme: 'grüße an' });
});
