/** The index in memory: rows, the filter's language, the order, and the address that says what is listed. */

// The index in memory: rows as they came, columns by key, and what is computed of them once.

let collator;

class Model {
  constructor(head, rows) {
    this.replace(head, rows);
  }

  /** Take another head and all rows anew. */
  replace(head, rows) {
    this.head = head;
    this.rows = rows;
    this.placeOf = new Map(head.columns.map((column, place) => [column.key, place]));
    this.forget();
  }

  /** Take another head, and rows that follow those that are here. */
  extend(head, more) {
    this.replace(head, [...this.rows, ...more]);
  }

  forget() {
    this.texts = new Array(this.rows.length);
    this.sortings = new Map();
    this.names = null;
  }

  get columns() {
    return this.head.columns;
  }

  get outcomes() {
    return this.columns.filter((column) => column.kind === "outcome");
  }

  value(row, key) {
    const place = this.placeOf.get(key);
    return place === undefined ? null : this.rows[row][place];
  }

  name(row) {
    return `${this.value(row, "instance")}/${this.value(row, "sample")}`;
  }

  find(name) {
    this.names ??= new Map(this.rows.map((_, row) => [this.name(row), row]));
    return this.names.get(name) ?? null;
  }

  text(row) {
    return (this.texts[row] ??= this.rows[row].join("\n").toLowerCase());
  }

  failing(row) {
    const [first] = this.outcomes;
    const tone = first ? toneOf(this.value(row, first.key)) : "neutral";
    return tone === "bad" || tone === "unknown";
  }

  /** Rows by what their first outcome calls for, what failed first; of a run in progress as they came. */
  worstFirst() {
    const [first] = this.outcomes;
    if (!first || this.head.going_on) return null;
    const known = this.sortings.get("");
    if (known) return known;
    const place = this.placeOf.get(first.key) ?? 0;
    const weights = this.rows.map((row) => urgencyOf(row[place]));
    const order = Uint32Array.from(weights.keys()).sort((a, b) => weights[a] - weights[b] || a - b);
    this.sortings.set("", order);
    return order;
  }

  order(key) {
    const known = this.sortings.get(key);
    if (known) return known;
    const place = this.placeOf.get(key) ?? 0;
    const values = this.rows.map((row) => row[place]);
    const order = Uint32Array.from(values.keys()).sort((a, b) => compared(values[a], values[b]) || a - b);
    this.sortings.set(key, order);
    return order;
  }
}

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

// The filter's language. Words, all of which must be in some column of a row; `"several words"`; `column:text`;
// `column=text` for the whole value; `column>3`, `>=`, `<`, `<=`; `outcome:failed` for all that did not pass; and a
// `-` before any of them for rows that are not so.

const TERM = /(-?)(?:([^\s":=<>]+)(:|>=|<=|=|>|<))?(?:"([^"]*)"?|(\S+))/g;

function compiled(text, model) {
  const tests = [...text.matchAll(TERM)].map((found) => termTest(found, model));
  if (tests.length === 0) return null;
  return (row) => tests.every((test) => test(row));
}

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

function negated(test) {
  return (row) => !test(row);
}

function columnOf(key, model) {
  const wanted = key.toLowerCase();
  return (
    model.columns.find((column) => column.key.toLowerCase() === wanted) ??
    model.columns.find((column) => column.label.toLowerCase().replaceAll(" ", "_") === wanted) ??
    null
  );
}

function columnTest(column, operator, value, model) {
  const of = (row) => model.value(row, column.key);
  if (operator.startsWith("<") || operator.startsWith(">")) return orderTest(column.kind === "strip" ? (row) => leadingNumber(of(row)) : of, operator, Number(value));
  if (column.kind === "outcome" && value === "failed") return (row) => toneOf(of(row)) === "bad";
  if (operator === "=") return (row) => String(of(row) ?? "").toLowerCase() === value;
  return (row) => String(of(row) ?? "").toLowerCase().includes(value);
}

/** The `7` of `7 of 20`. */
function leadingNumber(value) {
  return Number.parseInt(String(value), 10);
}

function orderTest(of, operator, bound) {
  if (Number.isNaN(bound)) return null;
  const number = (row) => (typeof of(row) === "number" ? of(row) : Number.NaN);
  if (operator === ">") return (row) => number(row) > bound;
  if (operator === ">=") return (row) => number(row) >= bound;
  if (operator === "<") return (row) => number(row) < bound;
  return (row) => number(row) <= bound;
}

// What the reader has chosen, kept in the address behind `#` and nowhere else, so that a link shows the same.

function readAddress(hash, columns) {
  const values = valuesOf(hash);
  const known = new Set(columns.map((column) => column.key));
  const step = Number.parseInt(values.get("step") ?? "", 10);
  const theme = values.get("theme") ?? "";
  const listed = values.get("columns")?.split(",").filter((key) => known.has(key));
  const chosen = {};
  for (const { key, kind } of columns) {
    if (kind === "outcome" && values.get(key)) chosen[key] = (values.get(key) ?? "").split(",");
  }
  return {
    sample: values.get("sample") ?? null,
    step: Number.isNaN(step) ? null : step,
    task: values.get("task") ?? null,
    filter: values.get("filter") ?? "",
    sort: known.has((values.get("sort") ?? "").replace(/^-/, "")) ? values.get("sort") ?? "" : "",
    columns: listed?.length ? listed : null,
    theme: ["light", "dark"].includes(theme) ? theme : null,
    unchanged: values.get("unchanged") === "shown",
    chosen,
  };
}

function writeAddress(address) {
  const pairs = [
    ["sample", address.sample],
    ["step", address.sample === null ? null : address.step],
    ["task", address.sample === null ? null : address.task],
    ["filter", address.filter],
    ...Object.entries(address.chosen).map(([key, words]) => [key, words.join(",")]),
    ["sort", address.sort],
    ["columns", address.columns?.join(",")],
    ["theme", address.theme],
    ["unchanged", address.unchanged ? "shown" : null],
  ];
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#${given.map(([key, value]) => `${key}=${encodeURIComponent(value ?? "")}`).join("&")}`;
}

function valuesOf(hash) {
  const values = new Map();
  for (const pair of hash.replace(/^#/, "").split("&")) {
    const at = pair.indexOf("=");
    if (at > 0) values.set(pair.slice(0, at), decoded(pair.slice(at + 1)));
  }
  return values;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Which rows are listed, in which order, and how many there would be of each outcome.

const UNCHANGED = new Set(["both_passed", "both_failed"]);

/** Whether a comparison lists what changed alone: until the reader filters, or asks for the rest. */
function isFolded(model, address) {
  if (model.head.kind !== "comparison" || address.unchanged || address.filter) return false;
  return Object.values(address.chosen).every((words) => words.length === 0);
}

function arranged(model, address) {
  const test = compiled(address.filter, model);
  const facets = model.outcomes.map((column) => ({
    place: model.placeOf.get(column.key) ?? 0,
    chosen: new Set(address.chosen[column.key] ?? []),
    counts: new Map(),
  }));
  const rows = [];
  const order = address.sort ? model.order(address.sort.replace(/^-/, "")) : model.worstFirst();
  const falling = address.sort.startsWith("-");
  const total = model.rows.length;
  const folds = isFolded(model, address);
  let folded = 0;
  for (let at = 0; at < total; at += 1) {
    const row = order ? order[falling ? total - 1 - at : at] : at;
    if (test && !test(row)) continue;
    if (!fits(model.rows[row], facets)) continue;
    if (folds && UNCHANGED.has(String(model.value(row, "change")))) folded += 1;
    else rows.push(row);
  }
  return {
    folded,
    rows: falling ? valuesFirst(rows, model, address.sort.slice(1)) : rows,
    counts: new Map(model.outcomes.map((column, at) => [column.key, facets[at].counts])),
  };
}

/** Count a row in each facet whose other facets have it. */
function fits(row, facets) {
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
function valuesFirst(rows, model, key) {
  const place = model.placeOf.get(key) ?? 0;
  const without = rows.filter((row) => model.rows[row][place] === null);
  return without.length === 0 ? rows : [...rows.filter((row) => model.rows[row][place] !== null), ...without];
}
