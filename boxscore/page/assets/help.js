/** The help: what keys do, and how to filter. */
import { button, make } from "./dom.js";

const FILTERS = [
  ["timeout", "rows with this text in any column, shown or not"],
  ['"index out of range"', "exactly this phrase"],
  ["instance:django", "this text in one column"],
  ["outcome=wrong", "exactly this value"],
  ["outcome:failed", "all that failed; not those without a verdict"],
  ["wall_s>10", "above this number; also >=, < and <="],
  ["-outcome:passed", "rows that the term does not match"],
];
/** @type {Record<string, string>} */
const KEY_NAMES = { ArrowDown: "\u2193", ArrowUp: "\u2191", Escape: "Esc" };

/**
 * @param {import("./keys.js").Binding[]} bindings
 * @param {string[]} columns keys of the columns, for the filter
 * @returns {HTMLDialogElement}
 */
export function helpDialog(bindings, columns) {
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  dialog.append(
    make("h2", { id: "help-title" }, "Keys and filters"),
    make("table", {}, make("tbody", {}, bindings.map(({ keys, told }) => line(keys.map(keyOf), told)))),
    make("h3", {}, "In the filter"),
    make("table", {}, make("tbody", {}, FILTERS.map(([example, told]) => line([make("code", {}, example)], told)))),
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
