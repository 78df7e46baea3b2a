/** Drawings: SVG that we made ourselves, still taken in element by element, and the same numbers as a table. */
import { make, makeSvg } from "./dom.js";
import { visibleLine } from "./visible.js";

const ELEMENTS = new Set(
  "svg g path rect circle ellipse line polyline polygon text tspan title desc defs clipPath pattern use linearGradient stop".split(" "),
);
const NARROW = 4; // columns of a table that has room where a drawing has
const REFUSED = /^on|^style$|^(?:xlink:)?href$/i;

/**
 * @param {import("./source.js").Chart} chart
 * @returns {HTMLElement}
 */
export function drawChart(chart) {
  const title = make("figcaption", {}, visibleLine(chart.title));
  const drawing = chart.svg ? imported(chart.svg) : null;
  if (drawing) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", visibleLine(chart.title));
  }
  const table = chart.table.length > 0 ? numbersTable(chart) : null;
  const numbers = table && drawing ? make("details", {}, make("summary", {}, "As a table"), table) : table;
  const wide = !drawing && chart.table.length > 0 && chart.table[0].length > NARROW;
  return make("figure", { class: wide ? "chart wide" : "chart", id: `chart-${chart.chart_id}` }, title, drawing, numbers);
}

/** @param {import("./source.js").Chart} chart @returns {HTMLElement} */
function numbersTable({ title, table: [head, ...lines] }) {
  const row = (/** @type {string[]} */ line, /** @type {Record<string, string>} */ attributes, /** @type {string} */ name) =>
    make("tr", {}, line.map((cell) => make(name, attributes, visibleLine(cell))));
  const body = make("tbody", {}, lines.map((line) => row(line, {}, "td")));
  const table = make("table", {}, make("thead", {}, row(head, { scope: "col" }, "th")), body);
  const label = `${visibleLine(title)}, as a table`;
  return make("div", { class: "chart-table", tabindex: 0, role: "region", "aria-label": label }, table);
}

/** @param {string} text @returns {Element | null} null where it is no SVG */
function imported(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return root.localName === "svg" ? copied(root, true) : null;
}

/** @param {Element} element @param {boolean} outermost @returns {Element | null} */
function copied(element, outermost) {
  if (!ELEMENTS.has(element.localName)) return null;
  const copy = makeSvg(element.localName);
  for (const { name, value } of element.attributes) {
    const own = name.endsWith("href") && value.startsWith("#"); // a part of this same drawing
    if (own) copy.setAttribute("href", value);
    else if (!REFUSED.test(name) && !name.startsWith("xmlns") && !(outermost && /^(?:width|height)$/.test(name))) copy.setAttribute(name, value);
  }
  for (const child of element.childNodes) {
    if (child instanceof Element) copy.append(...[copied(child, false)].filter((node) => node !== null));
    else if (child.nodeType === Node.TEXT_NODE && child.textContent?.trim()) copy.append(child.textContent);
  }
  return copy;
}
