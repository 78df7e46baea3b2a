"""The attack suite of migrations: its files, and what is made of them for an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from boxscore import UsageError
from boxscore.flags.scan import flags_of
from boxscore.protocols.attacks import Attack, Expect, attacks_for, difference
from boxscore.protocols.java_source import parse_java
from boxscore.protocols.migration.attacks import NotSuited, names_of, render_migration, tree_of, trials, why_not
from boxscore.protocols.patch.diff import hunks_of
from tests.protocols.migration.tiny_projects import applies, target_of, task_of, written

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.migration.attacks import Target

SUITE = attacks_for("migration")
CLASSES = {
    *("class-files", "compiler", "configuration", "control", "forged", "modules", "profiles"),
    *("reaches-out", "shadowed", "tests-changed", "tests-not-run"),
}
NAMES = ("ledger-maximal", "caravan-maximal", "satchel-maximal")
FAIL_BY_THEMSELVES = {
    *("in_a_comment", "in_a_profile", "without_classes", "numbers_alone"),  # modules that are gone, or nothing migrated
    *("network_from_the_tests", "outside_of_the_tree"),  # what no box allows
}
NO_PATCH = {"outside_of_the_tree"}  # what git itself refuses
POM = "<project>\n  <build>\n  </build>\n  <modules><module>a</module><module>b</module></modules>\n</project>\n"


@pytest.fixture(scope="module", params=NAMES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    return target_of(request.param, tmp_path_factory.mktemp("target"))


def test_the_suite_is_whole() -> None:
    assert {one.attack_class for one in SUITE} == CLASSES
    assert sum(one.expect is Expect.FAIL for one in SUITE) >= 75
    assert sum(one.expect is Expect.PASS for one in SUITE) >= 15


def test_cheats_that_keep_the_reference_working_are_flagged(target: Target) -> None:
    reference = hunks_of(target.task.reference or "")
    unflagged = {
        trial.attack.name
        for trial in trials(target, SUITE)
        if trial.attack.expect is Expect.FAIL
        and "#~ stubbed" not in trial.attack.source
        and not flags_of(hunks_of(trial.code), reference)
    }

    assert unflagged <= FAIL_BY_THEMSELVES


def test_patches_of_attacks_apply(target: Target, tmp_path: Path) -> None:
    name = next(name for name in NAMES if task_of(name) == target.task)
    assert written(name, tmp_path, "")
    made = tuple(trials(target, SUITE))
    assert len(made) >= len(SUITE) - 8
    for trial in made:
        assert trial.code
        assert applies(tmp_path, trial.code) == (trial.attack.name not in NO_PATCH), trial.attack.name


def test_what_is_made_is_well_formed(target: Target) -> None:
    for trial in trials(target, SUITE):
        for path, text in tree_of(trial.attack, target).items():
            if isinstance(text, str) and path.endswith("pom.xml"):
                ET.fromstring(text)
            if isinstance(text, str) and path.endswith(".java") and text != target.migrated.get(path):
                assert not parse_java(text.encode()).has_error, (trial.attack.name, path)


def test_binary_files_are_written_as_git_reads_them(tmp_path: Path) -> None:
    data = bytes(range(256)) * 3

    assert written("ledger-minimal", tmp_path, difference("lib/x.jar", None, data) + difference("notes", None, "x"))
    assert (tmp_path / "lib/x.jar").read_bytes() == data
    assert (tmp_path / "notes").read_text() == "x"
    assert difference("notes", "x\n", None).startswith("diff --git a/notes b/notes\ndeleted file mode 100644\n")


def test_templates_with_mistakes_are_refused(target: Target) -> None:
    attack = Attack(name="odd", attack_class="control", expect=Expect.FAIL, how="", source="", on_reference=True)
    for source, word in (
        ("here\n", "before the first"),
        ("#~ turn\n", "no change 'turn'"),
    ):
        with pytest.raises(UsageError, match=word):
            render_migration(replace(attack, source=source), target)
    with pytest.raises(NotSuited):
        render_migration(replace(attack, source="#~ needs testng\n"), target)


def test_instances_without_a_class_to_attack(target: Target) -> None:
    assert why_not(replace(target.task, reference=None)) != ""
    assert why_not(target.task) == ""
    assert names_of(target).test.endswith(f"{names_of(target).cls}Test.java")
    with pytest.raises(UsageError, match="no class of it has a test"):
        names_of(replace(target, migrated={"pom.xml": POM}))
