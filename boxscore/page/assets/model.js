/** The index in memory: rows as they came, columns by key, and what is computed of them once. */
import { toneOf } from "./outcome.js";

/**
 * @typedef {import("./source.js").Head} Head
 * @typedef {import("./source.js").Column} Column
 * @typedef {import("./source.js").Scalar} Scalar
 */
/** @type {Intl.Collator | undefined} made when a list is first sorted: that takes tens of milliseconds */
let collator;

export class Model {
  /** @param {Head} head @param {Scalar[][]} rows */
  constructor(head, rows) {
    this.replace(head, rows);
  }

  /** Take another head and all rows anew. @param {Head} head @param {Scalar[][]} rows */
  replace(head, rows) {
    this.head = head;
    this.rows = rows;
    /** @type {Map<string, number>} */
    this.places = new Map(head.columns.map((column, place) => [column.key, place]));
    this.forget();
  }

  /** Take another head, and rows that follow those that are here. @param {Head} head @param {Scalar[][]} more */
  extend(head, more) {
    this.replace(head, [...this.rows, ...more]);
  }

  forget() {
    /** @type {(string | undefined)[]} */
    this.texts = new Array(this.rows.length);
    /** @type {Map<string, Uint32Array>} */
    this.orders = new Map();
    /** @type {Map<string, number> | null} */
    this.names = null;
  }

  /** @returns {Column[]} */
  get columns() {
    return this.head.columns;
  }

  /** @returns {Column[]} those whose values are outcomes */
  get outcomes() {
    return this.columns.filter((column) => column.kind === "outcome");
  }

  /** @param {number} row @param {string} key @returns {Scalar} */
  value(row, key) {
    const place = this.places.get(key);
    return place === undefined ? null : this.rows[row][place];
  }

  /** @param {number} row @returns {string} what names it in links */
  name(row) {
    return `${this.value(row, "instance")}/${this.value(row, "sample")}`;
  }

  /** @param {string} name @returns {number | null} the row that a link names */
  find(name) {
    this.names ??= new Map(this.rows.map((_, row) => [this.name(row), row]));
    return this.names.get(name) ?? null;
  }

  /** @param {number} row @returns {string} all its values in small letters, for search */
  text(row) {
    return (this.texts[row] ??= this.rows[row].join("\n").toLowerCase());
  }

  /** @param {number} row @returns {boolean} whether somebody will want to know why: it failed, or has no verdict */
  failing(row) {
    const [first] = this.outcomes;
    const tone = first ? toneOf(this.value(row, first.key)) : "neutral";
    return tone === "bad" || tone === "unknown";
  }

  /** @param {string} key @returns {Uint32Array} all rows in rising order of a column; those without a value last */
  order(key) {
    const known = this.orders.get(key);
    if (known) return known;
    const place = this.places.get(key) ?? 0;
    const values = this.rows.map((row) => row[place]);
    const order = Uint32Array.from(values.keys()).sort((a, b) => compared(values[a], values[b]) || a - b);
    this.orders.set(key, order);
    return order;
  }
}

/** @param {Scalar} a @param {Scalar} b @returns {number} */
function compared(a, b) {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === "string" && typeof b === "string") {
    collator ??= new Intl.Collator("en", { numeric: true });
    return collator.compare(a, b);
  }
  return Number(a) - Number(b);
}
