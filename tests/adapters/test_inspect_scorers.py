"""Inspect's scorers, in evaluations that Inspect itself runs on recorded answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.adapters.engine import configure, configure_from_environment
from boxscore.data.plugins import load_harness
from boxscore.records import Outcome
from boxscore.resources import folder
from tests.fake_graders import FakeSyncGrader
from tests.tiny_patches import samples_of

inspect_ai = pytest.importorskip("inspect_ai", reason="the extra `inspect` is not installed")

from inspect_ai import Task  # noqa: E402 - after the look whether it is there
from inspect_ai import eval as run_eval  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.model import ModelOutput  # noqa: E402
from inspect_ai.solver import Generate, TaskState, solver  # noqa: E402
from inspect_ai.util import SandboxEnvironmentSpec, sandbox  # noqa: E402

from boxscore.adapters.inspect import (  # noqa: E402
    BoxscoreConfig,
    BoxscoreSandbox,
    boxscore_function,
    boxscore_patch,
    boxscore_tests,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend

pytestmark = pytest.mark.filterwarnings("default")  # Inspect's own

RIGHT = "```python\ndef double(x):\n    return 2 * x\n```"
WRONG = "```python\ndef double(x):\n    return x\n```"
FORGED = "```python\nimport os\nos._exit(0)\ndef double(x):\n    return 0\n```"
TESTS = "assert double(2) == 4\nassert double(-1) == -2"
ROMAN, RINGLET = "tiny/roman-numeral", "tiny-patches/ringlet"


@pytest.fixture(autouse=True)
def fixture_engine() -> Iterator[None]:
    yield
    configure_from_environment()


@solver
def recorded(answers: list[str]) -> Any:
    """Give recorded answers, each to the sample that says its place, in place of a model's."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output = ModelOutput.from_content("recorded", answers[state.metadata["place"]])
        return state

    return solve


def _in_order(samples: list[Any]) -> list[Any]:
    return sorted(samples, key=lambda one: one.metadata.get("place", 0))


def scores(task: Task, folder: Path) -> list[Any]:
    """Evaluate and give the scores in the samples' order, and at last the accuracy."""
    logs = run_eval(
        task, model="mockllm/model", log_dir=str(folder), display="none", max_samples=1, score_display=False
    )
    assert logs[0].status == "success", logs[0].error
    found = [next(iter((sample.scores or {}).values())) for sample in _in_order(logs[0].samples or [])]
    assert logs[0].results is not None
    return [*found, logs[0].results.scores[0].metrics["accuracy"].value]


def test_tests_of_the_sample(local_backend: Backend, tmp_path: Path) -> None:
    configure(backend="local", workers=1)
    data = [
        Sample(input="?", target=TESTS, metadata={"place": 0}),
        Sample(input="?", metadata={"place": 1, "tests": TESTS}),
        Sample(input="?", target=TESTS, metadata={"place": 2}),
    ]
    task = Task(dataset=data, solver=recorded([RIGHT, WRONG, FORGED]), scorer=boxscore_tests())
    right, wrong, forged, accuracy = scores(task, tmp_path)

    assert (right.value, wrong.value, forged.value) == ("C", "I", "I")
    assert right.metadata["trust"] == "oracle"
    assert "return 2 * x" in right.answer
    assert accuracy == pytest.approx(1 / 3)


def test_trouble_of_ours_is_unscored(tmp_path: Path) -> None:
    configure(grader=FakeSyncGrader(lambda call: Outcome.PASSED if "2 * x" in call.code else Outcome.INTERNAL))
    data = [Sample(input="?", target=TESTS, metadata={"place": place}) for place in range(2)]
    task = Task(dataset=data, solver=recorded([RIGHT, WRONG]), scorer=boxscore_tests())
    passed, trouble, accuracy = scores(task, tmp_path)

    assert passed.value == "C"
    assert math.isnan(trouble.value)
    assert trouble.reason == "scoring_failed"
    assert accuracy == 1.0


def test_a_benchmark_of_functions(local_backend: Backend, tmp_path: Path) -> None:
    data = [
        Sample(id=ROMAN, input="?", metadata={"place": 0}),
        Sample(input="?", metadata={"place": 1, "instance_id": ROMAN}),
    ]
    path = folder("instances") / "tiny" / "instances.jsonl"
    gold = next(one.reference for one in load_harness("tiny").load(path) if one.instance_id == ROMAN)
    answers = [f"```python\n{gold}\n```", "I do not know."]
    task = Task(dataset=data, solver=recorded(answers), scorer=boxscore_function("tiny", backend="local"))
    right, wrong, accuracy = scores(task, tmp_path)

    assert (right.value, wrong.value, accuracy) == ("C", "I", 0.5)


@solver
def mending(patch: str) -> Any:
    """Apply a patch in the sample's sandbox: what an agent does, in one step."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await sandbox().write_file("/tmp/fix.diff", patch)
        done = await sandbox().exec(["git", "apply", "/tmp/fix.diff"])
        assert done.success, done.stderr
        return state

    return solve


@pytest.mark.slow
@pytest.mark.docker
def test_an_agent_in_its_sandbox(docker_backend: Backend, tmp_path: Path) -> None:
    config = BoxscoreConfig(benchmark="tiny-patches", backend="docker")
    spec = SandboxEnvironmentSpec("boxscore", config)
    data = [Sample(input="?", metadata={"instance_id": RINGLET}, sandbox=spec)]
    task = Task(
        dataset=data,
        solver=mending(samples_of("ringlet")["gold"]["solution"]),
        scorer=boxscore_patch("tiny-patches", tree=".", backend="docker"),
    )

    score, accuracy = scores(task, tmp_path)

    assert (score.value, accuracy) == ("C", 1.0), score.explanation


@solver
def ending_the_box() -> Any:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await sandbox().as_type(BoxscoreSandbox)._box.close()
        return state

    return solve


def test_a_patch_that_cannot_be_had(local_backend: Backend, tmp_path: Path) -> None:
    spec = SandboxEnvironmentSpec("boxscore", BoxscoreConfig(backend="local"))
    data = [Sample(id=RINGLET, input="?", sandbox=spec, metadata={"place": 0})]
    scorer = boxscore_patch("tiny-patches", tree="/nowhere")

    (none, _) = scores(Task(dataset=data, solver=recorded(["done"]), scorer=scorer), tmp_path)
    (gone, _) = scores(Task(dataset=data, solver=ending_the_box(), scorer=scorer), tmp_path)

    assert (none.value, "/nowhere" in none.explanation) == ("I", True)
    assert math.isnan(gone.value)
    assert gone.reason == "scoring_failed"
