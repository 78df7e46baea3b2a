/**
 * Code in colours, by a tokenizer that knows comments, strings, numbers and words.
 *
 * @typedef {[kind: string, text: string]} Token kind is empty for what has no colour
 */
import { make } from "./dom.js";
import { languageOf } from "./languages.js";
import { visibleNodes } from "./visible.js";

const LONGEST_CODE = 256 * 1024; // characters of a text that is still highlighted
const NUMBER = String.raw`\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\b`;
const WORD = String.raw`[A-Za-z_$][\w$]*`;

/** @type {Map<string, RegExp>} */
const PATTERNS = new Map();

/**
 * @param {string} text
 * @param {string | null} name of the language; another than those known gives one token
 * @returns {Token[]} which, joined, are the text
 */
export function tokens(text, name) {
  if (name === "diff") return diffTokens(text);
  const language = languageOf(name);
  if (!language || text.length > LONGEST_CODE) return [["", text]];
  /** @type {Token[]} */
  const found = [];
  let from = 0;
  for (const match of text.matchAll(patternOf(name ?? "", language))) {
    const kind = tokenKind(match, language);
    if (!kind) continue;
    if (match.index > from) found.push(["", text.slice(from, match.index)]);
    found.push([kind, match[0]]);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push(["", text.slice(from)]);
  return found;
}

/**
 * The same as lines, each without its newline.
 *
 * @param {string} text
 * @param {string | null} name
 * @returns {Token[][]}
 */
export function tokenLines(text, name) {
  /** @type {Token[][]} */
  const lines = [[]];
  for (const [kind, whole] of tokens(text, name)) {
    whole.split("\n").forEach((part, at) => {
      if (at > 0) lines.push([]);
      if (part !== "") lines[lines.length - 1].push([kind, part]);
    });
  }
  return lines;
}

/** @param {Token[]} line @returns {Node[]} */
export function tokenNodes(line) {
  return line.flatMap(([kind, text]) => (kind ? [make("span", { class: `token-${kind}` }, visibleNodes(text))] : visibleNodes(text)));
}

/** @param {RegExpMatchArray} match @param {import("./languages.js").Language} language @returns {string} */
function tokenKind(match, language) {
  const { comment, string, number, word } = match.groups ?? {};
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  return word !== undefined && language.words.has(word) ? "keyword" : "";
}

/** @param {string} name @param {import("./languages.js").Language} language @returns {RegExp} */
function patternOf(name, language) {
  let pattern = PATTERNS.get(name);
  if (!pattern) {
    const { comment, string } = language;
    pattern = new RegExp(`(?<comment>${comment})|(?<string>${string})|(?<number>${NUMBER})|(?<word>${WORD})`, "g");
    PATTERNS.set(name, pattern);
  }
  return pattern;
}

/** @param {string} text @returns {Token[]} */
function diffTokens(text) {
  return text.split(/(?<=\n)/).map((line) => {
    if (line.startsWith("+++") || line.startsWith("---") || /^(?:diff|index) /.test(line)) return ["comment", line];
    if (line.startsWith("@@")) return ["keyword", line];
    if (line.startsWith("+")) return ["added", line];
    return [line.startsWith("-") ? "removed" : "", line];
  });
}
