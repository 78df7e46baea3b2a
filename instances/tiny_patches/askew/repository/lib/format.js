'use strict';

/** Write an object as the query part of an address: names in the order of the object, lists as repeated names. */
function format(values) {
  const parts = [];
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      const left = encodeURIComponent(name);
      parts.push(one === true ? left : `${left}=${encodeURIComponent(String(one))}`);
    }
  }
  return parts.join('&');
}

module.exports = { format };
