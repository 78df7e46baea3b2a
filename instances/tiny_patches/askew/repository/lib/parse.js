'use strict';

/** Undo the escapes of one name or value. */
function decode(text) {
  return decodeURIComponent(text.replace('+', ' '));
}

/**
 * Read the query part of an address, with or without its question mark.
 *
 * Gives an object without a prototype. A name that comes once has its value, one that comes more often a list of its
 * values in order, one without an equals sign the value `true`.
 */
function parse(query) {
  const found = {};
  for (const part of query.replace(/^\?/, '').split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? true : decode(part.slice(at + 1));
    if (name in found) {
      found[name] = [found[name], value];
    } else {
      found[name] = value;
    }
  }
  return found;
}

module.exports = { parse };
