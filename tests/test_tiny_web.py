"""The embedded benchmark `tiny-web`: its files are what they say they are, fit together, and end as they must."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import InputError, Outcome, Result, Sample, SampleKind, WebDetail, WebTask
from boxscore.data.plugin_calls import visible_task
from boxscore.data.plugins import load_harness
from boxscore.images import environments
from boxscore.protocols.details import decode_result
from boxscore.protocols.web.admitted import Refused, admitted
from boxscore.protocols.web.detail import GivenState, content_of, decode_sample
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Backend, Instance

ROOT = folder("instances") / "tiny_web"
PREFIX = "tiny-web/"
HARNESS = load_harness("tiny-web")
KINDS = {"solution": SampleKind.SOLUTION, "answer": SampleKind.ANSWER}
TEST = re.compile(r"^\s*test\('", re.MULTILINE)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ROWS = {row["project"]: row for row in lines_of(ROOT / "instances.jsonl")}
SAMPLES = lines_of(ROOT / "samples.jsonl")


@pytest.fixture(scope="module")
def instances() -> dict[str, Instance]:
    """The instances by name."""
    return {one.instance_id.removeprefix(PREFIX): one for one in HARNESS.load(ROOT / "instances.jsonl")}


def task_of(instance: Instance) -> WebTask:
    """The task of an instance."""
    task = HARNESS.task(instance)
    assert isinstance(task, WebTask)
    return task


def test_the_set_is_mixed(instances: dict[str, Instance]) -> None:
    """There are pages, a project that is built and a server; at least five tasks each, one project with `init`."""
    tasks = {name: task_of(one) for name, one in instances.items()}

    assert {row["served"] for row in ROWS.values()} == {"pages", "vite", "server"}
    assert {name: len(task.steps) for name, task in tasks.items()} == {"larder": 9, "tally": 6, "guestbook": 5}
    assert [name for name, task in tasks.items() if task.build is not None] == ["tally"]
    assert [name for name, task in tasks.items() if task.image is not None] == ["tally"]
    assert tasks["larder"].steps[0].name == "init"
    for task in tasks.values():
        assert {step.level for step in task.steps} == {"easy", "moderate", "challenging"}


@pytest.mark.parametrize("name", ROWS)
def test_each_task_has_specs_a_text_and_a_reference(name: str, instances: dict[str, Instance]) -> None:
    """And nothing lies about that belongs to none."""
    task = task_of(instances[name])
    specs = dict(task.specs)

    assert [step.specs for step in task.steps] == [(f"test/{step.name}.spec.js",) for step in task.steps]
    for step in task.steps:
        assert TEST.search(specs[step.specs[0]].decode())
        assert step.text.endswith(".")
    assert {path.name for path in (ROOT / name / "reference").iterdir()} == {step.name for step in task.steps}
    helpers = {path for path in specs if not path.endswith(".spec.js")}
    assert specs.keys() - helpers == {spec for step in task.steps for spec in step.specs}
    assert len(helpers) == 1


@pytest.mark.parametrize("name", ROWS)
def test_specs_are_of_random_data_and_of_what_is_seen(name: str, instances: dict[str, Instance]) -> None:
    """Values are drawn when a spec runs, and none is read by code in the page; something must not be there."""
    specs = {path: data.decode() for path, data in task_of(instances[name]).specs}
    text = "".join(specs.values())

    assert "Math.random()" in text
    assert "toHaveCount(0)" in text
    assert ".reload()" in text
    assert "browser.newContext()" in text
    assert not re.search(r"\b(evaluate|\$eval|waitForTimeout|addInitScript|innerHTML|isVisible)\b", text)
    assert not re.search(r"test\.(only|skip|fixme|fail|retry)", text)


@pytest.mark.parametrize("name", ROWS)
def test_the_reference_is_what_all_tasks_wrote(name: str, instances: dict[str, Instance]) -> None:
    """Later files stand in the place of earlier ones."""
    task = task_of(instances[name])
    state = decode_sample(task.reference or "")
    assert isinstance(state, GivenState)

    wanted: dict[str, bytes] = {}
    for step in task.steps:
        place = ROOT / name / "reference" / step.name
        wanted |= {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}

    assert {path: content_of(file) for path, file in state.files.items()} == wanted


def test_packages_are_of_a_lock_file_without_a_host(instances: dict[str, Instance]) -> None:
    """The image takes them from whichever registry is set, each by its checksum."""
    files = dict(task_of(instances["tally"]).project)
    wanted, locked = json.loads(files["package.json"]), json.loads(files["package-lock.json"])
    packages = {name: one for name, one in locked["packages"].items() if name}

    assert all("integrity" in one and "resolved" not in one for one in packages.values())
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_agents_see_no_reference(instances: dict[str, Instance]) -> None:
    """What they are told is the verdict on their last attempt."""
    for instance in instances.values():
        visible = visible_task(HARNESS, instance)
        assert isinstance(visible, WebTask)
        assert visible.last_only
        assert visible.reference is None


def test_a_model_is_told_the_tasks(instances: dict[str, Instance]) -> None:
    """All of them, in order, and how to answer."""
    for instance in instances.values():
        (message,) = HARNESS.prompt(instance)
        for step in task_of(instance).steps:
            assert f"{step.name}: {step.text}" in message["content"]


def test_samples_belong_to_instances_and_expect_known_outcomes(instances: dict[str, Instance]) -> None:
    """Each has one text, a name of its own and an outcome; each project has what must and must not pass."""
    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES}) == len(SAMPLES) >= 40
    for row in SAMPLES:
        assert row["instance_id"].removeprefix(PREFIX) in instances
        assert len(KINDS.keys() & row.keys()) == 1
        Outcome(row["expect"])
    for name, instance in instances.items():
        texts = {row["sample_id"]: row for row in SAMPLES if row["instance_id"] == PREFIX + name}
        assert texts["finished"]["solution"] == instance.reference
        assert (texts["gold"]["expect"], texts["empty"]["expect"]) == ("passed", "no_code")
        assert {"wrong", "no_code", "passed"} <= {row["expect"] for row in texts.values()}


def test_samples_that_are_none_are_refused_before_any_box(instances: dict[str, Instance]) -> None:
    """With the outcome that is recorded; all others are let in."""
    refused = set()
    for row in SAMPLES:
        if "solution" in row:
            found = admitted(task_of(instances[row["instance_id"].removeprefix(PREFIX)]), row["solution"])
            if isinstance(found, Refused):
                refused.add(row["sample_id"])
                assert found.outcome == row["expect"], row["sample_id"]

    assert refused == {"empty", "no-attempts", "no-project", "unknown-task", "leads-out"}


def test_a_project_is_taken_out_of_an_answer(instances: dict[str, Instance]) -> None:
    """What is from the first brace to the last; nothing where there is none."""
    (chat,) = [row for row in SAMPLES if "answer" in row]
    name = chat["instance_id"].removeprefix(PREFIX)

    def extracted(text: str) -> str | None:
        sample = Sample(instance_id=PREFIX + name, sample_id="0", text=text, kind=SampleKind.ANSWER)
        return HARNESS.extract(instances[name], sample)

    assert extracted(chat["answer"]) == instances[name].reference
    assert extracted("I would rather not.") is None


def test_rows_that_are_none_are_refused(tmp_path: Path) -> None:
    """A row says where it is wrong."""
    row = ROWS["larder"]
    for wrong in ({"served": "by hand"}, {"extra": 1}, {"project": "nowhere"}):
        (tmp_path / "instances.jsonl").write_text(json.dumps(row | wrong) + "\n")
        with pytest.raises(InputError):
            HARNESS.load(tmp_path / "instances.jsonl")


def graded(samples: Sequence[Sample] | None, backend: Backend, out: Path) -> list[Result]:
    """Grade samples, references if None; skip where the images are not here."""
    if missing := [one.name for one in environments.check(["web", "browser"]) if not one.present]:
        pytest.skip(f"images are not here: boxscore images build {' '.join(missing)}")
    boxscore.grade("tiny-web", samples, backend=backend.name, workers=1, out=out, reuse=False)
    return [decode_result(line) for line in (out / "results.jsonl").read_bytes().splitlines()]


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(3600)
def test_references_pass(docker_backend: Backend, tmp_path: Path) -> None:
    """All tests of all tasks, each reported once."""
    for one in graded(None, docker_backend, tmp_path / "run"):
        assert one.outcome is Outcome.PASSED, one.reason
        assert isinstance(one.detail, WebDetail)
        assert set(one.detail.attempts[-1].tests.values()) == {"PASSED"}


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(10_800)
def test_recorded_samples_end_as_they_must(docker_backend: Backend, tmp_path: Path) -> None:
    """Right, wrong, stopped, broken, crashing and silent ones."""
    samples = [
        Sample(instance_id=row["instance_id"], sample_id=row["sample_id"], text=row[name], kind=kind)
        for row in SAMPLES
        for name, kind in KINDS.items()
        if name in row
    ]

    results = {(one.instance_id, one.sample_id): one for one in graded(samples, docker_backend, tmp_path / "run")}

    found = {(row["instance_id"], row["sample_id"]): row["expect"] for row in SAMPLES}
    assert {key: one.outcome for key, one in results.items() if one.outcome != found[key]} == {}
