/** The page as a whole: its head, the opened row, keys and help, and the data that it is made of. */

// The head of the page: what was run, how it scored, what to be wary of, and the drawings.

const FACTS_SHOWN = 6;

function drawTop(head) {
  return [
    make("div", { class: "title" }, make("p", { class: "kind" }, [pageKind(head), ...head.subtitle.map(visibleLine)].join(" \u00b7 ")), make("h1", {}, visibleLine(head.title))),
    head.sentence ? make("p", { class: "sentence" }, visibleLine(head.sentence)) : null,
    drawWarnings(head.warnings),
    drawScore(head.score),
    drawMeasures(head.measures),
    ...drawHeadFacts(head.facts),
    head.statistics.length > 0 ? make("details", { class: "more-facts" }, make("summary", {}, "All statistics"), drawFacts(head.statistics)) : null,
  ].filter((element) => element !== null);
}

function drawCharts(charts, label, href) {
  return charts.length === 0 ? [] : [make("section", { class: "charts", "aria-label": label }, charts.map((chart) => drawChart(chart, href)))];
}

/** Where it all comes from, and how to run it again. */
function drawFoot(head) {
  const commands = head.commands.join("\n");
  return make(
    "footer",
    {},
    head.commands.length > 0 && make("section", { class: "commands", "aria-label": "Run it again" }, make("h2", {}, "Run it again"), make("div", { class: "text" }, make("pre", { tabindex: 0 }, make("code", {}, visibleNodes(commands))), navigator.clipboard ? copyButton(commands) : null)),
    head.provenance.length > 0 && make("section", { class: "provenance", "aria-label": "Provenance" }, make("h2", {}, "Provenance"), drawFacts(head.provenance)),
    make("p", { class: "made" }, `Made by boxscore ${visibleLine(head.boxscore)}.`),
  );
}

function pageKind(head) {
  const what = { run: "Run", comparison: "Comparison" }[head.kind];
  return head.going_on ? `${what} in progress` : what;
}

/** The first facts, and the others when asked for: the list of samples is to be in sight. */
function drawHeadFacts(facts) {
  if (facts.length <= FACTS_SHOWN + 1) return facts.length > 0 ? [drawFacts(facts, false)] : [];
  const [first, others] = [facts.slice(0, FACTS_SHOWN), facts.slice(FACTS_SHOWN)];
  const summary = make("summary", {}, `${counted(others.length, "more fact")} about this`);
  return [drawFacts(first, false), make("details", { class: "more-facts" }, summary, drawFacts(others, false))];
}

function drawWarnings(warnings) {
  if (warnings.length === 0) return null;
  return make("ul", { class: "warnings", "aria-label": "Warnings" }, warnings.map((text) => make("li", { class: "warning" }, visibleNodes(text))));
}

function drawMeasures([head, ...rows]) {
  if (!head) return null;
  const row = (line) => make("tr", {}, make("th", { scope: "row" }, visibleLine(line[0])), line.slice(1).map((text) => make("td", {}, visibleLine(text))));
  const titles = make("tr", {}, make("td"), head.slice(1).map((text) => make("th", { scope: "col" }, visibleLine(text))));
  return make("div", { class: "measures", tabindex: 0, role: "region", "aria-label": "Scores" }, make("table", {}, make("thead", {}, titles), make("tbody", {}, rows.map(row))));
}

function drawScore(score) {
  if (score.length === 0) return null;
  const tiles = score.map(({ label, value, note }) =>
    make("div", { class: "tile" }, make("dt", {}, visibleLine(label)), make("dd", {}, make("span", { class: "tile-value" }, visibleLine(value)), note ? make("span", { class: "tile-note" }, visibleNodes(note)) : null)),
  );
  return make("dl", { class: "score" }, tiles);
}

// The keyboard. Each key and what it does stand here once; the help is made of the same list.

function listen(bindings) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || (event.key !== "Escape" && takesText(event.target))) return;
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (!binding || isTaken(event.key, event.target)) return;
    event.preventDefault();
    binding.act();
  });
}

function takesText(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}

/** Enter does what it does on links and buttons, and arrows scroll but for in the list. */
function isTaken(key, target) {
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Enter") return target.matches("a, button, summary, input");
  return key.startsWith("Arrow") && !target.closest(".scroller");
}

// The help: what keys do, and how to filter.

/** What can be asked of the outcomes on a page, by its kind; the first example stands in the empty filter. */
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
};
const FILTERS = [
  ["timeout", "rows with this text in any column, shown or not"],
  ['"index out of range"', "exactly this phrase"],
  ["instance:django", "this text in one column"],
];
const KEY_NAMES = { ArrowDown: "\u2193", ArrowUp: "\u2191", Escape: "Esc" };

/** A filter that fits the columns of a kind of page. */
function filterExample(kind) {
  return OUTCOMES[kind][0][0];
}

function helpDialog(bindings, columns, kind) {
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  dialog.append(
    make("h2", { id: "help-title" }, "Keys and filters"),
    make("table", {}, make("tbody", {}, bindings.map(({ keys, label }) => line(keys.map(keyOf), label)))),
    make("h3", {}, "In the filter"),
    make("table", {}, make("tbody", {}, [...FILTERS, ...OUTCOMES[kind]].map(([example, label]) => line([make("code", {}, example)], label)))),
    make("p", { class: "note" }, "Columns are named ", columns.flatMap((key, at) => [at ? ", " : "", make("code", {}, key)]), ". A row must match all terms."),
    make("p", {}, button("Close", () => dialog.close())),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}

function keyOf(key) {
  return make("kbd", {}, KEY_NAMES[key] ?? key);
}

function line(names, label) {
  return make("tr", {}, make("th", { scope: "row" }, names), make("td", {}, label));
}

// Light, dark, or what the system says.

const ORDER = [null, "light", "dark"];
const LABELS = { null: "Theme: system", light: "Theme: light", dark: "Theme: dark" };

function applyTheme(theme) {
  if (theme) document.documentElement.setAttribute("data-theme", theme);
  else document.documentElement.removeAttribute("data-theme");
}

function themeButton(current, choose) {
  const element = button(LABELS[String(current())], () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    choose(next);
    element.textContent = LABELS[String(next)];
  }, { class: "quiet" });
  return element;
}

// The opened row: what the index knows of it, then its sections, read only now.

const IN_TITLE = new Set(["instance", "sample"]);

class Panel {
  constructor(model, source, actions) {
    this.model = model;
    this.source = source;
    this.actions = actions;
    this.row = null;
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

  /** Show a row, and a step or a task of it if one is named. */
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

  show(row, parts) {
    this.body.removeAttribute("aria-busy");
    this.body.replaceChildren(...parts, this.values(row));
    this.body.scrollTop = 0;
  }

  /** Of the row that is shown. */
  showPlace(step, task) {
    if (task !== this.task) openTask(this.body, task);
    this.task = task;
    this.showStep(step);
  }

  showStep(step) {
    if (step === null) return;
    const trajectory = this.body.querySelector(".part-trajectory");
    if (trajectory) trajectory.open = true;
    requestAnimationFrame(() => openStep(this.body, step));
  }

  showTitle(row) {
    const [outcome] = this.model.outcomes;
    const word = outcome ? this.model.value(row, outcome.key) : null;
    const own = visibleLine(String(this.model.value(row, "sample")));
    const named = { run: `sample ${own}`, comparison: "in both runs" }[this.model.head.kind];
    const sample = make("span", { class: "panel-sample" }, named);
    const instance = make("span", { class: "panel-instance" }, visibleLine(String(this.model.value(row, "instance"))));
    this.title.replaceChildren(instance, sample, ...(word === null ? [] : [badge(word)]));
  }

  /** All that the index has of a row, also from columns that are not shown. */
  values(row) {
    const columns = this.model.columns.filter(({ key, kind }) => !IN_TITLE.has(key) && kind !== "outcome" && this.model.value(row, key) !== null && this.model.value(row, key) !== "");
    const facts = drawFacts(columns.map(({ key, label, kind }) => ({ label, value: formatted(this.model.value(row, key), kind), note: "" })));
    const title = make("summary", {}, make("h3", {}, "As in the list"));
    return make("details", { class: "part" }, title, make("div", { class: "part-body" }, facts));
  }
}

// The page as a whole: address, filters, table and opened row, kept in step. The address is what decides.

/** What a row is, and what rows are called, by the kind of page. */
const ROW_WORDS = { run: "sample", comparison: "instance" };
const ROW_TITLES = { run: "Samples", comparison: "Instances" };

class Page {
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

  /** What a row is: of two runs, an instance with all of its samples. */
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
    this.fold = button("", () => this.change({ unchanged: !this.address.unchanged }), { class: "fold", hidden: true });
    const tools = make("div", { class: "tools" }, this.search, this.chooser.element, this.tally);
    const title = make("h2", { id: "samples-title" }, ROW_TITLES[this.model.head.kind]);
    return make("section", { id: "samples", "aria-labelledby": "samples-title" }, title, tools, this.chips.element, this.table.element, this.fold);
  }

  /** Draw the head anew: at first, and when a run that goes on has changed it. */
  refreshTop() {
    const { head } = this.model;
    const theme = themeButton(() => this.address.theme, (chosen) => this.change({ theme: chosen }));
    const runs = document.getElementById("rows") ? null : make("a", { href: "/" }, "All runs"); // where a server has them
    const tools = make("div", { class: "page-tools" }, runs, theme, button("Help", () => this.help.showModal(), { class: "quiet", title: "Keys and filters (?)" }));
    document.getElementById("top")?.replaceChildren(tools, ...drawTop(head));
    document.querySelectorAll(".charts, footer").forEach((part) => part.remove());
    const href = (name) => writeAddress({ ...this.address, ...sampleOnly(name) });
    const samples = document.getElementById("samples"); // between figures and tables, so that failures are soon in sight
    samples?.before(...drawCharts(head.charts.filter((chart) => !chart.wide), "Charts", href));
    samples?.after(...drawCharts(head.charts.filter((chart) => chart.wide), "Tables", href));
    document.getElementById("main")?.after(drawFoot(head));
    document.title = [head.title, ...head.subtitle.slice(0, 1)].map(visibleLine).join(" \u2013 ");
  }

  /** Draw what is new, or say what is wrong. */
  refresh(problem) {
    if (problem === null) {
      this.refreshTop();
      this.list();
    } else {
      this.tally.textContent = problem;
    }
  }

  /** Change the address in place: no step back for each letter of a filter. */
  change(change) {
    this.address = { ...this.address, ...change };
    history.replaceState(null, "", writeAddress(this.address));
    applyTheme(this.address.theme);
    this.list();
  }

  /** Go to another place, from which the reader can go back. */
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
    const { rows, counts, folded } = arranged(this.model, this.address);
    this.fold.hidden = folded === 0 && !this.address.unchanged;
    this.fold.textContent = folded === 0 ? "Fold away what did not change" : `Show ${counted(folded, "instance")} without a change`;
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

  /** Go to the next row, or the next failing one. */
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

  /** Go from step to step of the opened trajectory. */
  moveStep(direction) {
    const numbers = [...this.panel.body.querySelectorAll("[data-step]")].map((item) => Number(item.dataset.step));
    const at = this.address.step === null ? -1 : numbers.indexOf(this.address.step);
    const next = numbers[at < 0 ? 0 : at + direction];
    if (this.panel.opened && next !== undefined) this.go({ step: next });
  }

  /** Go from task to task of the opened project. */
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

  keyBindings() {
    return [
      { keys: ["j", "ArrowDown"], label: "next row", act: () => this.move(1, false) },
      { keys: ["k", "ArrowUp"], label: "previous row", act: () => this.move(-1, false) },
      { keys: ["n"], label: "open the next failing sample", act: () => this.move(1, true) },
      { keys: ["p"], label: "open the previous failing sample", act: () => this.move(-1, true) },
      { keys: ["Enter"], label: "open the row", act: () => this.openCurrent() },
      { keys: ["Escape"], label: "close the sample", act: () => this.leave() },
      { keys: ["]"], label: "next step of an agent", act: () => this.moveStep(1) },
      { keys: ["["], label: "previous step", act: () => this.moveStep(-1) },
      { keys: ["."], label: "next task of a project", act: () => this.moveTask(1) },
      { keys: [","], label: "previous task", act: () => this.moveTask(-1) },
      { keys: ["/"], label: "type a filter", act: () => this.search.focus() },
      { keys: ["?"], label: "show this help", act: () => this.help.showModal() },
    ];
  }
}

/** A sample, and no place in it. */
function sampleOnly(sample) {
  return { sample, step: null, task: null };
}

/** Rising, falling, the run's own. */
function nextSort(sort, key) {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? "" : key;
}

// A run that goes on: its head is asked for again and again, and rows that are new are taken in.

const PAUSE_MS = 2000;

/** Follow a run to its end. While the server does not answer, it is asked on. */
async function follow(source, model, changed) {
  while (model.head.going_on) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (document.hidden) continue;
    try {
      if (await takenIn(source, model)) changed(null);
    } catch (error) {
      changed(`The server does not answer: ${error}`);
    }
  }
}

async function takenIn(source, model) {
  const head = await source.head();
  const known = model.rows.length;
  if (head.generation !== model.head.generation || head.rows < known) {
    model.replace(head, await source.rows());
    return true;
  }
  const more = head.rows > known ? await source.rows(known) : [];
  const same = more.length === 0 && JSON.stringify(head) === JSON.stringify(model.head);
  if (!same) model.extend(head, more);
  return !same;
}

// Chunks of details: JSON, compressed by gzip, in base 64.

async function unpacked(text) {
  const packed = new Response(bytesOf(text.trim())).body; // a Blob would ask another process for its own bytes
  return new Response(packed?.pipeThrough(new DecompressionStream("gzip"))).json();
}

function bytesOf(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

// Where head, rows and details come from: the file itself, or a server that follows the run.

const CHUNKS_KEPT = 4;

function openSource() {
  return document.getElementById("rows") ? embeddedSource() : servedSource();
}

function embeddedSource() {
  const head = JSON.parse(textOf("head"));
  const opened = new Map();

  return {
    head: async () => head,
    rows: async (from = 0) => JSON.parse(textOf("rows")).slice(from),
    details: async (row) => {
      const chunk = chunkOf(head.chunks, row);
      const details = (await keptChunk(opened, chunk))[row - head.chunks[chunk]];
      if (!details) throw new Error(`The page has no details of row ${row}.`);
      return details;
    },
  };
}

function textOf(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}: it was cut short.`);
  return element.textContent ?? "";
}

function chunkOf(chunks, row) {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (chunks[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

function keptChunk(opened, chunk) {
  const known = opened.get(chunk) ?? readChunk(chunk);
  opened.delete(chunk);
  opened.set(chunk, known);
  if (opened.size > CHUNKS_KEPT) opened.delete(opened.keys().next().value ?? -1);
  return known;
}

async function readChunk(chunk) {
  const whole = document.getElementById(`chunk-${chunk + 1}`); // else the parser may still be within it
  if (!whole && document.readyState === "loading") await documentRead();
  return unpacked(textOf(`chunk-${chunk}`));
}

/** Chunks stand below the script, which does not wait for them. */
function documentRead() {
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
  });
}

function servedSource() {
  const get = async (path) => {
    const response = await fetch(new URL(path, document.baseURI), { cache: "no-cache" });
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}.`);
    return response.json();
  };
  return {
    head: () => get("head.json"),
    rows: (from = 0) => get(`rows.json?from=${from}`),
    details: (row) => get(`details/${row}.json`),
  };
}

// The report page: what it is given, drawn. Modules are joined to one script by `boxscore/page/write.py`.

/** The version of `boxscore/page/records.py` that this script draws. */
const VERSION = 2;

async function start() {
  const runs = document.getElementById("listed-runs");
  if (runs) return new RunIndex(JSON.parse(runs.textContent ?? "")).follow();
  const source = openSource();
  const head = await source.head();
  if (head.version !== VERSION) throw new Error(`This page has data of version ${head.version}, not ${VERSION}.`);
  const model = new Model(head, await source.rows());
  const page = new Page(model, source);
  await follow(source, model, (problem) => page.refresh(problem));
}

start().catch((error) => {
  document.getElementById("main")?.prepend(make("p", { class: "warning", role: "alert" }, `This page cannot be drawn. ${error}`));
});
