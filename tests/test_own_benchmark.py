"""Instances made of repositories of ours, end to end: built, tested before and after, written, and graded."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import PatchTask
from boxscore.cli.new_instance import NewOptions, new_command
from boxscore.errors import SandboxUnavailable
from boxscore.instances.draft import FixSource, archive_name, make_draft, row_of, write_row
from boxscore.instances.repository import Repository
from boxscore.instances.sources import EnvironmentOptions
from boxscore.protocols.details import decode_result
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from tests.instances.conftest import commit, git
from tests.tiny_patches import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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
