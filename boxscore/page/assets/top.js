/** The head of the page: what was run, how it scored, what to be wary of, and the drawings. */
import { drawChart } from "./charts.js";
import { make } from "./dom.js";
import { drawFacts } from "./facts.js";
import { counted } from "./format.js";
import { copyButton } from "./text.js";
import { visibleLine, visibleNodes } from "./visible.js";

const FACTS_SHOWN = 6;

/**
 * @param {import("./source.js").Head} head
 * @returns {HTMLElement[]}
 */
export function drawTop(head) {
  return [
    make("div", { class: "title" }, make("p", { class: "kind" }, pageKind(head)), make("h1", {}, visibleLine(head.title))),
    drawWarnings(head.warnings),
    drawScore(head.score),
    ...drawHeadFacts(head.facts),
  ].filter((element) => element !== null);
}

/** @param {import("./source.js").Head} head @returns {HTMLElement | null} */
export function drawCharts(head) {
  if (head.charts.length === 0) return null;
  return make("section", { class: "charts", "aria-label": "Charts" }, head.charts.map(drawChart));
}

/** Where it all comes from, and how to run it again. @param {import("./source.js").Head} head @returns {HTMLElement} */
export function drawFoot(head) {
  const commands = head.again.join("\n");
  return make(
    "footer",
    {},
    head.again.length > 0 && make("section", { class: "again", "aria-label": "Run it again" }, make("h2", {}, "Run it again"), make("div", { class: "text" }, make("pre", { tabindex: 0 }, make("code", {}, visibleNodes(commands))), navigator.clipboard ? copyButton(commands) : null)),
    head.provenance.length > 0 && make("section", { class: "provenance", "aria-label": "Provenance" }, make("h2", {}, "Provenance"), drawFacts(head.provenance)),
    make("p", { class: "made" }, `Made by boxscore ${visibleLine(head.boxscore)}.`),
  );
}

/** @param {import("./source.js").Head} head @returns {string} */
function pageKind(head) {
  const what = { run: "Run", comparison: "Comparison", audit: "Audit" }[head.kind];
  return head.going_on ? `${what} in progress` : what;
}

/** The first facts, and the others when asked for: the list of samples is to be in sight. */
function drawHeadFacts(/** @type {import("./source.js").Fact[]} */ facts) {
  if (facts.length <= FACTS_SHOWN + 1) return facts.length > 0 ? [drawFacts(facts, false)] : [];
  const [first, others] = [facts.slice(0, FACTS_SHOWN), facts.slice(FACTS_SHOWN)];
  const summary = make("summary", {}, `${counted(others.length, "more fact")} about this`);
  return [drawFacts(first, false), make("details", { class: "more-facts" }, summary, drawFacts(others, false))];
}

/** @param {string[]} warnings @returns {HTMLElement | null} */
function drawWarnings(warnings) {
  if (warnings.length === 0) return null;
  return make("ul", { class: "warnings", "aria-label": "Warnings" }, warnings.map((text) => make("li", { class: "warning" }, visibleNodes(text))));
}

/** @param {import("./source.js").Fact[]} score @returns {HTMLElement | null} */
function drawScore(score) {
  if (score.length === 0) return null;
  const tiles = score.map(({ label, value, note }) =>
    make("div", { class: "tile" }, make("dt", {}, visibleLine(label)), make("dd", {}, make("span", { class: "tile-value" }, visibleLine(value)), note ? make("span", { class: "tile-note" }, visibleNodes(note)) : null)),
  );
  return make("dl", { class: "score" }, tiles);
}
