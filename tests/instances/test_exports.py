"""Instances in the forms of other programs: tasks of Harbor."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.cli import app
from boxscore.errors import UsageError
from boxscore.images.records import InstanceImage
from boxscore.instances import judge
from boxscore.instances.draft import FixSource, archive_name, make_draft, row_of, write_row
from boxscore.instances.harbor import dockerfile, harbor_task, restored_tests, write_task
from boxscore.instances.sources import EnvironmentOptions
from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.statuses import Status
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.instances.conftest import AFTER

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.instances.repository import Repository
    from boxscore.records import Instance

SUMMARY = (
    "PASSED t.py::a[x y]\nFAILED t.py::b - no - way\nSKIPPED [1] t.py:3: why\nXFAIL t.py::c\nERROR t.py::d\n"
    "SUBFAILED(i=1) t.py::a[x y] - no\n\x1b[32mPASSED\x1b[0m t.py::e\nSKIPPED t.py::f\nPASSED t.py::g\n"
)
LOGS = {
    "pytest-v2": SUMMARY,
    "unittest": (
        "test_a (m.A.test_a) ... ok\ntest_b (m.A.test_b)\nA docstring. ... FAIL\ntest_c (m.A) ... skipped 'why'\n"
        "test_d (m.A.test_d) ... noise\nok\nFAIL: test_a (m.A.test_a) (i=1)\ntest_e (m.A.test_e) ... expected failure\n"
    ),
}


@pytest.fixture
def file(repository: Repository, tmp_path: Path) -> Path:
    file = tmp_path / "mine.jsonl"
    asked = FixSource(span="main~2..main~1", statement='Sums are "wrong"\x7f\n\nMend them.')
    draft = make_draft(repository, asked, EnvironmentOptions(test_command="python -m unittest -v {tests}"))
    lists = {"fail_to_pass": ["test_one (test_sum.T)"], "pass_to_pass": ["test_zero (test_sum.T)"]}
    write_row(file, row_of(draft, archive_name(draft, file), lists), draft.archive, replaces=False)
    return file


def loaded(file: Path) -> tuple[Instance, PatchTask]:
    benchmark = load_benchmark(Request(benchmark=str(file)))
    task = benchmark.harness.task(benchmark.asked[0])
    assert isinstance(task, PatchTask)
    return benchmark.asked[0], task


@pytest.mark.parametrize("parser", judge.PARSERS)
def test_a_task_reads_logs_as_grading_does(parser: str) -> None:
    ours = {name: status is Status.PASSED for name, status in parse_log(parser, LOGS[parser]).items()}

    assert dict(judge.PARSERS[parser](LOGS[parser].split("\n"))) == ours
    assert set(ours.values()) == {True, False}


@pytest.mark.parametrize(
    ("required", "reward"),
    [
        ({"FAIL_TO_PASS": ["t.py::e"], "PASS_TO_PASS": []}, "1"),
        ({"FAIL_TO_PASS": ["t.py::e"], "PASS_TO_PASS": ["t.py::b"]}, "0"),
        ({"FAIL_TO_PASS": ["t.py::e", "t.py::missing"], "PASS_TO_PASS": []}, "0"),
        ({"FAIL_TO_PASS": [], "PASS_TO_PASS": []}, "0"),
    ],
)
def test_the_reward(tmp_path: Path, required: dict[str, list[str]], reward: str) -> None:
    (tmp_path / "required.json").write_text(json.dumps({"parser": "pytest-v2", **required}))
    (tmp_path / "log").write_text(LOGS["pytest-v2"])
    command = [sys.executable, "-I", "-S", judge.__file__, "required.json", "log"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == f"{reward}\n"


def test_a_task_of_harbor(file: Path, tmp_path: Path) -> None:
    instance, task = loaded(file)
    place = write_task(tmp_path / "tasks", harbor_task(instance, task))

    settings = tomllib.loads((place / "task.toml").read_text())
    assert settings["task"]["name"] == f"boxscore/{instance.instance_id}"
    assert settings["task"]["description"] == 'Sums are "wrong"\x7f'
    assert settings["environment"]["workdir"] == "/testbed"
    assert "Mend them." in (place / "instruction.md").read_text()
    assert (place / "tests" / "files" / "tests" / "test_sum.py").read_text() == AFTER["tests/test_sum.py"]
    assert (place / "solution" / "fix.patch").read_text() == task.reference
    assert (
        (place / "environment" / "Dockerfile").read_text().startswith("ARG BASE=python:3.11-bookworm\nFROM ${BASE}\n")
    )
    assert (place / "environment" / "repository.tar.gz").is_file()
    for script in ("tests/test.sh", "solution/solve.sh"):
        assert (place / script).stat().st_mode & 0o111
        subprocess.run(["bash", "-n", str(place / script)], check=True)
    with pytest.raises(UsageError, match="is there already"):
        write_task(tmp_path / "tasks", harbor_task(instance, task))


def test_what_cannot_be_a_task(file: Path) -> None:
    instance, task = loaded(file)
    with pytest.raises(UsageError, match="cannot be a task of Harbor: its log is read by 'maven'"):
        harbor_task(instance, replace(task, parser="maven"))
    elsewhere = replace(task, image=replace(task.image, repository=("owner/lib", "0" * 40)))
    with pytest.raises(UsageError, match="its repository is not in its data"):
        harbor_task(instance, elsewhere)
    with pytest.raises(UsageError, match="no published image like 'patch-node'"):
        harbor_task(instance, replace(task, image=replace(task.image, base="patch-node")))


@pytest.mark.parametrize(
    "patch",
    [
        (
            "diff --git a/tests/l b/tests/l\nnew file mode 120000\n--- /dev/null\n+++ b/tests/l\n@@ -0,0 +1 @@\n"
            "+/etc/passwd\n\\ No newline at end of file\n"
        ),
        "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n",
        (
            "diff --git a/.git/config b/.git/config\nnew file mode 100644\n--- /dev/null\n+++ b/.git/config\n"
            "@@ -0,0 +1 @@\n+x\n"
        ),
    ],
)
def test_a_hostile_row_reads_nothing_of_this_machine(file: Path, patch: str) -> None:
    _, task = loaded(file)
    with pytest.raises(UsageError):
        restored_tests(replace(task, test_patch=patch))


@pytest.mark.parametrize(
    ("image", "base"),
    [
        (InstanceImage(name="i", base="patch-python-3.9"), "python:3.9-bookworm"),
        (InstanceImage(name="i", pinned="r/i@sha256:" + "0" * 64), "r/i@sha256:" + "0" * 64),
    ],
)
def test_published_images(file: Path, image: InstanceImage, base: str) -> None:
    _, task = loaded(file)

    assert dockerfile(replace(task, image=image)).startswith(f"ARG BASE={base}\n")


@pytest.mark.parametrize("name", ["../../up", "..", "/absolute"])
def test_an_id_leads_nowhere_else(file: Path, tmp_path: Path, name: str) -> None:
    row = {**json.loads(file.read_text()), "instance_id": name}
    file.write_text(json.dumps(row) + "\n")
    before = set(tmp_path.rglob("*"))

    with pytest.raises(SystemExit) as ended:
        app.main(["instances", "export", str(file), str(tmp_path / "in" / "out")])

    assert ended.value.code == 0
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert made
    assert all(path.is_relative_to(tmp_path / "in" / "out") for path in made)


@pytest.mark.parametrize("head", ["diff --git a/{0} b/{0}\n", "--- a/{0}\n+++ b/{0}\n"])
def test_no_file_of_the_machine_is_exported(file: Path, tmp_path: Path, head: str) -> None:
    (tmp_path / "secret").write_text("of the machine")
    instance, task = loaded(file)
    outside = f"{'../' * 12}{str(tmp_path / 'secret').removeprefix('/')}"
    hostile = replace(task, test_patch=task.test_patch + head.format(outside))

    with pytest.raises(UsageError, match=r"empty, `\.` or `\.\.` parts"):
        harbor_task(instance, hostile)
