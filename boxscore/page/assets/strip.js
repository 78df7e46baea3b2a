/** How far a project got, as a row of the index has it: `7 of 20`, and a bar for each of its tasks. */
import { make, makeSvg } from "./dom.js";
import { visibleLine } from "./visible.js";

const STEP = 5; // pixels from one bar to the next
const HEIGHT = 14;
const MOST = 60; // bars; what has more is told in words alone
/** What the signs of a strip stand for. @type {Record<string, string>} */
export const MARKS = { "\u2713": "passed", "\u21bb": "later", "~": "went-on", "\u2717": "failed", "?": "no-verdict", "\u00b7": "unreached" };

/** @param {string} value such as `2 of 4 ✓↻✗·` @returns {HTMLElement} */
export function drawStrip(value) {
  const [told, marks] = /^(\d+ of \d+) (\S*)$/.exec(value)?.slice(1) ?? [value, ""];
  const bars = [...marks].slice(0, MOST).flatMap((mark, at) => bar(mark, at * STEP));
  const width = Math.min(marks.length, MOST) * STEP;
  const drawing = makeSvg("svg", { class: "marks", width, height: HEIGHT, "aria-hidden": "true" }, bars);
  return make("span", { class: "strip-cell" }, make("span", { class: "strip-told" }, visibleLine(told)), bars.length > 0 && drawing);
}

/** @param {string} value @returns {number} how wide it is, in characters */
export function stripWidth(value) {
  const marks = value.length - value.lastIndexOf(" ") - 1;
  return 9 + Math.ceil((Math.min(marks, MOST) * STEP) / 7);
}

/** Also without colours no two look alike. @param {string} mark @param {number} x @returns {SVGElement[]} */
function bar(mark, x) {
  const kind = Object.hasOwn(MARKS, mark) ? MARKS[mark] : "unreached";
  /** @param {number} y @param {number} height */
  const piece = (y, height) => makeSvg("rect", { class: `mark-${kind}`, x, y, width: STEP - 1, height });
  if (kind === "later") return [piece(0, 5), piece(7, 7)];
  if (kind === "unreached") return [piece(HEIGHT - 2, 2)];
  if (kind === "failed") return [piece(0, HEIGHT)];
  if (kind === "no-verdict") return [piece(5, 4)];
  return [piece(kind === "went-on" ? 8 : 3, kind === "went-on" ? 6 : HEIGHT - 3)];
}
