/** Light, dark, or what the system says. */
import { button } from "./dom.js";

/** @type {(string | null)[]} */
const ORDER = [null, "light", "dark"];
/** @type {Record<string, string>} */
const LABELS = { null: "Theme: system", light: "Theme: light", dark: "Theme: dark" };

/** @param {string | null} theme */
export function applyTheme(theme) {
  if (theme) document.documentElement.setAttribute("data-theme", theme);
  else document.documentElement.removeAttribute("data-theme");
}

/**
 * @param {() => string | null} current
 * @param {(theme: string | null) => void} choose
 * @returns {HTMLButtonElement} which goes from one to the next
 */
export function themeButton(current, choose) {
  const element = button(LABELS[String(current())], () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    choose(next);
    element.textContent = LABELS[String(next)];
  }, { class: "quiet" });
  return element;
}
