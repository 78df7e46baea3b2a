/** What an agent did: an axis of time on which each step has its place, and the steps with what they said and saw. */

const TICKS = [0, 25, 50, 75, 100]; // per cent of the axis
const NARROWEST_BAR = 0.4; // per cent of the axis that a step takes at least

function drawTrajectory({ steps, left_out: leftOut }, link) {
  const span = spanOf(steps);
  const items = steps.map((step) => drawStep(step, span, link));
  const list = make("ol", { class: "steps" }, items);
  const open = (state) => items.forEach((item) => (item.querySelector("details").open = state));
  const choices = [
    button("Open all", () => open(true), { class: "quiet" }),
    button("Close all", () => open(false), { class: "quiet" }),
  ];
  return make(
    "div",
    { class: "trajectory-box" },
    make("p", { class: "tally" }, stepsTally(steps, leftOut, span), choices),
    span === null ? null : drawAxis(steps, span, link),
    list,
  );
}

/** Open a step and bring it into sight. */
function openStep(root, number) {
  const item = root.querySelector(`[data-step="${number}"]`);
  const details = item?.querySelector("details");
  if (!item || !details) return false;
  root.querySelectorAll(".steps > [aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  item.setAttribute("aria-current", "step");
  details.open = true;
  item.scrollIntoView({ block: "start" });
  return true;
}

function spanOf(steps) {
  const ends = steps.filter((step) => step.at_s !== null).map((step) => (step.at_s ?? 0) + (step.took_s ?? 0));
  return ends.length === 0 ? null : Math.max(...ends, 0.001);
}

function stepsTally(steps, leftOut, span) {
  const parts = [counted(steps.length, "step")];
  if (leftOut > 0) parts.push(`${count(leftOut)} more not listed`);
  parts.push(span === null ? "no times recorded" : duration(span));
  const flagged = steps.filter((step) => step.flags.length > 0).length;
  if (flagged > 0) parts.push(`${count(flagged)} flagged`);
  return parts.join(", ");
}

function drawAxis(steps, span, link) {
  const bars = steps.filter((step) => step.at_s !== null).map((step) => {
    const bar = drawBar(step, span, 20);
    bar.append(makeSvg("title", {}, `Step ${step.number}: ${visibleLine(step.title)}`));
    bar.addEventListener("click", () => link.go(step.number));
    return bar;
  });
  const ticks = TICKS.map((tick) => makeSvg("line", { class: "tick", x1: `${tick}%`, x2: `${tick}%`, y1: 0, y2: 28 }));
  const drawing = makeSvg("svg", { class: "axis", height: 28, width: "100%", "aria-hidden": "true" }, ticks, bars);
  const labels = TICKS.map((tick) => make("span", {}, duration((span * tick) / 100).replace(/^0 ms$/, "0")));
  return make("div", { class: "axis-box" }, drawing, make("div", { class: "axis-labels", "aria-hidden": "true" }, labels));
}

function drawBar(step, span, height) {
  const width = Math.max(NARROWEST_BAR, ((step.took_s ?? 0) / span) * 100);
  const left = Math.min(100 - NARROWEST_BAR, ((step.at_s ?? 0) / span) * 100);
  const kind = step.flags.length > 0 ? "bar flagged" : "bar";
  return makeSvg("rect", { class: kind, x: `${left}%`, y: 4, width: `${width}%`, height, rx: 1 });
}

function drawStep(step, span, link) {
  const body = make("div", { class: "step-body" });
  const details = make("details", {}, make("summary", {}, summaryOf(step, span)), body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) body.append(...stepBody(step, link));
  });
  return make("li", { "data-step": step.number, class: step.flags.length > 0 ? "flagged" : null }, details);
}

function summaryOf(step, span) {
  const took = step.took_s === null ? "" : duration(step.took_s);
  const bar = span === null || step.at_s === null ? null : drawBar(step, span, 3);
  return [
    make("span", { class: "step-number" }, step.number),
    make("span", { class: "step-source" }, visibleLine(step.source)),
    make("span", { class: "step-title" }, visibleLine(step.title), " ", step.flags.map(flagTag)),
    make("span", { class: "step-took" }, took),
    bar && makeSvg("svg", { class: "step-bar", width: "100%", height: 8, "aria-hidden": "true" }, bar),
  ];
}

function stepBody(step, link) {
  const facts = [
    step.at_s === null ? null : `at ${duration(step.at_s)}`,
    step.tokens === null ? null : counted(step.tokens, "token"),
    step.cost === null ? null : money(step.cost),
  ].filter((part) => part !== null);
  const here = button("Link to this step", () => link.go(step.number), { class: "quiet" });
  const nodes = [make("p", { class: "step-facts" }, facts.join(" \u00b7 "), here)];
  if (step.text) nodes.push(textBlock(step.text));
  if (step.observation) nodes.push(make("p", { class: "label" }, "Observation"), textBlock(step.observation));
  return nodes;
}
