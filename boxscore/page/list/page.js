// Keeps the list of runs as it is now: rows are changed in their places, so that nothing chosen or typed is lost.
const POLL_MS = 2000;
const body = document.getElementById("runs");
const blank = document.getElementById("row");
const filter = document.getElementById("filter");
let tag = null;

function rowOf(run, rows) {
  const known = rows.get(run.key);
  if (known) return known;
  const made = blank.content.firstElementChild.cloneNode(true);
  made.dataset.key = run.key;
  for (const input of made.querySelectorAll("input")) input.value = run.key;
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function fill(row, run) {
  row.dataset.state = run.state;
  const link = row.querySelector("a");
  link.setAttribute("href", run.href);
  setText(link, run.name);
  for (const [name, text] of Object.entries(run.cells)) setText(row.querySelector(`[data-cell="${name}"]`), text);
  for (const input of row.querySelectorAll("input")) {
    input.disabled = !run.comparable;
    input.setAttribute("aria-label", `${input.name.toUpperCase()}: ${run.name}`);
  }
}

function applyFilter() {
  const wanted = filter.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

function show(found) {
  const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  let place = body.firstElementChild;
  for (const run of found.runs) {
    const row = rowOf(run, rows);
    fill(row, run);
    rows.delete(run.key);
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
  for (const row of rows.values()) row.remove();
  document.getElementById("none").hidden = found.runs.length > 0;
  setText(document.getElementById("summary"), found.summary);
  applyFilter();
}

async function poll() {
  if (!document.hidden) {
    try {
      const answer = await fetch("runs.json", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.ok) {
        tag = answer.headers.get("ETag");
        show(await answer.json());
      }
    } catch {
      setText(document.getElementById("summary"), "boxscore view does not answer: the list may be out of date");
      tag = null;
    }
  }
  setTimeout(poll, POLL_MS);
}

document.getElementById("by-text").hidden = false;
filter.addEventListener("input", applyFilter);
setTimeout(poll, POLL_MS);
