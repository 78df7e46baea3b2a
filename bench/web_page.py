"""The report page of many web projects in headless Chromium: its size, and the time until a project is seen.

    bench/web_page.py [--projects 46] [--tasks 20] [--picture-kb 58] [--trace-kb 1500]

Makes a run directory of projects that stop at a task of their own, the last of them at none, with two attempts at the
task at which they stop. Each attempt has a picture of that size, which no compression makes smaller, as JPEGs of busy
pages are; a project that stopped has two more, and a trace. Says how large results and page are, how many pictures the
page has, and what `bench.browser` measures of it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.browser import Act, Acts, chromium, measure
from boxscore.page.read import read_page
from boxscore.page.records import Tasks
from boxscore.page.write import write_page
from boxscore.records import Outcome, Result, WebAttempt, WebDetail
from tests.page.test_web import write_web_run
from tests.page.web_records import JPEG, TRACE, web_result

FILTER = """const box = document.getElementById('filter');
  box.value = 'tasks<10';
  box.dispatchEvent(new Event('input'))"""
LEAVE = "history.replaceState(null, '', '#'); dispatchEvent(new Event('hashchange'))"
OPEN = "location.hash = '#sample=project%2FNUMBER%2F0'"
OPENED = "document.querySelectorAll('.panel-body:not([aria-busy]) .task').length > 0"


def project(number: int, stop: int, options: argparse.Namespace, chance: random.Random) -> Result:
    """The result of a project that stops at the task of this place, or at none."""
    tasks = tuple(f"task-{place + 1}" for place in range(options.tasks))

    def picture() -> bytes:
        return JPEG + chance.randbytes(options.picture_kb * 1000 - len(JPEG))

    attempts = [
        WebAttempt(task=task, number=1, outcome=Outcome.PASSED, log="passed", screenshot=picture())
        for task in tasks[:stop]
    ]
    files = {}
    if stop < len(tasks):
        for attempt in (1, 2):
            log = "Expected: 1\n" * 200
            attempts.append(
                WebAttempt(task=tasks[stop], number=attempt, outcome=Outcome.WRONG, log=log, screenshot=picture())
            )
            files[f"{tasks[stop]}-{attempt}-failure-1.jpg"] = picture()
        files[f"{tasks[stop]}-2-trace.zip"] = TRACE + chance.randbytes(options.trace_kb * 1000)
    detail = WebDetail(tasks=tasks, attempts=tuple(attempts), stopped=tasks[stop] if files else "", files=files)
    return web_result(number, detail, Outcome.WRONG if files else Outcome.PASSED)


def main() -> None:
    """Make a page, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("projects", 46), ("tasks", 20), ("picture-kb", 58), ("trace-kb", 1500)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    chance = random.Random(0)
    numbers = range(options.projects)
    with tempfile.TemporaryDirectory() as place:
        stops = [chance.randrange(options.tasks) for _ in numbers[1:]] + [options.tasks]
        run = write_web_run(
            Path(place) / "run", [project(number, stops[number], options, chance) for number in numbers]
        )
        begun = time.process_time()
        page = write_page(run)
        print(f"writing the page: {time.process_time() - begun:.1f} s of processor time")
        print(f"results {(run / 'results.jsonl').stat().st_size / 1e6:.1f} MB, page {page.stat().st_size / 1e6:.1f} MB")
        strips = [
            one for details in read_page(run).every_details() for one in details.sections if isinstance(one, Tasks)
        ]
        shown, cut = sum(len(one.pictures) for one in strips), sum(bool(one.note) for one in strips)
        print(f"pictures on it {shown:,}; projects of which something was left out {cut}")
        opens = tuple(Act(before=LEAVE, action=OPEN.replace("NUMBER", str(n)), done=OPENED) for n in numbers[-7:])
        acts = Acts(first=".index tbody tr", filters=(Act(action=FILTER),), opens=opens)
        with chromium() as browser:
            print(measure(browser, page.as_uri(), acts))


if __name__ == "__main__":
    main()
