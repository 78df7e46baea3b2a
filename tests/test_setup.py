"""The set-up scripts: they repair what they can, do nothing when all is well, and never hang or fail for an engine."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tests.order import HERE, LONGEST, longest_first, read_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = (
    "scripts/setup-browser",
    "scripts/setup-engine",
    "scripts/setup-gvisor",
    "scripts/setup-python",
    ".ci/run",
)


def run(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_read_and_run(script: str) -> None:
    """Each script is executable and has no syntax error."""
    assert os.access(ROOT / script, os.X_OK)
    assert run("bash", "-n", script).stderr == ""


def test_a_remote_engine_that_is_away_is_no_failure() -> None:
    """DOCKER_HOST is believed: nothing is installed or started in its place, and the local backend is named."""
    done = run("scripts/setup-engine", DOCKER_HOST="tcp://127.0.0.1:1")

    assert done.returncode == 0
    assert "local backend" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to be somebody else")
def test_not_root_is_no_failure() -> None:
    """Somebody who may not start an engine is told so and can go on."""
    script = (ROOT / "scripts/setup-engine").read_text()

    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-s"],
        input=script,
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to be somebody else")
def test_no_browser_is_no_failure() -> None:
    """Somebody who may install none is told that tests are skipped, and can go on."""
    script = (ROOT / "scripts/setup-browser").read_text()

    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-s"],
        input=script.replace("chromium chromium-browser google-chrome google-chrome-stable", "no-such-browser"),
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 0
    assert "skipped" in done.stderr


def processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.docker
def test_an_engine_that_answers_is_left_alone() -> None:
    """With an engine and all programs there, the script is quick and silent."""
    if run("docker", "version").returncode != 0:
        pytest.skip("no Docker engine")
    run("scripts/setup-engine")

    before = processor_s()
    done = run("scripts/setup-engine")

    assert (done.returncode, done.stderr) == (0, "")
    assert processor_s() - before < 5


def test_every_target_of_the_makefile_is_explained() -> None:
    """`make help` lists each phony target."""
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()

    listed = [line.split("\t")[0] for line in run("make", "--no-print-directory", "help").stdout.splitlines()]

    assert listed == targets


def test_workers_read_all_tests_and_begin_with_others() -> None:
    """None compiles what another one has begun with, and all find the same."""
    found = [read_in_turn(number, 3) for number in range(3)]

    assert {tuple(sorted(files)) for files in found} == {tuple(found[0])}
    assert len({files[0] for files in found}) == 3
    assert str(Path(__file__)) in found[0]


def test_the_longest_files_of_tests_are_there() -> None:
    """The list of those that are begun first names no file that was renamed."""
    assert [name for name in LONGEST if not (HERE / name).is_file()] == []


class Item:
    def __init__(self, file: str, *marks: str, fixtures: tuple[str, ...] = ()) -> None:
        self.path, self.fixturenames = HERE / file, fixtures
        self._marks = [SimpleNamespace(name=mark) for mark in marks]

    def iter_markers(self) -> Iterator[SimpleNamespace]:
        return iter(self._marks)


def test_files_that_open_boxes_are_begun_before_others() -> None:
    """Few tests with boxes take longer than many without, and a list of known files goes before all."""
    items = [Item("many.py") for _ in range(9)]
    items += [Item("local.py", fixtures=("local_backend",)), Item("docker.py", "docker"), Item(LONGEST[-1])]

    longest_first(cast("list[pytest.Item]", items))

    order = list(dict.fromkeys(item.path.relative_to(HERE).as_posix() for item in items))
    assert order == [LONGEST[-1], "docker.py", "local.py", "many.py"]
