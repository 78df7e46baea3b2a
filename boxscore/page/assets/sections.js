/** What an opened row shows, by kind of section. Those of the two runs of a comparison stand side by side. */
import { drawCases } from "./cases.js";
import { drawDiff } from "./diff.js";
import { make } from "./dom.js";
import { drawFacts } from "./facts.js";
import { drawTasks } from "./tasks.js";
import { cutNote, textBlock } from "./text.js";
import { drawTrajectory } from "./trajectory.js";
import { visibleLine } from "./visible.js";

/**
 * @typedef {import("./trajectory.js").StepLink & import("./tasks.js").TaskLink} Links
 * @type {Record<string, (section: any, links: Links) => (Node | null)[]>}
 */
const DRAWERS = {
  facts: (section) => [drawFacts(section.items)],
  text: (section) => [textBlock(section.text, section.language), cutNote(section.cut_bytes)],
  diff: (section) => [drawDiff(section.files)],
  cases: (section) => [drawCases(section.cases, section.left_out)],
  trajectory: (section, links) => [drawTrajectory(section, links)],
  tasks: (section, links) => drawTasks(section, links),
  picture: (section) => [drawPicture(section)],
};

/**
 * @param {any[]} sections
 * @param {Links} links
 * @returns {HTMLElement[]}
 */
export function drawSections(sections, links) {
  return groupsOf(sections).map((group) => {
    const drawn = group.map((section) => drawSection(section, links));
    return drawn.length === 1 ? drawn[0] : make("div", { class: "sides" }, drawn);
  });
}

/** Neighbours of one title and different sides belong together. @param {any[]} sections @returns {any[][]} */
function groupsOf(sections) {
  /** @type {any[][]} */
  const groups = [];
  for (const section of sections) {
    const last = groups.at(-1);
    const paired = last?.length === 1 && last[0].side && section.side && last[0].side !== section.side;
    if (last && paired && last[0].title === section.title) last.push(section);
    else groups.push([section]);
  }
  return groups;
}

/** Drawn only when it is opened. @param {any} section @param {Links} links @returns {HTMLElement} */
function drawSection(section, links) {
  const side = section.side ? make("span", { class: `side side-${section.side}` }, section.side) : null;
  const title = make("h3", {}, side, side && " ", visibleLine(section.title));
  const body = make("div", { class: "part-body" });
  const part = make("details", { class: `part part-${section.type}`, open: section.opened ?? true }, make("summary", {}, title), body);
  const fill = () => {
    if (part.open && !body.hasChildNodes()) body.append(...bodyOf(section, links));
  };
  part.addEventListener("toggle", fill);
  fill();
  return part;
}

/** @param {any} section @param {Links} links @returns {Node[]} */
function bodyOf(section, links) {
  const draw = Object.hasOwn(DRAWERS, section.type) ? DRAWERS[section.type] : null;
  const nodes = draw ? draw(section, links) : [make("p", { class: "note" }, "This page cannot draw this kind of section: it was made by another version.")];
  return nodes.filter((node) => node !== null);
}

/** @param {any} section @returns {HTMLElement} */
function drawPicture(section) {
  if (!/^[A-Za-z0-9+/=\s]*$/.test(section.png)) return make("p", { class: "note" }, "The picture is not in base 64.");
  return make("img", { src: `data:image/png;base64,${section.png}`, alt: visibleLine(section.title) });
}
