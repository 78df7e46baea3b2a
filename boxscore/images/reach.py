"""Check that everything an instance's image is made from is available, before anything is built.

An environment takes minutes, which a clone that fails afterwards would waste. What is asked is the clone in
BOXSCORE_REPOS, the code host, the registry and the package index, each once. Only a definite no counts: where a place
answers oddly, or is asked by an engine on another machine, the build finds out.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

import requests

from boxscore.errors import DataError, SandboxUnavailable
from boxscore.images.engine import engine, open_engine
from boxscore.images.pull import with_mirror
from boxscore.images.repositories import commit_trouble, has_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boxscore.images.records import InstanceImage

ANSWER_S = 10.0
_AT_ONCE = 8
_CLONE = re.compile(r"git (?:clone|fetch)\b[^\n;&|]*?(https?://[\w.:/@~-]+)")
_PIP = re.compile(r"\b(?:pip|uv pip) install\b")
_NPM = re.compile(r"\b(?:npm (?:install|ci)|yarn(?: install)?|pnpm install)\b")
_INDEX = "https://pypi.org/simple/"
_NPM_REGISTRY = "https://registry.npmjs.org/"
_RATE = re.compile(r"toomanyrequests|too many requests|\b429\b", re.IGNORECASE)
_WHY = (
    (re.compile(r"NameResolutionError|Failed to resolve|no such host", re.IGNORECASE), "could not resolve host"),
    (re.compile(r"refused", re.IGNORECASE), "connection refused"),
    (re.compile(r"unreachable", re.IGNORECASE), "network is unreachable"),
    (re.compile(r"timed out|timeout|deadline", re.IGNORECASE), f"no answer within {ANSWER_S:.0f} s"),
)

Answers = dict[str, str | None]  # by what was asked: why it cannot be had, None where it can or nobody knows


class Reach:
    """Asks each place once, for as long as it is kept. `get` tells a URL's status, as `status_of`."""

    def __init__(
        self,
        *,
        mirror: str | None = None,
        get: Callable[[str], int] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._mirror, self._get, self._environ = mirror, get or status_of, environ
        self._known: Answers = {}

    def troubles(self, images: Iterable[InstanceImage]) -> dict[str, str]:
        """Why an image cannot be had, in one line, by the instance's name; those without trouble are left out."""
        images = list(images)
        questions: dict[str, Callable[[], str | None]] = {}
        for image in images:
            for question, ask in self._questions(image):
                questions.setdefault(question, ask)
        new = [question for question in questions if question not in self._known]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="boxscore-reach") as pool:
            self._known.update(zip(new, pool.map(lambda question: questions[question](), new), strict=True))
        found = {}
        for image in images:
            causes = (self._known[question] for question, _ in self._questions(image))
            cause = next(filter(None, causes), None)
            if cause is not None:
                found[image.name] = cause
        return found

    def _questions(self, image: InstanceImage) -> Iterable[tuple[str, Callable[[], str | None]]]:
        """What to ask for an image, each under a name that is the same for all images that need it."""
        if image.pinned is not None:
            source = with_mirror(image.pinned, self._mirror)
            yield f"registry {registry_of(source)}", lambda: _pull_trouble(source)
        elif image.repository is not None and has_repository(image.repository[0]):
            repository, commit = image.repository
            yield f"commit {repository} {commit}", lambda: _trouble_of_commit(repository, commit)
        else:
            found = _CLONE.search(image.instance)
            if found is not None:
                url = found[1].rstrip("/")
                yield f"clone {url}", lambda: self._clone_trouble(url)
        if image.pinned is None and not self._environ.get("BOXSCORE_BASE_IMAGE"):  # which may know another index
            yield from self._index_questions(image)

    def _index_questions(self, image: InstanceImage) -> Iterable[tuple[str, Callable[[], str | None]]]:
        text = f"{image.environment}\n{image.instance}"
        if _PIP.search(text):
            index = self._environ.get("PIP_INDEX_URL") or _INDEX
            yield f"index {index}", lambda: self._index_trouble("pip install", index)
        if _NPM.search(text):
            registry = self._environ.get("NPM_CONFIG_REGISTRY") or _NPM_REGISTRY
            yield f"index {registry}", lambda: self._index_trouble("npm install", registry)

    def _clone_trouble(self, url: str) -> str | None:
        try:
            status = self._get(f"{url}/info/refs?service=git-upload-pack")
        except requests.RequestException as error:
            why = _why(str(error))
        else:
            why = "no such repository" if status in {401, 404} else None
        return None if why is None else f"git clone {url} failed: {why}; BOXSCORE_REPOS may name a folder of clones"

    def _index_trouble(self, program: str, index: str) -> str | None:
        try:
            self._get(index)
        except requests.RequestException as error:
            why = _why(str(error))
            host = index.partition("://")[2].partition("/")[0].rpartition("@")[2]
            return None if why is None else f"{program} would fail: package index {host}: {why}"
        return None


def status_of(url: str) -> int:
    """The status that a URL answers with. Raises requests.RequestException."""
    with requests.get(url, timeout=ANSWER_S, stream=True) as answer:
        return answer.status_code


def _why(message: str) -> str | None:
    """Why a place cannot be reached, where that is sure."""
    return next((text for pattern, text in _WHY if pattern.search(message)), None)


def _trouble_of_commit(repository: str, commit: str) -> str | None:
    try:
        return commit_trouble(repository, commit)
    except DataError as error:
        return str(error)


def _pull_trouble(source: str) -> str | None:
    """Why an image's registry cannot be asked, by the word of the engine that would pull it."""
    import docker.errors  # noqa: PLC0415 - brings the SDK

    from boxscore.images.engine import is_present  # noqa: PLC0415 - as above

    try:
        with engine(f"asking for {source}", int(3 * ANSWER_S)) as client:
            if is_present(client, source):
                return None
            client.api.inspect_distribution(source)  # type: ignore[no-untyped-call]
    except SandboxUnavailable as error:
        message = str(error.__cause__ or error)
    except (docker.errors.APIError, requests.RequestException) as error:
        message = str(getattr(error, "explanation", None) or error)
    else:
        return None
    why = _why(message)
    if why is None or _RATE.search(message):
        return None
    return f"pull from {registry_of(source)} failed: {why} (asked for {source})"


def registry_of(image: str) -> str:
    """The host of an image's registry, Docker Hub where its name has none."""
    host, slash, _ = image.partition("/")
    return host if slash and ("." in host or ":" in host or host == "localhost") else "docker.io"


@cache
def reach_here(mirror: str | None) -> Reach | None:
    """Who is asked whether places can be reached, once in this process; nobody where an engine elsewhere builds."""
    with closing(open_engine()) as client:
        here = str(client.api.base_url).startswith("http+docker")
    return Reach(mirror=mirror) if here else None
