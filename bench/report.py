"""The report page of a large run in headless Chromium, beside Inspect's viewer on as many samples.

    bench/report.py [--samples 10000] [--rounds 3] [--inspect PYTHON] [--out FILE] [--screenshots DIR]

Makes a run directory by boxscore's own writers (0.8 KB of code, 1.5 KB of log, and of every twentieth sample an
agent's trajectory of twenty steps, 20 KB), writes `report.html`, and measures it against the budget:

    file          its size: at most 12 MB
    first rows    from the start of the document to the frame with the first rows: at most 0.5 s
    filter        from a filter's input to the frame that shows it, the middle of seven: at most 50 ms
    open          from the click on a row to the frame with its sections, the middle of seven: at most 100 ms
    heap          of JavaScript, after a collection, at the end: at most 30 MB
    requests, console   none

`--inspect` names a Python that has `inspect_ai`: it writes the same samples as a log of its own, and `inspect view`
serves them on loopback. Both are measured in turn, `--rounds` times; the table has the middle of each. Its filters are
of its own language, and whatever pause its editor makes before it filters is in its time, as in its readers'; its
samples are open when the first of their messages are there. What does not come to its end, as in a version with
another page, is left out, and a line says why. With budgets of ours that are not kept the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

import msgspec

from bench.browser import Act, Acts, Cost, chromium, measure
from bench.report_peer import PEER_ACTS, PLACES, serve_peer
from boxscore.page.write import write_page
from tests.page.runs import make_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser

BUDGET: dict[str, float] = {
    "file MB": 12,
    "first rows s": 0.5,
    "filter ms": 50,
    "open ms": 100,
    "heap MB": 30,
    "requests": 0,
    "console": 0,
}
EVERY_AGENT, STEPS, STEP_BYTES = 20, 20, 1000
FILTERS = ("outcome:failed", "task-77", "outcome=wrong wall_s>0.1", "-outcome:passed", "limit", '"list index"', "")
BEFORE_OPEN = """window.benchOld = document.querySelector('.panel-body .part');
  const list = document.querySelector('.scroller');
  list.scrollTop = list.scrollHeight * EIGHTHS / 8"""
OPEN = "document.querySelectorAll('.index tbody tr a')[5].click()"
OPENED = """document.querySelector('.panel-body .part')
  && document.querySelector('.panel-body .part') !== window.benchOld"""
FILTER = """const box = document.getElementById('filter');
  box.value = TEXT;
  box.dispatchEvent(new Event('input'))"""
OURS = Acts(
    first=".index tbody tr",
    filters=tuple(Act(action=FILTER.replace("TEXT", repr(text))) for text in FILTERS),
    opens=tuple(Act(before=BEFORE_OPEN.replace("EIGHTHS", str(place)), action=OPEN, done=OPENED) for place in PLACES),
)
SHOTS = (
    ("light", "", 1440, 900, "light"),
    ("dark", "", 1440, 900, "dark"),
    ("sample-light", "sample", 1440, 900, "light"),
    ("sample-dark", "sample", 1440, 900, "dark"),
    ("narrow", "", 400, 850, "light"),
    ("narrow-sample", "sample", 400, 850, "dark"),
)


def figures(cost: Cost, file_bytes: int) -> dict[str, float | None]:
    """The figures of a page in the units of the table."""
    return {
        "file MB": file_bytes / 1e6,
        "first rows s": cost.first_rows_ms / 1e3,
        "load s": cost.load.wall_ms / 1e3,
        "load cpu s": cost.load.cpu_ms / 1e3,
        "filter ms": None if cost.filter is None else cost.filter.wall_ms,
        "filter cpu ms": None if cost.filter is None else cost.filter.cpu_ms,
        "open ms": None if cost.open is None else cost.open.wall_ms,
        "open cpu ms": None if cost.open is None else cost.open.cpu_ms,
        "heap MB": cost.heap_bytes / 1e6,
        "elements": cost.elements,
        "requests": cost.requests,
        "console": cost.messages,
    }


def middle(rounds: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    """The median of each figure; None where a round has none."""
    found: dict[str, float | None] = {}
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        known = [value for value in values if value is not None]
        found[name] = statistics.median(known) if len(known) == len(values) else None
    return found


def over(ours: dict[str, float | None]) -> list[str]:
    """Which budgets are not kept."""
    return [name for name, most in BUDGET.items() if (value := ours[name]) is None or value > most]


def table(ours: dict[str, float | None], peer: dict[str, float | None] | None) -> str:
    """Both pages side by side, with the budget and how many times as much the peer takes."""
    lines = [f"{'':14}{'boxscore':>12}{'budget':>10}{'Inspect':>12}{'ratio':>9}"]
    for name, value in ours.items():
        other = None if peer is None else peer[name]
        ratio = f"{other / value:.1f}" if value and other is not None else "-"
        lines.append(f"{name:14}{number(value):>12}{number(BUDGET.get(name)):>10}{number(other):>12}{ratio:>9}")
    return "\n".join(lines)


def number(value: float | None) -> str:
    """A figure with as many digits as it is worth."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004 - three digits


def take_screenshots(browser: Browser, page_file: Path, folder: Path) -> None:
    """Take pictures of the list and of a sample that failed, to be looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, what, width, height, scheme in SHOTS:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(page_file.as_uri())
        page.wait_for_selector(".index tbody tr")
        if what == "sample":
            page.keyboard.press("n")
            page.wait_for_selector(".panel-body .part")
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}.png")
        context.close()


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inspect", type=Path, help="a Python that has inspect_ai")
    parser.add_argument("--out", type=Path, help="where the figures go, as JSON")
    parser.add_argument("--screenshots", type=Path)
    return parser.parse_args()


def main() -> int:
    """Make, measure, print."""
    asked = options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = make_run(
            folder / "run", asked.samples, agents=True, every_agent=EVERY_AGENT, steps=STEPS, step_bytes=STEP_BYTES
        )
        begun = time.monotonic()
        page_file = write_page(run)
        written_s = time.monotonic() - begun
        peer = stack.enter_context(serve_peer(asked.inspect, run, folder / "logs")) if asked.inspect else None
        browser = stack.enter_context(chromium())
        if asked.screenshots:
            take_screenshots(browser, page_file, asked.screenshots)
        rounds: list[list[dict[str, float | None]]] = [[], []]
        for _ in range(asked.rounds):
            rounds[0].append(figures(measure(browser, page_file.as_uri(), OURS), page_file.stat().st_size))
            if peer is not None:
                rounds[1].append(figures(measure(browser, peer.url, PEER_ACTS), peer.log_bytes))
    ours, other = middle(rounds[0]), middle(rounds[1]) if rounds[1] else None
    print(table(ours, other))
    print(f"written in {written_s:.1f} s; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} processors")
    if asked.out:
        asked.out.write_bytes(msgspec.json.encode({"ours": rounds[0], "inspect": rounds[1], "load": os.getloadavg()}))
    for name in over(ours):
        print(f"over budget: {name}")
    return int(bool(over(ours)))


if __name__ == "__main__":
    raise SystemExit(main())
