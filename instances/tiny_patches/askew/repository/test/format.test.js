'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { format } = require('../lib');

test('format: values', () => {
  assert.equal(format({ a: 1, 'b c': 'd&e' }), 'a=1&b%20c=d%26e');
});

test('format: lists and flags', () => {
  assert.equal(format({ a: [1, 2], verbose: true }), 'a=1&a=2&verbose');
});
