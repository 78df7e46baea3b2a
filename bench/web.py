"""Grade a project of Web-Bench by the official way of running Playwright on this machine, and by boxscore, in one run.

    python bench/web.py CLONE [PROJECT] [--tasks 5] [--broken 1] [--test-s 4] [--times] [--out FILE]

CLONE is a clone of the benchmark's repository, PROJECT one that is served as it is (calculator). Its first tasks are
graded: the reference, what it begins with, and `--broken` copies of the reference that each lack the second half of a
file, as finished projects whose verdicts are compared test by test; then a walk through the tasks whose files are the
reference's, for times, or with `--times` that alone. The official way is `npx playwright test` of the specs so far,
with `npx serve` as the project's own settings have it, in production, with this machine's Chromium; packages come from
npm. A test has `--test-s` both ways, in place of the thirty seconds of production: of what is broken each test may take
all of its time. What it takes beyond the tests themselves is the wall time of a task without the time of its tests.
Times are of a shared machine: its load average stands beside them. Exit code 1 where a test has another verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

import boxscore
from boxscore import WebDetail
from boxscore.protocols.web import browser
from boxscore.protocols.web.specs import numbered, read_report
from harnesses.web_bench.project import INIT, folder_files, read_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.web.specs import Report

PACKAGES = ("@playwright/test@1.56.1", "serve@14")
PRODUCTION = re.compile(r"(\btimeout: process\.env\.IS_EVAL_PRODUCTION \? )30_000\b")
CHROMIUM, PORT, LOOK_S = "/usr/bin/chromium", 3299, 900.0
CONFIG = """
import base from './playwright.config.js'
const [project] = base.projects
const launchOptions = { executablePath: '%s', args: ['--no-sandbox'] }
export default { ...base, projects: [{ ...project, use: { ...project.use, launchOptions } }] }
"""


class Look(NamedTuple):
    """One run of specs: its wall time, that of its tests together, and the verdict on each test."""

    wall_s: float
    tests_s: float
    passed: dict[str, bool]


class Bench:
    """A project's first tasks, in a clone of their own, with what the official way needs beside them."""

    def __init__(self, clone: Path, name: str, tasks: int, place: Path, *, test_s: float) -> None:
        """Copy them, with so many seconds for a test. `place` is an empty folder."""
        self.root, self.name, self.folder = place, name, place / "projects" / name
        for part in ("libraries", f"projects/{name}"):
            shutil.copytree(clone / part, place / part, ignore=shutil.ignore_patterns("node_modules"))
        path = self.folder / "tasks.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines() if line]
        kept = [row for row in rows if row["id"] == INIT or int(row["id"].removeprefix("task-")) <= tasks]
        path.write_text("".join(json.dumps(row) + "\n" for row in kept))
        config = self.folder / "playwright.config.js"
        config.write_text(PRODUCTION.sub(rf"\g<1>{test_s * 1000:.0f}", config.read_text()))
        self.project = read_project(place, name)
        self.steps = [task.name for task in self.project.tasks]

    def install(self) -> None:
        """Install what the official way needs, from npm."""
        (self.root / "package.json").write_text('{"private": true}')
        quiet = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
        subprocess.run(["npm", "install", "--silent", *PACKAGES], cwd=self.root, env=quiet, check=True)
        shutil.copytree(self.root / "libraries/test-util", self.root / "node_modules/@web-bench/test-util")
        (self.folder / "bench.config.mjs").write_text(CONFIG % CHROMIUM)

    def officially(self, files: Mapping[str, bytes], step: int) -> Look:
        """Run the specs up to a step on these files, as the official program runs them."""
        root = self.folder / "eval"
        shutil.rmtree(root, ignore_errors=True)
        began = time.monotonic()
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        report = self.root / "report.json"
        report.unlink(missing_ok=True)
        specs = [Path(spec).name for number in range(step + 1) for spec in self.project.specs_of(number)]
        wanted = [f"test/{spec.removesuffix('.js')}" for spec in specs]
        subprocess.run(
            ["npx", "playwright", "test", "-c", "bench.config.mjs", *wanted, "--reporter=line,json"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,  # npx may have a question
            env={
                **os.environ,
                "EVAL": "true",
                "IS_EVAL_PRODUCTION": "true",
                "EVAL_PROJECT_ROOT": str(root),
                "EVAL_PROJECT_PORT": str(PORT),
                "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report),
            },
            stdout=subprocess.DEVNULL,
            timeout=LOOK_S,
            check=False,
        )
        wall_s = time.monotonic() - began
        found = [one for suite in json.loads(report.read_text())["suites"] for one in each_test(suite, ())]
        names = numbered([name for name, _, _ in found])
        passed = {name: ok for name, (_, ok, _) in zip(names, found, strict=True)}
        return Look(wall_s, sum(taken for _, _, taken in found), passed)


def each_test(suite: dict[str, Any], above: tuple[str, ...]) -> list[tuple[str, bool, float]]:
    """The tests of a suite in Playwright's report, below these titles: name, whether it passed, and seconds."""
    titles = (*above, Path(suite["file"]).name if not above else suite["title"])
    own = [
        (
            " \u203a ".join((*titles, spec["title"])),
            bool(spec["ok"]),
            sum(result["duration"] for test in spec["tests"] for result in test["results"]) / 1000,
        )
        for spec in suite.get("specs", ())
    ]
    return own + [one for inner in suite.get("suites", ()) for one in each_test(inner, titles)]


def graded(bench: Bench, samples: Mapping[str, str]) -> tuple[dict[str, WebDetail], dict[str, float], list[float]]:
    """Boxscore's verdicts on samples by name, what each took, and the time of the tests of each look, in order."""
    looks: list[float] = []

    def counted(output: bytes) -> Report:
        report = read_report(output)
        if report.played:
            looks.append(sum(test.wall_s for test in report.played.values()))
        return report

    with mock.patch.object(browser, "read_report", counted):
        report = boxscore.grade(
            f"web-bench@{bench.name}",
            [{"task_id": bench.name, "sample_id": name, "solution": text} for name, text in samples.items()],
            data=bench.root,
            workers=1,
            gate=0,
            reuse=False,
        )
    details = {one.sample_id: one.detail for one in report.results if isinstance(one.detail, WebDetail)}
    return details, {one.sample_id: one.wall_s or 0.0 for one in report.results}, looks


def broken(files: Mapping[str, bytes], count: int) -> dict[str, dict[str, bytes]]:
    """Copies of files, each of which lacks the second half of one of the largest."""
    largest = sorted(files, key=lambda path: (-len(files[path]), path))[:count]
    return {f"half of {path}": {**files, path: files[path][: len(files[path]) // 2]} for path in largest}


def compare(bench: Bench, every: Mapping[str, Mapping[str, bytes]]) -> int:
    """Compare verdicts on finished projects test by test; the number of those that differ."""
    details, _, _ = graded(bench, {name: boxscore.encode_state(files) for name, files in every.items()})
    differing = 0
    for name, files in every.items():
        theirs = bench.officially(files, len(bench.steps) - 1).passed
        ours = {test: status == "PASSED" for test, status in details[name].attempts[-1].tests.items()}
        other = sorted(test for test in theirs.keys() | ours.keys() if theirs.get(test) != ours.get(test))
        differing += len(other)
        print(f"{name}: {len(theirs)} tests, {sum(theirs.values())} pass officially, {sum(ours.values())} here")
        for test in other:
            print(f"  differs: {test}: officially {theirs.get(test)}, here {ours.get(test)}")
    return differing


def timed(bench: Bench, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Time a walk through the tasks both ways: what each task takes beyond its tests, in seconds."""
    theirs = [bench.officially(files, step) for step in range(len(bench.steps))]
    page = next(iter(files))
    walk = [(name, files if not number else {page: files[page]}) for number, name in enumerate(bench.steps)]
    details, walls, looks = graded(bench, {"walk": boxscore.encode_attempts(walk)})
    attempts = details["walk"].attempts
    ours = [(one.wall_s or 0.0) - tests for one, tests in zip(attempts, looks[-len(attempts) :], strict=True)]
    officially = [look.wall_s - look.tests_s for look in theirs]
    return {
        "tasks": len(bench.steps),
        "officially_s": statistics.fmean(officially),
        "officially_tests_s": statistics.fmean(look.tests_s for look in theirs),
        "boxscore_s": statistics.fmean(ours),
        "boxscore_tests_s": statistics.fmean(looks[-len(attempts) :]),
        "boxscore_whole_s": walls["walk"] / len(bench.steps),
        "passed": sum(one.outcome is boxscore.Outcome.PASSED for one in attempts),
        "load": os.getloadavg()[0],
    }


def main() -> int:
    """Grade both ways, print, and keep what was printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path)
    parser.add_argument("project", nargs="?", default="calculator")
    parser.add_argument("--tasks", type=int, default=5)
    parser.add_argument("--broken", type=int, default=1)
    parser.add_argument("--test-s", type=float, default=4.0)
    parser.add_argument("--times", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(options.clone, options.project, options.tasks, Path(place), test_s=options.test_s)
        reference, start = (dict(folder_files(bench.folder / name)) for name in ("src", "src-init"))
        bench.install()
        every = {"reference": reference, "what it begins with": start, **broken(reference, options.broken)}
        differing = None if options.times else compare(bench, every)
        found = timed(bench, reference) | {"project": options.project, "differing": differing}
    ratio = found["boxscore_s"] / found["officially_s"]
    print(
        f"{found['tasks']} tasks of {options.project}, each beyond its tests: officially {found['officially_s']:.1f} s,"
        f" boxscore {found['boxscore_s']:.1f} s, {ratio:.2f} times as long; load {found['load']:.1f}"
    )
    print(f"tests themselves: {found['officially_tests_s']:.1f} s and {found['boxscore_tests_s']:.1f} s a task")
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=2) + "\n")
    return int(bool(differing))


if __name__ == "__main__":
    raise SystemExit(main())
