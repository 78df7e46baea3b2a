"""Finding and fetching benchmark data."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from boxscore import DataError, DataSource, InputError
from boxscore.data.fetch import ATTEMPTS, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = b'{"a": 1}\n'
SHA = hashlib.sha256(ROWS).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BOXSCORE_DATA", raising=False)
    return tmp_path / "cache"


class Server(BaseHTTPRequestHandler):
    """Serves the rows, or what `heads` has: bodies that break off, declared in another way each time."""

    protocol_version = "HTTP/1.1"
    heads: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_GET(self) -> None:
        name, value, body = self.heads.pop(0) if self.heads else WHOLE
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


SHORT = ("Content-Length", "100000", ROWS)
CUT = ("Transfer-Encoding", "chunked", b"10\r\n" + ROWS)
WHOLE = ("Content-Length", str(len(ROWS)), ROWS)


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_why_nothing_came_is_told_to_its_end(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:1/{'long/' * 60}a.jsonl"

    with pytest.raises(DataError, match="Connection refused; without a network") as caught:
        resolve(DataSource(path="x/a.jsonl", sha256=SHA, url=url))

    assert str(caught.value).count("long/long") == url.count("long/long")
    assert str(caught.value).endswith("; in a data folder the file is x/a.jsonl")


def test_a_file_is_fetched_once_into_the_cache(url: str, cache: Path) -> None:
    source = DataSource(path="x/a.jsonl", sha256=SHA, url=f"{url}/a")

    first = resolve(source)
    first.path.write_bytes(b"damaged")
    second = resolve(source)

    assert (second.path, second.sha256, second.published) == (first.path, SHA, True)
    assert second.path.read_bytes() == ROWS
    assert second == resolve(DataSource(path="x/a.jsonl", sha256=SHA, url="http://127.0.0.1:1/"))
    assert [one.name for one in first.path.parent.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("how", [SHORT, CUT])
def test_a_download_that_breaks_off_is_tried_again(url: str, how: tuple[str, str, bytes], cache: Path) -> None:
    source = DataSource(path="a.jsonl", sha256=SHA, url=f"{url}/a")
    Server.heads[:] = [how] * ATTEMPTS

    with pytest.raises(DataError, match=r"cannot fetch .*: .*IncompleteRead.*name a folder"):
        resolve(source)
    assert Server.heads == []
    assert not [one for one in cache.rglob("*") if one.is_file()]

    Server.heads[:] = [how, how]
    assert resolve(source).path.read_bytes() == ROWS


def test_what_is_not_the_published_file_is_refused(url: str, cache: Path) -> None:
    with pytest.raises(DataError, match="not the published"):
        resolve(DataSource(path="a.jsonl", sha256="0" * 64, url=f"{url}/a"))
    with pytest.raises(DataError, match="404"):
        resolve(DataSource(path="a.jsonl", sha256=SHA, url=f"{url}/missing"))

    assert not [one for one in cache.rglob("*") if one.is_file()]


def test_a_file_of_ones_own_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x" / "a.jsonl"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    source = DataSource(path="x/a.jsonl", sha256=SHA)

    found = [resolve(source, data=path), resolve(source, data=tmp_path)]
    monkeypatch.setenv("BOXSCORE_DATA", str(tmp_path))
    found.append(resolve(source))

    assert [(one.path, one.published) for one in found] == [(path, False)] * 3


def test_a_clone_of_the_benchmarks_own(tmp_path: Path) -> None:
    path = tmp_path / "clone" / "datasets" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")

    assert resolve(DataSource(path="bench/datasets/a.jsonl"), data=tmp_path / "clone").path == path


def test_data_that_is_nowhere_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        resolve(DataSource(path="a"), data=tmp_path / "no")
    with pytest.raises(DataError):
        resolve(DataSource(path="a"))


def test_a_file_beside_its_harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{}\n")
    monkeypatch.setenv("BOXSCORE_DATA", str(tmp_path / "elsewhere"))

    assert resolve(DataSource(path=str(path))).path == path
