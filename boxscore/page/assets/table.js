/** The index: a table of which only the rows in sight are in the document. */
import { button, make } from "./dom.js";
import { formatted } from "./format.js";
import { badge, flagTag } from "./outcome.js";
import { drawStrip, stripWidth } from "./strip.js";
import { visibleLine } from "./visible.js";

const ROW_HEIGHT = 34; // pixels, as page.css has it
const MARGIN = 3; // rows outside of what is seen, on either side
const SAMPLED = 300; // rows whose values decide about widths
const NARROWEST = 5; // characters
const WIDEST = 46;

/**
 * @typedef {import("./source.js").Column} Column
 * @typedef {object} Actions
 * @property {(row: number) => string} href of the link that opens a row
 * @property {(row: number) => void} open
 * @property {(key: string) => void} sort
 */

export class Table {
  /** @param {import("./model.js").Model} model @param {Actions} actions */
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    /** @type {number[]} */
    this.listed = [];
    /** @type {Column[]} */
    this.columns = [];
    /** @type {number | null} */
    this.current = null;
    /** @type {Map<number, HTMLTableRowElement>} by place in `listed` */
    this.drawn = new Map();
    this.build();
  }

  build() {
    this.widths = make("colgroup");
    this.titles = make("tr", { "aria-rowindex": 1 });
    this.body = make("tbody");
    this.table = make("table", { class: "index" }, this.widths, make("thead", {}, this.titles), this.body);
    this.sized = make("div", {}, this.table);
    this.nothing = make("p", { class: "nothing", hidden: true }, "No sample fits the filter.");
    const attributes = { class: "scroller", tabindex: 0, role: "region", "aria-label": "List of samples" };
    this.element = make("div", attributes, this.sized, this.nothing);
    this.element.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    new ResizeObserver(() => this.drawSoon()).observe(this.element);
  }

  /**
   * List these rows under these columns.
   *
   * @param {number[]} listed
   * @param {Column[]} columns
   * @param {string} sort
   */
  show(listed, columns, sort) {
    this.listed = listed;
    if (columns.map((column) => column.key).join() !== this.columns.map((column) => column.key).join()) {
      this.columns = columns;
      this.setWidths();
    }
    this.setTitles(sort);
    this.table.setAttribute("aria-rowcount", String(listed.length + 1));
    this.nothing.hidden = listed.length > 0;
    this.clear();
    this.draw();
  }

  /** Mark a row as the one the reader is at, and bring it into sight. @param {number | null} row */
  select(row) {
    this.current = row;
    const place = row === null ? -1 : this.listed.indexOf(row);
    if (place >= 0) this.reveal(place);
    for (const [at, element] of this.drawn) this.mark(element, this.listed[at]);
  }

  /** Put the keyboard's focus on the row the reader is at. */
  focus() {
    this.draw();
    this.body.querySelector("[aria-current] a")?.focus({ preventScroll: true });
  }

  /** @param {number} place */
  reveal(place) {
    const room = this.element.clientHeight - this.headHeight() - ROW_HEIGHT;
    const top = place * ROW_HEIGHT;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
    this.draw();
  }

  headHeight() {
    return this.titles.offsetHeight || ROW_HEIGHT;
  }

  clear() {
    this.body.replaceChildren();
    this.drawn.clear();
  }

  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.draw();
    });
  }

  /** Have exactly the rows in sight, and some around them, in the document. */
  draw() {
    const seen = Math.ceil(this.element.clientHeight / ROW_HEIGHT);
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW_HEIGHT) - MARGIN);
    const last = Math.min(this.listed.length, first + seen + 2 * MARGIN);
    this.sized.style.paddingTop = `${first * ROW_HEIGHT}px`;
    this.sized.style.paddingBottom = `${(this.listed.length - last) * ROW_HEIGHT}px`;
    for (const [place, element] of this.drawn) {
      if (place < first || place >= last) {
        element.remove();
        this.drawn.delete(place);
      }
    }
    let next = this.body.firstChild;
    for (let place = first; place < last; place += 1) {
      const known = this.drawn.get(place);
      if (known) next = known.nextSibling;
      else this.body.insertBefore(this.row(place), next);
    }
  }

  /** @param {number} place @returns {HTMLTableRowElement} */
  row(place) {
    const row = this.listed[place];
    const element = make("tr", { "aria-rowindex": place + 2 });
    for (const column of this.columns) element.append(this.cell(row, column));
    element.addEventListener("click", (/** @type {MouseEvent} */ event) => this.clicked(event, row));
    this.mark(element, row);
    this.drawn.set(place, element);
    return element;
  }

  /** @param {number} row @param {Column} column @returns {HTMLElement} */
  cell(row, column) {
    const value = this.model.value(row, column.key);
    if (column.kind === "outcome") return make("td", {}, value === null ? "" : badge(value));
    if (column.kind === "flag" && typeof value === "string") return make("td", {}, value && flagTag(value));
    if (column.kind === "strip" && typeof value === "string") return make("td", { title: visibleLine(value) }, drawStrip(value));
    const text = visibleLine(formatted(value, column.kind));
    if (column.key === "instance") {
      return make("th", { scope: "row", title: text }, make("a", { href: this.actions.href(row) }, text));
    }
    return make("td", { class: `kind-${column.kind}`, title: text.length > WIDEST ? text : null }, text);
  }

  /** A click beside the link opens as well, but for one that ends the marking of text. */
  clicked(/** @type {MouseEvent} */ event, /** @type {number} */ row) {
    const onLink = event.target instanceof Element && event.target.closest("a");
    if (onLink || String(getSelection()) !== "") return;
    this.actions.open(row);
  }

  /** @param {HTMLElement} element @param {number} row */
  mark(element, row) {
    if (row === this.current) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  }

  /** @param {string} sort */
  setTitles(sort) {
    const state = JSON.stringify([this.columns, sort]);
    if (state === this.state) return;
    this.state = state;
    const held = this.titles.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.titles.replaceChildren(...this.columns.map((column) => this.title(column, sort)));
    if (held) this.titles.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  /** @param {Column} column @param {string} sort @returns {HTMLElement} */
  title(column, sort) {
    const direction = { [column.key]: "ascending", [`-${column.key}`]: "descending" }[sort];
    const label = visibleLine(column.label);
    const sorter = button(label, () => this.actions.sort(column.key), { "data-key": column.key, title: `Sort by ${label}` });
    return make("th", { scope: "col", class: `kind-${column.kind}`, "aria-sort": direction }, sorter);
  }

  /** Make columns as wide as what is in them, within bounds. */
  setWidths() {
    const widths = this.columns.map((column) => this.widthOf(column));
    this.widths.replaceChildren(
      ...widths.map((width) => {
        const element = make("col");
        element.style.width = `calc(${width}ch + 1.75rem)`;
        return element;
      }),
    );
    const total = widths.reduce((sum, width) => sum + width, 0);
    this.table.style.minWidth = `calc(${total}ch + ${1.75 * widths.length}rem)`;
  }

  /** @param {Column} column @returns {number} in characters */
  widthOf(column) {
    const stride = Math.max(1, Math.floor(this.model.rows.length / SAMPLED));
    let width = Math.max(NARROWEST, column.label.length + 2);
    for (let row = 0; row < this.model.rows.length; row += stride) {
      const text = formatted(this.model.value(row, column.key), column.kind);
      width = Math.max(width, column.kind === "strip" ? stripWidth(text) : text.length + 1);
    }
    return Math.min(width, WIDEST);
  }
}
