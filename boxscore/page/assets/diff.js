/** Patches by file: in one column or in two, with numbers of lines. */
import { button, make } from "./dom.js";
import { count } from "./format.js";
import { tokenNodes, tokens } from "./highlight.js";
import { endOfName } from "./languages.js";
import { flagTag } from "./outcome.js";
import { visibleLine } from "./visible.js";

const FILE_LINES = 600; // of a file, at first
const WIDE = 1100; // pixels of the window from which two columns are the first choice
const LONGEST_LINE = 5000; // characters; the rest of a line is not drawn

/**
 * @typedef {[before: number | null, after: number | null, text: string, flag?: string]} Line
 * @typedef {{path: string, added: number, removed: number, hunks: [string, Line[]][], note: string}} File
 */

/**
 * @param {File[]} files
 * @returns {HTMLElement}
 */
export function drawDiff(files) {
  const box = make("div", { class: "diff-box" });
  const draw = (/** @type {boolean} */ split) => {
    const other = split ? "One column" : "Two columns";
    const choice = button(other, () => draw(!split), { class: "quiet" });
    box.replaceChildren(make("p", { class: "tally" }, filesTally(files), choice), ...files.map((file) => drawFile(file, split)));
  };
  draw(window.innerWidth >= WIDE && files.some((file) => file.removed > 0));
  return box;
}

/** @param {File[]} files @returns {string} */
function filesTally(files) {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return `${count(files.length)} ${files.length === 1 ? "file" : "files"}, ${count(added)} added, ${count(removed)} removed`;
}

/** @param {File} file @param {boolean} split @returns {HTMLElement} */
function drawFile(file, split) {
  const numbers = make(
    "span",
    { class: "numbers" },
    make("span", { class: "added" }, `+${count(file.added)}`),
    make("span", { class: "removed" }, `\u2212${count(file.removed)}`),
  );
  const title = make("summary", {}, make("span", { class: "path" }, visibleLine(file.path)), numbers);
  const note = file.note ? make("p", { class: "note" }, visibleLine(file.note)) : null;
  return make("details", { class: "file", open: true }, title, note, drawHunks(file, split));
}

/** @param {File} file @param {boolean} split @returns {HTMLElement | null} */
function drawHunks(file, split) {
  if (file.hunks.length === 0) return null;
  const language = endOfName(file.path);
  const body = make("tbody");
  const total = file.hunks.reduce((sum, [, lines]) => sum + lines.length, 0);
  const fill = (/** @type {number} */ most) => body.replaceChildren(...hunkRows(file.hunks, split, language, most));
  fill(FILE_LINES);
  const scroller = make("div", { class: "lines", tabindex: 0, role: "region", "aria-label": `Changes of ${visibleLine(file.path)}` });
  scroller.append(make("table", { class: split ? "diff split" : "diff" }, split ? splitColumns() : null, body));
  if (total <= FILE_LINES) return scroller;
  const more = button(`Show all ${count(total)} lines`, () => {
    fill(total);
    more.remove();
  });
  return make("div", {}, scroller, more);
}

/** Widths of two columns of lines: the first row is a header over all of them, which says none. @returns {HTMLElement} */
function splitColumns() {
  return make("colgroup", {}, ...[0, 1].flatMap(() => [make("col", { class: "number" }), make("col")]));
}

/** @param {[string, Line[]][]} hunks @param {boolean} split @param {string} language @param {number} most */
function hunkRows(hunks, split, language, most) {
  const rows = [];
  let left = most;
  for (const [header, lines] of hunks) {
    if (left <= 0) break;
    rows.push(make("tr", { class: "hunk" }, make("td", { colspan: split ? 4 : 3 }, visibleLine(header))));
    const some = lines.slice(0, left);
    rows.push(...(split ? pairs(some).map(([a, b]) => splitRow(a, b, language)) : some.map((line) => unifiedRow(line, language))));
    left -= some.length;
  }
  return rows;
}

/** @param {Line} line @param {string} language @returns {HTMLElement} */
function unifiedRow(line, language) {
  const kind = changeOf(line);
  return make("tr", { class: kind }, numberCell(line[0]), numberCell(line[1]), codeCell(line, kind, language));
}

/** @param {Line | null} before @param {Line | null} after @param {string} language @returns {HTMLElement} */
function splitRow(before, after, language) {
  return make("tr", {}, half(before, 0, language), half(after, 1, language));
}

/** @param {Line | null} line @param {0 | 1} side @param {string} language @returns {HTMLElement[]} */
function half(line, side, language) {
  if (!line) return [make("td", { class: "number gap" }), make("td", { class: "gap" })];
  return [numberCell(line[side]), codeCell(line, changeOf(line), language)];
}

/** @param {Line} line @returns {"added" | "removed" | "same"} */
function changeOf([before, after]) {
  if (before === null) return "added";
  return after === null ? "removed" : "same";
}

/** @param {number | null} number @returns {HTMLElement} */
function numberCell(number) {
  return make("td", { class: "number", "data-n": number });
}

/** @param {Line} line @param {"added" | "removed" | "same"} kind @param {string} language @returns {HTMLElement} */
function codeCell([, , text, flag], kind, language) {
  const sign = { added: "+", removed: "\u2212", same: "\u00a0" }[kind];
  const shown = text.slice(0, LONGEST_LINE);
  const rest = text.length > shown.length ? make("span", { class: "unseen" }, ` \u2026 ${count(text.length - shown.length)} characters more`) : null;
  const mark = flag ? flagTag(flag) : null;
  return make("td", { class: `code ${kind}${flag ? " flagged" : ""}`, "data-sign": sign }, tokenNodes(tokens(shown, language)), rest, mark);
}

/** Lines that were replaced, beside those in their place. @param {Line[]} lines @returns {[Line | null, Line | null][]} */
function pairs(lines) {
  /** @type {[Line | null, Line | null][]} */
  const found = [];
  let removed = 0; // of the open pairs, those that still want a line on the right
  for (const line of lines) {
    const kind = changeOf(line);
    if (kind === "removed") {
      found.push([line, null]);
      removed += 1;
    } else if (kind === "added" && removed > 0) {
      found[found.length - removed][1] = line;
      removed -= 1;
    } else {
      removed = 0;
      found.push(kind === "added" ? [null, line] : [line, line]);
    }
  }
  return found;
}
