/** The list of rows: filters as buttons, the choice of columns, and a table of which only what is in sight is drawn. */

// Outcomes as buttons with their counts: those that are pressed are listed, all where none is.

const TONE_ORDER = { good: 0, bad: 1, unknown: 2, neutral: 3 };

class Chips {
  constructor(choose) {
    this.choose = choose;
    this.element = make("div", { class: "chips" });
  }

  show(columns, counts, chosen) {
    const held = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-chip") : null;
    const named = columns.length > 1;
    const groups = columns.map((column) => this.group(column, counts.get(column.key) ?? new Map(), chosen[column.key] ?? [], named));
    this.element.replaceChildren(...groups);
    if (held) this.element.querySelector(`[data-chip="${CSS.escape(held)}"]`)?.focus();
  }

  group(column, counts, chosen, named) {
    const outcomes = [...new Set([...counts.keys(), ...chosen])].filter((outcome) => outcome !== "null");
    outcomes.sort((a, b) => TONE_ORDER[toneOf(a)] - TONE_ORDER[toneOf(b)] || (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
    const bad = outcomes.filter((outcome) => toneOf(outcome) === "bad");
    const group = make("div", { class: "chip-group", role: "group", "aria-label": column.label });
    if (named) group.append(make("span", { class: "chip-label", "aria-hidden": "true" }, column.label));
    if (bad.length > 1) group.append(this.failed(column, bad, counts, chosen));
    for (const outcome of outcomes) group.append(this.chip(column, outcome, counts, chosen));
    return group;
  }

  chip(column, outcome, counts, chosen) {
    const pressed = chosen.includes(outcome);
    const next = pressed ? chosen.filter((one) => one !== outcome) : [...chosen, outcome];
    return this.drawn(`${column.key}:${outcome}`, outcome, counts.get(outcome) ?? 0, pressed, () =>
      this.choose(column.key, next),
    );
  }

  /** One for all that failed. */
  failed(column, bad, counts, chosen) {
    const total = bad.reduce((sum, outcome) => sum + (counts.get(outcome) ?? 0), 0);
    const pressed = bad.every((outcome) => chosen.includes(outcome));
    const others = chosen.filter((outcome) => !bad.includes(outcome));
    const next = pressed ? others : [...others, ...bad];
    return this.drawn(`${column.key}:*`, "all failed", total, pressed, () => this.choose(column.key, next));
  }

  drawn(id, outcome, number, pressed, action) {
    const chip = button("", action, {
      class: `chip ${toneOf(outcome)}`,
      "aria-pressed": String(pressed),
      "data-chip": id,
      "data-sign": signOf(outcome),
    });
    chip.append(wordOf(outcome), " ", make("span", { class: "chip-count" }, count(number)));
    return chip;
  }
}

// The menu of columns: which of them are shown.

/** The column that names a row and opens it stays. */
const ALWAYS = "instance";

class Chooser {
  constructor(choose) {
    this.choose = choose;
    this.list = make("div", { class: "menu", role: "group", "aria-label": "Columns" });
    this.element = make("details", { class: "chooser" }, make("summary", {}, "Columns"), this.list);
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !this.element.contains(event.target)) this.element.open = false;
    });
  }

  /** Escape closes the menu and nothing behind it. */
  pressed(event) {
    if (event.key !== "Escape" || !this.element.open) return;
    this.element.open = false;
    this.element.querySelector("summary")?.focus();
    event.stopPropagation();
  }

  show(columns, shown) {
    const state = JSON.stringify([columns, shown]);
    if (state === this.state) return;
    this.state = state;
    const held = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("value") : null;
    const boxes = columns.map((column) => this.box(column, shown));
    this.list.replaceChildren(...boxes, button("Reset", () => this.choose(null), { class: "quiet" }));
    if (held) this.list.querySelector(`[value="${CSS.escape(held)}"]`)?.focus();
  }

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

  checked() {
    return [...this.list.querySelectorAll("input:checked")].map((input) => input.value);
  }
}

function shownColumns(columns, chosen) {
  return columns.filter((column) => column.key === ALWAYS || (chosen ? chosen.includes(column.key) : column.shown));
}

// How far a project got, as a row of the index has it: `7 of 20`, and a bar for each of its tasks.

const STEP = 5; // pixels from one bar to the next
const HEIGHT = 14;
const MOST = 60; // bars; what has more is told in words alone
/** What the signs of a strip stand for. */
const MARKS = { "\u2713": "passed", "\u21bb": "later", "~": "went-on", "\u2717": "failed", "?": "no-verdict", "\u00b7": "unreached" };

function drawStrip(value) {
  const [words, marks] = /^(\d+ of \d+) (\S*)$/.exec(value)?.slice(1) ?? [value, ""];
  const bars = [...marks].slice(0, MOST).flatMap((mark, at) => bar(mark, at * STEP));
  const width = Math.min(marks.length, MOST) * STEP;
  const drawing = makeSvg("svg", { class: "marks", width, height: HEIGHT, "aria-hidden": "true" }, bars);
  return make("span", { class: "strip-cell" }, make("span", { class: "strip-count" }, visibleLine(words)), bars.length > 0 && drawing);
}

function stripWidth(value) {
  const marks = value.length - value.lastIndexOf(" ") - 1;
  return 9 + Math.ceil((Math.min(marks, MOST) * STEP) / 7);
}

/** Also without colours no two look alike. */
function bar(mark, x) {
  const kind = Object.hasOwn(MARKS, mark) ? MARKS[mark] : "unreached";
  const piece = (y, height) => makeSvg("rect", { class: `mark-${kind}`, x, y, width: STEP - 1, height });
  if (kind === "later") return [piece(0, 5), piece(7, 7)];
  if (kind === "unreached") return [piece(HEIGHT - 2, 2)];
  if (kind === "failed") return [piece(0, HEIGHT)];
  if (kind === "no-verdict") return [piece(5, 4)];
  return [piece(kind === "went-on" ? 8 : 3, kind === "went-on" ? 6 : HEIGHT - 3)];
}

// The index: a table of which only the rows in sight are in the document.

const NARROW = matchMedia("(max-width: 40rem)"); // where a row has two lines, as page.css has it
const MARGIN = 3; // rows outside of what is seen, on either side
const SAMPLED = 300; // rows whose values decide about widths
const NARROWEST = 5; // characters
const WIDEST = 46;

/** In pixels, as page.css has it. */
function rowHeight() {
  return NARROW.matches ? 60 : 34;
}

class Table {
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.listed = [];
    this.columns = [];
    this.current = null;
    this.drawn = new Map();
    this.build();
  }

  build() {
    this.widths = make("colgroup");
    this.titles = make("tr", { "aria-rowindex": 1 });
    this.body = make("tbody");
    this.table = make("table", { class: "index" }, this.widths, make("thead", {}, this.titles), this.body);
    this.sized = make("div", {}, this.table);
    this.nothing = make("p", { class: "nothing", hidden: true }, "Nothing to list.");
    const attributes = { class: "scroller", tabindex: 0, role: "region", "aria-label": "List of samples" };
    this.element = make("div", attributes, this.sized, this.nothing);
    this.element.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    new ResizeObserver(() => this.drawSoon()).observe(this.element);
  }

  /** List these rows under these columns. */
  show(listed, columns, sort) {
    this.listed = listed;
    this.element.style.setProperty("--rows", String(Math.max(3, listed.length)));
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

  /** Mark a row as the one the reader is at, and bring it into sight. */
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

  reveal(place) {
    const room = this.element.clientHeight - this.headHeight() - rowHeight();
    const top = place * rowHeight();
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + room) this.element.scrollTop = top - room;
    this.draw();
  }

  headHeight() {
    return this.titles.offsetHeight || 34;
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
    const seen = Math.ceil(this.element.clientHeight / rowHeight());
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight()) - MARGIN);
    const last = Math.min(this.listed.length, first + seen + 2 * MARGIN);
    this.sized.style.paddingTop = `${first * rowHeight()}px`;
    this.sized.style.paddingBottom = `${(this.listed.length - last) * rowHeight()}px`;
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

  row(place) {
    const row = this.listed[place];
    const element = make("tr", { "aria-rowindex": place + 2 });
    for (const column of this.columns) element.append(this.cell(row, column));
    element.addEventListener("click", (event) => this.clicked(event, row));
    this.mark(element, row);
    this.drawn.set(place, element);
    return element;
  }

  cell(row, column) {
    const value = this.model.value(row, column.key);
    const name = `kind-${column.kind} col-${column.key}`;
    if (column.kind === "outcome") return make("td", { class: name }, value === null ? "" : badge(value));
    if (column.kind === "flag" && typeof value === "string") return make("td", { class: name }, value && flagTag(value));
    if (column.kind === "strip" && typeof value === "string") return make("td", { class: name, title: visibleLine(value) }, drawStrip(value));
    const text = visibleLine(formatted(value, column.kind));
    if (column.key === "instance") {
      return make("th", { scope: "row", class: "col-instance", title: text }, make("a", { href: this.actions.href(row) }, text));
    }
    return make("td", { class: name, title: text.length > WIDEST ? text : null }, text);
  }

  /** A click beside the link opens as well, but for one that ends the marking of text. */
  clicked(event, row) {
    const onLink = event.target instanceof Element && event.target.closest("a");
    if (onLink || String(getSelection()) !== "") return;
    this.actions.open(row);
  }

  mark(element, row) {
    if (row === this.current) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
  }

  setTitles(sort) {
    const state = JSON.stringify([this.columns, sort]);
    if (state === this.state) return;
    this.state = state;
    const held = this.titles.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.titles.replaceChildren(...this.columns.map((column) => this.title(column, sort)));
    if (held) this.titles.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

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
