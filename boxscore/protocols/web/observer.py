"""A look at a web project: it is built and served in its box, and a browser in another box runs its specs."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import MAX_SECONDS
from boxscore.errors import BoxError, BoxLost, LossCause
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.retry import Tried
from boxscore.protocols.versions import protocol_version
from boxscore.protocols.web import browser
from boxscore.protocols.web.admitted import finished_reference
from boxscore.protocols.web.site import Site, slowness_of
from boxscore.protocols.web.specs import names_up_to
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep, WebTask
from boxscore.protocols.web.verdict import Failed, Look, attempt_at, specs_verdict, tests_of
from boxscore.records import Outcome, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.retry import During
    from boxscore.protocols.web.boxes import Pair, WebBoxes
    from boxscore.protocols.web.browser import SpecRun, ToldModule
    from boxscore.protocols.web.detail import WebAttempt


PAGE = "index.html"
RIGHT, WRONG = (
    f"<!doctype html><title>Control</title><button onclick=\"this.textContent = '{text}'\">ask</button>".encode()
    for text in ("answered", "no answer")
)
SPEC = """
const { test, expect } = require('@playwright/test')

test('the control answers', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('button').click()
  await expect(page.getByRole('button')).toHaveText('answered')
})
""".strip()
SERVER = """
const http = require('node:http'), fs = require('node:fs'), path = require('node:path')
const [root, port] = process.argv.slice(1)
http.createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html')
  answer.end(fs.readFileSync(path.join(root, 'index.html')))
}).listen(Number(port), '127.0.0.1')
""".strip()


def control_task(task: WebTask) -> WebTask:
    """The control as a task, for boxes of the same kind as those of another task."""
    return WebTask(
        steps=(WebStep(name="control", specs=("control.spec.js",)),),
        specs=(("control.spec.js", SPEC.encode()),),
        root="control",
        serve=WebCommand(argv=("node", "-e", SERVER, "--", "{root}", "{port}"), wall_s=task.serve.wall_s),
        port=task.port,
        settings=SpecSettings(test_s=max(30.0, task.settings.test_s), pictures=False),
        image=task.image,
        limits=task.limits,
        browser_limits=task.browser_limits,
    )


def prove(task: WebTask, judge: Callable[[WebTask, Mapping[str, bytes]], WebAttempt]) -> None:
    """Judge the control, right and wrong. Raises BoxLost unless it comes to what it must."""
    control = control_task(task)
    for page, wanted in ((RIGHT, Outcome.PASSED), (WRONG, Outcome.WRONG)):
        found = judge(control, {PAGE: page})
        if found.outcome is not wanted:
            problem = f"a control came to {found.outcome}, not {wanted}: {found.reason}"
            raise BoxLost(problem, cause=LossCause.OUTSIDE)


class Listed(Struct, frozen=True, kw_only=True):
    """The ids of the tests of all steps, in order."""

    tests: tuple[str, ...]


class ListedTests:
    """Remembers lists of tests, by everything that they depend on, in a folder of `cache`."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "web-tests"
        self._records = LearnedRecords()
        self._last: tuple[str, Listed] | None = None

    def of(self, task: WebTask, environment: str, learn: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """The tests of a task, listed now if they never were in this `environment`. Raises what `learn` does."""
        files = (task.reference, task.start, task.assets)  # which some specs read while they are listed
        key = fingerprint(environment, task.steps, task.specs, task.settings, files)
        if self._last is None or self._last[0] != key:
            path = self._folder / f"{key}.json"
            self._last = key, self._records.found(path, Listed, lambda: (Listed(tests=learn()), False))
        return self._last[1].tests


LEAST_SLOWNESS, MOST_SLOWNESS = 1.5, 4.0
"""How slow a machine must be for tests to get more time, and how many times longer they get at most."""


class Specs(Protocol):
    """Runs specs in a browser's box: the functions of the module `browser`, or a fake."""

    def expected_ids(
        self, box: Box, task: WebTask, step_names: Sequence[str], *, files_seen: Mapping[str, bytes] | None
    ) -> tuple[str, ...]:
        """The ids of all tests in the specs of some steps, in order. Raises BoxError, HarnessError."""

    def run_specs(  # noqa: PLR0913 - what a run of specs depends on
        self,
        box: Box,
        task: WebTask,
        step_names: Sequence[str],
        *,
        expected: Sequence[str],
        port: int,
        files_seen: Mapping[str, bytes] | None,
        modules: Mapping[str, ToldModule],
    ) -> SpecRun:
        """Run the specs of some steps. Raises BoxError."""


class Observer:
    """Looks at projects, in boxes of the caller's unless a method says otherwise.

    `listed` remembers which tests there are; `specs` runs them in a box with a browser.
    """

    def __init__(self, boxes: WebBoxes, listed: ListedTests, specs: Specs = browser) -> None:
        self._boxes, self._listed, self._specs = boxes, listed, specs

    def look(self, task: WebTask, pair: Pair, place: int, files: Mapping[str, bytes], during: During) -> Look:
        """Build and serve a project and run the specs of its steps up to one; the candidate's code runs `during`.

        The load of the machine is measured before anything of the candidate runs, and again after a look that failed,
        when nothing of it runs any more. Raises BoxError, HarnessError.
        """
        began = time.monotonic()
        expected = self._expected(task, pair.browser, place)
        slowness = slowness_of(pair, task)
        factor = time_factor(slowness)
        given = given_longer(task, factor)
        run = partial(
            self._specs.run_specs,
            pair.browser,
            given,
            names_up_to(task, place),
            expected=expected,
            port=task.port,
            files_seen=files if task.settings.sees_files else None,
        )
        with during():
            look = _seen(Site(pair, given), files, expected, run, sees_files=task.settings.sees_files)
        if look.failed is not None:
            slowness = max(slowness, _slowness_after(pair, task))
        return replace(look, time_factor=factor, busy=slowness >= LEAST_SLOWNESS, wall_s=_since(began))

    def look_at_reference(self, task: WebTask, place: int) -> Look | None:
        """Look at a task's reference in boxes of its own; None unless it is a finished project.

        The look is `busy` if the machine was both before and after it. Raises what boxes raise.
        """
        files = finished_reference(task)
        if files is None:
            return None
        with self._boxes.pair(task) as pair:
            look = self.look(task, pair, place, files, nullcontext)
            busy = look.time_factor > 1.0 and _slowness_after(pair, task) >= LEAST_SLOWNESS
        return replace(look, busy=busy)

    def control(self, task: WebTask) -> None:
        """Prove that boxes of this kind, and the browser in one, work as they must. Raises what boxes raise."""

        def judge(control: WebTask, files: Mapping[str, bytes]) -> WebAttempt:
            look = self.look(control, pair, 0, files, nullcontext)
            return attempt_at(control, 0, 1, Tried(found=look, attempts=1))

        with self._boxes.pair(task) as pair:
            prove(task, judge)

    def _expected(self, task: WebTask, box: Box, place: int) -> tuple[str, ...]:
        """The ids of all tests of the steps up to one, as the runner lists them before it sees any page."""

        def learn() -> tuple[str, ...]:
            names = names_up_to(task, len(task.steps) - 1)
            return self._specs.expected_ids(box, task, names, files_seen=_listed_by(task))

        environment = fingerprint(protocol_version(self._boxes.backend.name), self._boxes.browser_digest(task))
        return tests_of(task, place, self._listed.of(task, environment, learn))


def _seen(
    site: Site,
    files: Mapping[str, bytes],
    expected: tuple[str, ...],
    run_specs: Callable[..., SpecRun],
    *,
    sees_files: bool,
) -> Look:
    """Look at a project; nothing of it runs any more on return. Raises BoxError, HarnessError."""
    site.stage(files)
    began = time.monotonic()
    failed = site.build()
    look = Look(expected=expected, failed=failed, build_s=_since(began))
    if failed is not None:
        return look
    modules = site.modules()
    with site.serving() as served:
        if isinstance(served, Failed):
            return replace(look, failed=served)
        run = run_specs(modules=modules)
        ended = served.server.ended
    failed = specs_verdict(run, expected, ended, sees_files=sees_files)
    return replace(look, failed=failed, run=run, serve_s=served.seconds)


def time_factor(slowness: float) -> float:
    """What to multiply time limits by on a machine so slow."""
    return 1.0 if slowness < LEAST_SLOWNESS else min(MOST_SLOWNESS, slowness)


def given_longer(task: WebTask, times: float) -> WebTask:
    """The task with its wall-clock limits multiplied; those on cpu time stay as they are."""
    if times == 1.0:
        return task
    settings, limits = task.settings, task.browser_limits
    return replace(
        task,
        prepare=task.prepare and _longer(task.prepare, times),
        build=task.build and _longer(task.build, times),
        serve=_longer(task.serve, times),
        settings=replace(settings, test_s=times * settings.test_s, expect_s=times * settings.expect_s),
        limits=replace(task.limits, wall_s=min(MAX_SECONDS, times * task.limits.wall_s)),
        browser_limits=replace(limits, wall_s=min(MAX_SECONDS, times * limits.wall_s)),
    )


def _slowness_after(pair: Pair, task: WebTask) -> float:
    """Measure the load after a look; if that fails, the machine counts as idle, since the look itself was made."""
    try:
        return slowness_of(pair, task)
    except BoxError:
        pair.outward = None  # so that no later look takes a late answer for its own
        return 1.0


def _longer(command: WebCommand, times: float) -> WebCommand:
    return replace(command, wall_s=min(MAX_SECONDS, times * command.wall_s))


def _listed_by(task: WebTask) -> Mapping[str, bytes] | None:
    """The files that specs see when their tests are listed: the reference's, if they read files at all.

    A task that agents are judged by has no reference. Then they are the files that a project begins with, and empty
    modules in place of those that specs import, which would not load without them.
    """
    if not task.settings.sees_files:
        return None
    reference = finished_reference(task)
    if reference is not None:
        return reference
    return {**dict.fromkeys(task.settings.imports, b""), **task.beginning()}


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
