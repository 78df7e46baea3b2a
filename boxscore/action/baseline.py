"""Finds the run that a new one is judged by: in a folder, or in an artifact of the default branch, by `gh`.

An artifact counts only if its run succeeded on the repository's own default branch, and was begun by somebody who may
write there: a fork's pull request can upload artifacts of any name, from a branch of any name.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from boxscore.action.inputs import ARTIFACT
from boxscore.errors import DataError, InputError, UsageError
from boxscore.run.store import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    from boxscore.action.inputs import Inputs, JobPaths

    Value = TypeVar("Value")

_TRUSTED = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch", "release"})
_LOOKED_AT = 30  # runs, of the newest artifacts
_DEPTH = 3  # of run directories in what was given
_WALL_S = 600.0  # of one call of `gh`
PAUSE_S = 1.0  # before it is called again, twice as long each time


class GitHubError(DataError):
    """GitHub refuses, or does not answer as it should."""


class Repository(Struct, frozen=True):
    """A repository."""

    id: int
    default_branch: str


class ArtifactRun(Struct, frozen=True):
    """The run that an artifact is of."""

    id: int
    repository_id: int
    head_repository_id: int
    head_branch: str | None = None


class Artifact(Struct, frozen=True):
    """An artifact of a workflow's run."""

    name: str
    expired: bool
    created_at: str
    workflow_run: ArtifactRun | None = None


class WorkflowRun(Struct, frozen=True):
    """A workflow's run."""

    id: int
    event: str
    conclusion: str | None = None


class Baseline(Struct, frozen=True, kw_only=True):
    """The run directory that was found. `note` says where it is from, or why there is none."""

    note: str
    asked: bool = True
    run: str = ""


def find_baseline(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> Baseline:
    """Find the baseline that is asked for. Raises UsageError, InputError and GitHubError."""
    if not inputs.baseline:
        return Baseline(note="", asked=False)
    shutil.rmtree(paths.baseline, ignore_errors=True)
    paths.folder.mkdir(parents=True, exist_ok=True)
    if inputs.baseline.startswith(ARTIFACT):
        return _of_artifact(GitHub(environ), inputs.baseline.removeprefix(ARTIFACT), paths)
    folder = Path(inputs.baseline)
    run = run_below(folder)
    if not run:
        raise UsageError(f"input baseline: {folder} is no run directory, and none is in it")
    return Baseline(note=f"baseline: {folder}", run=run)


def run_below(folder: Path) -> str:
    """The run directory that a folder is, or that is in it; empty if there is none. Raises InputError for several."""
    for depth in range(_DEPTH):
        pattern = "/".join([*(["*"] * depth), RECORD])
        found = [one.parent for one in folder.glob(pattern) if one.is_file() and not one.is_symlink()]
        if len(found) > 1:
            raise InputError("holds several runs: name the one to compare with", path=folder)
        if found:
            return str(found[0])
    return ""


class GitHub:
    """The repository whose workflow runs, asked by `gh` with the token of the job."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Raise UsageError outside of a workflow."""
        self.repository = environ.get("GITHUB_REPOSITORY", "")
        if not self.repository:
            raise UsageError("input baseline: GITHUB_REPOSITORY is not set: this is no job of a workflow")
        host = urlsplit(environ.get("GITHUB_SERVER_URL", "https://github.com")).netloc
        variable = "GH_TOKEN" if host.endswith(("github.com", "ghe.com")) else "GH_ENTERPRISE_TOKEN"
        own = {"GH_HOST": host, variable: environ.get("GITHUB_TOKEN", ""), "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"}
        self._environ = {**environ, **own}

    def api(self, path: str, kind: type[Value], *, query: str = ".", every: bool = False) -> list[Value]:
        """What a GET answers, picked by a `query` of jq; of all pages of a list with `every`."""
        pages = ["--paginate"] if every else []
        printed = self.gh("api", *pages, "--jq", query, f"repos/{self.repository}{path}")
        try:
            return msgspec.json.Decoder(kind).decode_lines(printed)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GitHubError(f"{path or 'the repository'}: GitHub answers what it should not: {error}") from error

    def gh(self, *arguments: str) -> bytes:
        """Run `gh`, a few times where GitHub does not answer, and return what it prints."""
        tries = Retrying(
            retry=retry_if_exception_type(GitHubError),
            stop=stop_after_attempt(4),
            wait=wait_exponential(multiplier=PAUSE_S, max=30),
            reraise=True,
        )
        return tries(self._gh, arguments)

    def _gh(self, arguments: tuple[str, ...]) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - by no shell
                ["gh", *arguments],  # noqa: S607 - where the runner has it
                env=self._environ,
                capture_output=True,
                check=False,
                timeout=_WALL_S,
            )
        except FileNotFoundError as error:
            raise UsageError("input baseline: an artifact needs GitHub's command line, gh, on this runner") from error
        except subprocess.TimeoutExpired as error:
            raise GitHubError(f"gh {arguments[0]}: no answer within {_WALL_S:.0f} s") from error
        if done.returncode != 0:
            said = " ".join(done.stderr[-500:].decode(errors="replace").split())
            raise GitHubError(f"gh {arguments[0]} ended with {done.returncode}: {said}")
        return done.stdout


def _of_artifact(github: GitHub, name: str, paths: JobPaths) -> Baseline:
    (repository,) = github.api("", Repository)
    found = newest_good(github, repository, name)
    if found is None:
        where = f"a successful run on {repository.default_branch!r}"
        return Baseline(note=f"no artifact {name!r} of {where} is kept: there is no baseline")
    artifact, run = found
    note = f"baseline: artifact {name!r} of run {run.id} ({artifact.created_at})"
    place = f"--dir={paths.baseline}"
    github.gh("run", "download", str(run.id), f"--repo={github.repository}", f"--name={name}", place)
    folder = run_below(paths.baseline)
    if not folder:
        raise GitHubError(f"{note} holds no run directory")
    return Baseline(note=note, run=folder)


def newest_good(github: GitHub, repository: Repository, name: str) -> tuple[Artifact, WorkflowRun] | None:
    """The newest artifact of this name that a successful run of the default branch has made, and that run."""
    asked = f"/actions/artifacts?per_page=100&name={quote(name, safe='')}"
    mine = [
        (artifact.created_at, artifact, run.id)
        for artifact in github.api(asked, Artifact, query=".artifacts[]", every=True)
        if artifact.name == name
        and not artifact.expired
        and (run := artifact.workflow_run) is not None
        and run.head_branch == repository.default_branch
        and run.repository_id == run.head_repository_id == repository.id
    ]
    mine.sort(key=lambda one: one[0], reverse=True)
    for _, artifact, run_id in mine[:_LOOKED_AT]:
        (made_by,) = github.api(f"/actions/runs/{run_id}", WorkflowRun)
        if made_by.conclusion == "success" and made_by.event in _TRUSTED:
            return artifact, made_by
    return None


def write_baseline(baseline: Baseline, paths: JobPaths) -> None:
    """Leave what was found for the step that judges."""
    paths.folder.mkdir(parents=True, exist_ok=True)
    paths.baseline_note.write_bytes(msgspec.json.encode(baseline))


def read_baseline(paths: JobPaths) -> Baseline:
    """What the step before has found; nothing where there was none."""
    if not paths.baseline_note.is_file():
        return Baseline(note="", asked=False)
    return msgspec.json.decode(paths.baseline_note.read_bytes(), type=Baseline)
