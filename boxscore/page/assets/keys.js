/** The keyboard. What a key does is told here once: the help is made of the same list. */

/**
 * @typedef {{keys: string[], told: string, act: () => void}} Binding `keys`: as KeyboardEvent names them
 *
 * @param {Binding[]} bindings
 */
export function listen(bindings) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || (event.key !== "Escape" && takesText(event.target))) return;
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (!binding || isTaken(event.key, event.target)) return;
    event.preventDefault();
    binding.act();
  });
}

/** @param {EventTarget | null} target @returns {boolean} whether letters are written there */
function takesText(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}

/** Enter does what it does on links and buttons, and arrows scroll but for in the list. */
function isTaken(/** @type {string} */ key, /** @type {EventTarget | null} */ target) {
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Enter") return target.matches("a, button, summary, input");
  return key.startsWith("Arrow") && !target.closest(".scroller");
}
