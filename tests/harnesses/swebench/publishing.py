"""Images published in a registry of the test's own, in the shape that benchmarks publish theirs."""

from __future__ import annotations

import io
import tarfile
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

import docker.errors
from typer.testing import CliRunner

from boxscore.cli.app import make_app
from boxscore.images.recipes import reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import DockerClient


def publish(
    client: DockerClient, registry: str, repository: str, dockerfile: str, files: Mapping[str, bytes]
) -> tuple[str, str, str]:
    """Build an image on `BASE` with `files` in `files.tar` and publish it; give its digest and what it says.

    What it says is the commits in its files `/base` and `/solution`. `ONCE` becomes something new each time.
    """
    name = f"{registry}/{repository}"
    text = dockerfile.replace("BASE", reference("patch-python")).replace("ONCE", uuid.uuid4().hex)
    context = io.BytesIO(packed({"Dockerfile": text.encode(), "files.tar": packed(files)}))
    client.images.build(fileobj=context, custom_context=True, tag=f"{name}:x", rm=True)
    commits = client.containers.run(f"{name}:x", ["cat", "/base", "/solution"], remove=True).decode().split()
    events = list(client.api.push(name, tag="x", stream=True, decode=True))
    client.images.remove(f"{name}:x")
    (digest,) = (event["aux"]["Digest"] for event in events if "aux" in event)
    return digest, commits[0], commits[-1]


def forget(client: DockerClient, image: str) -> None:
    with suppress(docker.errors.ImageNotFound):
        client.images.remove(image, force=True)


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(make_app(), list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output
