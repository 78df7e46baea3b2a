"""What a page costs in headless Chromium: time to what is seen, memory, elements, requests and messages.

Times are taken in the page itself, from what begins a thing until the frame after it has been drawn.
"""

from __future__ import annotations

import shutil
import statistics
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, CDPSession, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 180_000
# From the start of the document until the frame that shows the first element of a selector.
FIRST = """window.benchFirst = new Promise((resolve) => {
  const look = () => document.querySelector(SELECTOR)
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
});"""
# From an action until the frame in which something is so.
DONE = """async () => {
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  { BEFORE; }
  await drawn();
  const begun = performance.now();
  { ACTION; }
  while (!(STATE)) {
    if (performance.now() - begun > 60000) throw new Error("It is not done after a minute.");
    await new Promise((resolve) => setTimeout(resolve));
  }
  await drawn();
  return performance.now() - begun;
}"""


class Took(Struct, frozen=True, kw_only=True):
    """Milliseconds by the clock, and of processor time of the page's main thread, which says more on a busy machine."""

    wall_ms: float
    cpu_ms: float


class Cost(Struct, frozen=True, kw_only=True):
    """Of one page. Sizes in bytes; what a page has no such thing of is None."""

    first_rows_ms: float
    load: Took
    filter: Took | None
    open: Took | None
    heap_bytes: int
    elements: int
    requests: int
    messages: int


class Act(Struct, frozen=True, kw_only=True):
    """An action in JavaScript, what goes before it (a frame passes between), and what is true when it is done."""

    before: str = ""
    action: str
    done: str = "true"


class Acts(Struct, frozen=True, kw_only=True):
    """What is done to a page: `first`, a selector, is waited for, then filters are set and samples opened."""

    first: str
    filters: tuple[Act, ...]
    opens: tuple[Act, ...]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of the dev group

    path = next(found for name in NAMES if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=WAIT_MS)
        try:
            yield browser
        finally:
            browser.close()


def measure(browser: Browser, url: str, acts: Acts) -> Cost:
    """Open a page, do to it what is told, and close it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.add_init_script(FIRST.replace("SELECTOR", repr(acts.first)))
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    try:
        page.goto(url, timeout=WAIT_MS)
        first_rows_ms = page.evaluate("window.benchFirst")
        loaded_ms = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        return Cost(
            first_rows_ms=first_rows_ms,
            load=Took(wall_ms=loaded_ms, cpu_ms=metric(session, "TaskDuration") * 1e3),
            filter=middle(page, session, acts.filters),
            open=middle(page, session, acts.opens),
            heap_bytes=heap(session),
            elements=page.evaluate("document.querySelectorAll('*').length"),
            requests=len(requests) - 1,  # beside the page itself
            messages=len(messages),
        )
    finally:
        context.close()


def middle(page: Page, session: CDPSession, acts: Sequence[Act]) -> Took | None:
    """The middle times of several actions."""
    walls: list[float] = []
    cpus: list[float] = []
    for act in acts:
        before = metric(session, "TaskDuration")
        walls.append(
            page.evaluate(DONE.replace("BEFORE", act.before).replace("ACTION", act.action).replace("STATE", act.done))
        )
        cpus.append(1e3 * (metric(session, "TaskDuration") - before))
    return Took(wall_ms=statistics.median(walls), cpu_ms=statistics.median(cpus)) if walls else None


def heap(session: CDPSession) -> int:
    """What JavaScript holds after its garbage was collected."""
    session.send("HeapProfiler.collectGarbage")
    return int(metric(session, "JSHeapUsedSize"))


def metric(session: CDPSession, name: str) -> float:
    """One of the browser's own figures of a page."""
    return float(next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == name))
