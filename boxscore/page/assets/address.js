/**
 * What the reader has chosen, kept in the address behind `#` and nowhere else, so that a link shows the same.
 *
 * @typedef {object} Address
 * @property {string | null} sample name of the opened row, `instance/sample`
 * @property {number | null} step of its trajectory
 * @property {string | null} task of its project
 * @property {string} filter
 * @property {string} sort key of a column, with `-` before it for a falling order; empty for the run's own
 * @property {string[] | null} columns keys of those shown, null for the page's own choice
 * @property {string | null} theme `light` or `dark`, null for what the system says
 * @property {Record<string, string[]>} chosen outcomes that are listed, by column; none for all
 */

/**
 * @param {string} hash with or without its `#`
 * @param {import("./source.js").Column[]} columns what is of no column is left out
 * @returns {Address}
 */
export function readAddress(hash, columns) {
  const values = valuesOf(hash);
  const known = new Set(columns.map((column) => column.key));
  const step = Number.parseInt(values.get("step") ?? "", 10);
  const theme = values.get("theme") ?? "";
  const listed = values.get("columns")?.split(",").filter((key) => known.has(key));
  /** @type {Record<string, string[]>} */
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
    chosen,
  };
}

/** @param {Address} address @returns {string} with its `#`, or `#` alone where nothing is chosen */
export function writeAddress(address) {
  /** @type {[string, string | number | null | undefined][]} */
  const pairs = [
    ["sample", address.sample],
    ["step", address.sample === null ? null : address.step],
    ["task", address.sample === null ? null : address.task],
    ["filter", address.filter],
    ...Object.entries(address.chosen).map(([key, words]) => /** @type {[string, string]} */ ([key, words.join(",")])),
    ["sort", address.sort],
    ["columns", address.columns?.join(",")],
    ["theme", address.theme],
  ];
  const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#${told.map(([key, value]) => `${key}=${encodeURIComponent(value ?? "")}`).join("&")}`;
}

/** @param {string} hash @returns {Map<string, string>} */
function valuesOf(hash) {
  const values = new Map();
  for (const pair of hash.replace(/^#/, "").split("&")) {
    const at = pair.indexOf("=");
    if (at > 0) values.set(pair.slice(0, at), decoded(pair.slice(at + 1)));
  }
  return values;
}

/** @param {string} text @returns {string} itself where it is no such code */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
