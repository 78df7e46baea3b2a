"""Digests of published images."""

from __future__ import annotations

import io
import json
from contextlib import closing
from typing import TYPE_CHECKING

import docker
import pytest
from typer.testing import CliRunner

from boxscore.cli.app import make_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.docker
@pytest.mark.usefixtures("docker_backend")
def test_digests_of_a_benchmark(registry: str, tmp_path: Path) -> None:
    with closing(docker.from_env()) as client:
        client.images.build(
            fileobj=io.BytesIO(b"FROM scratch\nLABEL a=b\n"), tag=f"{registry}/org/image:latest", rm=True
        )
        (digest,) = (
            event["aux"]["Digest"]
            for event in client.api.push(f"{registry}/org/image", tag="latest", stream=True, decode=True)
            if "aux" in event
        )
        client.images.remove(f"{registry}/org/image:latest")
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

    done, fewer = (CliRunner().invoke(make_app(), [*words, *more]) for more in ([], ["--limit", "2"]))

    assert (done.exit_code, json.loads(done.stdout)) == (1, {"org/image:latest": digest})
    assert (fewer.exit_code, json.loads(fewer.stdout)) == (0, {"org/image:latest": digest})
