"""Digests of published images."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from boxscore.cli.app import app
from boxscore.images.digests import pinned_image, resolve_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = f"sha256:{'a' * 64}"


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry that knows one tag."""

    def do_HEAD(self) -> None:
        known = self.path == "/v2/org/image/manifests/latest"
        self.send_response(200 if known else 404)
        if known:
            self.send_header("Docker-Content-Digest", DIGEST)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_digest_of_a_tag(registry: str) -> None:
    assert resolve_digest("org/image:latest", registry=registry) == DIGEST


def test_digests_of_a_benchmark(registry: str, tmp_path: Path) -> None:
    rows = [
        {
            "instance_id": f"org__lib-{number}",
            "repo": "org/lib",
            "base_commit": "0123",
            "test_cmds": ["pytest"],
            "FAIL_TO_PASS": ["t.py::a"],
            "PASS_TO_PASS": [],
            "docker_image": image,
        }
        for number, image in enumerate(("org/image", "org/image:latest", "org/gone"))
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    words = ["images", "digests", "swe-bench-live", "--data", str(data), "--mirror", registry]

    done, fewer = (CliRunner().invoke(app, [*words, *more]) for more in ([], ["--limit", "2"]))

    assert (done.exit_code, json.loads(done.stdout)) == (1, {"org/image:latest": DIGEST})
    assert (fewer.exit_code, json.loads(fewer.stdout)) == (0, {"org/image:latest": DIGEST})


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("org/image:latest", f"org/image@{DIGEST}"),
        ("org/image", f"org/image@{DIGEST}"),
        ("host:5000/image", f"host:5000/image@{DIGEST}"),
    ],
)
def test_image_by_digest(image: str, reference: str) -> None:
    assert pinned_image(image, DIGEST) == reference
