/** What an opened row shows, by kind of section. */

// Values under their labels.

/** Labels whose value is an outcome, and is drawn as one. */
const OUTCOME_LABELS = new Set(["outcome", "verdict"]);
/** Characters of a value or a note from which facts are listed below each other. */
const LONG = 48;

function drawFacts(facts, listable = true) {
  const long = listable && facts.some(({ value, note }) => Math.max(value.length, note.length) > LONG);
  return make("dl", { class: long ? "facts listing" : "facts" }, facts.map(drawFact));
}

function drawFact(fact) {
  const outcome = OUTCOME_LABELS.has(fact.label.toLowerCase()) && /^[a-z_]+$/.test(fact.value);
  const value = outcome
    ? make("span", { class: `outcome ${toneOf(fact.value)}`, "data-sign": signOf(fact.value) }, wordOf(fact.value))
    : visibleNodes(fact.value);
  const note = fact.note ? make("span", { class: "fact-note" }, visibleNodes(fact.note)) : null;
  return make("div", {}, make("dt", {}, visibleLine(fact.label)), make("dd", {}, value, note));
}

// The tests of a sample, the one that decided marked and first in sight.

const SHOWN_CASES = 60;

function drawCases(cases, leftOut, tally = casesTally(cases, leftOut)) {
  const [deciding, ...others] = [...cases].sort((a, b) => weight(a) - weight(b));
  const ordered = deciding ? [deciding, ...others] : [];
  const timed = cases.some((test) => test.wall_s !== null);
  const drawn = (test) => drawCase(test, timed);
  const body = make("tbody", {}, ordered.slice(0, SHOWN_CASES).map(drawn));
  const titles = timed ? ["Result", "Test", "Time"] : ["Result", "Test"];
  const head = make("tr", {}, titles.map((title) => make("th", { scope: "col" }, title)));
  const box = make("div", { class: "cases-box" });
  box.append(make("p", { class: "tally" }, tally), make("table", {}, make("thead", {}, head), body));
  if (ordered.length > SHOWN_CASES) {
    const more = button(`Show all (${count(ordered.length)})`, () => {
      body.append(...ordered.slice(SHOWN_CASES).map(drawn));
      more.remove();
    });
    box.append(more);
  }
  return box;
}

/** What decided comes first, then what failed; else tests keep their order. */
function weight(test) {
  if (test.decided) return 0;
  return toneOf(test.outcome) === "bad" && test.required ? 1 : 2;
}

function casesTally(cases, leftOut) {
  const passed = cases.filter((test) => toneOf(test.outcome) === "good").length;
  const hidden = leftOut > 0 ? `; ${count(leftOut)} more are not listed` : "";
  return `${count(passed)} of ${counted(cases.length, "test")} passed${hidden}`;
}

function drawCase(test, timed) {
  const marks = [
    test.decided ? make("span", { class: "tag decided" }, "decided") : null,
    test.required ? null : make("span", { class: "tag" }, "not required"),
  ];
  const reason = test.reason ? make("div", { class: "reason" }, visibleNodes(test.reason)) : null;
  return make(
    "tr",
    { class: test.decided ? "decided-row" : null },
    make("td", {}, badge(test.outcome)),
    make("td", { class: "test" }, make("span", { class: "test-name" }, visibleLine(test.test)), " ", marks, reason),
    timed ? make("td", { class: "seconds" }, test.wall_s === null ? "" : duration(test.wall_s)) : null,
  );
}

// Patches by file: in one column or in two, with numbers of lines.

const FILE_LINES = 600; // of a file, at first
const WIDE = 1100; // pixels of the window from which two columns are the first choice
const LONGEST_LINE = 5000; // characters; the rest of a line is not drawn

function drawDiff(files) {
  const box = make("div", { class: "diff-box" });
  const draw = (split) => {
    const other = split ? "One column" : "Two columns";
    const choice = button(other, () => draw(!split), { class: "quiet" });
    box.replaceChildren(make("p", { class: "tally" }, filesTally(files), choice), ...files.map((file) => drawFile(file, split)));
  };
  draw(window.innerWidth >= WIDE && files.some((file) => file.removed > 0));
  return box;
}

function filesTally(files) {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return `${count(files.length)} ${files.length === 1 ? "file" : "files"}, ${count(added)} added, ${count(removed)} removed`;
}

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

function drawHunks(file, split) {
  if (file.hunks.length === 0) return null;
  const language = endOfName(file.path);
  const body = make("tbody");
  const total = file.hunks.reduce((sum, [, lines]) => sum + lines.length, 0);
  const fill = (most) => body.replaceChildren(...hunkRows(file.hunks, split, language, most));
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

/** Widths of two columns of lines: the first row is a header over all of them, which says none. */
function splitColumns() {
  return make("colgroup", {}, ...[0, 1].flatMap(() => [make("col", { class: "number" }), make("col")]));
}

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

function unifiedRow(line, language) {
  const kind = changeOf(line);
  return make("tr", { class: kind }, numberCell(line[0]), numberCell(line[1]), codeCell(line, kind, language));
}

function splitRow(before, after, language) {
  return make("tr", {}, half(before, 0, language), half(after, 1, language));
}

function half(line, side, language) {
  if (!line) return [make("td", { class: "number gap" }), make("td", { class: "gap" })];
  return [numberCell(line[side]), codeCell(line, changeOf(line), language)];
}

function changeOf([before, after]) {
  if (before === null) return "added";
  return after === null ? "removed" : "same";
}

function numberCell(number) {
  return make("td", { class: "number", "data-n": number });
}

function codeCell([, , text, flag], kind, language) {
  const sign = { added: "+", removed: "\u2212", same: "\u00a0" }[kind];
  const shown = text.slice(0, LONGEST_LINE);
  const rest = text.length > shown.length ? make("span", { class: "stand-in" }, ` \u2026 ${count(text.length - shown.length)} characters more`) : null;
  const mark = flag ? flagTag(flag) : null;
  return make("td", { class: `code ${kind}${flag ? " flagged" : ""}`, "data-sign": sign }, tokenNodes(tokens(shown, language)), rest, mark);
}

/** Lines that were replaced, beside those in their place. */
function pairs(lines) {
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

// What an opened row shows, by kind of section. Those of the two runs of a comparison stand side by side.

const DRAWERS = {
  facts: (section) => [drawFacts(section.items)],
  text: (section) => [textBlock(section.text, section.language), cutNote(section.cut_bytes)],
  diff: (section) => [drawDiff(section.files)],
  cases: (section) => [drawCases(section.cases, section.left_out)],
  trajectory: (section, links) => [drawTrajectory(section, links)],
  tasks: (section, links) => drawTasks(section, links),
};

function drawSections(sections, links) {
  return groupsOf(sections).map((group) => {
    const drawn = group.map((section) => drawSection(section, links));
    return drawn.length === 1 ? drawn[0] : make("div", { class: "sides" }, drawn);
  });
}

/** Neighbours of one title and different sides belong together. */
function groupsOf(sections) {
  const groups = [];
  for (const section of sections) {
    const last = groups.at(-1);
    const paired = last?.length === 1 && last[0].side && section.side && last[0].side !== section.side;
    if (last && paired && last[0].title === section.title) last.push(section);
    else groups.push([section]);
  }
  return groups;
}

/** Drawn only when it is opened. */
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

function bodyOf(section, links) {
  const draw = Object.hasOwn(DRAWERS, section.type) ? DRAWERS[section.type] : null;
  const nodes = draw ? draw(section, links) : [make("p", { class: "note" }, "This page cannot draw this kind of section: it was made by another version.")];
  return nodes.filter((node) => node !== null);
}
