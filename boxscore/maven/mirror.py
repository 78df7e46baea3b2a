"""The HTTP mirror that artefacts are fetched from: Maven Central, or the one that BOXSCORE_MAVEN_MIRROR names."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import closing, suppress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from boxscore.errors import MirrorUnavailable, UsageError
from boxscore.maven.source import MAX_ARTEFACT_BYTES, CachedSource, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from boxscore.maven.layout import RepositoryPath
    from boxscore.maven.source import ArtefactSource

CENTRAL = "https://repo1.maven.org/maven2"
ATTEMPTS = 4
CONNECT_S, SILENCE_S, FILE_S = 10.0, 30.0, 600.0
CHUNK_BYTES = 1 << 18
MAX_CHECKSUM_BYTES = 4096
_ABSENT = (400, 404, 410, 414)  # a path that a mirror cannot read is none of its files
_SHA1 = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{40}(?![0-9A-Fa-f])")
_REDIRECTS = 3


def mirror_url(environ: Mapping[str, str] = os.environ) -> str:
    """The mirror that is configured, without a slash at its end. Raises UsageError for what is no http(s) address."""
    given = environ.get("BOXSCORE_MAVEN_MIRROR") or CENTRAL
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise UsageError("BOXSCORE_MAVEN_MIRROR must be http(s)://host/path")
    return given.rstrip("/")


@cache
def configured_source(url: str | None = None) -> ArtefactSource:
    """The mirror that is configured (or `url`), behind the user's cache; one for each process."""
    url = url or mirror_url()
    return CachedSource(HttpMirror(url), name=_shown(url))


class HttpMirror:
    """A repository behind HTTP. Each file is compared with the mirror's own `.sha1`, where it has one."""

    def __init__(self, url: str, *, attempts: int = ATTEMPTS, pause_s: float = 0.5) -> None:
        """`pause_s` is the shortest pause between two attempts, which grows."""
        self._url, self._attempts, self._pause_s = url, attempts, pause_s

    def get(self, wanted: RepositoryPath) -> bytes | None:
        """See `ArtefactSource.get`."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential  # noqa: PLC0415

        return Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential(multiplier=self._pause_s, max=10),
            retry=retry_if_exception_type(MirrorUnavailable),
            reraise=True,
        )(self._once, wanted.path)

    def _once(self, path: str) -> bytes | None:
        data = self._fetch(path, MAX_ARTEFACT_BYTES)
        if data is None:
            return None
        told = None
        with suppress(TooLarge):  # a page that says in many words that there is none
            told = self._fetch(f"{path}.sha1", MAX_CHECKSUM_BYTES)
        sums = _SHA1.findall(told or b"")
        found = hashlib.sha1(data, usedforsecurity=False).hexdigest().encode()
        if sums and found not in {one.lower() for one in sums}:
            raise self._trouble(path, "it is not what its .sha1 says")
        return data

    def _fetch(self, path: str, most: int) -> bytes | None:
        import requests  # noqa: PLC0415 - heavy, and needed to fetch only
        import urllib3  # noqa: PLC0415 - as above

        until = time.monotonic() + FILE_S
        address = f"{self._url}/{path}"
        try:
            with (
                self._session() as session,
                closing(session.get(address, stream=True, timeout=(CONNECT_S, SILENCE_S))) as answer,
            ):
                if answer.status_code in _ABSENT:
                    return None
                if answer.status_code != requests.codes.ok:
                    raise self._trouble(path, f"status {answer.status_code}")
                if self._url.startswith("https:") and not answer.url.startswith("https:"):
                    raise self._trouble(path, "it leads from https to http")
                return self._read(answer, path, most, until)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._trouble(path, _cause(error)) from error

    def _read(self, answer: requests.Response, path: str, most: int, until: float) -> bytes:
        found = bytearray()
        while chunk := answer.raw.read1(CHUNK_BYTES, decode_content=False):
            found += chunk
            if len(found) > most:
                raise TooLarge(f"{path} is larger than {most >> 20} MiB")
            if time.monotonic() > until:
                raise self._trouble(path, f"it did not come within {FILE_S:.0f} s")
        declared = answer.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) != len(found):
            raise self._trouble(path, f"{len(found)} of {declared} bytes came")
        return bytes(found)

    def _session(self) -> requests.Session:
        import requests  # noqa: PLC0415 - heavy, and needed to fetch only

        session = requests.Session()
        session.max_redirects = _REDIRECTS
        session.headers = {"Accept-Encoding": "identity", "User-Agent": "boxscore"}
        if bundle := os.environ.get("BOXSCORE_CA_BUNDLE"):
            session.verify = bundle
        return session

    def _trouble(self, path: str, problem: str) -> MirrorUnavailable:
        return MirrorUnavailable(f"{_shown(self._url)} does not give {path}: {problem}")


def _shown(url: str) -> str:
    """An address without name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _cause(error: Exception) -> str:
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    return " ".join(str(reason).split())[:200]
