"""A real JVM in a box: the machine's own, with JUnit's jars from the folder that BOXSCORE_JARS names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.cache import cache_folder
from boxscore.protocols.jvm.layer import Runs
from boxscore.protocols.jvm.run import Runner, TestRun, run_tests
from boxscore.records import Limits, Outcome
from boxscore.resources import folder as bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from boxscore.boxes.contract import Backend, Box
    from boxscore.protocols.jvm.layer import Files

LIMITS = Limits(cpu_s=60.0, wall_s=120.0, memory_bytes=2 << 30, processes=256, disk_bytes=256 << 20)
RUNNER = Runner(class_path=("/scratch/runner.jar", "/scratch/jars/*"))


class Jvm:
    """Compiles sources here, with JUnit's `jars`, and runs their tests in a box."""

    def __init__(self, box: Box, jars: Path, home: Path, folder: Path) -> None:
        self._box, self._jars, self._home, self._folder, self._count = box, jars, home, folder, 0

    def run(self, sources: Mapping[str, str], resources: Mapping[str, str] | None = None, **options: object) -> TestRun:
        """Run tests of a project, given as its sources and resources by their paths."""
        self._count += 1
        folder, target = self._folder / str(self._count), f"/scratch/{self._count}"
        for path, text in sources.items():
            file = folder / "sources" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        compiled = folder / "classes"
        javac = (str(self._home / "bin/javac"), "-nowarn", "-proc:none")
        class_path = f"{self._jars}/*:{self._jars.parent}/runner.jar"
        argv = [*javac, "-cp", class_path, "-d", str(compiled), *map(str, (folder / "sources").rglob("*.java"))]
        done = subprocess.run(argv, check=False, timeout=120, capture_output=True, text=True)
        if done.returncode != 0:
            return TestRun(outcome=Outcome.BUILD_FAILED, reason=done.stderr)
        files = {str(path.relative_to(compiled)): path.read_bytes() for path in compiled.rglob("*.class")}
        files |= {path: text.encode() for path, text in (resources or {}).items()}
        self._box.put_folder(target, files)
        given = {"limits": LIMITS, "cwd": target} | options
        return run_tests(self._box, java=str(self._home), class_path=[target], runner=RUNNER, **given)  # type: ignore[arg-type]

    def runs(self, sources: Mapping[str, str], resources: Mapping[str, str] | None = None) -> Runs:
        """Both ways to run test sources against a candidate: here in the same box, one after the other."""

        def run(files: Files, required: Sequence[str]) -> TestRun:
            return self.run({**sources, **dict(files)}, resources, required=required)

        return Runs(run, run)


@pytest.fixture(scope="session")
def java_home() -> Path:
    """The home of the machine's JDK."""
    javac = shutil.which("javac")
    if javac is None:
        pytest.skip("no JDK here")
    return Path(javac).resolve().parents[1]


@pytest.fixture(scope="session")
def junit_jars() -> Path:
    """A folder with JUnit's jars."""
    folder = Path(os.environ.get("BOXSCORE_JARS") or cache_folder() / "jars")
    if not list(folder.glob("junit-platform-launcher-*.jar")):
        pytest.skip(f"no jars of JUnit in {folder}; BOXSCORE_JARS names another folder")
    return folder


@pytest.fixture(scope="session")
def jvm(
    local_backend: Backend, java_home: Path, junit_jars: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jvm]:
    """A box with our runner and JUnit."""
    folder = tmp_path_factory.mktemp("jvm")
    jars = folder / "jars"
    jars.symlink_to(junit_jars)
    runner = folder / "runner.jar"
    environment = {**os.environ, "JAVAC": str(java_home / "bin/javac"), "JAR": str(java_home / "bin/jar")}
    build = bundled("sandbox") / "jvm/build"
    subprocess.run([build, runner, f"{junit_jars}/*"], check=True, timeout=120, env=environment)
    with local_backend.box(BoxSpec(limits=LIMITS)) as box:
        box.put("/scratch/runner.jar", runner.read_bytes())
        box.put_folder("/scratch/jars", {path.name: path.read_bytes() for path in junit_jars.glob("*.jar")})
        yield Jvm(box, jars, java_home, folder)


@pytest.fixture(scope="session")
def run_java(jvm: Jvm) -> Callable[..., TestRun]:
    """Run tests of sources."""
    return jvm.run
