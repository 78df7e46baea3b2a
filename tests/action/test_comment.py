"""One comment on a pull request, by what GitHub says of the run and nothing that the run says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.action.__main__ import main
from boxscore.score.noninferiority import Verdict
from tests.action.github_server import BOT, FORK_ID, FakeGitHub, zipped
from tests.action.verdicts import hostile, verdict

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.action.verdict import ActionVerdict

MARKER = "<!-- boxscore: boxscore -->"


def said(tmp_path: Path, github: FakeGitHub, event: dict[str, Any], **inputs: str) -> int:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    environ = github.environ(GITHUB_EVENT_PATH=str(path), RUNNER_TEMP=str(tmp_path / "temp"), **inputs)
    return main(["comment"], environ)


def upload(github: FakeGitHub, one: ActionVerdict, *, run_id: int = 77, head: int = 1, **more: Any) -> None:
    data = zipped({"verdict.json": msgspec.json.encode(one)})
    github.add_artifact("boxscore-verdict", data, run_id=run_id, head=head, branch="patch-1", **more)


def test_a_pull_request(tmp_path: Path, github: FakeGitHub) -> None:
    event = {"pull_request": {"number": 7}}
    upload(github, verdict(count=3))
    assert said(tmp_path, github, event) == 0
    upload(github, verdict(Verdict.PASS), created="2026-11-02T00:00:00Z")

    assert said(tmp_path, github, event) == 0

    (comment,) = github.comments
    assert comment["number"] == 7
    assert comment["body"].startswith(f"{MARKER}\n## boxscore: PASS on humaneval")
    assert "[run and artifacts](https://github.com/owner/models/actions/runs/77)" in comment["body"]


def test_a_fork(tmp_path: Path, github: FakeGitHub) -> None:
    upload(github, verdict(count=1), run_id=5, head=FORK_ID)
    github.pulls = [
        {"number": 3, "head": {"sha": "old"}, "from": "guest:patch-1"},
        {"number": 4, "head": {"sha": "new"}, "from": "guest:patch-1"},
        {"number": 9, "head": {"sha": "new"}, "from": "other:patch-1"},
    ]
    run = {
        "id": 5,
        "event": "pull_request",
        "head_branch": "patch-1",
        "head_sha": "new",
        "head_repository": {"owner": {"login": "guest"}},
        "pull_requests": [],
    }

    assert said(tmp_path, github, {"workflow_run": run}) == 0

    assert [one["number"] for one in github.comments] == [4]
    assert "actions/runs/5" in github.comments[0]["body"]
    assert said(tmp_path, github, {"workflow_run": run | {"head_sha": "gone"}}) == 0
    assert len(github.comments) == 1


def test_a_verdict_out_for_harm(tmp_path: Path, github: FakeGitHub) -> None:
    upload(github, hostile())

    assert said(tmp_path, github, {"pull_request": {"number": 7}}) == 0

    body = github.comments[0]["body"]
    assert len(body.encode()) <= 65_536
    assert "<" not in body.removeprefix(MARKER).replace("\\<", "")


@pytest.mark.parametrize(
    "files",
    [
        {"verdict.json": b"{}"},
        {"comment.md": b"# I am a comment"},
        {"../verdict.json": b"x"},
        {f"f{n}": b"" for n in range(20)},
        {"verdict.json": b" " * (20 << 20)},
    ],
)
def test_archives_out_for_harm(
    tmp_path: Path, github: FakeGitHub, files: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    github.add_artifact("boxscore-verdict", zipped(files), run_id=77)

    assert said(tmp_path, github, {"pull_request": {"number": 7}}) == 2
    assert github.comments == []
    assert capsys.readouterr().out.startswith("::error title=boxscore comment::")


def test_somebody_elses_marker(tmp_path: Path, github: FakeGitHub) -> None:
    github.page = 2
    upload(github, verdict())
    people = {"login": "mallory", "type": "User"}
    github.comments = [{"id": n, "number": 7, "user": people, "body": f"{MARKER}\nPASS"} for n in range(1, 6)]
    github.comments.append({"id": 6, "number": 7, "user": BOT, "body": f"{MARKER}\nold"})

    assert said(tmp_path, github, {"pull_request": {"number": 7}}) == 0

    assert [one["body"] for one in github.comments[:5]] == [f"{MARKER}\nPASS"] * 5
    assert "FAIL" in github.comments[5]["body"]
    assert len(github.comments) == 6


def test_where_there_is_nothing_to_say(tmp_path: Path, github: FakeGitHub) -> None:
    assert said(tmp_path, github, {"pull_request": {"number": 7}}, INPUT_COMMENT="never") == 0
    assert said(tmp_path, github, {"ref": "refs/heads/main"}) == 2
    assert said(tmp_path, github, {"pull_request": {"number": 7}}) == 2
    assert github.comments == []
