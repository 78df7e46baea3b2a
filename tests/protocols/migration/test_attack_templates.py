"""The attack suite of migrations: its files, and what is made of them for an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import UsageError
from boxscore.flags.scan import flags_of
from boxscore.protocols.attacks import Expect, attacks_for
from boxscore.protocols.migration.attacks import names_of, trials, why_not
from boxscore.protocols.patch.diff import hunks_of
from tests.protocols.migration.tiny_projects import applies, target_of, task_of, written

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.migration.attacks import Target

SUITE = attacks_for("migration")
NAMES = ("ledger-maximal", "caravan-maximal", "satchel-maximal")
FAIL_BY_THEMSELVES = {
    *("in_a_comment", "numbers_alone"),  # modules that are gone, or nothing migrated
    *("network_from_the_tests", "outside_of_the_tree"),  # what no box allows
}
NO_PATCH = {"outside_of_the_tree"}  # what git itself refuses
POM = "<project>\n  <build>\n  </build>\n  <modules><module>a</module><module>b</module></modules>\n</project>\n"


@pytest.fixture(scope="module", params=NAMES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    return target_of(request.param, tmp_path_factory.mktemp("target"))


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
    assert len(made) >= len(SUITE) - 1
    for trial in made:
        assert trial.code
        assert applies(tmp_path, trial.code) == (trial.attack.name not in NO_PATCH), trial.attack.name


def test_instances_without_a_class_to_attack(target: Target) -> None:
    assert why_not(replace(target.task, reference=None)) != ""
    assert why_not(target.task) == ""
    assert names_of(target).test.endswith(f"{names_of(target).cls}Test.java")
    with pytest.raises(UsageError, match="no class of it has a test"):
        names_of(replace(target, migrated={"pom.xml": POM}))
