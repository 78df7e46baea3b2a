"""What a page costs in headless Chromium: time to what is seen, memory, elements, requests and messages.

Times are taken in the page itself, from what begins a thing until the frame after it has been drawn.
"""

from __future__ import annotations

import shutil
import statistics
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

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
FIRST = """(() => {
  const look = () => document.querySelector(SELECTOR)
    ? requestAnimationFrame(() => setTimeout(() => { window.benchFirst = performance.now(); }))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
})();"""
# From an action until the frame in which something is so.
DONE = """async () => {
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const begun = performance.now();
  { ACTION; }
  while (!(STATE)) await new Promise((resolve) => setTimeout(resolve));
  await drawn();
  return performance.now() - begun;
}"""


class Cost(Struct, frozen=True, kw_only=True):
    """Of one page. Times in milliseconds, sizes in bytes; what a page has no such thing of is None."""

    first_rows_ms: float
    load_ms: float
    filter_ms: float | None
    open_ms: float | None
    heap_bytes: int
    elements: int
    requests: int
    messages: int


class Acts(Struct, frozen=True, kw_only=True):
    """What is done to a page, in JavaScript: pairs of an action and of what is true when it is done."""

    first: str  # a selector
    filters: tuple[tuple[str, str], ...]
    opens: tuple[tuple[str, str], ...]


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
    try:
        page.goto(url, timeout=WAIT_MS)
        page.wait_for_function("window.benchFirst !== undefined")
        first, load = page.evaluate("[window.benchFirst, performance.getEntriesByType('navigation')[0].loadEventEnd]")
        filter_ms, open_ms = median_ms(page, acts.filters), median_ms(page, acts.opens)
        heap, elements = memory(page)
    finally:
        context.close()
    return Cost(
        first_rows_ms=first,
        load_ms=load,
        filter_ms=filter_ms,
        open_ms=open_ms,
        heap_bytes=heap,
        elements=elements,
        requests=len(requests) - 1,  # beside the page itself
        messages=len(messages),
    )


def median_ms(page: Page, acts: Sequence[tuple[str, str]]) -> float | None:
    """The middle time of several actions."""
    times: list[float] = [
        page.evaluate(DONE.replace("ACTION", action).replace("STATE", state)) for action, state in acts
    ]
    return statistics.median(times) if times else None


def memory(page: Page) -> tuple[int, int]:
    """What JavaScript holds after its garbage was collected, and how many elements there are."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics: dict[str, Any] = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return int(metrics["JSHeapUsedSize"]), int(page.evaluate("document.querySelectorAll('*').length"))
