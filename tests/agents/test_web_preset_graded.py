"""A run that builds a small project task by task, with a browser that judges each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore import Outcome, WebDetail
from boxscore.interrupt import Stop
from boxscore.models.fake import FakeModel
from boxscore.run.request import Request
from boxscore.run.store import read_run
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.records import trajectory_path
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import run_sampling
from tests.protocols.web.images import skip_without_images

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

HARNESS_TEXT = """
from pathlib import Path

from msgspec.structs import replace

import boxscore
from boxscore import SpecSettings, WebCommand, WebStep, WebTask

NAMES = ("task-1", "task-2", "task-3")
SPEC = '''
const { test, expect } = require('@playwright/test')

test('says WORD', async ({ page }) => {
  await page.goto('/')
  await expect(page.locator('body')).toContainText('WORD')
})
'''


class Words:
    name = title = "words"
    trust = boxscore.Trust.OBSERVER
    image = "web"
    parts = ()
    counts_missing = True
    source = boxscore.DataSource(path=str(Path(__file__).resolve()))

    def load(self, path):
        return [boxscore.Instance(instance_id="words", prompt="Say it.", row={})]

    def prompt(self, instance):
        return [{"role": "user", "content": instance.prompt}]

    def extract(self, instance, sample):
        return sample.text

    def task(self, instance):
        return WebTask(
            steps=tuple(WebStep(name=name, specs=(f"test/{name}.spec.js",), text=f"Say {name}.") for name in NAMES),
            specs=tuple((f"test/{name}.spec.js", SPEC.replace("WORD", name).encode()) for name in NAMES),
            serve=WebCommand(argv=("serve", "{root}", "-p", "{port}", "--no-port-switching", "--no-clipboard")),
            settings=SpecSettings(test_s=60.0, expect_s=5.0),
        )

    def visible_task(self, instance):
        return replace(self.task(instance), last_only=True)


HARNESS = Words()
"""


@pytest.fixture(autouse=True)
def fixture_images(docker_backend: Backend) -> None:
    """Skip where the images are not built."""
    skip_without_images(docker_backend)


def page(words: str) -> str:
    """An answer that writes a page with some words."""
    return f"```html\nindex.html\n<html><body>{words}</body></html>\n```"


def test_a_walk_is_mended_once_and_stops_where_a_task_fails_twice(tmp_path: Path) -> None:
    """The second attempt is told what failed; the result says the same as what was told on the way."""
    words = ("task-1", "task-1 so far", "task-1 task-2", "task-1 task-2 so far", "task-2 and task-3")
    model = FakeModel([page(one) for one in words])
    harness = tmp_path / "words.py"
    harness.write_text(HARNESS_TEXT)
    request = SamplingRequest(
        grading=Request(benchmark=str(harness), backend="docker", out=tmp_path / "run", workers=1),
        model="fake",
        agent="repair",
        agent_options={"preset": "web-bench"},
    )

    plan = plan_sampling(request, model)
    finished = run_sampling(plan, stop=Stop())

    assert dict(finished.record.stop_reasons) == {"task_failed": 1}
    assert [question.messages[-1]["content"].count("I got the following error") for question in model.asked] == [
        *(0, 0, 1, 0, 1)
    ]
    _, _, results = read_run(tmp_path / "run")
    result = results["words", "0"]
    assert isinstance(result.detail, WebDetail)
    assert [(one.task, one.number, one.outcome is Outcome.PASSED) for one in result.detail.attempts] == [
        ("task-1", 1, True),
        ("task-2", 1, False),
        ("task-2", 2, True),
        ("task-3", 1, False),
        ("task-3", 2, False),
    ]
    assert result.detail.stopped == "task-3"
    atif = msgspec.json.decode(trajectory_path(tmp_path / "run", "words", "0").read_bytes())
    said = [step["message"] for step in atif["steps"] if step["message"].startswith("round ")]
    assert [one.partition(": ")[2] for one in said] == ["passed", "wrong", "passed", "wrong", "wrong"]
