/** The help: what keys do, and how to filter. */
import { button, make } from "./dom.js";

/** What can be asked of the outcomes on a page, by its kind; the first example stands in the empty filter. @type {Record<string, string[][]>} */
const OUTCOMES = {
  run: [
    ["outcome:failed", "all that failed; not those without a verdict"],
    ["outcome=wrong", "exactly this value"],
    ["-outcome:passed", "rows that the term does not match"],
    ["wall_s>10", "above this number; also >=, < and <="],
  ],
  comparison: [
    ["change=broken", "exactly this value"],
    ["outcome_b:failed", "all that failed; not those without a verdict"],
    ["-change=fixed", "rows that the term does not match"],
    ["difference<0", "below this number; also <=, > and >="],
  ],
  audit: [
    ["severity=error", "exactly this value"],
    ["-severity=note", "rows that the term does not match"],
    ["mutants>2", "above this number; also >=, < and <="],
  ],
};
const FILTERS = [
  ["timeout", "rows with this text in any column, shown or not"],
  ['"index out of range"', "exactly this phrase"],
  ["instance:django", "this text in one column"],
];
/** @type {Record<string, string>} */
const KEY_NAMES = { ArrowDown: "\u2193", ArrowUp: "\u2191", Escape: "Esc" };

/** A filter that fits the columns of a kind of page. @param {string} kind @returns {string} */
export function filterExample(kind) {
  return OUTCOMES[kind][0][0];
}

/**
 * @param {import("./keys.js").Binding[]} bindings
 * @param {string[]} columns keys of the columns, for the filter
 * @param {string} kind of the page
 * @returns {HTMLDialogElement}
 */
export function helpDialog(bindings, columns, kind) {
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  dialog.append(
    make("h2", { id: "help-title" }, "Keys and filters"),
    make("table", {}, make("tbody", {}, bindings.map(({ keys, told }) => line(keys.map(keyOf), told)))),
    make("h3", {}, "In the filter"),
    make("table", {}, make("tbody", {}, [...FILTERS, ...OUTCOMES[kind]].map(([example, told]) => line([make("code", {}, example)], told)))),
    make("p", { class: "note" }, "Columns are named ", columns.flatMap((key, at) => [at ? ", " : "", make("code", {}, key)]), ". A row must match all terms."),
    make("p", {}, button("Close", () => dialog.close())),
  );
  dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}

/** @param {string} key @returns {HTMLElement} */
function keyOf(key) {
  return make("kbd", {}, KEY_NAMES[key] ?? key);
}

/** @param {HTMLElement[]} names @param {string} told @returns {HTMLElement} */
function line(names, told) {
  return make("tr", {}, make("th", { scope: "row" }, names), make("td", {}, told));
}
