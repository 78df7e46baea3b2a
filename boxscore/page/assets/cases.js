/** The tests of a sample, the one that decided marked and first in sight. */
import { button, make } from "./dom.js";
import { count, counted, duration } from "./format.js";
import { badge, toneOf } from "./outcome.js";
import { visibleLine, visibleNodes } from "./visible.js";

const SHOWN_CASES = 60;

/**
 * @param {any[]} cases
 * @param {number} leftOut
 * @param {string} [tally] what is said of them, where they are not all that there are
 * @returns {HTMLElement}
 */
export function drawCases(cases, leftOut, tally = casesTally(cases, leftOut)) {
  const [deciding, ...others] = [...cases].sort((a, b) => weight(a) - weight(b));
  const ordered = deciding ? [deciding, ...others] : [];
  const timed = cases.some((test) => test.wall_s !== null);
  const drawn = (/** @type {any} */ test) => drawCase(test, timed);
  const body = make("tbody", {}, ordered.slice(0, SHOWN_CASES).map(drawn));
  const titles = timed ? ["Result", "Test", "Time"] : ["Result", "Test"];
  const head = make("tr", {}, titles.map((title) => make("th", { scope: "col" }, title)));
  const box = make("div", { class: "cases-box" });
  box.append(make("p", { class: "tally" }, tally), make("table", {}, make("thead", {}, head), body));
  if (ordered.length > SHOWN_CASES) {
    const more = button(`Show all (${count(ordered.length)})`, () => {
      body.append(...ordered.slice(SHOWN_CASES).map(drawn));
      more.remove();
    });
    box.append(more);
  }
  return box;
}

/** What decided comes first, then what failed; else tests keep their order. @param {any} test */
function weight(test) {
  if (test.decided) return 0;
  return toneOf(test.outcome) === "bad" && test.required ? 1 : 2;
}

/** @param {any[]} cases @param {number} leftOut @returns {string} */
function casesTally(cases, leftOut) {
  const passed = cases.filter((test) => toneOf(test.outcome) === "good").length;
  const hidden = leftOut > 0 ? `; ${count(leftOut)} more are not listed` : "";
  return `${count(passed)} of ${counted(cases.length, "test")} passed${hidden}`;
}

/** @param {any} test @param {boolean} timed whether any test has a time @returns {HTMLElement} */
function drawCase(test, timed) {
  const marks = [
    test.decided ? make("span", { class: "tag decided" }, "decided") : null,
    test.required ? null : make("span", { class: "tag" }, "not required"),
  ];
  const reason = test.reason ? make("div", { class: "reason" }, visibleNodes(test.reason)) : null;
  return make(
    "tr",
    { class: test.decided ? "decided-row" : null },
    make("td", {}, badge(test.outcome)),
    make("td", { class: "test" }, make("span", { class: "test-name" }, visibleLine(test.test)), " ", marks, reason),
    timed ? make("td", { class: "seconds" }, test.wall_s === null ? "" : duration(test.wall_s)) : null,
  );
}
