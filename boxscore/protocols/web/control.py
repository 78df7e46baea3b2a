"""The control: a page of ours with a spec of ours, once right and once wrong, to show that boxes and browser work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep, WebTask
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
