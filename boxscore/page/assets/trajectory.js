/** What an agent did: an axis of time on which each step has its place, and the steps with what they said and saw. */
import { button, make, makeSvg } from "./dom.js";
import { count, counted, duration, money } from "./format.js";
import { flagTag } from "./outcome.js";
import { textBlock } from "./text.js";
import { visibleLine } from "./visible.js";

const TICKS = [0, 25, 50, 75, 100]; // per cent of the axis
const NARROWEST_BAR = 0.4; // per cent of the axis that a step takes at least

/**
 * @typedef {{number: number, source: string, title: string, text: string, observation: string, at_s: number | null,
 *   took_s: number | null, tokens: number | null, cost: number | null, flags: string[]}} Step
 * @typedef {{wanted: number | null, go: (step: number) => void}} StepLink the step that the address names, and how to
 *   have another there
 */

/**
 * @param {{steps: Step[], left_out: number}} trajectory
 * @param {StepLink} link
 * @returns {HTMLElement}
 */
export function drawTrajectory({ steps, left_out: leftOut }, link) {
  const span = spanOf(steps);
  const items = steps.map((step) => drawStep(step, span, link));
  const list = make("ol", { class: "steps" }, items);
  const open = (/** @type {boolean} */ state) => items.forEach((item) => (item.querySelector("details").open = state));
  const choices = [
    button("Open all", () => open(true), { class: "quiet" }),
    button("Close all", () => open(false), { class: "quiet" }),
  ];
  return make(
    "div",
    { class: "trajectory-box" },
    make("p", { class: "tally" }, stepsTally(steps, leftOut, span), choices),
    span === null ? null : drawAxis(steps, span, link),
    list,
  );
}

/**
 * Open a step and bring it into sight.
 *
 * @param {ParentNode} root
 * @param {number} number
 * @returns {boolean} whether there is such a step
 */
export function openStep(root, number) {
  const item = root.querySelector(`[data-step="${number}"]`);
  const details = item?.querySelector("details");
  if (!item || !details) return false;
  root.querySelectorAll(".steps > [aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  item.setAttribute("aria-current", "step");
  details.open = true;
  item.scrollIntoView({ block: "start" });
  return true;
}

/** @param {Step[]} steps @returns {number | null} seconds from the first step to the end of the last, if a clock ran */
function spanOf(steps) {
  const ends = steps.filter((step) => step.at_s !== null).map((step) => (step.at_s ?? 0) + (step.took_s ?? 0));
  return ends.length === 0 ? null : Math.max(...ends, 0.001);
}

/** @param {Step[]} steps @param {number} leftOut @param {number | null} span @returns {string} */
function stepsTally(steps, leftOut, span) {
  const parts = [counted(steps.length, "step")];
  if (leftOut > 0) parts.push(`${count(leftOut)} more not listed`);
  parts.push(span === null ? "no times recorded" : duration(span));
  const flagged = steps.filter((step) => step.flags.length > 0).length;
  if (flagged > 0) parts.push(`${count(flagged)} flagged`);
  return parts.join(", ");
}

/** @param {Step[]} steps @param {number} span @param {StepLink} link @returns {HTMLElement} */
function drawAxis(steps, span, link) {
  const bars = steps.filter((step) => step.at_s !== null).map((step) => {
    const bar = drawBar(step, span, 20);
    bar.append(makeSvg("title", {}, `Step ${step.number}: ${visibleLine(step.title)}`));
    bar.addEventListener("click", () => link.go(step.number));
    return bar;
  });
  const ticks = TICKS.map((tick) => makeSvg("line", { class: "tick", x1: `${tick}%`, x2: `${tick}%`, y1: 0, y2: 28 }));
  const drawing = makeSvg("svg", { class: "axis", height: 28, width: "100%", "aria-hidden": "true" }, ticks, bars);
  const labels = TICKS.map((tick) => make("span", {}, duration((span * tick) / 100).replace(/^0 ms$/, "0")));
  return make("div", { class: "axis-box" }, drawing, make("div", { class: "axis-labels", "aria-hidden": "true" }, labels));
}

/** @param {Step} step @param {number} span @param {number} height @returns {SVGElement} */
function drawBar(step, span, height) {
  const width = Math.max(NARROWEST_BAR, ((step.took_s ?? 0) / span) * 100);
  const left = Math.min(100 - NARROWEST_BAR, ((step.at_s ?? 0) / span) * 100);
  const kind = step.flags.length > 0 ? "bar flagged" : "bar";
  return makeSvg("rect", { class: kind, x: `${left}%`, y: 4, width: `${width}%`, height, rx: 1 });
}

/** @param {Step} step @param {number | null} span @param {StepLink} link @returns {HTMLElement} */
function drawStep(step, span, link) {
  const body = make("div", { class: "step-body" });
  const details = make("details", {}, make("summary", {}, summaryOf(step, span)), body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) body.append(...stepBody(step, link));
  });
  return make("li", { "data-step": step.number, class: step.flags.length > 0 ? "flagged" : null }, details);
}

/** @param {Step} step @param {number | null} span @returns {any[]} */
function summaryOf(step, span) {
  const took = step.took_s === null ? "" : duration(step.took_s);
  const bar = span === null || step.at_s === null ? null : drawBar(step, span, 3);
  return [
    make("span", { class: "step-number" }, step.number),
    make("span", { class: "step-source" }, visibleLine(step.source)),
    make("span", { class: "step-title" }, visibleLine(step.title), " ", step.flags.map(flagTag)),
    make("span", { class: "step-took" }, took),
    bar && makeSvg("svg", { class: "step-bar", width: "100%", height: 8, "aria-hidden": "true" }, bar),
  ];
}

/** @param {Step} step @param {StepLink} link @returns {Node[]} */
function stepBody(step, link) {
  const told = [
    step.at_s === null ? null : `at ${duration(step.at_s)}`,
    step.tokens === null ? null : counted(step.tokens, "token"),
    step.cost === null ? null : money(step.cost),
  ].filter((part) => part !== null);
  const here = button("Link to this step", () => link.go(step.number), { class: "quiet" });
  const nodes = [make("p", { class: "step-told" }, told.join(" \u00b7 "), here)];
  if (step.text) nodes.push(textBlock(step.text));
  if (step.observation) nodes.push(make("p", { class: "label" }, "Observation"), textBlock(step.observation));
  return nodes;
}
