"""Versions of dependencies: in Maven's order, of what it resolved."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.dependencies import dependency_faults, version_at_least
from boxscore.protocols.migration.pom import read_effective_pom
from boxscore.protocols.migration.resolved import Artefact
from tests.protocols.migration.effective_poms import JUNIT, ROOT, effective, project

# What `ComparableVersion` of Maven 3.8.7 says of each beside 5.
AT_LEAST_5 = (
    *("5", "5.0", "5.0.0", "5.0.0.Final", "5.0.0.RELEASE", "5.0.0.GA", "5.0.0-jre", "5.1-beta", "5.0.1-SNAPSHOT"),
    *("5-m", "5-a", "5.x", "005", "6-alpha", "10.0-alpha1", "20240303", "99999999999999999999", "5.0.0-preview"),
)
BELOW_5 = (
    *("5.0.0-M1", "5-alpha", "5.0.0.Alpha1", "5.0.0-SNAPSHOT", "5.0.0.RC1", "5.0.0.CR2", "5a1", "5b2", "5m3", "5rc1"),
    *("5..alpha", "5.-alpha", "5.0SNAPSHOT", "5.0.0a1", "4.99.99", "r07", "Finchley.SR2", "v5.0"),
)


@pytest.mark.parametrize("version", AT_LEAST_5)
def test_versions_of_the_wanted_major_are_enough(version: str) -> None:
    """From its first release on, whatever the wanted one is behind its first number."""
    assert version_at_least(version, "5.11.0")


@pytest.mark.parametrize("version", BELOW_5)
def test_versions_before_it_are_not(version: str) -> None:
    """Nor those that come before its first release, nor names."""
    assert not version_at_least(version, "5.11.0")


def resolved(version: str) -> Artefact:
    """JUnit of a version."""
    return Artefact(group="junit", artifact="junit", version=version)


def test_what_maven_resolved_counts() -> None:
    """Not what the pom declares, nor a comment in it."""
    model = read_effective_pom(effective(project()), root=ROOT)
    table = (("junit:junit", "5.1"),)

    assert dependency_faults(model, model, {"": (resolved("5.0"),)}, table) == ()
    assert dependency_faults(model, model, {"": (resolved("4.13"),)}, table) == (
        "the root module has junit:junit 4.13, which is older than 5.1",
    )
    assert dependency_faults(model, model, {}, table) == (
        "the root module has junit:junit 4.13.2, which is older than 5.1",
    )
    assert dependency_faults(model, model, {"": (resolved("4.13"),)}, ()) == ()


def test_a_dependency_that_is_no_longer_declared_is_still_judged() -> None:
    """As long as something else brings it, the project has it."""
    base = read_effective_pom(effective(project(dependencies=JUNIT)), root=ROOT)
    now = read_effective_pom(effective(project(dependencies="")), root=ROOT)
    table = (("junit:junit", "5.1"),)

    assert len(dependency_faults(base, now, {"": (resolved("4.13"),)}, table)) == 1
    assert dependency_faults(base, now, {"": ()}, table) == ()
