"""The step *comment*: one comment on a pull request, changed with each run. It runs nothing of the pull request's.

The verdict comes from an artifact, and for a fork's pull request from a run that the fork controls: it is read as data
and written by us. Which pull request it is about is what GitHub says of the run, not what the artifact says.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.action.baseline import unpack
from boxscore.action.finish import comment_text
from boxscore.action.github import GitHub
from boxscore.action.verdict import MOST_BYTES, read_verdict
from boxscore.action.workflow import annotate
from boxscore.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.action.inputs import Inputs, JobPaths
    from boxscore.action.verdict import ActionVerdict

_MOST_EVENT_BYTES = 64 << 20


class _Owner(Struct, frozen=True):
    login: str


class _HeadRepository(Struct, frozen=True):
    owner: _Owner


class _Run(Struct, frozen=True):
    id: int
    head_branch: str
    head_sha: str
    event: str
    head_repository: _HeadRepository


class _Number(Struct, frozen=True):
    number: int


class _Event(Struct, frozen=True):
    pull_request: _Number | None = None
    workflow_run: _Run | None = None


class Target(Struct, frozen=True, kw_only=True):
    """Where the verdict is, and where it is to be said: a run, and a pull request (None: there is none any more)."""

    run_id: int
    number: int | None


def comment(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Write the comment, or change the one that is there. Raises UsageError, InputError and GitHubError."""
    if inputs.comment == "never":
        return 0
    github = GitHub.of_job(environ)
    try:
        target = find_target(github, environ)
        if target.number is None:
            annotate("notice", "no open pull request has this commit any more: nothing is said", title="boxscore")
            return 0
        verdict = _fetched(github, target.run_id, f"{inputs.name}-verdict", paths)
        address = f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{environ['GITHUB_REPOSITORY']}"
        marker = f"<!-- boxscore: {inputs.name} -->"
        text = comment_text(verdict, marker=marker, run_url=f"{address}/actions/runs/{target.run_id}")
        say_once(github, target.number, marker, text)
    finally:
        github.close()
    return 0


def find_target(github: GitHub, environ: Mapping[str, str]) -> Target:
    """Find the run and the pull request of the event. Raises UsageError for an event that has none."""
    event = _event(environ)
    if event.pull_request is not None:
        return Target(run_id=int(environ["GITHUB_RUN_ID"]), number=event.pull_request.number)
    run = event.workflow_run
    if run is None or run.event != "pull_request":
        raise UsageError("the step comment is for pull_request, or for workflow_run after a run of pull_request")
    head = f"{run.head_repository.owner.login}:{run.head_branch}"
    numbers = [one.number for one in github.pull_requests(head) if one.head.sha == run.head_sha]
    return Target(run_id=run.id, number=numbers[0] if numbers else None)


def say_once(github: GitHub, number: int, marker: str, text: str) -> None:
    """Change the comment that begins with a marker, or add it.

    Only one by a bot is taken for ours: whoever may comment could write the marker, and change the verdict afterwards.
    """
    mine = (
        one
        for one in github.comments(number)
        if one.user is not None and one.user.type == "Bot" and (one.body or "").startswith(marker)
    )
    found = next(mine, None)
    if found is None:
        github.add_comment(number, text)
    elif (found.body or "").rstrip() != text.rstrip():
        github.change_comment(found.id, text)


def _event(environ: Mapping[str, str]) -> _Event:
    path = Path(environ.get("GITHUB_EVENT_PATH", ""))
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_EVENT_BYTES), type=_Event)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH {path}: no event of a pull request: {error}") from error


def _fetched(github: GitHub, run_id: int, name: str, paths: JobPaths) -> ActionVerdict:
    """The verdict that a run has uploaded: a small archive with one small file, and nothing else of it is read."""
    artifact = max(github.artifacts(name, run_id=run_id), key=lambda one: one.created_at, default=None)
    if artifact is None:
        raise InputError(f"run {run_id} has no artifact of this name: did the step grade run?", path=name)
    paths.folder.mkdir(parents=True, exist_ok=True)
    archive, folder = paths.folder / "verdict.zip", paths.folder / "said"
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier job, where the machine stays
    github.download_artifact(artifact, archive, most_bytes=2 * MOST_BYTES)
    unpack(archive, folder, most_files=10, most_bytes=2 * MOST_BYTES)
    return read_verdict(folder / paths.verdict_file.name)
