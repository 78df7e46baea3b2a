"""Finding and fetching benchmark data."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from boxscore import DataError, DataSource, InputError
from boxscore.data.fetch import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = b'{"a": 1}\n'
SHA = hashlib.sha256(ROWS).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and no data folder."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BOXSCORE_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def url() -> Iterator[str]:
    """Serve ROWS at any path but /missing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", str(len(ROWS)))
            self.end_headers()
            self.wfile.write(ROWS)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_once_into_the_cache(url: str, cache: Path) -> None:
    """What is fetched is checked, kept and found again; a damaged copy is fetched again."""
    source = DataSource(path="x/a.jsonl", sha256=SHA, url=f"{url}/a")

    first = resolve(source)
    first.path.write_bytes(b"damaged")
    second = resolve(source)

    assert (second.path, second.sha256, second.published) == (first.path, SHA, True)
    assert second.path.read_bytes() == ROWS
    assert second == resolve(DataSource(path="x/a.jsonl", sha256=SHA, url="http://127.0.0.1:1/"))
    assert [one.name for one in first.path.parent.iterdir()] == ["a.jsonl"]


def test_what_is_not_the_published_file_is_refused(url: str, cache: Path) -> None:
    """A wrong checksum or a missing file is a DataError and leaves nothing behind."""
    with pytest.raises(DataError, match="not the published"):
        resolve(DataSource(path="a.jsonl", sha256="0" * 64, url=f"{url}/a"))
    with pytest.raises(DataError, match="404"):
        resolve(DataSource(path="a.jsonl", sha256=SHA, url=f"{url}/missing"))

    assert not [one for one in cache.rglob("*") if one.is_file()]


def test_a_file_of_ones_own_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by file, folder and BOXSCORE_DATA, and is marked as not the published one."""
    path = tmp_path / "x" / "a.jsonl"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    source = DataSource(path="x/a.jsonl", sha256=SHA)

    found = [resolve(source, data=path), resolve(source, data=tmp_path)]
    monkeypatch.setenv("BOXSCORE_DATA", str(tmp_path))
    found.append(resolve(source))

    assert [(one.path, one.published) for one in found] == [(path, False)] * 3


def test_data_that_is_nowhere_is_said_so(tmp_path: Path) -> None:
    """A missing file is an InputError, a source without address a DataError."""
    with pytest.raises(InputError):
        resolve(DataSource(path="a"), data=tmp_path / "no")
    with pytest.raises(DataError):
        resolve(DataSource(path="a"))


def test_a_file_beside_its_harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is an absolute path is that file, whatever folder of data is named."""
    path = tmp_path / "rows.jsonl"
    path.write_text("{}\n")
    monkeypatch.setenv("BOXSCORE_DATA", str(tmp_path / "elsewhere"))

    assert resolve(DataSource(path=str(path))).path == path
