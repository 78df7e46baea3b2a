"""Web projects in real boxes: walks, and the attack suite, of which honest ones pass and no cheat does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import Batch, Candidate, Outcome, Result, Trust, WebDetail, WebTask
from boxscore.attack.report import Judgement, judge
from boxscore.data.plugins import load_harness
from boxscore.images import environments
from boxscore.images.instances import ensure_instance_images
from boxscore.images.recipes import reference
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.contract import Opening
from boxscore.protocols.web.boxes import FindImages, WebBoxes
from boxscore.protocols.web.detail import encode_attempts, encode_state
from boxscore.protocols.web.grader import WebGrader
from boxscore.protocols.web.observer import ListedTests, Observer
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep
from boxscore.records import Limits
from boxscore.resources import folder
from tests.protocols.web.images import skip_without_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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


SPEC = """
const {{ test, expect }} = require('@playwright/test')

test('says {word}', async ({{ page }}) => {{
  await page.goto('/')
  await expect(page.locator('body')).toContainText('{word}')
}})
"""
SERVER = """
const fs = require('node:fs'), http = require('node:http'), path = require('node:path')
const [root, port] = process.argv.slice(2)
http.createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html')
  answer.end(fs.readFileSync(path.join(root, 'index.html')))
}).listen(Number(port), 'localhost')
"""
STATIC = WebCommand(argv=("node", "serve.js", "{root}", "{port}"), wall_s=60.0)
TASK = WebTask(
    steps=tuple(WebStep(name=name, specs=(f"test/{name}.spec.js",)) for name in ("one", "two")),
    specs=tuple((f"test/{name}.spec.js", SPEC.format(word=name).encode()) for name in ("one", "two")),
    project=(("serve.js", SERVER.encode()),),
    serve=STATIC,
    settings=SpecSettings(test_s=60.0, expect_s=5.0),
    limits=Limits(cpu_s=60.0, wall_s=300.0, memory_bytes=512 << 20, processes=64, disk_bytes=32 << 20),
)


@pytest.fixture(name="grader", scope="module")
def fixture_grader(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> WebGrader:
    skip_without_images(docker_backend)
    find = FindImages(lambda image: image.name, reference)
    boxes = WebBoxes(docker_backend, reference("web"), find)
    observer = Observer(boxes, ListedTests(tmp_path_factory.mktemp("cache")))
    return WebGrader(boxes, observer, sleep=lambda _: None)


def graded(grader: WebGrader, code: str, task: WebTask) -> Result:
    candidates = (Candidate(sample_id="0", code=code),)
    (result,) = grader.grade(Batch(instance_id="toy", task=task, trust=Trust.OBSERVER, candidates=candidates))
    return result


def test_a_walk_with_a_second_attempt(grader: WebGrader) -> None:
    attempts: list[tuple[str, Mapping[str, str | bytes]]] = [
        ("one", {"index.html": "<body>nothing</body>"}),
        ("one", {"index.html": "<body>one</body>"}),
        ("two", {"index.html": "<body>one two</body>"}),
    ]
    result = graded(grader, encode_attempts(attempts), TASK)
    assert isinstance(result.detail, WebDetail)
    assert [one.outcome for one in result.detail.attempts] == [Outcome.WRONG, Outcome.PASSED, Outcome.PASSED]
    assert (result.outcome, result.attempts) == (Outcome.PASSED, 1)
    assert "one" in result.detail.attempts[0].log
    assert result.detail.attempts[0].screenshot[:2] == b"\xff\xd8"


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


def test_a_page_that_another_opens_has_its_address(grader: WebGrader) -> None:
    task = replace(TASK, steps=(WebStep(name="one", specs=("one.spec.js",)),), specs=(("one.spec.js", OPENS.encode()),))
    page = "<button onclick=\"window.open('/?again')\">more</button>"

    result = graded(grader, encode_state({"index.html": page}), task)

    assert result.outcome is Outcome.PASSED, result.reason
