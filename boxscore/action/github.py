"""What the action asks of GitHub's REST API: artifacts and runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
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

    def artifacts(self, name: str) -> Iterator[Artifact]:
        """Yield artifacts of this name, newest first."""
        for page in self._pages("/actions/artifacts", _Artifacts, {"name": name}):
            yield from (one for one in page.artifacts if one.name == name and not one.expired)

    def run(self, run_id: int) -> WorkflowRun:
        """A workflow's run."""
        return self._get(f"/actions/runs/{run_id}", WorkflowRun)

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
        with self._asked(url, params) as answer:
            found = _decoded(_read(answer, MOST_JSON_BYTES), kind, url)
            return found, answer.links.get("next", {}).get("url")

    def _download(self, path: str, place: Path, digest: str | None, most_bytes: int) -> None:
        """Stream into a file, and compare with the digest where GitHub has one."""
        seen, size, url = hashlib.sha256(), 0, f"{self._root}{path}"
        with self._asked(url) as answer, place.open("wb") as file:
            for chunk in _chunks(answer):
                size += len(chunk)
                if size > most_bytes:
                    raise GitHubError(f"{url} is more than {most_bytes:,} bytes")
                seen.update(chunk)
                file.write(chunk)
        if digest is not None and digest.startswith("sha256:") and digest != f"sha256:{seen.hexdigest()}":
            raise GitHubError(f"{url} is not what was uploaded: its sha256 is {seen.hexdigest()}, not {digest[7:]}")

    def _asked(self, url: str, params: Mapping[str, str] | None = None) -> requests.Response:
        """Ask, again where GitHub is busy; requests drops the token where a redirect leads elsewhere."""
        tries = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, GitHubError) and error.status in {None, *_BUSY}),
            stop=stop_after_attempt(4),
            wait=wait_exponential(multiplier=self._pause_s, max=30 * self._pause_s),
            reraise=True,
        )
        return tries(self._asked_once, url, params)

    def _asked_once(self, url: str, params: Mapping[str, str] | None) -> requests.Response:
        try:
            answer = self._session.get(url, params=params, timeout=TIMEOUT_S, stream=True)
        except requests.RequestException as error:
            raise GitHubError(f"GET {url}: {type(error).__name__}") from error
        if not answer.ok:
            with answer:
                raise GitHubError(f"GET {url}: {answer.status_code} {answer.reason}", answer.status_code)
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
