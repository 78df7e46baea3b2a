/** The menu of columns: which of them are shown. */
import { button, make } from "./dom.js";
import { visibleLine } from "./visible.js";

/** The column that names a row and opens it stays. */
const ALWAYS = "instance";

export class Chooser {
  /** @param {(keys: string[] | null) => void} choose is told of the new choice, null for the page's own */
  constructor(choose) {
    this.choose = choose;
    this.list = make("div", { class: "menu", role: "group", "aria-label": "Columns" });
    this.element = make("details", { class: "chooser" }, make("summary", {}, "Columns"), this.list);
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !this.element.contains(event.target)) this.element.open = false;
    });
  }

  /** Escape closes the menu and nothing behind it. @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key !== "Escape" || !this.element.open) return;
    this.element.open = false;
    this.element.querySelector("summary")?.focus();
    event.stopPropagation();
  }

  /** @param {import("./source.js").Column[]} columns @param {string[]} shown */
  show(columns, shown) {
    const state = JSON.stringify([columns, shown]);
    if (state === this.state) return;
    this.state = state;
    const held = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("value") : null;
    const boxes = columns.map((column) => this.box(column, shown));
    this.list.replaceChildren(...boxes, button("Reset", () => this.choose(null), { class: "quiet" }));
    if (held) this.list.querySelector(`[value="${CSS.escape(held)}"]`)?.focus();
  }

  /** @param {import("./source.js").Column} column @param {string[]} shown */
  box(column, shown) {
    const input = make("input", {
      type: "checkbox",
      value: column.key,
      checked: shown.includes(column.key),
      disabled: column.key === ALWAYS,
      on: { change: () => this.choose(this.checked()) },
    });
    return make("label", {}, input, visibleLine(column.label));
  }

  /** @returns {string[]} */
  checked() {
    return [...this.list.querySelectorAll("input:checked")].map((input) => input.value);
  }
}

/**
 * @param {import("./source.js").Column[]} columns
 * @param {string[] | null} chosen
 * @returns {import("./source.js").Column[]} those shown, in the order of the page
 */
export function shownColumns(columns, chosen) {
  return columns.filter((column) => column.key === ALWAYS || (chosen ? chosen.includes(column.key) : column.shown));
}
