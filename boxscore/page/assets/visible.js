/**
 * Characters that cannot be seen, or that turn others round, made visible: controls, bidirectional marks, zero-width
 * characters, separators of lines. A newline and a tab stay.
 */
import { make } from "./dom.js";

const UNSEEN = /\r(?!\n)|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t\r])\p{Cc}/gu;

/** @param {string} character @returns {string} what is shown in its place */
function standIn(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

/**
 * The text with stand-ins, on one line: for table cells, titles and attributes.
 *
 * @param {string} text
 * @returns {string}
 */
export function visibleLine(text) {
  return text.replace(UNSEEN, standIn).replace(/\r?\n/g, " \u23ce ");
}

/**
 * The text as nodes, stand-ins marked as what the text does not have.
 *
 * @param {string} text
 * @returns {Node[]}
 */
export function visibleNodes(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (found.index > from) nodes.push(document.createTextNode(text.slice(from, found.index)));
    nodes.push(make("span", { class: "unseen" }, standIn(found[0])));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}
