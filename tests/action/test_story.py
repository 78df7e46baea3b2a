"""A model is released: it is sampled, graded, judged by the last good run, and the pull request is told."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.action.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tests.action.github_server import FakeGitHub

pytestmark = pytest.mark.usefixtures("local_backend")


def answers(path: Path, benchmark: str, wrong: Collection[int]) -> str:
    """Record what a model says, by the references, but for instances of these numbers."""
    lines = [
        {
            "task_id": one.instance_id,
            "solution": "nothing = None\n" if number in wrong else f"{one.prompt}{one.reference}",
        }
        for number, one in enumerate(load_benchmark(Request(benchmark=benchmark)).every)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return f"replay:{path}"


def unpacked(github: FakeGitHub, name: str, run_id: int, folder: Path) -> str:
    (found,) = [one for one in github.artifacts if (one["name"], one["workflow_run"]["id"]) == (name, run_id)]
    zipfile.ZipFile(io.BytesIO(github.archives[f"a{found['id']}"])).extractall(folder)
    return str(folder)


def judged(  # noqa: PLR0913 - the parts of a workflow
    folder: Path, github: FakeGitHub, *, run_id: int, model: str, benchmark: str, key: str = "", **inputs: str
) -> Runner:
    """Run the two jobs of a workflow: one that samples, with the key, and one that grades."""
    github.add_run(run_id, event="push" if run_id == 1 else "pull_request", conclusion=None)
    branch = "main" if run_id == 1 else "patch-1"
    event = "push" if run_id == 1 else "pull_request"
    sampling = Runner(folder / "sample", github, run_id=run_id, branch=branch, event=event)
    asked = {"step": "sample", "benchmark": benchmark, "model": model}
    assert sampling.uses(asked, OPENAI_API_KEY=key, BOXSCORE_BACKEND="local") == 0
    assert sampling.uploaded == ["boxscore-samples"]
    grading = Runner(folder / "grade", github, run_id=run_id, branch=branch, event=event)
    unpacked(github, "boxscore-samples", run_id, grading.workspace / "samples")
    given = {
        "benchmark": benchmark,
        "predictions": "samples",
        **{name.replace("_", "-"): v for name, v in inputs.items()},
    }
    code = grading.uses(given, BOXSCORE_BACKEND="local")
    github.runs[run_id]["conclusion"] = "failure" if code else "success"
    return grading


def told(tmp_path: Path, github: FakeGitHub, run_id: int) -> str:
    """Run the job that comments, in a workflow of its own; return the comment."""
    github.pulls = [{"number": 12, "head": {"sha": "abc"}, "from": "guest:patch-1"}]
    head = {"head_branch": "patch-1", "head_sha": "abc", "head_repository": {"owner": {"login": "guest"}}}
    payload = {"workflow_run": {"id": run_id, "event": "pull_request", **head}}
    job = Runner(tmp_path / "comment", github, run_id=99, event="workflow_run", payload=payload)
    assert job.uses({"step": "comment"}) == 0
    (comment,) = github.comments
    assert comment["number"] == 12
    return str(comment["body"])


def test_the_wiring(tmp_path: Path, github: FakeGitHub) -> None:
    model = answers(tmp_path / "model.jsonl", "tiny", ())

    job = judged(
        tmp_path,
        github,
        run_id=1,
        model=model,
        benchmark="tiny",
        fail_under="1",
        k="1",
        save_baseline="accepted",
        limit="18",
    )

    assert job.uploaded == ["boxscore", "boxscore-verdict", "accepted"]
    known = {name: value for name, value in job.outputs.items() if value}
    assert (known["verdict"], known["score"], known["exit-code"], known["cost-usd"]) == ("pass", "1", "0", "0.0000")
    assert sorted(set(job.outputs) - set(known)) == [
        "difference",
        "difference-high",
        "difference-low",
        "smallest-margin",
    ]
    assert job.log.count("::stop-commands::") == 2
    assert "::notice title=boxscore%3A PASS on tiny::" in job.log


@pytest.mark.slow
def test_a_release(tmp_path: Path, github: FakeGitHub) -> None:
    benchmark, margin, changed = "tiny", "0.2", (1, 14)
    old = answers(tmp_path / "models" / "old.jsonl", benchmark, (0, 1))
    new = answers(tmp_path / "models" / "new.jsonl", benchmark, (1, *range(4, 18)))
    first = judged(
        tmp_path / "1", github, run_id=1, model=old, benchmark=benchmark, fail_under="0.5", save_baseline="accepted"
    )
    assert (first.outputs["verdict"], first.uploaded) == ("pass", ["boxscore", "boxscore-verdict", "accepted"])

    second = judged(
        tmp_path / "2",
        github,
        run_id=2,
        model=new,
        benchmark=benchmark,
        key="sk-of-nobody",
        baseline="artifact:accepted",
        margin=margin,
        save_baseline="accepted",
    )
    comment = told(tmp_path, github, 2)

    assert (second.outputs["verdict"], second.outputs["exit-code"]) == ("fail", "1")
    assert second.uploaded == ["boxscore", "boxscore-verdict"]
    assert (int(second.outputs["fixed"]), int(second.outputs["broken"])) == changed
    assert second.outputs["artifact-url"].startswith("https://github.com/owner/models/actions/runs/2/")
    for text in (comment, second.summary()):
        assert f"## boxscore: FAIL on {benchmark}" in text
        assert f"broke {changed[1]} instances" in text
        assert "baseline: artifact 'accepted' of run 1" in text
    assert "sk-of-nobody" not in comment + second.log + second.summary()
