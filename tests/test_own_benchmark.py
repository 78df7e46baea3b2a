"""Instances made of repositories of ours, end to end: built, tested before and after, written, graded, and exported."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import PatchTask
from boxscore.cli import app
from boxscore.cli.new_instance import NewOptions, new_command
from boxscore.errors import SandboxUnavailable
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import environment_reference
from boxscore.instances.draft import FixSource, archive_name, make_draft, row_of, write_row
from boxscore.instances.repository import Repository
from boxscore.instances.sources import EnvironmentOptions
from boxscore.protocols.details import decode_result
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.instances.conftest import commit, git
from tests.tiny_patches import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]
# Of tiny-patches, by runner, with what its rows say: pytest, unittest and node:test.
REPOSITORIES = ("wortlaut", "purse", "askew")


def made(name: str, folder: Path) -> Path:
    """A repository of two commits: before the fix, and with the fix and its tests."""
    repository = folder / name
    shutil.copytree(ROOT / name / "repository", repository, ignore=shutil.ignore_patterns("__pycache__"))
    git(repository, "init", "-q", "-b", "main")
    commit(repository, {}, "Begin")
    for patch in ("gold.patch", "test.patch"):
        git(repository, "apply", str(ROOT / name / patch))
    commit(repository, {}, "Mend it")
    return repository


def options(repository: Path, **more: Any) -> NewOptions:
    """Make an instance of the last commit, which needs no package but the runner."""
    file = repository.parent / "mine.jsonl"
    asked: dict[str, Any] = {"repo": repository, "file": file, "span": "main~1..main", "install": ("true",), **more}
    return NewOptions(**asked)


def making(repository: Path, name: str) -> PatchTask:
    """Write the instance of a repository to `mine.jsonl` beside it, with the lists of tiny-patches; no test is run."""
    file, scratch = repository.parent / "mine.jsonl", repository.parent / "scratch"
    scratch.mkdir()
    found = make_draft(
        Repository(repository, scratch), FixSource(span="main~1..main"), EnvironmentOptions(install=("true",))
    )
    expected = row_named(name)
    stems = [one.rpartition("/")[2].partition(".")[0].removeprefix("test_") for one in found.fix.test_files]
    lists = {
        one: [test for test in expected[one] if any(stem in test for stem in stems)]
        for one in ("fail_to_pass", "pass_to_pass")
    }
    write_row(file, row_of(found, archive_name(found, file), lists), found.archive, replaces=False)
    benchmark = load_benchmark(Request(benchmark=str(file)))
    task = benchmark.harness.task(benchmark.asked[0])
    assert isinstance(task, PatchTask)
    return task


def row_named(name: str) -> dict[str, Any]:
    """A row of tiny-patches."""
    rows = [json.loads(line) for line in (ROOT / "instances.jsonl").read_text().splitlines()]
    found: dict[str, Any] = next(row for row in rows if row["instance_id"] == f"tiny-patches/{name}")
    return found


def outcomes(file: Path, codes: dict[str, str], folder: Path) -> dict[str, str]:
    """Grade patches of the one instance of a file."""
    (row,) = [json.loads(line) for line in file.read_text().splitlines()]
    samples = [
        boxscore.Sample(instance_id=row["instance_id"], sample_id=name, text=code) for name, code in codes.items()
    ]
    boxscore.grade(str(file), samples, backend="docker", workers=2, out=folder, reuse=False)
    lines = (folder / "results.jsonl").read_bytes().splitlines()
    return {one.sample_id: one.outcome.value for one in (decode_result(line) for line in lines)}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_a_fix_becomes_an_instance(
    name: str, docker_backend: Backend, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lists are those that tiny-patches has, gold passes, and a patch that fixes nothing is wrong."""
    assert docker_backend.name == "docker"
    repository = made(name, tmp_path)
    assert new_command(options(repository, repeat=2, json=True)) == 0

    shown = json.loads(capsys.readouterr().out)
    assert shown["objects_of_the_future"] == 0
    assert shown["flaky"] == []
    expected = row_named(name)
    assert sorted(shown["fail_to_pass"]) == sorted(expected["fail_to_pass"])
    assert set(shown["pass_to_pass"]) <= set(expected["pass_to_pass"])
    file = tmp_path / "mine.jsonl"
    nothing = "diff --git a/NOTES b/NOTES\nnew file mode 100644\n--- /dev/null\n+++ b/NOTES\n@@ -0,0 +1 @@\n+x\n"
    codes = {"gold": (ROOT / name / "gold.patch").read_text(), "empty": "", "nothing": nothing}
    assert outcomes(file, codes, tmp_path / "run") == {"gold": "passed", "empty": "no_code", "nothing": "wrong"}


def test_a_flaky_test_is_in_no_list(docker_backend: Backend, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A test that passes now and then is listed as flaky, with the paths of two logs that disagree."""
    assert docker_backend.name == "docker"
    repository = made("purse", tmp_path)
    text = (
        "import os, time, unittest\n\n\nclass Odd(unittest.TestCase):\n    def test_odd(self):\n"
        "        self.assertTrue(os.urandom(1)[0] % 2)\n"
    )
    commit(repository, {"tests/test_odd.py": text}, "Now and then")
    assert new_command(options(repository, span="main~2..main", repeat=8)) == 0

    shown = capfd.readouterr()
    assert "FLAKY 1\n  test_odd (tests.test_odd.Odd)" in shown.out
    assert "flaky: test_odd (tests.test_odd.Odd)" in shown.err
    (row,) = [json.loads(line) for line in (tmp_path / "mine.jsonl").read_text().splitlines()]
    assert row["boxscore"]["flaky"] == ["test_odd (tests.test_odd.Odd)"]
    assert "test_odd" not in row["FAIL_TO_PASS"] + row["PASS_TO_PASS"]


def test_a_build_that_fails(docker_backend: Backend, tmp_path: Path) -> None:
    """The cause comes first, then where the whole log is; nothing is written."""
    assert docker_backend.name == "docker"
    repository = made("purse", tmp_path)
    asked = options(repository, install=("python3 -c 'import nowhere'",))

    cause = r"^the image could not be built: ModuleNotFoundError: .*'nowhere'.*; the whole log: /"
    with pytest.raises(SandboxUnavailable, match=cause):
        new_command(asked)
    assert not asked.file.exists()


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
    """A Python that has harbor; skip where it cannot be had."""
    found = sorted((Path.home() / ".pyenv" / "versions").glob("3.12.*/bin/python"))
    python = str(found[-1]) if found else shutil.which("python3.12")  # pyenv's own may be a stub that refuses
    if python is None:
        pytest.skip("harbor needs Python 3.12")
    place = tmp_path_factory.mktemp("harbor") / "venv"
    subprocess.run([python, "-m", "venv", str(place)], check=True)
    install = [str(place / "bin" / "pip"), "install", "--quiet", "harbor"]
    done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=INSTALL_S)
    if done.returncode != 0:
        pytest.skip(f"harbor cannot be installed: {done.stderr[-200:]}")
    return str(place / "bin" / "python")


def test_a_task_of_harbor_tells_the_fix(exported: tuple[Path, str]) -> None:
    """The fix has the reward 1, and what changes nothing has 0."""
    folder, image = exported
    (place,) = (folder / "tasks").iterdir()
    judge = "bash /tests/test.sh; cat /logs/verifier/reward.txt"

    assert run(image, judge, tests=place / "tests") == "0\n"
    solved = run(
        image, f"bash /solution/solve.sh >/dev/null 2>&1; {judge}", tests=place / "tests", solution=place / "solution"
    )
    assert solved == "1\n"


def test_harbor_reads_its_tasks(harbor_python: str, tmp_path: Path) -> None:
    """Harbor's own loader takes the folder as a task."""
    making(made("purse", tmp_path), "purse")
    with pytest.raises(SystemExit):
        app.main(["instances", "export", str(tmp_path / "mine.jsonl"), str(tmp_path / "tasks")])
    command = [harbor_python, "-c", HARBOR, str(tmp_path / "tasks")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("boxscore/local__purse-")
