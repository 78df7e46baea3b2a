"""The embedded benchmark `tiny-migration`: its files are what they say they are, and fit together."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, Outcome, Sample, SampleKind
from boxscore.data.plugins import load_harness
from boxscore.protocols.migration.inventory import test_inventory as inventory_of
from boxscore.protocols.migration.task import MigrationTask
from boxscore.resources import folder
from tests.tiny_repositories import git, lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Instance

ROOT = folder("instances") / "tiny_migration"
PREFIX = "tiny-migration/"
HARNESS = load_harness("tiny-migration")
ANYTHING_ELSE = "fail"
MODULE = re.compile(r"<module>([^<]+)</module>")


def lines_of(name: str) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    return [json.loads(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


ROWS = {row["instance_id"].removeprefix(PREFIX): row for row in lines_of("instances.jsonl")}
PROJECTS = sorted({row["project"] for row in ROWS.values()})
SAMPLES = lines_of("samples.jsonl")


@pytest.fixture(scope="module")
def instances() -> dict[str, Instance]:
    """The instances by name."""
    return {one.instance_id.removeprefix(PREFIX): one for one in HARNESS.load(ROOT / "instances.jsonl")}


def repository(project: str, where: Path) -> Path:
    """Put a project, with git, in a folder."""
    return lay_out(ROOT / project / "repository", where)


def task_of(instance: Instance) -> MigrationTask:
    """The task of an instance."""
    task = HARNESS.task(instance)
    assert isinstance(task, MigrationTask)
    return task


def test_the_set_is_mixed() -> None:
    """There are six projects at both levels, some for Java 21, one of several modules; tests of JUnit 3, 4, 5."""
    assert len(PROJECTS) == 6
    for project in PROJECTS:
        levels = {(row["level"], row["release"]) for row in ROWS.values() if row["project"] == project}
        assert levels >= {("minimal", 17), ("maximal", 17)}
    assert sum(row["release"] == 21 for row in ROWS.values()) >= 3
    assert [row["project"] for row in ROWS.values() if len(row["modules"]) > 1] == ["caravan"] * 3
    sources = "".join(path.read_text("utf-8") for path in ROOT.rglob("src/test/java/**/*.java"))
    for framework in ("junit.framework.TestCase", "org.junit.Test", "org.junit.jupiter.api.Test"):
        assert f"import {framework};" in sources


@pytest.mark.parametrize("project", PROJECTS)
def test_tests_and_modules_are_those_of_the_project(project: str) -> None:
    """A row names each test that its sources have, and each folder with a pom."""
    root = ROOT / project / "repository"
    modules = ["", *MODULE.findall((root / "pom.xml").read_text("utf-8"))]
    found: list[str] = []
    for module in modules:
        sources = {str(path): path.read_bytes() for path in (root / module).glob("src/test/java/**/*.java")}
        inventory = inventory_of(sources)
        assert not inventory.unreadable
        found += [f"{module}:{one}" for one in inventory.ids]
    for row in ROWS.values():
        if row["project"] == project:
            assert sorted(row["tests"]) == sorted(found)
            assert row["modules"] == modules


@pytest.mark.parametrize("name", ROWS)
def test_references_apply_and_name_the_java(name: str, instances: dict[str, Instance], tmp_path: Path) -> None:
    """A reference applies to its project, changes no binary, and leaves poms that compile for the Java of the row."""
    task = task_of(instances[name])
    tree = repository(ROWS[name]["project"], tmp_path)
    assert task.reference is not None

    assert git(tree, "apply", patch=task.reference)

    poms = "".join(path.read_text("utf-8") for path in tree.rglob("pom.xml"))
    assert re.search(rf"<(maven\.compiler\.(release|target)|java\.version|release|target)>{task.release}<", poms)
    assert not re.search(r"<(maven\.compiler\.(release|source|target)|java\.version|source|target)>(1\.)?8<", poms)
    assert "GIT binary patch" not in task.reference


@pytest.mark.parametrize("name", ROWS)
def test_tasks_are_those_of_the_rows(name: str, instances: dict[str, Instance]) -> None:
    """Versions are asked for at the level maximal alone; a model is told them, and the Java to come to."""
    task, row = task_of(instances[name]), ROWS[name]

    assert (task.level, task.release, task.tests) == (row["level"], row["release"], tuple(row["tests"]))
    assert bool(task.versions) == (task.level == "maximal")
    assert f"Java {task.release}" in task.statement
    assert all(f"`{artifact}`: {version}" in task.statement for artifact, version in task.versions)
    assert HARNESS.prompt(instances[name])[0]["content"].endswith(instances[name].prompt)


def test_levels_of_a_project_share_an_image(instances: dict[str, Instance]) -> None:
    """What an image is made of depends on the project alone."""
    for project in PROJECTS:
        images = [task_of(instances[name]).image for name, row in ROWS.items() if row["project"] == project]
        assert all(one == images[0] for one in images)


def test_samples_expect_known_outcomes() -> None:
    """Each sample is of an instance and has an outcome to expect; each instance has what must and must not pass."""
    for row in SAMPLES:
        assert row["instance_id"].removeprefix(PREFIX) in ROWS
        assert len({"solution", "answer"} & row.keys()) == 1
        assert row["expect"] == ANYTHING_ELSE or Outcome(row["expect"])
    for name in ROWS:
        expected = {row["sample_id"]: row["expect"] for row in SAMPLES if row["instance_id"] == PREFIX + name}
        assert (expected["gold"], expected["empty"], expected["numbers"]) == ("passed", "no_code", ANYTHING_ELSE)


def test_recorded_patches_apply_unless_they_must_not(instances: dict[str, Instance], tmp_path: Path) -> None:
    """What does not apply is recorded as such; what is recorded as the reference is it."""
    trees = {project: repository(project, tmp_path / project) for project in PROJECTS}
    for row in SAMPLES:
        name = row["instance_id"].removeprefix(PREFIX)
        patch = row.get("solution") or ""
        if patch:
            applies = git(trees[ROWS[name]["project"]], "apply", "--check", patch=patch)
            assert applies == (row["sample_id"] != "does-not-apply"), (name, row["sample_id"])
        if row["sample_id"] == "gold":
            assert patch == instances[name].reference


def test_a_patch_is_taken_out_of_an_answer(instances: dict[str, Instance]) -> None:
    """The last code block with a patch counts, and where there is none nothing does."""
    (chat,) = [row for row in SAMPLES if "answer" in row]
    name = chat["instance_id"].removeprefix(PREFIX)

    def extracted(text: str) -> str | None:
        sample = Sample(instance_id=PREFIX + name, sample_id="0", text=text, kind=SampleKind.ANSWER)
        return HARNESS.extract(instances[name], sample)

    assert extracted(chat["answer"]) == instances[name].reference
    assert extracted("I would rather not.") is None


def test_rows_of_no_known_level_are_refused(tmp_path: Path) -> None:
    """A row says where it is wrong."""
    (tmp_path / "versions.json").write_text("{}")
    row = ROWS["ledger-minimal"]
    for wrong in ({"level": "most"}, {"release": 11}, {"extra": 1}):
        (tmp_path / "instances.jsonl").write_text(json.dumps(row | wrong) + "\n")
        with pytest.raises(InputError, match=r"instances\.jsonl"):
            HARNESS.load(tmp_path / "instances.jsonl")
