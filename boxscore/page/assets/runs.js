/** The runs of a view: which there are, how they scored, and which two to compare. */

const RUNS_PAUSE_MS = 2000;
const SPARK_RUNS = 12; // of one benchmark, up to the run of the row
const SPARK_WIDTH = 72;
const SPARK_HEIGHT = 20;
const COMPARABLE_STATES = new Set(["going on", "finished", "interrupted", "refused"]);

class RunIndex {
  constructor(runs) {
    this.rows = new Map();
    this.tally = make("p", { class: "tally", id: "summary", role: "status" });
    this.search = make("input", { type: "search", id: "filter", placeholder: "Filter", "aria-label": "Filter", autocomplete: "off", spellcheck: "false", on: { input: () => this.filter() } });
    this.compare = button("Compare A with B", () => this.go(), { disabled: true });
    this.body = make("tbody", { id: "runs" });
    const titles = ["A", "B", "Run", "Model", "Score", "Progress", "Samples", "Started", "State"].map((title) => make("th", { scope: "col" }, title));
    const table = make("table", { class: "runs" }, make("thead", {}, make("tr", {}, titles)), this.body);
    this.none = make("p", { class: "note" }, "There is no run here yet. ", make("code", {}, "boxscore grade"), " and ", make("code", {}, "boxscore run"), " make one below ", make("code", {}, "runs/"), ", and it appears here.");
    const theme = { current: null };
    const tools = make("div", { class: "page-tools" }, themeButton(() => theme.current, (chosen) => applyTheme((theme.current = chosen))));
    document.getElementById("top")?.append(tools, make("div", { class: "title" }, make("p", { class: "kind" }, "boxscore view"), make("h1", {}, "Runs")));
    document.getElementById("main")?.append(
      make("div", { class: "tools" }, this.search, this.compare, make("span", { class: "note" }, "A is the baseline."), this.tally),
      make("div", { class: "runs-box", tabindex: 0, role: "region", "aria-label": "Runs" }, table),
      this.none,
    );
    this.show(runs);
  }

  /** Rows are changed in their places, so that nothing chosen or typed is lost. */
  show(runs) {
    const old = new Set(this.rows.keys());
    const chosen = { a: this.chosen("a"), b: this.chosen("b") };
    runs.forEach((run, place) => {
      old.delete(run.key);
      const history = historyOf(run, runs);
      const text = JSON.stringify([run, history]);
      const known = this.rows.get(run.key);
      const row = known?.text === text ? known : { text, element: this.row(run, history, chosen) };
      if (known && known !== row) known.element.replaceWith(row.element);
      this.rows.set(run.key, row);
      if (this.body.children[place] !== row.element) this.body.insertBefore(row.element, this.body.children[place] ?? null);
    });
    for (const key of old) {
      this.rows.get(key)?.element.remove();
      this.rows.delete(key);
    }
    this.none.hidden = runs.length > 0;
    this.tally.textContent = runsTally(runs);
    this.filter();
    this.choose();
  }

  row(run, history, chosen) {
    const pick = (side) => {
      const input = make("input", { type: "radio", name: side, value: run.key, checked: chosen[side] === run.key, disabled: !run.benchmark || !COMPARABLE_STATES.has(run.state), "aria-label": `${side.toUpperCase()}: ${visibleLine(run.run_id)}`, on: { change: () => this.choose() } });
      return make("td", { class: "pick", "data-side": side.toUpperCase() }, input);
    };
    const state = run.state === "finished" && run.why ? "finished, not valid" : run.state;
    const about = [run.benchmark, run.why].filter(Boolean).map(visibleLine).join(" \u00b7 ");
    return make(
      "tr",
      { "data-key": run.key, "data-state": run.state },
      pick("a"),
      pick("b"),
      make("th", { scope: "row" }, make("a", { href: `runs/${run.key}/` }, visibleLine(run.run_id)), make("span", { class: "why" }, about)),
      make("td", { class: "run-model" }, visibleLine(run.model) || ABSENT),
      make("td", { class: "run-score" }, scoreCell(run)),
      make("td", { class: "run-spark" }, drawSpark(history)),
      make("td", { class: "run-samples" }, run.samples === run.planned ? count(run.samples) : `${count(run.samples)} of ${count(run.planned)}`, run.state === "going on" && drawProgress(run)),
      make("td", { class: "run-started" }, run.started ? run.started.slice(0, 16).replace("T", " ") : ABSENT),
      make("td", { class: `run-state ${{ "going on": "good", finished: "neutral" }[state] ?? "bad"}` }, state),
    );
  }

  chosen(side) {
    return this.body.querySelector(`input[name="${side}"]:checked`)?.value ?? null;
  }

  choose() {
    this.compare.disabled = this.chosen("a") === null || this.chosen("b") === null;
  }

  go() {
    location.href = `compare/${this.chosen("a")}/${this.chosen("b")}/`;
  }

  filter() {
    const wanted = this.search.value.toLowerCase();
    for (const row of this.body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }

  /** Ask for the list again and again, for as long as the page is open. */
  async follow() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RUNS_PAUSE_MS));
      if (document.hidden) continue;
      try {
        const answer = await fetch("runs.json", { cache: "no-cache" });
        if (answer.ok) this.show((await answer.json()).runs);
      } catch {
        this.tally.textContent = "boxscore view does not answer: the list may be out of date";
      }
    }
  }
}

function runsTally(runs) {
  const states = ["going on", "interrupted", "refused", "damaged"].map((state) => [state, runs.filter((run) => run.state === state).length]);
  return [counted(runs.length, "run"), ...states.filter(([, number]) => number > 0).map(([state, number]) => `${count(number)} ${state}`)].join(", ");
}

function scoreCell(run) {
  if (run.score === null) return ABSENT;
  const value = `${run.metric === "pass@1" ? "" : `${run.metric} `}${(100 * run.score).toFixed(1)} %`;
  const interval = run.low === null || run.high === null ? "" : `${(100 * run.low).toFixed(1)} to ${(100 * run.high).toFixed(1)}`;
  return [make("strong", {}, value), " ", make("span", { class: "note" }, interval)];
}

/** The scores of a benchmark's runs in the order of time, this run's last. */
function historyOf(run, runs) {
  if (run.score === null) return [];
  const alike = runs.filter((one) => one.benchmark === run.benchmark && one.metric === run.metric && one.score !== null && one.started <= run.started);
  return alike.map((one) => one.score).reverse().slice(-SPARK_RUNS);
}

function drawSpark(history) {
  if (history.length < 2) return null;
  const [low, high] = [Math.min(...history), Math.max(...history)];
  const at = (score, place) => [4 + ((SPARK_WIDTH - 8) * place) / (history.length - 1), high === low ? SPARK_HEIGHT / 2 : 4 + ((SPARK_HEIGHT - 8) * (high - score)) / (high - low)];
  const points = history.map(at);
  const [x, y] = points.at(-1);
  const label = `Scores of this benchmark up to this run: ${history.map((score) => `${(100 * score).toFixed(1)} %`).join(", ")}`;
  return makeSvg("svg", { class: "spark", width: SPARK_WIDTH, height: SPARK_HEIGHT, role: "img", "aria-label": label }, makeSvg("polyline", { points: points.map((point) => point.join(",")).join(" ") }), makeSvg("circle", { cx: x, cy: y, r: 3 }));
}

function drawProgress(run) {
  const bar = make("span", { class: "progress-fill" });
  bar.style.width = `${run.planned > 0 ? Math.min(100, (100 * run.samples) / run.planned) : 0}%`;
  return make("span", { class: "progress", "aria-hidden": "true" }, bar);
}
