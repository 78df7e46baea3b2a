/** Figures of a run, drawn from numbers: bars, a histogram, lines; each with the same numbers as a table. */

const POINTS = ["\u25cf", "\u25a0", "\u25b2", "\u25c6", "\u25bc", "\u25c0", "\u25b6", "\u271a"]; // of lines, in turn
const HEADROOM = 1.04;
const SAYERS = { seconds: duration, money, number: (value) => count(value) };
const FIGURES = { bars: drawBars, histogram: drawHistogram, lines: drawLines };

function drawChart(chart, href) {
  const title = make("figcaption", {}, visibleLine(chart.title));
  const drawing = chart.drawing && Object.hasOwn(FIGURES, chart.drawing.type) ? FIGURES[chart.drawing.type](chart.drawing) : null;
  const table = numbersTable(chart, href);
  const numbers = drawing ? make("details", {}, make("summary", {}, "As a table"), table) : table;
  return make("figure", { class: chart.wide ? "chart wide" : "chart", id: `chart-${chart.chart_id}` }, title, drawing, numbers);
}

function numbersTable({ title, table: [head, ...lines], links }, href) {
  const cell = (text, at, line) => {
    if (at === 0 && links[line]) return make("td", {}, make("a", { href: href(links[line]) }, visibleLine(text)));
    return make("td", {}, head[at] === "outcome" && /^[a-z_]+$/.test(text) ? badge(text) : visibleLine(text));
  };
  const titles = make("tr", {}, head.map((text) => make("th", { scope: "col" }, visibleLine(text))));
  const body = make("tbody", {}, lines.map((line, number) => make("tr", {}, line.map((text, at) => cell(text, at, number)))));
  const table = make("table", {}, make("thead", {}, titles), body);
  return make("div", { class: "chart-table", tabindex: 0, role: "region", "aria-label": `${visibleLine(title)}, as a table` }, table);
}

/** A bar beside each outcome, with its count behind it. */
function drawBars({ items }) {
  const most = Math.max(1, ...items.map(([, number]) => number));
  const rows = items.map(([name, number]) => {
    const bar = make("span", { class: "bar-fill" });
    bar.style.width = `${(100 * number) / most}%`;
    return make("div", { class: `bar-row ${toneOf(name)}` }, make("span", { class: "bar-name" }, wordOf(name)), make("span", { class: "bar-track" }, bar), make("span", { class: "bar-count" }, count(number)));
  });
  return make("div", { class: "bars" }, rows);
}

/** Columns on a log axis: those that passed below those that did not. */
function drawHistogram({ kind, edges, passed, others }) {
  const say = SAYERS[kind];
  const most = Math.max(1, ...passed.map((number, at) => number + others[at]));
  const columns = passed.map((number, at) => {
    const parts = [["bad", others[at]], ["good", number]].filter(([, size]) => size > 0).map(([tone, size]) => {
      const part = make("span", { class: `column-part ${tone}` });
      part.style.height = `${(100 * size) / most}%`;
      return part;
    });
    const title = `${say(edges[at])} to ${say(edges[at + 1])}: ${count(number)} passed, ${count(others[at])} did not pass`;
    return make("span", { class: "column", title }, parts);
  });
  const middle = Math.floor(edges.length / 2);
  const ticks = [edges[0], edges[middle], edges.at(-1)].map((edge) => make("span", {}, say(edge)));
  const legend = [["good", "passed"], ["bad", "did not pass"]].map(([tone, word]) => make("span", { class: "legend-item" }, make("span", { class: `swatch ${tone}` }), word));
  return make("div", { class: "histogram" }, make("div", { class: "legend" }, legend, make("span", { class: "note" }, "log axis")), make("div", { class: "plot columns" }, columns), make("div", { class: "ticks" }, ticks));
}

/** Lines with their intervals; each line has a mark of its own. */
function drawLines({ x: label, curves }) {
  const points = curves.flatMap((curve) => curve.points);
  const first = Math.min(...points.map(([x]) => x));
  const last = Math.max(...points.map(([x]) => x));
  const top = Math.min(1, HEADROOM * Math.max(0.01, ...points.map(([, y, , high]) => Math.max(y, high ?? y))));
  const across = (x) => (last === first ? 50 : (100 * (x - first)) / (last - first));
  const down = (y) => 100 - (100 * y) / top;
  const lines = curves.flatMap((curve, at) => [
    ...curve.points.filter(([, , low]) => low !== null).map(([x, , low, high]) => makeSvg("line", { class: "interval", x1: across(x), x2: across(x), y1: down(low), y2: down(high) })),
    makeSvg("polyline", { class: `curve curve-${at % 2}`, points: curve.points.map(([x, y]) => `${across(x)},${down(y)}`).join(" ") }),
  ]);
  const marks = curves.flatMap((curve, at) =>
    curve.points.map(([x, y]) => {
      const mark = make("span", { class: `mark curve-${at % 2}`, title: `${label} ${count(x)}: ${(100 * y).toFixed(1)} %` }, POINTS[at % POINTS.length]);
      mark.style.left = `${across(x)}%`;
      mark.style.top = `${down(y)}%`;
      return mark;
    }),
  );
  const svg = makeSvg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, lines);
  const legend = curves.length > 1 ? make("div", { class: "legend" }, curves.map((curve, at) => make("span", { class: "legend-item" }, make("span", { class: `curve-${at % 2}` }, POINTS[at % POINTS.length]), visibleLine(curve.name)))) : null;
  const scale = make("div", { class: "scale" }, make("span", {}, `${(100 * top).toFixed(0)} %`), make("span", {}, "0 %"));
  const ticks = make("div", { class: "ticks" }, make("span", {}, count(first)), make("span", {}, label), make("span", {}, count(last)));
  return make("div", { class: "lines-chart" }, legend, make("div", { class: "scaled" }, scale, make("div", { class: "plot" }, svg, marks)), ticks);
}
