"""Real Maven in a real box without a network, and a mirror of our own."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.errors import MirrorUnavailable, SandboxUnavailable
from boxscore.images.environments import reference
from boxscore.maven.command import maven
from boxscore.maven.mirror import HttpMirror
from boxscore.maven.relay import serve
from boxscore.maven.source import CachedSource
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Box, Completed
    from boxscore.maven.relay import Relay
    from tests.maven.conftest import Mirror

pytestmark = [pytest.mark.docker, pytest.mark.slow]  # each starts Maven in a box
LIMITS = Limits(
    cpu_s=200.0, wall_s=110.0, memory_bytes=1 << 30, processes=128, disk_bytes=128 << 20, output_bytes=1 << 20
)
PARENT = "org/example/parent/7/parent-7.pom"
TREE = "/scratch/project"


def pom(artifact: str, inside: str = "", version: str = "7") -> bytes:
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>org.example</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        f"<packaging>pom</packaging>{inside}</project>"
    ).encode()


CHILD = pom(
    "child",
    "<parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>7</version><relativePath/></parent>"
    "<repositories><repository><id>theirs</id><url>https://repository.example.org/maven2</url></repository>"
    "</repositories>",
)
EXTENSION = (
    b"<extensions><extension><groupId>org.example</groupId><artifactId>evil</artifactId><version>1</version>"
    b"</extension></extensions>"
)


@contextmanager
def project(backend: Backend, files: dict[str, bytes]) -> Iterator[Box]:
    image = reference("jvm")
    try:
        backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the JVM's image is not here: {error}")
    with backend.box(BoxSpec(image=image, limits=LIMITS)) as box:
        box.put_folder(TREE, files)
        yield box


def validate(box: Box, relay: Relay | None) -> Completed:
    call = maven(["validate"], java=17, tree=TREE, relay=relay)
    return box.run(call.argv, env=call.env, cwd=call.cwd)


def test_maven_gets_what_the_image_lacks(docker_backend: Backend, mirror: Mirror, tmp_path: Path) -> None:
    """From the mirror, whatever repository a project names; the next box has it from the cache.

    What the project has in `.mvn` is not read, else it would ask for an extension.
    """
    mirror.publish(PARENT, pom("parent"))
    files = {"pom.xml": CHILD, ".mvn/extensions.xml": EXTENSION, ".mvn/maven.config": b"-Dunknown\n--no-such-option"}
    with nullcontext(HttpMirror(mirror.url)) as http, project(docker_backend, files) as box:
        source = CachedSource(http, name=mirror.url, folder=tmp_path)
        with serve(box, source=source) as relay:
            first = validate(box, relay)
            fetched = relay.fetched
        asked = list(mirror.asked)
        again = validate(box, None)

    assert (first.exit_code, b"BUILD SUCCESS" in first.stdout) == (0, True), first.stdout[-2000:]
    assert [name for name, _ in fetched] == ["org.example:parent:7:pom"]
    assert asked == [PARENT, f"{PARENT}.sha1"]
    assert again.exit_code == 0, again.stdout[-2000:]


def test_what_the_mirror_lacks_fails_the_build(docker_backend: Backend, mirror: Mirror) -> None:
    with (
        nullcontext(HttpMirror(mirror.url)) as http,
        project(docker_backend, {"pom.xml": CHILD}) as box,
        serve(box, source=http) as relay,
    ):
        done = validate(box, relay)

    assert done.exit_code == 1
    assert b"Could not find artifact org.example:parent:pom:7" in done.stdout


def test_a_mirror_in_trouble_is_ours(docker_backend: Backend, mirror: Mirror) -> None:
    mirror.odd[PARENT] = lambda request: request.give(503)
    with (
        nullcontext(HttpMirror(mirror.url, attempts=2, pause_s=0.0)) as http,
        project(docker_backend, {"pom.xml": CHILD}) as box,
        pytest.raises(MirrorUnavailable, match="status 503"),
        serve(box, source=http) as relay,
    ):
        assert validate(box, relay).exit_code == 1


KILLER = """
import os, signal, socket, sys, time
for name in os.listdir('/proc'):
    if name.isdigit() and int(name) != os.getpid():
        try:
            words = open(f'/proc/{name}/cmdline', 'rb').read()
        except OSError:
            continue
        if b'Answer Maven in a box' in words:
            os.kill(int(name), signal.SIGKILL)
            print('killed')
"""


def test_a_candidate_that_kills_the_relay_is_told_of(docker_backend: Backend, mirror: Mirror) -> None:
    mirror.publish(PARENT, pom("parent"))
    with (
        nullcontext(HttpMirror(mirror.url)) as http,
        project(docker_backend, {"pom.xml": CHILD}) as box,
        serve(box, source=http) as relay,
    ):
        killed = box.run(["python3", "-c", KILLER])
        until = time.monotonic() + 60
        while not relay.ended and time.monotonic() < until:
            time.sleep(0.05)
        done = validate(box, relay)
        ended = relay.ended

    assert killed.stdout == b"killed\n"
    assert ended
    assert done.exit_code == 1
    assert mirror.asked == []
