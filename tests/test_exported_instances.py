"""What `boxscore instances export` writes, read and run by the programs that it is written for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.cli import app
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import environment_reference
from tests.test_own_benchmark import REPOSITORIES, made, making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]
INSTALL_S = 1500.0
HARBOR = """
import sys
from pathlib import Path
from harbor.models.task.task import Task

for folder in Path(sys.argv[1]).iterdir():
    assert Task.is_valid_dir(folder), folder
    print(Task(folder).name)
"""


def docker(*words: str) -> str:
    """Run the engine's command."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=REPOSITORIES)
def exported(request: pytest.FixtureRequest, docker_backend: Backend, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with an instance as a task, and its image as others build it.

    The published base cannot be had everywhere: the environment that grading uses takes its place.
    """
    if shutil.which("docker") is None:
        pytest.skip("the docker command is not here")
    assert docker_backend.name == "docker"
    task = making(made(request.param, tmp_path), str(request.param))
    with pytest.raises(SystemExit) as ended:
        app.main(["instances", "export", str(tmp_path / "mine.jsonl"), str(tmp_path / "tasks")])
    assert ended.value.code == 0
    (place,) = (tmp_path / "tasks").iterdir()
    ensure_instance_images([task.image])
    recipe = place / "environment" / "Dockerfile"
    recipe.write_text(
        re.sub(r"^RUN .*(?:uv setuptools|requirements\.txt).*\n", "", recipe.read_text(), flags=re.MULTILINE)
    )
    name = f"boxscore-test-exported-{request.param}-{os.getpid()}"
    base = f"BASE={environment_reference(task.image)}"
    docker("build", "-q", "--network", "none", "--build-arg", base, "-t", name, str(place / "environment"))
    yield tmp_path, name
    docker("image", "rm", "-f", name)


def run(image: str, script: str, **folders: Path) -> str:
    """Run a script in an image without a network, with folders at these places; what it printed."""
    mounts = [word for place, folder in folders.items() for word in ("-v", f"{folder}:/{place}:ro")]
    return docker("run", "--rm", "--network", "none", *mounts, image, "bash", "-c", f"exec 2>&1\n{script}")


@pytest.fixture(scope="module")
def harbor_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has harbor."""
    return venv(tmp_path_factory.mktemp("harbor"), "harbor")


def venv(tmp_path: Path, package: str) -> str:
    """A Python with a package of PyPI's and what it needs; skip where it cannot be had."""
    version = "3.12" if package == "harbor" else f"{sys.version_info.major}.{sys.version_info.minor}"
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    python = str(found[-1]) if found else shutil.which(f"python{version}")  # pyenv's own may be a stub that refuses
    if python is None:
        pytest.skip(f"{package} needs Python {version}")
    place = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", str(place)], check=True)
    install = [str(place / "bin" / "pip"), "install", "--quiet", package]
    done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=INSTALL_S)
    if done.returncode != 0:
        pytest.skip(f"{package} cannot be installed: {done.stderr[-200:]}")
    return str(place / "bin" / "python")


def test_a_task_of_harbor_tells_the_fix(exported: tuple[Path, str]) -> None:
    """The fix has the reward 1, and what changes nothing has 0."""
    folder, image = exported
    (place,) = (folder / "tasks").iterdir()
    judge = "bash /tests/test.sh; cat /logs/verifier/reward.txt"

    assert run(image, judge, tests=place / "tests") == "0\n"
    solved = run(image, f"bash /solution/solve.sh >/dev/null 2>&1; {judge}", **_both(place))
    assert solved == "1\n"


def _both(place: Path) -> dict[str, Path]:
    return {"tests": place / "tests", "solution": place / "solution"}


def test_harbor_reads_its_tasks(harbor_python: str, tmp_path: Path) -> None:
    """Harbor's own loader takes the folder as a task."""
    making(made("purse", tmp_path), "purse")
    with pytest.raises(SystemExit):
        app.main(["instances", "export", str(tmp_path / "mine.jsonl"), str(tmp_path / "tasks")])
    command = [harbor_python, "-c", HARBOR, str(tmp_path / "tasks")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("boxscore/local__purse-")
