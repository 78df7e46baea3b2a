/** A web project: a strip of its tasks, and below it the one that is looked at, with its attempts. */
import { button, make } from "./dom.js";
import { drawAttempt, pictureOf } from "./attempt.js";
import { counted } from "./format.js";
import { badge, toneOf } from "./outcome.js";
import { visibleLine } from "./visible.js";

/**
 * @typedef {import("./attempt.js").Attempt} Attempt
 * @typedef {import("./attempt.js").Shot} Shot
 * @typedef {{name: string, level: string, outcome: string, mark: string, note: string, attempts: Attempt[]}} Task
 * @typedef {{told: string, tasks: Task[], opened: string, pictures: import("./attempt.js").Picture[], note: string}} Tasks
 * @typedef {{task: string | null, goTask: (name: string) => void}} TaskLink the task that the address names, and how
 *   to have another there
 */

/** What tells a strip which task to show. */
const CHOOSE = "choose-task";
let strips = 0;

/**
 * @param {Tasks} section
 * @param {TaskLink} link
 * @returns {Node[]}
 */
export function drawTasks(section, link) {
  if (section.tasks.length === 0) return [make("p", { class: "note" }, "This project has no tasks.")];
  strips += 1;
  const id = `tasks-${strips}`;
  const panel = make("div", { class: "task-panel", role: "tabpanel", id, tabindex: 0 });
  const tabs = section.tasks.map((task, place) => drawTab(task, section, `${id}-${place}`, id, link));
  const strip = make("div", { class: "strip", role: "tablist", "aria-label": "Tasks of the project" }, tabs);
  const choose = (/** @type {string | null} */ name) => {
    const wanted = section.tasks.findIndex((task) => task.name === (name ?? section.opened));
    const place = wanted >= 0 ? wanted : Math.max(0, section.tasks.findIndex((task) => task.name === section.opened));
    tabs.forEach((tab, at) => mark(tab, at === place));
    panel.setAttribute("aria-labelledby", `${id}-${place}`);
    panel.replaceChildren(...drawTask(section.tasks[place], section));
  };
  strip.addEventListener(CHOOSE, (/** @type {CustomEvent} */ event) => choose(event.detail));
  strip.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => pressed(event, tabs));
  choose(link.task);
  const note = section.note ? make("p", { class: "note" }, visibleLine(section.note)) : null;
  return [make("p", { class: "tally" }, visibleLine(section.told)), strip, panel, note].filter((one) => one !== null);
}

/**
 * Show a task in all strips, in each its own first one where the address names none.
 *
 * @param {ParentNode} root
 * @param {string | null} name
 */
export function openTask(root, name) {
  for (const strip of root.querySelectorAll(".strip")) strip.dispatchEvent(new CustomEvent(CHOOSE, { detail: name }));
}

/** @param {ParentNode} root @param {1 | -1} direction @returns {string | null} the task beside the one that is shown */
export function taskBeside(root, direction) {
  const tabs = [...(root.querySelector(".strip")?.children ?? [])];
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  return tabs[at + direction]?.getAttribute("data-task") ?? null;
}

/** @param {Task} task @param {Tasks} section @param {string} id @param {string} panel @param {TaskLink} link @returns {HTMLButtonElement} */
function drawTab(task, section, id, panel, link) {
  const shot = lastShot(task);
  const framed = shot !== null || (task.attempts.length > 0 && section.tasks.filter(lastShot).length > 1);
  const picture = shot && pictureOf(shot, section.pictures, "");
  const tab = button("", () => link.goTask(task.name), {
    class: `task ${toneOf(task.outcome)} ${task.attempts.length > 0 ? "" : "unreached"}`,
    role: "tab",
    id,
    "aria-controls": panel,
    "data-task": task.name,
  });
  tab.append(
    framed ? make("span", { class: "task-shot" }, picture) : "",
    make("span", { class: "task-name" }, visibleLine(task.name)),
    badge(task.outcome),
    " ",
    make("span", { class: "task-note" }, visibleLine([task.level, task.note].filter(Boolean).join(", "))),
  );
  return tab;
}

/** The latest picture of a task's page. @param {Task} task @returns {Shot | null} */
function lastShot(task) {
  const shots = task.attempts.flatMap((attempt) => attempt.shots.slice(0, 1).filter((shot) => shot.picture !== null));
  return shots.at(-1) ?? null;
}

/** @param {Element} tab @param {boolean} selected */
function mark(tab, selected) {
  tab.setAttribute("aria-selected", String(selected));
  tab.setAttribute("tabindex", selected ? "0" : "-1");
}

/** Arrows go from task to task, and show each. @param {KeyboardEvent} event @param {HTMLElement[]} tabs */
function pressed(event, tabs) {
  const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
  /** @type {Record<string, number>} */
  const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
  if (at < 0 || !Object.hasOwn(places, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const tab = tabs[places[event.key]];
  tab?.click();
  tab?.focus();
}

/** @param {Task} task @param {Tasks} section @returns {Node[]} */
function drawTask(task, section) {
  const about = [task.level, task.note, task.attempts.length > 1 ? counted(task.attempts.length, "attempt") : ""];
  const title = make(
    "p",
    { class: "task-title" },
    make("strong", {}, visibleLine(task.name)),
    badge(task.outcome),
    make("span", { class: "note" }, visibleLine(about.filter(Boolean).join(", "))),
  );
  if (task.attempts.length === 0) return [title, make("p", { class: "note" }, task.outcome === "not_reached" ? "It was never attempted: the project had ended before." : "None of its attempts was judged.")];
  return [title, ...task.attempts.map((attempt, at) => drawAttempt(attempt, section.pictures, at === task.attempts.length - 1))];
}
