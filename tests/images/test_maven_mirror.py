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
    options = BuildOptions(ca_bundle=None)
    without = instance_reference(TOY)
    instance_build.ensure_environment(TOY, options, print)
    monkeypatch.setenv("BOXSCORE_MAVEN_MIRROR", MIRROR.replace("mirror.", "name:secret@mirror."))

    instance_build.ensure_environment(TOY, options, print)

    assert [context.get(".boxscore/maven-mirror") for context in contexts] == [None, MIRROR.encode()]
    assert instance_reference(TOY) == without


@pytest.mark.docker
def test_maven_is_told_of_it_in_the_image(docker_backend: Backend) -> None:
    try:
        docker_backend.image_digest(reference("jvm"))
    except SandboxUnavailable as error:
        pytest.skip(f"the JVM's image is not here: {error}")
    script = (
        f"mkdir -p /boxscore/build; echo {MIRROR} > /boxscore/build/maven-mirror; /usr/local/lib/boxscore/prepare;"
        " cat /boxscore/build/settings.xml; . /etc/mavenrc; echo $MAVEN_ARGS"
    )
    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", reference("jvm"), "sh", "-c", script],
        capture_output=True,
        check=True,
        timeout=115,
    )

    assert f"<mirrorOf>*</mirrorOf><url>{MIRROR}</url>" in done.stdout.decode()
    assert done.stdout.endswith(b"--settings /boxscore/build/settings.xml\n")
