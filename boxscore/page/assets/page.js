/** The page as a whole: address, filters, table and opened row, kept in step. The address is what decides. */
import { readAddress, writeAddress } from "./address.js";
import { arranged } from "./arrange.js";
import { Chips } from "./chips.js";
import { Chooser, shownColumns } from "./chooser.js";
import { button, make } from "./dom.js";
import { count, counted } from "./format.js";
import { filterExample, helpDialog } from "./help.js";
import { listen } from "./keys.js";
import { Panel } from "./panel.js";
import { Table } from "./table.js";
import { taskBeside } from "./tasks.js";
import { applyTheme, themeButton } from "./theme.js";
import { drawCharts, drawFoot, drawTop } from "./top.js";

/** What a row is, and what rows are called, by the kind of page. @type {Record<string, "sample" | "instance" | "finding">} */
const ROW_WORDS = { run: "sample", comparison: "instance", audit: "finding" };
const ROW_TITLES = { run: "Samples", comparison: "Instances", audit: "Findings" };

export class Page {
  /** @param {import("./model.js").Model} model @param {import("./source.js").Source} source */
  constructor(model, source) {
    this.model = model;
    this.address = readAddress(location.hash, model.columns);
    applyTheme(this.address.theme);
    this.chips = new Chips((key, outcomes) => this.change({ chosen: { ...this.address.chosen, [key]: outcomes } }));
    this.chooser = new Chooser((columns) => this.change({ columns }));
    this.table = new Table(model, {
      href: (row) => writeAddress({ ...this.address, ...sampleOnly(model.name(row)) }),
      open: (row) => this.go(sampleOnly(model.name(row))),
      sort: (key) => this.change({ sort: nextSort(this.address.sort, key) }),
    });
    this.panel = new Panel(model, source, {
      close: () => this.close(),
      move: (direction, failing) => this.move(direction, failing),
      step: (step) => this.go({ step }),
      task: (task) => this.go({ task }),
    });
    this.bindings = this.keyBindings();
    this.help = helpDialog(this.bindings, model.columns.map((column) => column.key), model.head.kind);
    this.build();
    listen(this.bindings);
    addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  build() {
    document.getElementById("main")?.append(this.samples(), this.panel.element);
    document.body.append(this.help);
    this.refreshTop();
  }

  /** What a row is: of two runs, an instance with all of its samples. @returns {"sample" | "instance" | "finding"} */
  get rowWord() {
    return ROW_WORDS[this.model.head.kind];
  }

  /** The list with its filters. */
  samples() {
    this.search = make("input", {
      type: "search",
      id: "filter",
      placeholder: `Filter, for example ${filterExample(this.model.head.kind)}`,
      "aria-label": "Filter",
      autocomplete: "off",
      spellcheck: "false",
      on: { input: () => this.change({ filter: this.search.value }) },
    });
    this.tally = make("p", { class: "tally", role: "status" });
    const tools = make("div", { class: "tools" }, this.search, this.chooser.element, this.tally);
    const title = make("h2", { id: "samples-title" }, ROW_TITLES[this.model.head.kind]);
    return make("section", { id: "samples", "aria-labelledby": "samples-title" }, title, tools, this.chips.element, this.table.element);
  }

  /** Draw the head anew: at first, and when a run that goes on has changed it. */
  refreshTop() {
    const { head } = this.model;
    const theme = themeButton(() => this.address.theme, (chosen) => this.change({ theme: chosen }));
    const runs = document.getElementById("rows") ? null : make("a", { href: "/" }, "All runs"); // where a server has them
    const tools = make("div", { class: "page-tools" }, runs, theme, button("Help", () => this.help.showModal(), { class: "quiet", title: "Keys and filters (?)" }));
    document.getElementById("top")?.replaceChildren(tools, ...drawTop(head));
    document.querySelector(".charts")?.remove();
    document.querySelector("footer")?.remove();
    const charts = drawCharts(head);
    if (charts) document.getElementById("samples")?.before(charts);
    document.getElementById("main")?.after(drawFoot(head));
    document.title = head.title;
  }

  /** Draw what is new, or say what is wrong. @param {string | null} problem */
  refresh(problem) {
    if (problem === null) {
      this.refreshTop();
      this.list();
    } else {
      this.tally.textContent = problem;
    }
  }

  /** Change the address in place: no step back for each letter of a filter. @param {Partial<import("./address.js").Address>} change */
  change(change) {
    this.address = { ...this.address, ...change };
    history.replaceState(null, "", writeAddress(this.address));
    applyTheme(this.address.theme);
    this.list();
  }

  /** Go to another place, from which the reader can go back. @param {Partial<import("./address.js").Address>} change */
  go(change) {
    history.pushState(null, "", writeAddress({ ...this.address, ...change }));
    this.follow();
  }

  /** Do as the address says. */
  follow() {
    this.address = readAddress(location.hash, this.model.columns);
    if (this.search.value !== this.address.filter) this.search.value = this.address.filter;
    applyTheme(this.address.theme);
    if (this.listedFor === writeAddress({ ...this.address, sample: null })) this.showTally();
    else this.list();
    this.openNamed();
  }

  /** List what the address says, whichever sample is opened. */
  list() {
    this.listedFor = writeAddress({ ...this.address, sample: null });
    const { rows, counts } = arranged(this.model, this.address);
    const columns = shownColumns(this.model.columns, this.address.columns);
    this.chips.show(this.model.outcomes, counts, this.address.chosen);
    this.chooser.show(this.model.columns, columns.map((column) => column.key));
    this.table.show(rows, columns, this.address.sort);
    this.showTally();
  }

  showTally() {
    const rows = this.table.listed;
    const all = this.model.rows.length;
    const total = counted(all, this.rowWord);
    this.tally.textContent = rows.length === all ? total : `${count(rows.length)} of ${total}`;
  }

  openNamed() {
    const { sample, step, task } = this.address;
    const row = sample === null ? null : this.model.find(sample);
    document.body.classList.toggle("opened", row !== null);
    if (row === null) {
      this.panel.close();
      if (sample !== null) this.tally.textContent += `; there is no sample ${sample}`;
      return;
    }
    const first = !this.panel.opened;
    this.table.select(row);
    this.panel.open(row, step, task);
    if (!first) return;
    this.table.element.scrollIntoView({ block: "nearest" });
    this.panel.title.focus({ preventScroll: true });
  }

  close() {
    if (!this.panel.opened) return;
    this.go(sampleOnly(null));
    this.table.focus();
  }

  /** Go to the next row, or the next failing one. @param {1 | -1} direction @param {boolean} failing */
  move(direction, failing) {
    const { listed, current } = this.table;
    const from = current === null ? -1 : listed.indexOf(current);
    let place = from < 0 && direction < 0 ? listed.length : from;
    do place += direction;
    while (place >= 0 && place < listed.length && failing && !this.model.failing(listed[place]));
    if (place < 0 || place >= listed.length) return;
    const row = listed[place];
    if (failing || this.panel.opened) this.go(sampleOnly(this.model.name(row)));
    else {
      this.table.element.scrollIntoView({ block: "nearest" });
      this.table.select(row);
      this.table.focus();
    }
  }

  /** Go from step to step of the opened trajectory. @param {1 | -1} direction */
  moveStep(direction) {
    const numbers = [...this.panel.body.querySelectorAll("[data-step]")].map((item) => Number(item.dataset.step));
    const at = this.address.step === null ? -1 : numbers.indexOf(this.address.step);
    const next = numbers[at < 0 ? 0 : at + direction];
    if (this.panel.opened && next !== undefined) this.go({ step: next });
  }

  /** Go from task to task of the opened project. @param {1 | -1} direction */
  moveTask(direction) {
    const task = taskBeside(this.panel.body, direction);
    if (this.panel.opened && task !== null) this.go({ task });
  }

  openCurrent() {
    const { current } = this.table;
    if (current !== null) this.go(sampleOnly(this.model.name(current)));
  }

  /** Escape: what is open closes, then the filter is left. */
  leave() {
    if (document.activeElement === this.search) this.search.blur();
    else this.close();
  }

  /** @returns {import("./keys.js").Binding[]} */
  keyBindings() {
    return [
      { keys: ["j", "ArrowDown"], told: "next row", act: () => this.move(1, false) },
      { keys: ["k", "ArrowUp"], told: "previous row", act: () => this.move(-1, false) },
      { keys: ["n"], told: "open the next failing sample", act: () => this.move(1, true) },
      { keys: ["p"], told: "open the previous failing sample", act: () => this.move(-1, true) },
      { keys: ["Enter"], told: "open the row", act: () => this.openCurrent() },
      { keys: ["Escape"], told: "close the sample", act: () => this.leave() },
      { keys: ["]"], told: "next step of an agent", act: () => this.moveStep(1) },
      { keys: ["["], told: "previous step", act: () => this.moveStep(-1) },
      { keys: ["."], told: "next task of a project", act: () => this.moveTask(1) },
      { keys: [","], told: "previous task", act: () => this.moveTask(-1) },
      { keys: ["/"], told: "type a filter", act: () => this.search.focus() },
      { keys: ["?"], told: "show this help", act: () => this.help.showModal() },
    ];
  }
}

/** A sample, and no place in it. @param {string | null} sample */
function sampleOnly(sample) {
  return { sample, step: null, task: null };
}

/** Rising, falling, the run's own. @param {string} sort @param {string} key @returns {string} */
function nextSort(sort, key) {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? "" : key;
}
