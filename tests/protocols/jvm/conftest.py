"""A real JVM in a box: the machine's own, with JUnit's jars from the folder that BOXSCORE_JARS names."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.cache import cache_folder
from boxscore.protocols.jvm.run import Runner, TestRun, run_tests
from boxscore.records import Limits, Outcome
from boxscore.resources import folder as bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.jvm.protection import Files, Run

LIMITS = Limits(cpu_s=60.0, wall_s=120.0, memory_bytes=2 << 30, processes=256, disk_bytes=256 << 20)
CLASSES, LIBRARIES = "/scratch/classes", "/scratch/libraries"
RUNNER = Runner(class_path=(f"{LIBRARIES}/runner.jar", f"{LIBRARIES}/jars/*"))


class Jvm:
    """Compiles sources here, with JUnit's jars and our runner's, and runs their tests, each time in a box of its own.

    `folder` has the runner and, in `jars`, the others.
    """

    def __init__(self, backend: Backend, home: Path, folder: Path) -> None:
        self._backend, self._home, self._folder, self._count = backend, home, folder, 0
        self._libraries = {f"jars/{path.name}": path.read_bytes() for path in (folder / "jars").glob("*.jar")}
        self._libraries["runner.jar"] = (folder / "runner.jar").read_bytes()

    def run(self, sources: Mapping[str, str], resources: Mapping[str, str] | None = None, **options: object) -> TestRun:
        self._count += 1
        folder = self._folder / str(self._count)
        for path, text in sources.items():
            file = folder / "sources" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        compiled = folder / "classes"
        javac = (str(self._home / "bin/javac"), "-nowarn", "-proc:none")
        class_path = f"{self._folder}/jars/*:{self._folder}/runner.jar"
        argv = [*javac, "-cp", class_path, "-d", str(compiled), *map(str, (folder / "sources").rglob("*.java"))]
        done = subprocess.run(argv, check=False, timeout=120, capture_output=True, text=True)
        if done.returncode != 0:
            return TestRun(outcome=Outcome.BUILD_FAILED, reason=done.stderr)
        files = {str(path.relative_to(compiled)): path.read_bytes() for path in compiled.rglob("*.class")}
        files |= {path: text.encode() for path, text in (resources or {}).items()}
        given = {"limits": LIMITS, "cwd": CLASSES} | options
        with self._backend.box(BoxSpec(limits=LIMITS, folders=("/tmp",))) as box:
            box.put_folder(LIBRARIES, self._libraries)
            box.put_folder(CLASSES, files)
            return run_tests(box, java=str(self._home), class_path=[CLASSES], runner=RUNNER, **given)  # type: ignore[arg-type]

    def beside(self, sources: Mapping[str, str], resources: Mapping[str, str] | None = None) -> Run:
        def run(files: Files, required: Sequence[str]) -> TestRun:
            return self.run({**sources, **dict(files)}, resources, required=required)

        return run


@pytest.fixture(scope="session")
def java_home() -> Path:
    javac = shutil.which("javac")
    if javac is None:
        pytest.skip("no JDK here")
    return Path(javac).resolve().parents[1]


@pytest.fixture(scope="session")
def junit_jars(request: pytest.FixtureRequest) -> Path:
    folder = Path(os.environ.get("BOXSCORE_JARS") or cache_folder() / "jars")
    if not list(folder.glob("junit-platform-launcher-*.jar")):
        if request.config.getoption("markexpr") == "not slow":
            pytest.skip(f"no jars of JUnit in {folder}; BOXSCORE_JARS names another folder")
        bring_jars(folder)
    return folder


def bring_jars(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    central = os.environ.get("MAVEN_CENTRAL", "https://repo1.maven.org/maven2")
    for line in (bundled("images") / "jvm/jars.txt").read_text().splitlines():
        kind, path, checksum = line.split() if not line.startswith("#") else ("", "", "")
        if kind in {"junit5", "testng"}:
            with urllib.request.urlopen(f"{central}/{path}", timeout=60) as answer:
                data = answer.read()
            assert hashlib.sha512(data).hexdigest() == checksum, path
            (folder / path.rpartition("/")[2]).write_bytes(data)


@pytest.fixture(scope="session")
def jvm(local_backend: Backend, java_home: Path, junit_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Jvm:
    folder = tmp_path_factory.mktemp("jvm")
    (folder / "jars").symlink_to(junit_jars)
    environment = {**os.environ, "JAVAC": str(java_home / "bin/javac"), "JAR": str(java_home / "bin/jar")}
    build = bundled("sandbox") / "jvm/build"
    subprocess.run([build, folder / "runner.jar", f"{junit_jars}/*"], check=True, timeout=120, env=environment)
    return Jvm(local_backend, java_home, folder)


@pytest.fixture(scope="session")
def run_java(jvm: Jvm) -> Callable[..., TestRun]:
    return jvm.run
