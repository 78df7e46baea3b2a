"""What the action asks of GitHub's REST API: artifacts, runs, pull requests and comments."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec
import requests
from msgspec import Struct
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from boxscore.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import TypeVar

    Value = TypeVar("Value")

API_URL = "https://api.github.com"
TIMEOUT_S = 30.0  # of a server that says nothing
MOST_JSON_BYTES = 16 << 20
MOST_ARCHIVE_BYTES = 1 << 30
MOST_PAGES = 20  # of a hundred each
_CHUNK_BYTES = 1 << 18
_BUSY = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = 3  # of an archive, which lies elsewhere


class GitHubError(DataError):
    """GitHub refuses, or does not answer as it should; `status` is None where it gave no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Repository(Struct, frozen=True):
    """A repository."""

    id: int
    default_branch: str = ""


class ArtifactRun(Struct, frozen=True):
    """The run that an artifact is of."""

    id: int
    repository_id: int
    head_repository_id: int
    head_branch: str | None = None


class Artifact(Struct, frozen=True):
    """An artifact of a workflow's run."""

    id: int
    name: str
    expired: bool
    created_at: str
    workflow_run: ArtifactRun | None = None
    digest: str | None = None


class WorkflowRun(Struct, frozen=True):
    """A workflow's run."""

    id: int
    event: str
    conclusion: str | None = None


class Head(Struct, frozen=True):
    """The commit that a pull request asks to be taken."""

    sha: str


class PullRequest(Struct, frozen=True):
    """A pull request."""

    number: int
    head: Head


class User(Struct, frozen=True):
    """Who wrote something."""

    login: str
    type: str = ""


class Comment(Struct, frozen=True):
    """A comment on a pull request."""

    id: int
    user: User | None = None
    body: str | None = None


class _Artifacts(Struct, frozen=True):
    artifacts: tuple[Artifact, ...]


class GitHub:
    """The API of one repository, by the token of a job."""

    def __init__(self, *, repository: str, token: str, api_url: str = API_URL, pause_s: float = 1.0) -> None:
        self._root = f"{api_url.rstrip('/')}/repos/{quote(repository)}"
        self._pause_s = pause_s
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/vnd.github+json"
        self._session.headers["X-GitHub-Api-Version"] = "2022-11-28"
        self._session.max_redirects = _REDIRECTS
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of_job(cls, environ: Mapping[str, str]) -> GitHub:
        """The API of the repository whose workflow runs. Raises GitHubError outside of one."""
        repository = environ.get("GITHUB_REPOSITORY", "")
        if not repository:
            raise GitHubError("GITHUB_REPOSITORY is not set: this is no job of a workflow")
        token = environ.get("GITHUB_TOKEN", "")
        return cls(repository=repository, token=token, api_url=environ.get("GITHUB_API_URL") or API_URL)

    def close(self) -> None:
        """Close what connections there are."""
        self._session.close()

    def repository(self) -> Repository:
        """The repository itself."""
        return self._get("", Repository)

    def artifacts(self, name: str, *, run_id: int | None = None) -> Iterator[Artifact]:
        """Yield artifacts of this name, of one run or of all, newest first."""
        path = "/actions/artifacts" if run_id is None else f"/actions/runs/{run_id}/artifacts"
        for page in self._pages(path, _Artifacts, {"name": name}):
            yield from (one for one in page.artifacts if one.name == name and not one.expired)

    def run(self, run_id: int) -> WorkflowRun:
        """A workflow's run."""
        return self._get(f"/actions/runs/{run_id}", WorkflowRun)

    def pull_requests(self, head: str) -> Iterator[PullRequest]:
        """Yield open pull requests from a branch, given as `owner:branch`."""
        for page in self._pages("/pulls", tuple[PullRequest, ...], {"head": head, "state": "open"}):
            yield from page

    def comments(self, number: int) -> Iterator[Comment]:
        """Yield the comments on a pull request, oldest first."""
        for page in self._pages(f"/issues/{number}/comments", tuple[Comment, ...], {}):
            yield from page

    def add_comment(self, number: int, body: str) -> Comment:
        """Comment on a pull request."""
        return self._send("POST", f"/issues/{number}/comments", body)

    def change_comment(self, comment_id: int, body: str) -> Comment:
        """Give a comment another text."""
        return self._send("PATCH", f"/issues/comments/{comment_id}", body)

    def download_artifact(self, artifact: Artifact, place: Path, *, most_bytes: int = MOST_ARCHIVE_BYTES) -> None:
        """Download an artifact as a zip file."""
        self._download(f"/actions/artifacts/{artifact.id}/zip", place, artifact.digest, most_bytes)

    def _get(self, path: str, kind: type[Value]) -> Value:
        found, _ = self._page(f"{self._root}{path}", kind, {})
        return found

    def _pages(self, path: str, kind: type[Value], params: Mapping[str, str]) -> Iterator[Value]:
        """Yield pages of a list, as far as their links stay with the API."""
        url, asked = f"{self._root}{path}", {**params, "per_page": "100"}
        for _ in range(MOST_PAGES):
            found, following = self._page(url, kind, asked)
            yield found
            if following is None or urlsplit(following)[:2] != urlsplit(self._root)[:2]:
                return
            url, asked = following, {}

    def _page(self, url: str, kind: type[Value], params: Mapping[str, str]) -> tuple[Value, str | None]:
        with self._asked("GET", url, params=dict(params)) as answer:
            found = _decoded(_read(answer, MOST_JSON_BYTES), kind, url)
            return found, answer.links.get("next", {}).get("url")

    def _send(self, method: str, path: str, body: str) -> Comment:
        url = f"{self._root}{path}"
        with self._asked(method, url, json={"body": body}) as answer:
            return _decoded(_read(answer, MOST_JSON_BYTES), Comment, url)

    def _download(self, path: str, place: Path, digest: str | None, most_bytes: int) -> None:
        """Stream into a file, and compare with the digest where GitHub has one."""
        seen, size, url = hashlib.sha256(), 0, f"{self._root}{path}"
        with self._asked("GET", url) as answer, place.open("wb") as file:
            for chunk in _chunks(answer):
                size += len(chunk)
                if size > most_bytes:
                    raise GitHubError(f"{url} is more than {most_bytes:,} bytes")
                seen.update(chunk)
                file.write(chunk)
        if digest is not None and digest.startswith("sha256:") and digest != f"sha256:{seen.hexdigest()}":
            raise GitHubError(f"{url} is not what was uploaded: its sha256 is {seen.hexdigest()}, not {digest[7:]}")

    def _asked(self, method: str, url: str, **options: Any) -> requests.Response:
        """Ask, again where GitHub is busy; requests drops the token where a redirect leads elsewhere.

        What writes is sent once: a comment whose answer was lost would be there twice.
        """
        tries = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, GitHubError) and error.status in {None, *_BUSY}),
            stop=stop_after_attempt(4 if method == "GET" else 1),
            wait=wait_exponential(multiplier=self._pause_s, max=30 * self._pause_s),
            reraise=True,
        )
        return tries(self._asked_once, method, url, **options)

    def _asked_once(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT_S, stream=True, **options)
        except requests.RequestException as error:
            raise GitHubError(f"{method} {url}: {type(error).__name__}") from error
        if not answer.ok:
            with answer:
                raise GitHubError(f"{method} {url}: {answer.status_code} {answer.reason}", answer.status_code)
        return answer


def _read(answer: requests.Response, most_bytes: int) -> bytes:
    data = bytearray()
    for chunk in _chunks(answer):
        data += chunk
        if len(data) > most_bytes:
            raise GitHubError(f"{answer.url} is more than {most_bytes:,} bytes")
    return bytes(data)


def _chunks(answer: requests.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_content(_CHUNK_BYTES)
    except requests.RequestException as error:
        raise GitHubError(f"{answer.url} broke off: {type(error).__name__}") from error


def _decoded(data: bytes, kind: type[Value], url: str) -> Value:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GitHubError(f"{url} answers what it should not: {error}") from error
