"""A GitHub on loopback: the routes of its REST API that the action asks, and a store elsewhere that archives lie in."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

REPOSITORY = "owner/models"
REPOSITORY_ID, FORK_ID = 1, 2
TOKEN = "job-token"


def zipped(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def zipped_folder(folder: Path) -> bytes:
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return zipped(files)


class FakeGitHub:
    """What the repository has; tests fill it."""

    def __init__(self) -> None:
        self.artifacts: list[dict[str, Any]] = []
        self.runs: dict[int, dict[str, Any]] = {}
        self.archives: dict[str, bytes] = {}
        self.busy = 0  # so many answers say that GitHub is busy
        self.api_url = self.store_url = ""
        self.page = 100

    def add_run(self, run_id: int, *, event: str = "push", conclusion: str | None = "success") -> None:
        self.runs[run_id] = {"id": run_id, "event": event, "conclusion": conclusion, "head_branch": "main"}

    def add_artifact(  # noqa: PLR0913 - what tests vary, by keyword
        self,
        name: str,
        archive: bytes,
        *,
        run_id: int,
        branch: str = "main",
        head: int = REPOSITORY_ID,
        created: str = "2026-11-01T00:00:00Z",
        expired: bool = False,
        digest: str | None = None,
    ) -> int:
        """Add an artifact of a run; return its number."""
        number = len(self.artifacts) + 1
        self.archives[f"a{number}"] = archive
        self.artifacts.append(
            {
                "id": number,
                "name": name,
                "expired": expired,
                "created_at": created,
                "digest": digest or f"sha256:{hashlib.sha256(archive).hexdigest()}",
                "workflow_run": {
                    "id": run_id,
                    "repository_id": REPOSITORY_ID,
                    "head_repository_id": head,
                    "head_branch": branch,
                },
            }
        )
        return number

    def environ(self, **more: str) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.api_url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_RUN_ID": "77",
            **more,
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # a connection for each request: none stays open

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    @property
    def github(self) -> FakeGitHub:
        return self.server.github  # type: ignore[attr-defined,no-any-return]

    def _send(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)


class _Store(_Handler):
    """Where archives lie: it knows nothing of GitHub's tokens, and must be told of none."""

    def do_GET(self) -> None:
        if "Authorization" in self.headers:
            self._send(400, {"message": "InvalidAuthenticationInfo"})
            return
        self._send(200, self.github.archives[self.path.strip("/")])


class _Api(_Handler):
    """The REST API."""

    def do_GET(self) -> None:
        found = urlsplit(self.path)
        if self.github.busy:
            self.github.busy -= 1
            self._send(503, {"message": "busy"})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, {"message": "Bad credentials"})
        else:
            query = {key: values[0] for key, values in parse_qs(found.query).items()}
            self._route(found.path.removeprefix(f"/repos/{REPOSITORY}"), query)

    def _route(self, path: str, query: dict[str, str]) -> None:
        github = self.github
        routes: dict[str, Callable[..., None]] = {
            r"": lambda: self._send(200, {"id": REPOSITORY_ID, "default_branch": "main"}),
            r"/actions/artifacts": lambda: self._artifacts(query),
            r"/actions/runs/(\d+)": lambda number: self._send(200, github.runs[int(number)]),
            r"/actions/artifacts/(\d+)/zip": lambda number: self._elsewhere(f"a{number}"),
        }
        for pattern, answer in routes.items():
            matched = re.fullmatch(pattern, path)
            if matched is not None:
                answer(*matched.groups())
                return
        self._send(404, {"message": "Not Found"})

    def _artifacts(self, query: dict[str, str]) -> None:
        every = [one for one in self.github.artifacts if one["name"] == query["name"]]
        size, page = min(int(query.get("per_page", "30")), self.github.page), int(query.get("page", "1"))
        headers = {}
        if page * size < len(every):
            url = f"{self.github.api_url}{urlsplit(self.path).path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{url}&name={query["name"]}>; rel="next"'
        shown = every[(page - 1) * size : page * size]
        self._send(200, {"artifacts": shown, "total_count": len(every)}, headers)

    def _elsewhere(self, name: str) -> None:
        self._send(302, b"", {"Location": f"{self.github.store_url}/{name}"})


@contextmanager
def serving() -> Iterator[FakeGitHub]:
    """Serve a GitHub until the block ends."""
    github = FakeGitHub()
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), _Api) as api,
        ThreadingHTTPServer(("127.0.0.1", 0), _Store) as store,
    ):
        for server in (api, store):
            server.github = github  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        github.api_url = f"http://127.0.0.1:{api.server_address[1]}"
        github.store_url = f"http://127.0.0.1:{store.server_address[1]}"
        try:
            yield github
        finally:
            api.shutdown()
            store.shutdown()
