/** Outcomes as buttons with their counts: those that are pressed are listed, all where none is. */
import { button, make } from "./dom.js";
import { count } from "./format.js";
import { signOf, toneOf, wordOf } from "./outcome.js";

/** @type {Record<string, number>} */
const TONE_ORDER = { good: 0, bad: 1, unknown: 2, neutral: 3 };

export class Chips {
  /** @param {(key: string, outcomes: string[]) => void} choose is told of a column's new choice */
  constructor(choose) {
    this.choose = choose;
    this.element = make("div", { class: "chips" });
  }

  /**
   * @param {import("./source.js").Column[]} columns
   * @param {Map<string, Map<string, number>>} counts of those that the other filters leave
   * @param {Record<string, string[]>} chosen
   */
  show(columns, counts, chosen) {
    const held = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-chip") : null;
    const named = columns.length > 1;
    const groups = columns.map((column) => this.group(column, counts.get(column.key) ?? new Map(), chosen[column.key] ?? [], named));
    this.element.replaceChildren(...groups);
    if (held) this.element.querySelector(`[data-chip="${CSS.escape(held)}"]`)?.focus();
  }

  /**
   * @param {any} column @param {Map<string, number>} counts @param {string[]} chosen
   * @param {boolean} named whether to say of which column they are
   * @returns {HTMLElement}
   */
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

  /** @param {any} column @param {string} outcome @param {Map<string, number>} counts @param {string[]} chosen */
  chip(column, outcome, counts, chosen) {
    const pressed = chosen.includes(outcome);
    const next = pressed ? chosen.filter((one) => one !== outcome) : [...chosen, outcome];
    return this.drawn(`${column.key}:${outcome}`, outcome, counts.get(outcome) ?? 0, pressed, () =>
      this.choose(column.key, next),
    );
  }

  /** One for all that failed. @param {any} column @param {string[]} bad @param {Map<string, number>} counts @param {string[]} chosen */
  failed(column, bad, counts, chosen) {
    const total = bad.reduce((sum, outcome) => sum + (counts.get(outcome) ?? 0), 0);
    const pressed = bad.every((outcome) => chosen.includes(outcome));
    const others = chosen.filter((outcome) => !bad.includes(outcome));
    const next = pressed ? others : [...others, ...bad];
    return this.drawn(`${column.key}:*`, "all failed", total, pressed, () => this.choose(column.key, next));
  }

  /** @param {string} id @param {string} outcome @param {number} number @param {boolean} pressed @param {() => void} action */
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
