/**
 * Outcomes: their words, with a sign and a tone, so that colour is never the only one who tells.
 *
 * @typedef {"good" | "bad" | "unknown" | "neutral"} Tone
 */
import { make } from "./dom.js";
import { visibleLine } from "./visible.js";

/** @type {Record<string, Tone>} all others are bad: each names what went wrong with a sample */
const TONES = {
  passed: "good",
  xfail: "good",
  fixed: "good",
  internal: "unknown",
  missing: "unknown",
  ungraded: "unknown",
  undecided: "unknown",
  warning: "unknown",
  "": "neutral",
  skipped: "neutral",
  not_judged: "neutral",
  not_reached: "neutral",
  both_passed: "neutral",
  both_failed: "neutral",
  note: "neutral",
};
/** @type {Record<Tone, string>} */
const SIGNS = { good: "\u2713", bad: "\u2717", unknown: "?", neutral: "\u2212" };

/** @param {unknown} outcome @returns {Tone} */
export function toneOf(outcome) {
  if (outcome === null || outcome === undefined) return "neutral";
  const word = String(outcome).toLowerCase().replaceAll(" ", "_");
  return Object.hasOwn(TONES, word) ? TONES[word] : "bad";
}

/** @param {unknown} outcome @returns {string} */
export function signOf(outcome) {
  return SIGNS[toneOf(outcome)];
}

/** @param {unknown} outcome @returns {string} the word as it is read: `output limit` */
export function wordOf(outcome) {
  return outcome === null || outcome === undefined ? "" : visibleLine(String(outcome)).replaceAll("_", " ");
}

/** @param {string} flag @returns {HTMLElement} what was noticed of an agent or a sample */
export function flagTag(flag) {
  return make("span", { class: "tag flag" }, `\u26a0\ufe0e ${visibleLine(flag)}`);
}

/** @param {unknown} outcome @returns {HTMLElement} sign and word */
export function badge(outcome) {
  return make("span", { class: `outcome ${toneOf(outcome)}`, "data-sign": signOf(outcome) }, wordOf(outcome));
}
