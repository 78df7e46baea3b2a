"""What a page costs in headless Chromium: time to what is seen, memory, elements, requests and messages.

Times are taken in the page itself, from what begins a thing until the frame after it has been drawn.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, CDPSession, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (  # no sandbox for root in a container, and no traffic of its own
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = "no Chromium: run scripts/setup-browser, or name one with BOXSCORE_CHROMIUM"
WAIT_MS = 180_000
# From the start of the document until the frame that shows the first element of a selector.
FIRST = """window.benchFirst = new Promise((resolve) => {
  const look = () => document.querySelector(SELECTOR)
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
});"""
# What goes before an action, and a frame in which nothing of it is left to do.
READY = """async () => {
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  { BEFORE; }
  await drawn();
}"""
# From an action, or from a letter's arrival in an editor, until the frame in which something is so.
TIMED = """async () => {
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const taken = async () => {
    const begun = performance.now();
    { ACTION; }
    while (!(STATE)) {
      if (performance.now() - begun > 60000) throw new Error("It is not done after a minute.");
      await new Promise((resolve) => setTimeout(resolve));
    }
    await drawn();
    return performance.now() - begun;
  };
  START
}"""
AT_ONCE = "return taken()"
AT_INPUT = """window.benchTook = new Promise((resolve, reject) => {
    document.addEventListener("beforeinput", () => resolve(taken()), { capture: true, once: true });
    setTimeout(() => reject(new Error("No editor took what was typed.")), 90000);
  })"""


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
    """An action in JavaScript, what goes before it (a frame passes between), and what is true when it is done.

    With `typed` the action is the keyboard's: the text takes the place of all in the editor that has the focus.
    """

    before: str = ""
    action: str = ""
    typed: str = ""
    done: str = "true"


class Acts(Struct, frozen=True, kw_only=True):
    """What is done to a page: `first`, a selector, is waited for, then filters are set and samples opened."""

    first: str
    filters: tuple[Act, ...]
    opens: tuple[Act, ...]


def chromium_path() -> str | None:
    """Where the system's Chromium is, or the browser that BOXSCORE_CHROMIUM names; None where there is none."""
    named = os.environ.get("BOXSCORE_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; exit without one."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of the dev group

    path = chromium_path() or sys.exit(NO_CHROMIUM)
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
            filter=middle(page, session, acts.filters, "filter"),
            open=middle(page, session, acts.opens, "open"),
            heap_bytes=heap(session),
            elements=page.evaluate("document.querySelectorAll('*').length"),
            requests=len(requests) - 1,  # beside the page itself
            messages=len(messages),
        )
    finally:
        context.close()


def middle(page: Page, session: CDPSession, acts: Sequence[Act], name: str) -> Took | None:
    """The middle times of several actions; None, and a line that says why, where one does not come to its end."""
    from playwright.sync_api import Error  # noqa: PLC0415 - of the dev group

    if not acts:
        return None
    try:
        took = [timed(page, session, act) for act in acts]
    except Error as error:
        print(f"{name} was not measured at {page.url}: {error.message.splitlines()[0]}", file=sys.stderr)
        return None
    return Took(
        wall_ms=statistics.median(one.wall_ms for one in took), cpu_ms=statistics.median(one.cpu_ms for one in took)
    )


def timed(page: Page, session: CDPSession, act: Act) -> Took:
    """Do one action; what goes before it does not count."""
    page.evaluate(READY.replace("BEFORE", act.before))
    before = metric(session, "TaskDuration")
    script = TIMED.replace("ACTION", act.action).replace("STATE", act.done)
    if act.typed:
        page.evaluate(script.replace("START", AT_INPUT))
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(act.typed)
        wall_ms = page.evaluate("window.benchTook")
    else:
        wall_ms = page.evaluate(script.replace("START", AT_ONCE))
    return Took(wall_ms=wall_ms, cpu_ms=1e3 * (metric(session, "TaskDuration") - before))


def heap(session: CDPSession) -> int:
    """What JavaScript holds after its garbage was collected."""
    session.send("HeapProfiler.collectGarbage")
    return int(metric(session, "JSHeapUsedSize"))


def metric(session: CDPSession, name: str) -> float:
    """One of the browser's own figures of a page."""
    return float(next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == name))
