/** The opened row: what the index knows of it, then its sections, read only now. */
import { button, make } from "./dom.js";
import { drawFacts } from "./facts.js";
import { formatted } from "./format.js";
import { badge } from "./outcome.js";
import { drawSections } from "./sections.js";
import { openTask } from "./tasks.js";
import { openStep } from "./trajectory.js";
import { visibleLine } from "./visible.js";

const IN_TITLE = new Set(["instance", "sample"]);

/**
 * @typedef {object} PanelActions
 * @property {() => void} close
 * @property {(direction: 1 | -1, failing: boolean) => void} move
 * @property {(step: number) => void} step
 * @property {(name: string) => void} task
 */

export class Panel {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./source.js").Source} source
   * @param {PanelActions} actions
   */
  constructor(model, source, actions) {
    this.model = model;
    this.source = source;
    this.actions = actions;
    /** @type {number | null} */
    this.row = null;
    /** @type {string | null} */
    this.task = null;
    this.turn = 0;
    this.title = make("h2", { id: "panel-title", tabindex: -1 });
    this.body = make("div", { class: "panel-body" });
    const bar = make("div", { class: "panel-bar" }, this.title, this.buttons());
    this.element = make("section", { class: "panel", id: "panel", "aria-labelledby": "panel-title", hidden: true }, bar, this.body);
  }

  buttons() {
    return make(
      "div",
      { class: "panel-buttons" },
      button("\u2191", () => this.actions.move(-1, false), { title: "Previous row (k)", "aria-label": "Previous row" }),
      button("\u2193", () => this.actions.move(1, false), { title: "Next row (j)", "aria-label": "Next row" }),
      button("Next failing", () => this.actions.move(1, true), { title: "Next failing sample (n)" }),
      button("\u2715", () => this.actions.close(), { title: "Close (Esc)", "aria-label": "Close" }),
    );
  }

  /** @returns {boolean} */
  get opened() {
    return this.row !== null;
  }

  close() {
    this.turn += 1;
    this.row = null;
    this.element.hidden = true;
    this.body.removeAttribute("aria-busy");
    this.body.replaceChildren();
  }

  /**
   * Show a row, and a step or a task of it if one is named.
   *
   * @param {number} row
   * @param {number | null} step
   * @param {string | null} task
   */
  async open(row, step, task) {
    if (row === this.row) return this.showPlace(step, task);
    this.row = row;
    this.task = task;
    this.turn += 1;
    const turn = this.turn;
    this.showTitle(row);
    this.element.hidden = false;
    this.body.setAttribute("aria-busy", "true"); // still with the parts of the row before
    try {
      const { sections } = await this.source.details(row);
      if (turn === this.turn) this.show(row, drawSections(sections, { wanted: step, go: this.actions.step, task, goTask: this.actions.task }));
    } catch (error) {
      if (turn === this.turn) this.show(row, [make("p", { class: "warning", role: "alert" }, `This sample cannot be shown: ${error}`)]);
    }
    if (turn === this.turn) this.showStep(step);
  }

  /** @param {number} row @param {HTMLElement[]} parts */
  show(row, parts) {
    this.body.removeAttribute("aria-busy");
    this.body.replaceChildren(...parts, this.values(row));
    this.body.scrollTop = 0;
  }

  /** Of the row that is shown. @param {number | null} step @param {string | null} task */
  showPlace(step, task) {
    if (task !== this.task) openTask(this.body, task);
    this.task = task;
    this.showStep(step);
  }

  /** @param {number | null} step */
  showStep(step) {
    if (step === null) return;
    const trajectory = this.body.querySelector(".part-trajectory");
    if (trajectory) trajectory.open = true;
    requestAnimationFrame(() => openStep(this.body, step));
  }

  /** @param {number} row */
  showTitle(row) {
    const [outcome] = this.model.outcomes;
    const word = outcome ? this.model.value(row, outcome.key) : null;
    const own = visibleLine(String(this.model.value(row, "sample")));
    const named = { run: `sample ${own}`, comparison: "in both runs", audit: own }[this.model.head.kind];
    const sample = make("span", { class: "panel-sample" }, named);
    const instance = make("span", { class: "panel-instance" }, visibleLine(String(this.model.value(row, "instance"))));
    this.title.replaceChildren(instance, sample, ...(word === null ? [] : [badge(word)]));
  }

  /** All that the index has of a row, also from columns that are not shown. @param {number} row */
  values(row) {
    const told = this.model.columns.filter(({ key, kind }) => !IN_TITLE.has(key) && kind !== "outcome" && this.model.value(row, key) !== null && this.model.value(row, key) !== "");
    const facts = drawFacts(told.map(({ key, label, kind }) => ({ label, value: formatted(this.model.value(row, key), kind), note: "" })));
    const title = make("summary", {}, make("h3", {}, "As in the list"));
    return make("details", { class: "part" }, title, make("div", { class: "part-body" }, facts));
  }
}
