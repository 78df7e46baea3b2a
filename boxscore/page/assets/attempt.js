/** An attempt at a task: what its pages looked like, which tests failed, and what was printed. */
import { button, make } from "./dom.js";
import { drawCases } from "./cases.js";
import { byteSize, count, counted } from "./format.js";
import { badge } from "./outcome.js";
import { cutNote, textBlock } from "./text.js";
import { visibleLine, visibleNodes } from "./visible.js";

/**
 * @typedef {{kind: "jpeg" | "png", data: string}} Picture
 * @typedef {{title: string, picture: number | null, note: string}} Shot
 * @typedef {{name: string, size: number, data: string, note: string}} Kept
 * @typedef {{number: number, outcome: string, reason: string, wrote: string, passed: number, tests: number,
 *   failing: any[], left_out: number, log: string, cut_bytes: number, times: import("./source.js").Fact[],
 *   shots: Shot[], files: Kept[]}} Attempt
 */

const BASE64 = /^[A-Za-z0-9+/=\s]*$/;
const KINDS = ["jpeg", "png"];

/**
 * @param {Attempt} attempt
 * @param {Picture[]} pictures of the whole project
 * @param {boolean} opened
 * @returns {HTMLElement}
 */
export function drawAttempt(attempt, pictures, opened) {
  const body = make("div", { class: "attempt-body" });
  const part = make("details", { class: "attempt", open: opened }, make("summary", {}, attemptSummary(attempt)), body);
  const fill = () => {
    if (part.open && !body.hasChildNodes()) body.append(...attemptBody(attempt, pictures));
  };
  part.addEventListener("toggle", fill);
  fill();
  return part;
}

/** @param {Attempt} attempt @returns {any[]} */
function attemptSummary(attempt) {
  const reason = attempt.reason ? make("span", { class: "attempt-reason" }, visibleNodes(attempt.reason)) : null;
  return [make("span", {}, `Attempt ${attempt.number}`), " ", badge(attempt.outcome), " ", reason];
}

/** @param {Attempt} attempt @param {Picture[]} pictures @returns {Node[]} */
function attemptBody(attempt, pictures) {
  const times = attempt.times.map(({ label, value }) => `${visibleLine(label)} ${visibleLine(value)}`).join(" \u00b7 ");
  const wrote = attempt.wrote ? `Wrote ${visibleLine(attempt.wrote)}` : "";
  const told = [wrote, times].filter(Boolean).map((text) => make("p", { class: "note" }, text));
  const shots = attempt.shots.map((shot) => drawShot(shot, pictures, attempt.number));
  return [
    ...told,
    shots.length > 0 ? make("div", { class: "shots" }, shots) : null,
    attempt.failing.length > 0
      ? drawCases(attempt.failing, attempt.left_out, tally(attempt))
      : make("p", { class: "tally" }, tally(attempt)),
    ...(attempt.log ? [make("p", { class: "label" }, "Log"), textBlock(attempt.log), cutNote(attempt.cut_bytes)] : []),
    ...attempt.files.map(drawKept),
  ].filter((node) => node !== null);
}

/** @param {Attempt} attempt @returns {string} */
function tally(attempt) {
  if (attempt.tests === 0) return "No test was run.";
  const more = attempt.left_out > 0 ? `; ${count(attempt.left_out)} more that failed are not listed` : "";
  return `${count(attempt.passed)} of ${counted(attempt.tests, "test")} passed${more}`;
}

/**
 * @param {Shot} shot
 * @param {Picture[]} pictures
 * @param {string} alt
 * @returns {HTMLElement | null} null where there is no picture
 */
export function pictureOf(shot, pictures, alt) {
  const picture = shot.picture === null ? null : pictures[shot.picture];
  if (!picture || !KINDS.includes(picture.kind) || !BASE64.test(picture.data)) return null;
  const image = make("img", { src: `data:image/${picture.kind};base64,${picture.data}`, alt, decoding: "async", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(make("span", { class: "note unreadable" }, "A picture that cannot be read")));
  return image;
}

/** @param {Shot} shot @param {Picture[]} pictures @param {number} number of the attempt @returns {HTMLElement} */
function drawShot(shot, pictures, number) {
  const title = visibleLine(shot.title);
  const image = pictureOf(shot, pictures, `${title}, attempt ${number}`);
  const caption = make("figcaption", {}, title);
  if (!image) return make("figure", { class: "shot" }, make("p", { class: "note unreadable" }, `Picture ${visibleLine(shot.note) || "is not there"}`), caption);
  const open = button("", () => enlarge(shot, pictures, title), { class: "shot-button", title: "Show it larger" });
  open.append(image);
  return make("figure", { class: "shot" }, open, caption);
}

/** In its own size, over the page, until it is closed. @param {Shot} shot @param {Picture[]} pictures @param {string} title */
function enlarge(shot, pictures, title) {
  const dialog = make("dialog", { class: "large-shot", "aria-label": title });
  const close = button("Close", () => dialog.close());
  dialog.append(make("p", {}, make("span", {}, title), close), make("div", { class: "large-box", tabindex: 0 }, pictureOf(shot, pictures, title)));
  dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Kept} file @returns {HTMLElement} */
function drawKept(file) {
  const named = `${visibleLine(file.name)} (${byteSize(file.size)})`;
  if (!file.data || !BASE64.test(file.data)) return make("p", { class: "note" }, `${named}: ${visibleLine(file.note) || "cannot be read"}`);
  const how = file.name.endsWith(".zip") ? make("span", { class: "note" }, " a trace: ", make("code", {}, `npx playwright show-trace ${visibleLine(file.name)}`)) : null;
  return make("p", { class: "kept" }, button(`Save ${named}`, () => save(file)), how);
}

/** As bytes of no kind that a browser would open. @param {Kept} file */
function save(file) {
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  make("a", { href: url, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
