"""The attack suite of migrations: its files, and what is made of them for an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from boxscore import UsageError
from boxscore.flags.scan import flags_of
from boxscore.protocols.attacks import Attack, Expect, attacks_for
from boxscore.protocols.difference import difference
from boxscore.protocols.java_source import parse_java
from boxscore.protocols.migration import attack_changes
from boxscore.protocols.migration.attacks import NotSuited, names_of, render_migration, tree_of, trials, why_not
from boxscore.protocols.migration.inventory import test_inventory as inventory_of
from boxscore.protocols.migration.inventory import weakened_tests
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
    *("network_from_the_tests", "outside_of_the_tree", "other_values"),  # what no box allows, or the tests refute
}
NO_PATCH = {"outside_of_the_tree"}  # what git itself refuses
POM = "<project>\n  <build>\n  </build>\n  <modules><module>a</module><module>b</module></modules>\n</project>\n"
SOURCE = """package org.example;

class Sum {
    int of(int one, int other) {
        return one + other;
    }
}
"""
TESTS = """package org.example;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class SumTest {
    @Test
    public void twoAndTwo() {
        assertEquals(4, new Sum().of(2, 2));
    }
}
"""


@pytest.fixture(scope="module", params=NAMES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A project of one module, one of several, and one with JUnit 5."""
    return target_of(request.param, tmp_path_factory.mktemp("target"))


def test_what_runs_around_tests_is_changed_with_them() -> None:
    """Else it fails all tests of a stubbed project, and no build comes to what the cheat is about."""
    body = "{ sum = new Sum(); }"
    around = f"@org.junit.Before public void fill() {body}"
    old = TESTS.replace("import org.junit.Test;", "import junit.framework.TestCase;").replace("@Test", "")

    for how in ("returning", "catching"):
        changed = attack_changes.TESTS[how]("junit4", TESTS.replace("@Test", f"{around} @Test"))
        assert "fill()" in changed
        assert f"fill() {body}" not in changed
        assert f"setUp() {body}" not in attack_changes.TESTS[how](
            "junit3", old.replace("    public void", f"public void setUp() {body}\n    public void")
        )


def test_a_test_that_expects_an_exception_throws_it() -> None:
    """It would fail the build else, since what is stubbed throws others; one that is emptied stays as it was."""
    expecting = TESTS.replace("@Test", "@Test(expected = java.io.IOException.class)")

    for how in ("returning", "catching"):
        assert "{ if (true) { throw new java.io.IOException(); }" in attack_changes.TESTS[how]("junit4", expecting)
    assert attack_changes.TESTS["emptied"]("junit4", expecting) == expecting


def test_a_runner_of_tests_has_a_package_that_they_can_name() -> None:
    """One without a package cannot be named from classes that have one."""
    (quiet,) = (one for one in SUITE if one.name == "quiet_runner")

    assert "package quiet;" in quiet.source
    assert "RunWith(quiet.Quiet.class)" in attack_changes.TESTS["run-with"]("junit4", TESTS)


def test_the_suite_is_whole() -> None:
    assert {one.attack_class for one in SUITE} == CLASSES
    assert sum(one.expect is Expect.FAIL for one in SUITE) >= 75
    assert sum(one.expect is Expect.PASS for one in SUITE) >= 15


def test_cheats_that_keep_the_reference_working_are_flagged(target: Target) -> None:
    """Their tests pass, so nothing but a flag keeps them a claim."""
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
    """Git would apply each patch that is made, but the one that leaves the tree."""
    name = next(name for name in NAMES if task_of(name) == target.task)
    assert written(name, tmp_path, "")
    made = tuple(trials(target, SUITE))
    assert len(made) >= len(SUITE) - 8
    for trial in made:
        assert trial.code
        assert applies(tmp_path, trial.code) == (trial.attack.name not in NO_PATCH), trial.attack.name


def test_what_is_made_is_well_formed(target: Target) -> None:
    """Poms of attacks are XML, and sources Java, so that they are refused for what they do."""
    for trial in trials(target, SUITE):
        for path, text in tree_of(trial.attack, target).items():
            if isinstance(text, str) and path.endswith("pom.xml"):
                ET.fromstring(text)
            if isinstance(text, str) and path.endswith(".java") and text != target.migrated.get(path):
                assert not parse_java(text.encode()).has_error, (trial.attack.name, path)


def test_reformatted_tests_are_the_same_tests(target: Target) -> None:
    """The honest change of all tests is none to who compares their words, and emptied ones are one."""
    (reformatted,) = [one for one in SUITE if one.name == "tests_reformatted"]
    assert render_migration(reformatted, target) != target.task.reference
    for path, text in target.before.items():
        if "src/test/java/" in path and attack_changes.style_of(text):
            base = inventory_of({path: text.encode()})
            style = attack_changes.style_of(text)
            same = inventory_of({path: attack_changes.TESTS["reformatted"](style, text).encode()})
            emptied = inventory_of({path: attack_changes.TESTS["emptied"](style, text).encode()})
            assert weakened_tests(base, same) == {}
            assert weakened_tests(base, emptied) != {}


@pytest.mark.parametrize("how", attack_changes.TESTS)
def test_each_change_of_tests_changes_them(how: str) -> None:
    """What is left is Java, and not what it was."""
    changed = attack_changes.TESTS[how]("junit4", TESTS)

    assert changed != TESTS
    assert not parse_java(changed.encode()).has_error


def test_sources_are_stubbed_and_added_to() -> None:
    """All bodies of methods go, guards come before them, and code that runs first comes at the end."""
    assert "one + other" not in attack_changes.stubbed(SOURCE)
    assert 'if (broken) { throw new UnsupportedOperationException("not here"); }' in attack_changes.failing_if(
        SOURCE, "broken\n"
    )
    assert "static {\nrun();\n    }\n}" in attack_changes.with_static(SOURCE, "run();\n")
    assert attack_changes.main_class(SOURCE) == "Sum"
    assert attack_changes.main_class("class Empty {}") == ""
    assert attack_changes.package_of(SOURCE) == "org.example"


def test_elements_are_put_where_they_belong() -> None:
    """Elements that are missing are made, those that are there are used."""
    put = attack_changes.put_in(POM, ("properties",), "<skipTests>true</skipTests>")
    again = attack_changes.put_in(put, ("properties",), "<b>c</b>")

    assert "<properties>\n<skipTests>true</skipTests>\n<b>c</b>" in again.replace("</skipTests>\n\n", "</skipTests>\n")
    assert again.count("<properties>") == 1
    assert attack_changes.put_in("<project><a/></project>", ("a",), "<b/>") == "<project><a><b/></a></project>"
    assert attack_changes.without_last_module(POM) == POM.replace("<module>b</module>", "<!-- <module>b</module> -->")
    assert attack_changes.without_last_module("<project></project>") is None
    packed = attack_changes.packaged_as_pom("<project><packaging>war</packaging></project>")
    assert "<packaging>pom</packaging>" in packed
    assert attack_changes.with_release("<release>17</release>", "8") == "<release>8</release>"
    with pytest.raises(UsageError, match="not XML"):
        attack_changes.put_in("<project>", (), "")
    with pytest.raises(UsageError, match="no pom"):
        attack_changes.put_in("<model></model>", (), "")


def test_binary_files_are_written_as_git_reads_them(tmp_path: Path) -> None:
    """Bytes that are no text come back."""
    data = bytes(range(256)) * 3

    assert written("ledger-minimal", tmp_path, difference("lib/x.jar", None, data) + difference("notes", None, "x"))
    assert (tmp_path / "lib/x.jar").read_bytes() == data
    assert (tmp_path / "notes").read_text() == "x"
    assert difference("notes", "x\n", None).startswith("diff --git a/notes b/notes\ndeleted file mode 100644\n")


def test_templates_with_mistakes_are_refused(target: Target) -> None:
    """Changes that nobody knows, and text before the first of them."""
    attack = Attack(name="odd", attack_class="control", expect=Expect.FAIL, how="", source="", on_reference=True)
    for source, word in (
        ("here\n", "before the first"),
        ("#~ turn\n", "no change 'turn'"),
        ("#~ tests odd\n", "no change 'tests odd'"),
    ):
        with pytest.raises(UsageError, match=word):
            render_migration(replace(attack, source=source), target)
    with pytest.raises(NotSuited):
        render_migration(replace(attack, source="#~ needs testng\n"), target)


def test_instances_without_a_class_to_attack(target: Target) -> None:
    """An instance without a reference, or without a test that is named after a class, has no attacks."""
    assert why_not(replace(target.task, reference=None)) != ""
    assert why_not(target.task) == ""
    assert names_of(target).test.endswith(f"{names_of(target).cls}Test.java")
    with pytest.raises(UsageError, match="no class of it has a test"):
        names_of(replace(target, migrated={"pom.xml": POM}))
