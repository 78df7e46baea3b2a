"""The verdict of MigrationBench's own program, with what it overlooks: each case was compared with that program."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore.errors import ProtocolError
from boxscore.protocols.java_source import parse_java
from boxscore.protocols.migration.official import (
    OfficialFacts,
    listed_tests,
    official_at_least,
    official_names,
    official_test_count,
    official_verdict,
)

TABLE = (("junit:junit", "4.13.2"), ("io.netty:netty-all", "4.1.113.Final"))
POM = (
    b'<project xmlns="http://maven.apache.org/POM/4.0.0"><dependencies><dependency><groupId>junit</groupId>'
    b"<artifactId>junit</artifactId></dependency></dependencies></project>"
)


def listed(source: str) -> tuple[tuple[str, str], ...] | None:
    return listed_tests(parse_java(source.encode()))


TEST = listed("class A { @Test void x() { assertTrue(f()); } void helper() { } }")
GOOD = OfficialFacts(
    build_exit=0,
    classes={"target/classes/A.class": 61},
    poms={"pom.xml": POM},
    dependency_tree="[INFO] +- junit:junit:jar:4.13.2:test\n",
    log="[INFO] Results:\n[INFO] \n[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 3\n",
    base_tests={"src/test/java/A.java": TEST},
    tests={"src/test/java/A.java": TEST},
    num_test_cases=3,
)


def test_all_steps_hold_for_a_migration() -> None:
    maximal = official_verdict(GOOD, maximal=True, release=17, table=TABLE)
    minimal = official_verdict(GOOD, maximal=False, release=17, table=TABLE)

    assert maximal.passed
    assert maximal.steps == dict.fromkeys(
        ("build", "class_version", "dependency_versions", "test_count", "test_list"), ""
    )
    assert minimal.passed
    assert "dependency_versions" not in minimal.steps


@pytest.mark.parametrize(
    ("facts", "step", "reason"),
    [
        (replace(GOOD, build_exit=1), "build", "ended with 1"),
        (replace(GOOD, classes={"target/classes/A.class": 61, "m/target/classes/B.class": 52}), "class_version", "[52"),
        (replace(GOOD, classes={}), "class_version", "[]"),
        (replace(GOOD, dependency_tree=None), "dependency_versions", "tree failed"),
        (replace(GOOD, dependency_tree="[INFO] \\- junit:junit:jar:3.8:test"), "dependency_versions", "3.8"),
        (replace(GOOD, poms={"a/pom.xml": b"<"}), "dependency_versions", "a/pom.xml cannot be read"),
        (replace(GOOD, num_test_cases=4), "test_count", "4 tests are wanted: 3 were run"),
        (replace(GOOD, log="[ERROR] Tests run: 3, Failures: 1"), "test_count", "no results"),
        (replace(GOOD, tests={"src/test/java/A.java": listed("class A { }")}), "test_list", "other types or methods"),
        (replace(GOOD, tests={**GOOD.tests, "src/test/java/B.java": TEST}), "test_list", "B.java is new"),
    ],
)  # fmt: skip
def test_the_first_step_that_fails_is_the_last(facts: OfficialFacts, step: str, reason: str) -> None:
    found = official_verdict(facts, maximal=True, release=17, table=TABLE)

    assert not found.passed
    assert list(found.steps)[-1] == step
    assert reason in found.steps[step]


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, tests={"src/test/java/A.java": listed("class A { @Test void x() { } void helper() { } }")}),
        replace(GOOD, tests={}),
        replace(GOOD, classes={"target/classes/A.class": 61, "old/B.class": 52}),
        replace(GOOD, dependency_tree="[INFO] +- junit:junit:jar:3.8:test (optional)"),
        replace(GOOD, dependency_tree="[INFO] |  +- junit:junit:jar:3.8:test"),
        replace(GOOD, log="", num_test_cases=-1),
    ],
)
def test_what_the_program_overlooks_passes(facts: OfficialFacts) -> None:
    assert official_verdict(facts, maximal=True, release=17, table=TABLE).passed


@pytest.mark.parametrize(
    ("version", "wanted", "enough"),
    [
        ("5.0.0-M1", "5.11.0", True),
        ("4.13", "5.11.0", False),
        ("4.0.RELEASE", "4.1.113.Final", True),
        ("Finchley.SR2", "2.0", True),
        ("latest", "2.0", False),
    ],
)
def test_versions_are_compared_by_their_first_number(version: str, wanted: str, enough: bool) -> None:  # noqa: FBT001 - a value to compare
    assert official_at_least(version, wanted) == enough


def test_only_dependencies_of_mavens_namespace_are_known() -> None:
    assert official_names(POM) == {"junit:junit"}
    assert official_names(POM.replace(b' xmlns="http://maven.apache.org/POM/4.0.0"', b"")) == set()
    with pytest.raises(ProtocolError, match="no group or artifact"):
        official_names(POM.replace(b"<artifactId>junit</artifactId>", b""))


@pytest.mark.parametrize(
    ("output", "count"),
    [
        ("[INFO] Results:\n[INFO]\n[INFO] Tests run: 1, x\n[INFO] Results:\n\n[INFO] Tests run: 2, x", 2),
        ("[INFO] Results:\n[WARNING] Tests run: 5, Skipped: 1", -1),
        ("Tests run: 5, Failures: 0", -2),
        (f"[INFO] Results:\n[INFO] Tests run: {'9' * 5000}, x", -1),
    ],
)
def test_the_last_results_count(output: str, count: int) -> None:
    assert official_test_count(output) == count
