"""What Maven costs in a box without a network: fetched, from the cache, from the box's own repository, offline.

    .venv/bin/python bench/maven_box.py

Needs the image `jvm`, and the mirror once. Prints seconds by the clock and of cpu time, and memory.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.registry import open_backend
from boxscore.images.environments import reference
from boxscore.maven.command import maven
from boxscore.maven.mirror import HttpMirror, mirror_url
from boxscore.maven.relay import serve
from boxscore.maven.source import CachedSource
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box
    from boxscore.maven.relay import Relay

TREE, TMP = "/scratch/project", "/tmp"
LIMITS = Limits(
    cpu_s=600.0, wall_s=1200.0, memory_bytes=2 << 30, processes=256, disk_bytes=512 << 20, output_bytes=4 << 20
)
POM = b"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>one</artifactId><version>1</version>
<properties><maven.compiler.source>8</maven.compiler.source><maven.compiler.target>8</maven.compiler.target></properties>
<dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version>
<scope>test</scope></dependency></dependencies></project>"""
FILES = {
    "pom.xml": POM,
    "src/main/java/A.java": b"public class A { public static int one() { return 1; } }\n",
    "src/test/java/ATest.java": b"import org.junit.*;\n"
    b"public class ATest { @Test public void one() { Assert.assertEquals(1, A.one()); } }\n",
}


def run(what: str, box: Box, relay: Relay | None, goals: tuple[str, ...]) -> None:
    """Run Maven and print what it took."""
    call = maven(goals, java=17, tree=TREE, relay=relay)
    began = time.perf_counter()
    done = box.run(call.argv, env=call.env, cwd=call.cwd)
    wall = time.perf_counter() - began
    if done.exit_code != 0:
        raise SystemExit(done.stdout[-2000:].decode(errors="replace"))
    brought = len(relay.fetched) if relay else 0
    memory = (done.memory_bytes or 0) >> 20
    print(f"{what:42} {wall:7.1f} s {done.cpu_s or 0:7.1f} s cpu {memory:5} MiB {brought:5} artefacts brought")


def main() -> None:
    """Measure, in one run."""
    backend = open_backend("docker")
    spec = BoxSpec(image=reference("jvm"), limits=LIMITS, folders=(TMP,))
    with tempfile.TemporaryDirectory() as cache:
        for what in ("verify, all fetched from the mirror", "verify, all brought from the cache"):
            source = CachedSource(HttpMirror(mirror_url()), name=mirror_url(), folder=Path(cache))
            with backend.box(spec) as box:
                box.put_folder(TREE, FILES)
                with serve(box, source=source) as relay:
                    run(what, box, relay, ("clean", "verify"))
                    run("verify again, from the box's own repository", box, relay, ("clean", "verify"))
                run("verify, offline", box, None, ("clean", "verify"))
                run("validate, offline: a bare start", box, None, ("validate",))


if __name__ == "__main__":
    main()
