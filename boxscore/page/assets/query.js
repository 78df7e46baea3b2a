/**
 * The filter's language. Words, all of which must be in some column of a row; `"several words"`; `column:text`;
 * `column=text` for the whole value; `column>3`, `>=`, `<`, `<=`; `outcome:failed` for all that did not pass; and a
 * `-` before any of them for rows that are not so.
 *
 * @typedef {(row: number) => boolean} Test
 */
import { toneOf } from "./outcome.js";

const TERM = /(-?)(?:([^\s":=<>]+)(:|>=|<=|=|>|<))?(?:"([^"]*)"?|(\S+))/g;

/**
 * @param {string} text
 * @param {import("./model.js").Model} model
 * @returns {Test | null} null where all rows fit
 */
export function compiled(text, model) {
  const tests = [...text.matchAll(TERM)].map((found) => termTest(found, model));
  if (tests.length === 0) return null;
  return (row) => tests.every((test) => test(row));
}

/** @param {RegExpMatchArray} found @param {import("./model.js").Model} model @returns {Test} */
function termTest(found, model) {
  const [whole, minus, key, operator, quoted, bare] = found;
  const value = (quoted ?? bare ?? "").toLowerCase();
  const column = key === undefined ? null : columnOf(key, model);
  let test = column ? columnTest(column, operator, value, model) : null;
  if (!test) {
    const wanted = key === undefined ? value : whole.slice(minus.length).toLowerCase();
    test = (row) => model.text(row).includes(wanted);
  }
  return minus ? negated(test) : test;
}

/** @param {Test} test @returns {Test} */
function negated(test) {
  return (row) => !test(row);
}

/** @param {string} key @param {import("./model.js").Model} model @returns {import("./source.js").Column | null} */
function columnOf(key, model) {
  const wanted = key.toLowerCase();
  return (
    model.columns.find((column) => column.key.toLowerCase() === wanted) ??
    model.columns.find((column) => column.label.toLowerCase().replaceAll(" ", "_") === wanted) ??
    null
  );
}

/**
 * @param {import("./source.js").Column} column
 * @param {string} operator
 * @param {string} value
 * @param {import("./model.js").Model} model
 * @returns {Test | null} null where the term is none of that column's
 */
function columnTest(column, operator, value, model) {
  const of = (/** @type {number} */ row) => model.value(row, column.key);
  if (operator.startsWith("<") || operator.startsWith(">")) return orderTest(column.kind === "strip" ? (row) => leadingNumber(of(row)) : of, operator, Number(value));
  if (column.kind === "outcome" && value === "failed") return (row) => toneOf(of(row)) === "bad";
  if (operator === "=") return (row) => String(of(row) ?? "").toLowerCase() === value;
  return (row) => String(of(row) ?? "").toLowerCase().includes(value);
}

/** The `7` of `7 of 20`. @param {any} value @returns {number} */
function leadingNumber(value) {
  return Number.parseInt(String(value), 10);
}

/** @param {(row: number) => any} of @param {string} operator @param {number} bound @returns {Test | null} */
function orderTest(of, operator, bound) {
  if (Number.isNaN(bound)) return null;
  const number = (/** @type {number} */ row) => (typeof of(row) === "number" ? of(row) : Number.NaN);
  if (operator === ">") return (row) => number(row) > bound;
  if (operator === ">=") return (row) => number(row) >= bound;
  if (operator === "<") return (row) => number(row) < bound;
  return (row) => number(row) <= bound;
}
