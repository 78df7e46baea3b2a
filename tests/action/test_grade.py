"""The steps of a job, run as a runner does: in boxes, with the files and variables that steer a job."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.action.__main__ import main
from boxscore.action.baseline import Baseline
from boxscore.action.grade import judge_run
from boxscore.action.inputs import Inputs, JobPaths
from boxscore.action.verdict import write_verdict
from boxscore.records import Outcome, Result
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_backend")


class Job:
    """A job of a workflow: a workspace, a temporary folder, and what steps have left."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("INPUT_", "GITHUB_"))},
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "BOXSCORE_BACKEND": "local",
            **environ,
        }

    def step(self, name: str, **inputs: str) -> int:
        given = {f"INPUT_{key.upper()}": value for key, value in inputs.items()}
        return main([name], self.environ | given)

    def graded(self, *, baseline: str = "", **inputs: str) -> int:
        """Run the steps of the job that grades; return the exit code that it ends with."""
        assert self.step("baseline", baseline=baseline) == 0
        assert self.step("grade", benchmark="tiny", **inputs) == 0
        return self.step("finish")

    def outputs(self) -> dict[str, str]:
        text = (self.folder / "output").read_text("utf-8")
        return {
            name: value
            for name, _, value in re.findall(r"^([a-z-]+)<<([0-9a-f]{32})\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
        }

    def summary(self) -> str:
        return (self.folder / "summary.md").read_text("utf-8")


def samples(path: Path, wrong: Collection[int] = ()) -> str:
    """Write samples of tiny, right but for those of some instances."""
    lines = [
        {
            "instance_id": one.instance_id,
            "solution": "import no_such_module\n" if number in wrong else f"{one.prompt}{one.reference}",
        }
        for number, one in enumerate(load_benchmark(Request(benchmark="tiny")).every)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


@pytest.fixture(scope="module", name="released")
def fixture_released(tmp_path_factory: pytest.TempPathFactory, local_backend: object) -> Path:
    del local_backend
    folder = tmp_path_factory.mktemp("released")
    job = Job(folder)
    assert job.graded(predictions=samples(folder / "samples.jsonl", wrong={0, 1})) == 0
    return folder / "temp" / "boxscore-action" / "boxscore" / "run"


CASES: Mapping[str, tuple[Collection[int], str, int, int, int]] = {
    "pass": ((), "0.2", 0, 2, 0),
    "fail": (range(18), "0.2", 1, 0, 16),
    "inconclusive": ((2, 3, 4), "0.2", 4, 2, 3),
}


@pytest.mark.parametrize("word", CASES)
def test_verdicts(tmp_path: Path, released: Path, capfd: pytest.CaptureFixture[str], word: str) -> None:
    wrong, margin, code, fixed, broken = CASES[word]
    job = Job(tmp_path)

    found = job.graded(
        baseline=str(released), margin=margin, predictions=samples(tmp_path / "s.jsonl", wrong), on_inconclusive="fail"
    )

    outputs = job.outputs()
    assert (found, outputs["verdict"], outputs["exit-code"]) == (code, word, str(code))
    assert (outputs["fixed"], outputs["broken"], outputs["internal"]) == (str(fixed), str(broken), "0")
    assert float(outputs["low"]) <= float(outputs["score"]) <= float(outputs["high"])
    assert float(outputs["difference-low"]) <= float(outputs["difference"]) <= float(outputs["difference-high"])
    assert float(outputs["smallest-margin"]) > 0
    assert job.summary().startswith(f"## boxscore: {word.upper()} on tiny\n")
    assert (tmp_path / "temp/boxscore-action/boxscore/run/run.json").is_file()
    printed = capfd.readouterr().out
    assert printed.count("::warning title=tiny%3A newly broken::") == min(broken, 9 if broken > 10 else broken)


def judged(job: Job, run: Path, *, baseline: Baseline, **inputs: Any) -> int:
    """Judge a run that is graded already, and finish; return the exit code."""
    paths = JobPaths.of_job(job.environ, "boxscore")
    shutil.copytree(run, paths.run)
    given = Inputs(name="boxscore", benchmark="tiny", **inputs)
    write_verdict(judge_run(given, paths, baseline, 0), paths.verdict_file)
    return job.step("finish")


def test_no_sandbox(tmp_path: Path) -> None:
    job = Job(tmp_path, BOXSCORE_BACKEND="docker", DOCKER_HOST="unix:///nowhere/docker.sock")

    code = job.graded(predictions=samples(tmp_path / "s.jsonl"), fail_under="0.5")

    assert (code, job.outputs()["verdict"]) == (2, "invalid")
    assert "could not be graded" in job.summary()


def test_a_margin_that_is_too_small(tmp_path: Path, released: Path) -> None:
    job = Job(tmp_path)

    code = judged(job, released, baseline=Baseline(note="", run=str(released)), margin=0.01)

    assert code == 2
    assert "allow 0.227" in job.summary()
    assert "allow-underpowered" not in job.summary()
    Job(tmp_path / "no").step("baseline", baseline=str(released))
    unnamed = judged(Job(tmp_path / "no"), released, baseline=Baseline(note="", run=str(released)))
    assert unnamed == 2
    assert "give the input margin" in Job(tmp_path / "no").summary()


@pytest.mark.parametrize(("fail_under", "word"), [(None, "INCONCLUSIVE"), (0.8, "PASS")], ids=["alone", "with a score"])
def test_there_is_no_baseline_yet(tmp_path: Path, released: Path, fail_under: float | None, word: str) -> None:
    job = Job(tmp_path)

    code = judged(
        job,
        released,
        baseline=Baseline(note="no artifact: there is no baseline"),
        margin=0.2,
        fail_under=fail_under,
        on_inconclusive="warn",
    )

    assert code == 0
    assert job.summary().startswith(f"## boxscore: {word} on tiny\n")
    assert "there is no baseline" in job.summary()


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"predictions": "nowhere.jsonl"}, "there are no samples here"),
        ({"model": "openai/gpt-5-mini"}, "in a job of its own"),
        ({"model": "gold", "margin": "0.2", "limit": "zero"}, "input limit"),
        ({"model": "gold", "margin": "0.2"}, "input margin"),
        ({"predictions": '"; touch pwned; "'}, "there are no samples here"),
        ({"predictions": "$(touch pwned)"}, "there are no samples here"),
    ],
)
def test_bad_inputs(tmp_path: Path, capfd: pytest.CaptureFixture[str], inputs: dict[str, str], what: str) -> None:
    job = Job(tmp_path)

    code = job.step("grade", benchmark="tiny", **inputs)

    assert what in "".join(capfd.readouterr())
    assert not list(tmp_path.rglob("pwned"))
    assert code == (2 if "limit" in inputs else 0)
    if code == 0:
        assert (job.outputs()["verdict"], job.outputs()["exit-code"]) == ("invalid", "2")


def test_a_checkout_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "boxscore").mkdir()
    (tmp_path / "boxscore" / "__init__.py").write_text("raise SystemExit('a fork is at work')\n")
    (tmp_path / "msgspec.py").write_text("raise SystemExit('a fork is at work')\n")
    monkeypatch.chdir(tmp_path)
    job = Job(tmp_path / "job")

    assert job.step("sample", benchmark="tiny", model="gold", limit="1") == 0
    assert (job.outputs()["exit-code"], job.outputs()["cost-usd"]) == ("0", "0.0000")
    assert job.step("grade", benchmark="tiny", predictions=job.outputs()["run-dir"], k="1", limit="1") == 0
    assert (job.outputs()["verdict"], job.outputs()["score"]) == ("pass", "1")


def test_a_baseline_that_no_step_looked_for(tmp_path: Path) -> None:
    job = Job(tmp_path / "job")

    assert job.step("grade", benchmark="tiny", model="gold", baseline="accepted", margin="0.3") == 0

    assert (job.outputs()["verdict"], job.outputs()["exit-code"]) == ("invalid", "2")
    assert job.step("finish") == 2
    assert "run the step baseline" in job.summary()


def test_an_invalid_baseline(tmp_path: Path, released: Path) -> None:
    shutil.copytree(released, tmp_path / "broken")
    results = tmp_path / "broken" / "results.jsonl"
    graded = list(read_lines(results, Result))
    lost = [replace(one, outcome=Outcome.INTERNAL) for one in graded[:4]]
    results.write_bytes(b"".join(map(encode_line, [*lost, *graded[4:]])))
    job = Job(tmp_path)

    code = judged(job, released, baseline=Baseline(note="", run=str(tmp_path / "broken")), margin=0.2)

    assert code == 3
    assert job.summary().startswith("## boxscore: INVALID on tiny\n")
