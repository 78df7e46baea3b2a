/** Which rows are listed, in which order, and how many there would be of each outcome. */
import { compiled } from "./query.js";

/**
 * @typedef {{rows: number[], counts: Map<string, Map<string, number>>}} Arranged `counts`: by column, then outcome;
 *   each of rows that all other filters leave
 *
 * @param {import("./model.js").Model} model
 * @param {import("./address.js").Address} address
 * @returns {Arranged}
 */
export function arranged(model, address) {
  const test = compiled(address.filter, model);
  const facets = model.outcomes.map((column) => ({
    place: model.places.get(column.key) ?? 0,
    chosen: new Set(address.chosen[column.key] ?? []),
    counts: new Map(),
  }));
  const rows = [];
  const order = address.sort ? model.order(address.sort.replace(/^-/, "")) : null;
  const falling = address.sort.startsWith("-");
  const total = model.rows.length;
  for (let at = 0; at < total; at += 1) {
    const row = order ? order[falling ? total - 1 - at : at] : at;
    if (test && !test(row)) continue;
    if (fits(model.rows[row], facets)) rows.push(row);
  }
  return {
    rows: falling ? valuesFirst(rows, model, address.sort.slice(1)) : rows,
    counts: new Map(model.outcomes.map((column, at) => [column.key, facets[at].counts])),
  };
}

/** Count a row in each facet whose other facets have it. @returns {boolean} whether all have it */
function fits(/** @type {any[]} */ row, /** @type {any[]} */ facets) {
  let misses = 0;
  let missed = null;
  for (const facet of facets) {
    if (facet.chosen.size > 0 && !facet.chosen.has(String(row[facet.place]))) {
      misses += 1;
      missed = facet;
    }
  }
  if (misses > 1) return false;
  for (const facet of misses === 1 ? [missed] : facets) {
    const outcome = String(row[facet.place]);
    facet.counts.set(outcome, (facet.counts.get(outcome) ?? 0) + 1);
  }
  return misses === 0;
}

/** Rows without a value come last in a falling order as well. */
function valuesFirst(/** @type {number[]} */ rows, /** @type {import("./model.js").Model} */ model, /** @type {string} */ key) {
  const place = model.places.get(key) ?? 0;
  const without = rows.filter((row) => model.rows[row][place] === null);
  return without.length === 0 ? rows : [...rows.filter((row) => model.rows[row][place] !== null), ...without];
}
