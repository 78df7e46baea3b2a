/** A project that grows: a strip of its stages, and the attempts at the one that is shown. */

// An attempt at a task: what its pages looked like, which tests failed, and what was printed.

const BASE64 = /^[A-Za-z0-9+/=\s]*$/;
const KINDS = ["jpeg", "png"];

function drawAttempt(attempt, pictures, opened) {
  const body = make("div", { class: "attempt-body" });
  const part = make("details", { class: "attempt", open: opened }, make("summary", {}, attemptSummary(attempt)), body);
  const fill = () => {
    if (part.open && !body.hasChildNodes()) body.append(...attemptBody(attempt, pictures));
  };
  part.addEventListener("toggle", fill);
  fill();
  return part;
}

function attemptSummary(attempt) {
  const reason = attempt.reason ? make("span", { class: "attempt-reason" }, visibleNodes(attempt.reason)) : null;
  return [make("span", {}, `Attempt ${attempt.number}`), " ", badge(attempt.outcome), " ", reason];
}

function attemptBody(attempt, pictures) {
  const times = attempt.times.map(({ label, value }) => `${visibleLine(label)} ${visibleLine(value)}`).join(" \u00b7 ");
  const wrote = attempt.wrote ? `Wrote ${visibleLine(attempt.wrote)}` : "";
  const notes = [wrote, times].filter(Boolean).map((text) => make("p", { class: "note" }, text));
  const shots = attempt.shots.map((shot) => drawShot(shot, pictures, attempt.number));
  return [
    ...notes,
    shots.length > 0 ? make("div", { class: "shots" }, shots) : null,
    attempt.failing.length > 0
      ? drawCases(attempt.failing, attempt.left_out, tally(attempt))
      : make("p", { class: "tally" }, tally(attempt)),
    ...(attempt.log ? [make("p", { class: "label" }, "Log"), textBlock(attempt.log), cutNote(attempt.cut_bytes)] : []),
    ...attempt.files.map(drawKept),
  ].filter((node) => node !== null);
}

function tally(attempt) {
  if (attempt.tests === 0) return "No test was run.";
  const more = attempt.left_out > 0 ? `; ${count(attempt.left_out)} more that failed are not listed` : "";
  return `${count(attempt.passed)} of ${counted(attempt.tests, "test")} passed${more}`;
}

function pictureOf(shot, pictures, alt) {
  const picture = shot.picture === null ? null : pictures[shot.picture];
  if (!picture || !KINDS.includes(picture.kind) || !BASE64.test(picture.data)) return null;
  const image = make("img", { src: `data:image/${picture.kind};base64,${picture.data}`, alt, decoding: "async", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(make("span", { class: "note unreadable" }, "A picture that cannot be read")));
  return image;
}

function drawShot(shot, pictures, number) {
  const title = visibleLine(shot.title);
  const image = pictureOf(shot, pictures, `${title}, attempt ${number}`);
  const caption = make("figcaption", {}, title);
  if (!image) return make("figure", { class: "shot" }, make("p", { class: "note unreadable" }, `Picture ${visibleLine(shot.note) || "is not there"}`), caption);
  const open = button("", () => enlarge(shot, pictures, title), { class: "shot-button", title: "Show it larger" });
  open.append(image);
  return make("figure", { class: "shot" }, open, caption);
}

/** In its own size, over the page, until it is closed. */
function enlarge(shot, pictures, title) {
  const dialog = make("dialog", { class: "large-shot", "aria-label": title });
  const close = button("Close", () => dialog.close());
  dialog.append(make("p", {}, make("span", {}, title), close), make("div", { class: "large-box", tabindex: 0 }, pictureOf(shot, pictures, title)));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function drawKept(file) {
  const named = `${visibleLine(file.name)} (${byteSize(file.size)})`;
  if (!file.data || !BASE64.test(file.data)) return make("p", { class: "note" }, `${named}: ${visibleLine(file.note) || "cannot be read"}`);
  const how = file.name.endsWith(".zip") ? make("span", { class: "note" }, " a trace: ", make("code", {}, `npx playwright show-trace ${visibleLine(file.name)}`)) : null;
  return make("p", { class: "kept" }, button(`Save ${named}`, () => save(file)), how);
}

/** As bytes of no kind that a browser would open. */
function save(file) {
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  make("a", { href: url, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// A web project: a strip of its tasks, and below it the one that is looked at, with its attempts.

/** What tells a strip which task to show. */
const CHOOSE = "choose-task";
let strips = 0;

function drawTasks(section, link) {
  if (section.tasks.length === 0) return [make("p", { class: "note" }, "This project has no tasks.")];
  strips += 1;
  const id = `tasks-${strips}`;
  const panel = make("div", { class: "task-panel", role: "tabpanel", id, tabindex: 0 });
  const tabs = section.tasks.map((task, place) => drawTab(task, section, `${id}-${place}`, id, link));
  const strip = make("div", { class: "strip", role: "tablist", "aria-label": "Tasks of the project" }, tabs);
  const choose = (name) => {
    const wanted = section.tasks.findIndex((task) => task.name === (name ?? section.opened));
    const place = wanted >= 0 ? wanted : Math.max(0, section.tasks.findIndex((task) => task.name === section.opened));
    tabs.forEach((tab, at) => mark(tab, at === place));
    panel.setAttribute("aria-labelledby", `${id}-${place}`);
    panel.replaceChildren(...drawTask(section.tasks[place], section));
  };
  strip.addEventListener(CHOOSE, (event) => choose(event.detail));
  strip.addEventListener("keydown", (event) => pressed(event, tabs));
  choose(link.task);
  const note = section.note ? make("p", { class: "note" }, visibleLine(section.note)) : null;
  return [make("p", { class: "tally" }, visibleLine(section.headline)), strip, panel, note].filter((one) => one !== null);
}

/** Show a task in all strips, in each its own first one where the address names none. */
function openTask(root, name) {
  for (const strip of root.querySelectorAll(".strip")) strip.dispatchEvent(new CustomEvent(CHOOSE, { detail: name }));
}

function taskBeside(root, direction) {
  const tabs = [...(root.querySelector(".strip")?.children ?? [])];
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  return tabs[at + direction]?.getAttribute("data-task") ?? null;
}

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

/** The latest picture of a task's page. */
function lastShot(task) {
  const shots = task.attempts.flatMap((attempt) => attempt.shots.slice(0, 1).filter((shot) => shot.picture !== null));
  return shots.at(-1) ?? null;
}

function mark(tab, selected) {
  tab.setAttribute("aria-selected", String(selected));
  tab.setAttribute("tabindex", selected ? "0" : "-1");
}

/** Arrows go from task to task, and show each. */
function pressed(event, tabs) {
  const at = tabs.indexOf(event.target);
  const targets = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
  if (at < 0 || !Object.hasOwn(targets, event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const tab = tabs[targets[event.key]];
  tab?.click();
  tab?.focus();
}

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
