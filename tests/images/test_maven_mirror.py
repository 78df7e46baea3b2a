"""A mirror of Maven Central, in builds of instances."""

from __future__ import annotations

import subprocess
import tarfile
from contextlib import contextmanager
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

import pytest

from boxscore.errors import SandboxUnavailable
from boxscore.images import instance_build
from boxscore.images.build import BuildOptions
from boxscore.images.layers import instance_reference
from boxscore.images.recipes import reference
from boxscore.images.records import InstanceImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

TOY = InstanceImage(name="toy", base="jvm", environment="RUN true", instance="RUN mkdir /testbed")
MIRROR = "https://mirror.example.org/maven2"


@pytest.fixture(name="contexts")
def fixture_contexts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bytes]]:
    """The contexts of all layers that are built, by an engine that builds nothing."""
    built: list[dict[str, bytes]] = []

    def build(*, fileobj: IO[bytes], **_: object) -> tuple[()]:
        with tarfile.open(fileobj=fileobj) as archive:
            read = {one.name: archive.extractfile(one) for one in archive}
            built.append({name: file.read() for name, file in read.items() if file is not None})
        return ()

    @contextmanager
    def engine(*_: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(api=SimpleNamespace(build=build))

    monkeypatch.setattr(instance_build, "engine", engine)
    monkeypatch.setattr(instance_build, "is_present", lambda *_: False)
    return built


def test_a_build_is_told_of_it(contexts: list[dict[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, without name and password, and the image is the same one: its content does not depend on it."""
    options = BuildOptions(ca_bundle=None)
    without = instance_reference(TOY)
    instance_build.ensure_environment(TOY, options, print)
    monkeypatch.setenv("BOXSCORE_MAVEN_MIRROR", MIRROR.replace("mirror.", "name:secret@mirror."))

    instance_build.ensure_environment(TOY, options, print)

    assert [context.get(".boxscore/maven-mirror") for context in contexts] == [None, MIRROR.encode()]
    assert instance_reference(TOY) == without


@pytest.mark.docker
@pytest.mark.slow
def test_maven_asks_it_while_an_image_is_built(docker_backend: Backend) -> None:
    """What `prepare` makes of the file is what Maven reads."""
    try:
        docker_backend.image_digest(reference("jvm"))
    except SandboxUnavailable as error:
        pytest.skip(f"the JVM's image is not here: {error}")
    script = (
        "mkdir -p /boxscore/build /project && cd /project"
        " && echo http://127.0.0.1:9/maven2 > /boxscore/build/maven-mirror && /usr/local/lib/boxscore/prepare"
        " && echo '<project><modelVersion>4.0.0</modelVersion><parent><groupId>a</groupId><artifactId>b</artifactId>"
        "<version>1</version></parent><artifactId>c</artifactId></project>' > pom.xml; mvn -B validate"
    )
    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", reference("jvm"), "sh", "-c", script],
        capture_output=True,
        check=False,
        timeout=115,
    )

    assert b"http://127.0.0.1:9/maven2" in done.stdout, done.stderr
