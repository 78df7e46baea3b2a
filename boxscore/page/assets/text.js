/** Texts of any length: the beginning at first, the rest when asked for, in leaves that are laid out only when seen. */
import { button, make } from "./dom.js";
import { byteSize, count } from "./format.js";
import { tokenLines, tokenNodes } from "./highlight.js";

const SHOWN_LINES = 160;
const SHOWN_CHARACTERS = 16 * 1024;
const LEAF_LINES = 100;
const FOLD = 2000; // characters of a line, after which it goes on in another element: one endless line is slow to lay out

/**
 * @param {string} text
 * @param {string | null} [language]
 * @returns {HTMLElement} the text, numbered by lines if it is in a language
 */
export function textBlock(text, language = null) {
  const numbered = language !== null && language !== "";
  const body = make("code", {});
  const block = make("div", { class: numbered ? "text numbered" : "text" }, make("pre", { tabindex: 0 }, body));
  const shown = beginning(text);
  body.append(...leaves(shown, language, numbered));
  if (shown.length < text.length) block.append(showAll(text, language, numbered, body));
  if (text === "") body.append(make("span", { class: "empty" }, "(empty)"));
  if (text !== "" && navigator.clipboard) block.append(copyButton(text));
  return block;
}

/** @param {string} text @returns {HTMLButtonElement} */
export function copyButton(text) {
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Not allowed";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }, { class: "copy quiet" });
  return copy;
}

/** @param {string} text @returns {string} */
function beginning(text) {
  let end = 0;
  for (let line = 0; line < SHOWN_LINES; line += 1) {
    end = text.indexOf("\n", end) + 1;
    if (end === 0 || end > SHOWN_CHARACTERS) break;
  }
  if (end === 0) end = text.length;
  if (end <= SHOWN_CHARACTERS) return text.slice(0, end);
  return text.slice(0, wholeEnd(text, SHOWN_CHARACTERS));
}

/** @param {string} text @param {any} language @param {boolean} numbered @param {HTMLElement} body */
function showAll(text, language, numbered, body) {
  const size = byteSize(new Blob([text]).size);
  const rest = make("p", { class: "rest" }, button(`Show all (${size})`, () => {
    body.replaceChildren(...leaves(text, language, numbered));
    rest.remove();
    body.closest("pre")?.focus({ preventScroll: true });
  }));
  return rest;
}

/** @param {string} text @param {string | null} language @param {boolean} numbered @returns {HTMLElement[]} */
function leaves(text, language, numbered) {
  const lines = tokenLines(text.endsWith("\n") ? text.slice(0, -1) : text, language);
  const found = [];
  for (let first = 0; first < lines.length; first += LEAF_LINES) {
    const some = lines.slice(first, first + LEAF_LINES);
    found.push(make("span", { class: "leaf" }, some.map((line, at) => lineNodes(line, numbered ? first + at + 1 : null))));
  }
  return found;
}

/** @param {import("./highlight.js").Token[]} line @param {number | null} number @returns {HTMLElement[]} */
function lineNodes(line, number) {
  const parts = folded(line);
  return parts.map((part, at) =>
    make("span", { class: at === 0 ? "line" : "line more", "data-n": at === 0 ? number : null }, tokenNodes(part), at === parts.length - 1 ? "\n" : null),
  );
}

/** @param {import("./highlight.js").Token[]} line @returns {import("./highlight.js").Token[][]} */
function folded(line) {
  if (line.reduce((sum, [, text]) => sum + text.length, 0) <= FOLD) return [line];
  /** @type {import("./highlight.js").Token[][]} */
  const parts = [];
  for (const [kind, text] of line) {
    for (let from = 0; from < text.length; ) {
      const end = wholeEnd(text, from + FOLD);
      parts.push([[kind, text.slice(from, end)]]);
      from = end;
    }
  }
  return parts;
}

/** The end of a cut that leaves no half of a character. @param {string} text @param {number} end */
function wholeEnd(text, end) {
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code <= 0xdbff ? end - 1 : Math.min(end, text.length);
}

/** @param {number} bytes @returns {HTMLElement | null} the note that a text is not whole */
export function cutNote(bytes) {
  return bytes > 0 ? make("p", { class: "note" }, `${byteSize(bytes)} (${count(bytes)} bytes) were left out of this text; the run directory has them.`) : null;
}
