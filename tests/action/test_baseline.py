"""Which runs are taken for a baseline, and which never are."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from boxscore.action import baseline as module
from boxscore.action.baseline import GitHubError, find_baseline
from boxscore.action.inputs import Inputs, JobPaths
from boxscore.errors import UsageError
from tests.compare.runs import write_run

NAME, TOKEN = "accepted", "job-token"
REPOSITORY_ID, FORK_ID = 1, 2

# `gh` as far as it is asked: GETs of the API with a query of jq, and downloads of artifacts.
GH = f"""#!{sys.executable}
import json, os, pathlib, shutil, sys
place = pathlib.Path(__file__).parent
state = json.loads((place / "state.json").read_text())
asked = sys.argv[1:]
with (place / "asked").open("a") as log:
    log.write(" ".join(asked) + "\\n")
if os.environ["GH_TOKEN"] != {TOKEN!r} or os.environ["GH_HOST"] != "github.com":
    sys.exit("HTTP 401: Bad credentials")
if (place / "asked").read_text().count("\\n") <= state["busy"]:
    sys.exit("HTTP 503: Service Unavailable")
if asked[0] == "api":
    path = asked[-1].removeprefix("repos/owner/models")
    if path == "":
        found = [{{"id": {REPOSITORY_ID}, "default_branch": "main"}}]
    elif path.startswith("/actions/artifacts"):
        assert asked[1:4] == ["--paginate", "--jq", ".artifacts[]"], asked
        found = state["artifacts"]
    else:
        found = [state["runs"][path.rpartition("/")[2]]]
    print("\\n".join(map(json.dumps, found)))
else:
    assert asked[:2] == ["run", "download"], asked
    options = dict(one[2:].split("=", 1) for one in asked[3:])
    assert (options["repo"], options["name"]) == ("owner/models", {NAME!r})
    shutil.copytree(place / "artifacts" / asked[2], options["dir"])
"""


class FakeGitHub:
    """What the repository has, as a `gh` in a folder of its own knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: dict[str, Any] = {"artifacts": [], "runs": {}, "busy": 0}
        folder.mkdir()
        (folder / "gh").write_text(GH)
        (folder / "gh").chmod(0o755)

    def add(self, run_id: int, *, event: str = "push", conclusion: str | None = "success", **changed: Any) -> None:
        """Add a run with an artifact that holds a run directory."""
        write_run(self.folder / "artifacts" / str(run_id) / "bench", "+ - +")
        self.state["runs"][run_id] = {"id": run_id, "event": event, "conclusion": conclusion}
        own = {"id": run_id, "repository_id": REPOSITORY_ID, "head_repository_id": REPOSITORY_ID, "head_branch": "main"}
        artifact = {"name": NAME, "expired": False, "created_at": f"2026-11-0{run_id}T00:00:00Z"}
        given = {key: value for key, value in changed.items() if key in own}
        artifact |= {key: value for key, value in changed.items() if key not in own}
        self.state["artifacts"].append({**artifact, "workflow_run": own | given})

    def baseline(self, given: str = f"artifact:{NAME}", *, token: str = TOKEN) -> module.Baseline:
        (self.folder / "state.json").write_text(json.dumps(self.state))
        environ = {"GITHUB_REPOSITORY": "owner/models", "GITHUB_TOKEN": token, "PATH": str(self.folder)}
        return find_baseline(Inputs(name="boxscore", baseline=given), JobPaths(self.folder / "use"), environ)


@pytest.fixture(name="github")
def fixture_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    return FakeGitHub(tmp_path / "bin")


def test_the_newest_good_run_of_the_default_branch(github: FakeGitHub) -> None:
    for day in range(1, 8):
        github.add(day, conclusion="success" if day < 7 else "failure")

    found = github.baseline()

    assert "run 6 (2026-11-06T00:00:00Z)" in found.note
    assert (Path(found.run) / "run.json").is_file()


@pytest.mark.parametrize(
    "changed",
    [
        {"head_branch": "feature"},
        {"event": "pull_request", "head_repository_id": FORK_ID},
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"event": "workflow_run"},
        {"conclusion": "failure"},
        {"conclusion": None},
        {"expired": True},
        {"name": "another"},
    ],
)
def test_what_others_have_uploaded_is_none(github: FakeGitHub, changed: dict[str, Any]) -> None:
    github.add(1, **changed)

    found = github.baseline()

    assert found.run == ""
    assert "there is no baseline" in found.note


def test_a_busy_github_is_asked_again(github: FakeGitHub) -> None:
    github.add(1)
    github.state["busy"] = 3
    assert github.baseline().run

    github.state["busy"] = 100
    with pytest.raises(GitHubError, match="HTTP 503"):
        github.baseline()
    with pytest.raises(GitHubError, match="HTTP 401"):
        github.baseline(token="another")


def test_an_artifact_without_a_run(github: FakeGitHub) -> None:
    github.add(1)
    shutil.rmtree(github.folder / "artifacts" / "1" / "bench")

    with pytest.raises(GitHubError, match="holds no run directory"):
        github.baseline()


def test_without_gh(github: FakeGitHub) -> None:
    (github.folder / "gh").unlink()

    with pytest.raises(UsageError, match="needs GitHub's command line"):
        github.baseline()
