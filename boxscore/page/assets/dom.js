/**
 * The one way in which this page makes elements. Text becomes text nodes, so nothing in it is ever markup.
 *
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Make an HTML element. An attribute that is false, null or undefined is left out; `on` has event handlers.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {any} the element; any, so that callers need no casts
 */
export function make(name, attributes = {}, ...children) {
  return dressed(document.createElement(name), attributes, children);
}

/**
 * Make an SVG element, as `make` does.
 *
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function makeSvg(name, attributes = {}, ...children) {
  return dressed(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/**
 * A button that shows `label`.
 *
 * @param {string} label
 * @param {(event: Event) => void} action
 * @param {Record<string, any>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(label, action, attributes = {}) {
  return make("button", { type: "button", ...attributes, on: { click: action } }, label);
}

/** @param {Element} element @param {Record<string, any>} attributes @param {any[]} children */
function dressed(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}
