/** Values under their labels. */
import { make } from "./dom.js";
import { signOf, toneOf, wordOf } from "./outcome.js";
import { visibleLine, visibleNodes } from "./visible.js";

/** Labels whose value is an outcome, and is drawn as one. */
const OUTCOME_LABELS = new Set(["outcome", "verdict"]);
/** Characters of a value or a note from which facts are listed below each other. */
const LONG = 48;

/**
 * @param {import("./source.js").Fact[]} facts
 * @param {boolean} [listable] whether long ones may stand below each other; else all are a grid
 * @returns {HTMLElement}
 */
export function drawFacts(facts, listable = true) {
  const long = listable && facts.some(({ value, note }) => Math.max(value.length, note.length) > LONG);
  return make("dl", { class: long ? "facts listing" : "facts" }, facts.map(drawFact));
}

/** @param {import("./source.js").Fact} fact @returns {HTMLElement} */
function drawFact(fact) {
  const outcome = OUTCOME_LABELS.has(fact.label.toLowerCase()) && /^[a-z_]+$/.test(fact.value);
  const value = outcome
    ? make("span", { class: `outcome ${toneOf(fact.value)}`, "data-sign": signOf(fact.value) }, wordOf(fact.value))
    : visibleNodes(fact.value);
  const note = fact.note ? make("span", { class: "fact-note" }, visibleNodes(fact.note)) : null;
  return make("div", {}, make("dt", {}, visibleLine(fact.label)), make("dd", {}, value, note));
}
