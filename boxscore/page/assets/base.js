/** Elements, text that is visible, values as people read them, and outcomes. */

// The one way in which this page makes elements. Text becomes text nodes, so nothing in it is ever markup.

/** Make an HTML element. An attribute that is false, null or undefined is left out; `on` has event handlers. */
function make(name, attributes = {}, ...children) {
  return dressed(document.createElement(name), attributes, children);
}

/** Make an SVG element, as `make` does. */
function makeSvg(name, attributes = {}, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** A button that shows `label`. */
function button(label, action, attributes = {}) {
  return make("button", { type: "button", ...attributes, on: { click: action } }, label);
}

function dressed(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

// Characters that cannot be seen, or that turn others round, made visible: controls, bidirectional marks, zero-width
// characters, separators of lines. A newline and a tab stay.

const INVISIBLE = /\r(?!\n)|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t\r])\p{Cc}/gu;

function standIn(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

/** The text with stand-ins, on one line: for table cells, titles and attributes. */
function visibleLine(text) {
  return text.replace(INVISIBLE, standIn).replace(/\r?\n/g, " \u23ce ");
}

/** The text as nodes, stand-ins marked as what the text does not have. */
function visibleNodes(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INVISIBLE)) {
    if (found.index > from) nodes.push(document.createTextNode(text.slice(from, found.index)));
    nodes.push(make("span", { class: "stand-in" }, standIn(found[0])));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

// Values of the index as people read them. What was not computed is a dash, never 0. Numbers are written without `Intl`,
// whose first number takes as long as all other scripting until the first rows are seen.

const FINE_DIGITS = 4;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** What stands for a value that is not there. */
const ABSENT = "\u2013";

function formatted(value, kind) {
  if (value === null || value === undefined) return kind === "text" || kind === "strip" ? "" : ABSENT;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return value;
  if (kind === "seconds") return duration(value);
  if (kind === "bytes") return byteSize(value);
  if (kind === "money") return money(value);
  return Number.isInteger(value) ? count(value) : fine(value);
}

function count(value) {
  return grouped(String(Math.round(value)));
}

function fine(value) {
  return grouped(String(Number(value.toPrecision(FINE_DIGITS))));
}

function grouped(digits) {
  const [whole, ...fraction] = digits.split(".");
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ","), ...fraction].join(".");
}

function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function duration(seconds) {
  if (seconds < 0.0995) return `${fine(Number((seconds * 1000).toPrecision(2)))} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.95 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

function byteSize(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1)} ${UNITS[unit]}`;
}

function money(dollars) {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

function padded(value) {
  return String(value).padStart(2, "0");
}

// Outcomes: their words, with a sign and a tone, so that colour is never the only one who tells.

const TONES = {
  passed: "good",
  xfail: "good",
  fixed: "good",
  internal: "unknown",
  missing: "unknown",
  ungraded: "unknown",
  undecided: "unknown",
  "": "neutral",
  skipped: "neutral",
  not_judged: "neutral",
  not_reached: "neutral",
  both_passed: "neutral",
  both_failed: "neutral",
};
const SIGNS = { good: "\u2713", bad: "\u2717", unknown: "?", neutral: "\u2212" };

function toneOf(outcome) {
  if (outcome === null || outcome === undefined) return "neutral";
  const word = String(outcome).toLowerCase().replaceAll(" ", "_");
  return Object.hasOwn(TONES, word) ? TONES[word] : "bad";
}

/** How soon a reader wants to see it: what broke or failed, what is unknown, what was fixed, then what passed. */
function urgencyOf(outcome) {
  const word = String(outcome ?? "");
  if (word === "fixed") return 1;
  if (word === "both_failed") return 4;
  return { bad: 0, unknown: 2, neutral: 3, good: 5 }[toneOf(outcome)];
}

function signOf(outcome) {
  return SIGNS[toneOf(outcome)];
}

function wordOf(outcome) {
  return outcome === null || outcome === undefined ? "" : visibleLine(String(outcome)).replaceAll("_", " ");
}

function flagTag(flag) {
  return make("span", { class: "tag flag" }, `\u26a0\ufe0e ${visibleLine(flag)}`);
}

function badge(outcome) {
  return make("span", { class: `outcome ${toneOf(outcome)}`, "data-sign": signOf(outcome) }, wordOf(outcome));
}
