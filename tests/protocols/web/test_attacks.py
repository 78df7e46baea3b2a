"""Web projects in real boxes: the attack suite, which no cheat passes and all honest do; pages that open others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import Batch, Candidate, Outcome, Result, Trust, WebTask
from boxscore.data.plugins import load_harness
from boxscore.images import environments
from boxscore.images.instances import ensure_instance_images
from boxscore.images.recipes import reference
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.contract import Opening
from boxscore.protocols.web.boxes import FindImages, WebBoxes
from boxscore.protocols.web.detail import encode_state
from boxscore.protocols.web.grader import WebGrader
from boxscore.protocols.web.observer import ListedTests, Observer
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep
from boxscore.resources import folder
from boxscore.run.attacks import Judgement, judge
from tests.protocols.web.images import skip_without_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.attacks import Attack

    Grade = Callable[[Attack], Result]

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]
SUITE = attacks_for("web")


@pytest.fixture(scope="module", params=["larder", "tally", "guestbook"])
def grade(
    request: pytest.FixtureRequest, docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grade]:
    if missing := [one.name for one in environments.check(["web", "browser"]) if not one.present]:
        pytest.skip(f"images are not here: boxscore images build {' '.join(missing)}")
    harness = load_harness("tiny-web")
    instances = harness.load(folder("instances") / "tiny_web" / "instances.jsonl")
    (instance,) = [one for one in instances if one.instance_id.endswith(request.param)]
    task = harness.task(instance)
    assert isinstance(task, WebTask)
    for info in ensure_instance_images([task.image] if task.image else []):
        if info.error is not None:
            pytest.skip(f"no image of {request.param} here: {info.error[-300:]}")
    task = PROTOCOL.under_attack(task)
    codes = {
        (trial.attack.attack_class, trial.attack.name): trial.code for trial in PROTOCOL.attacks(instance, task, None)
    }
    opening = Opening(backend=docker_backend, image=reference("web"), cache=tmp_path_factory.mktemp("cache"))
    with PROTOCOL.open(opening) as grader:

        def run(attack: Attack) -> Result:
            key = attack.attack_class, attack.name
            if key not in codes:
                pytest.skip("it does not suit this project")
            candidates = (Candidate(sample_id="-".join(key), code=codes[key]),)
            batch = Batch(instance_id=instance.instance_id, task=task, trust=Trust.OBSERVER, candidates=candidates)
            (result,) = grader.grade(batch)
            return result

        yield run


@pytest.mark.parametrize("attack", [pytest.param(one, id=f"{one.attack_class}-{one.name}") for one in SUITE])
def test_attacks_end_as_they_must(attack: Attack, grade: Grade) -> None:
    result = grade(attack)

    assert judge(attack, result) is Judgement.HELD, f"{result.outcome}: {result.reason}"


OPENS = """
const { test, expect } = require('@playwright/test')

for (const time of [1, 2, 3]) {
  test(`opens ${time}`, async ({ page, context }) => {
    await page.goto('/')
    const opened = context.waitForEvent('page')
    await page.getByRole('button').click()
    expect((await opened).url()).toContain('again')
    await (await opened).reload()
  })
}
"""
SERVER = """
const fs = require('node:fs'), http = require('node:http'), path = require('node:path')
const [root, port] = process.argv.slice(2)
http.createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html')
  answer.end(fs.readFileSync(path.join(root, 'index.html')))
}).listen(Number(port), 'localhost')
"""
TASK = WebTask(
    steps=(WebStep(name="one", specs=("one.spec.js",)),),
    specs=(("one.spec.js", OPENS.encode()),),
    project=(("serve.js", SERVER.encode()),),
    serve=WebCommand(argv=("node", "serve.js", "{root}", "{port}"), wall_s=60.0),
    settings=SpecSettings(test_s=60.0, expect_s=5.0),
)


@pytest.fixture(name="grader", scope="module")
def fixture_grader(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> WebGrader:
    skip_without_images(docker_backend)
    find = FindImages(lambda image: image.name, reference)
    boxes = WebBoxes(docker_backend, reference("web"), find)
    observer = Observer(boxes, ListedTests(tmp_path_factory.mktemp("cache")))
    return WebGrader(boxes, observer, sleep=lambda _: None)


def test_a_page_that_another_opens_has_its_address(grader: WebGrader) -> None:
    page = "<button onclick=\"window.open('/?again')\">more</button>"
    candidates = (Candidate(sample_id="0", code=encode_state({"index.html": page})),)

    (result,) = grader.grade(Batch(instance_id="toy", task=TASK, trust=Trust.OBSERVER, candidates=candidates))

    assert result.outcome is Outcome.PASSED, result.reason
