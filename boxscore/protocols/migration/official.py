"""The verdict of MigrationBench's own program, worked out from data with its quirks: for comparison, not for trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class OfficialFacts(Struct, frozen=True, kw_only=True):
    """What the official program looks at, gathered from the candidate's build in a box.

    `build_exit` is the exit status of `mvn clean verify`, None if it did not end. `classes` maps the path of each class
    file in the tree after it to its major version, None for one that cannot be read. `poms` are all files `pom.xml` of
    the tree by path, `dependency_tree` what `mvn dependency:tree` printed, None if it failed. `test_output` is what
    `mvn test -f .` printed on its standard output. `base_tests` and `tests` are the files `*.java` below `src/test` of
    the tree's root, as they were and with the candidate's patch.
    """

    build_exit: int | None
    classes: Mapping[str, int | None]
    poms: Mapping[str, bytes]
    dependency_tree: str | None
    test_output: str
    base_tests: Mapping[str, bytes]
    tests: Mapping[str, bytes]
    num_test_cases: int = -1


class OfficialVerdict(Struct, frozen=True):
    """Each step to "" if it held, else why not; the program stops at the first failure, so later steps are missing."""

    steps: dict[str, str]
    passed: bool


STEPS = ("build", "class_version", "dependency_versions", "test_count", "test_list")
"""The program's steps in its order."""


def official_verdict(
    facts: OfficialFacts, *, maximal: bool, release: int, table: Sequence[tuple[str, str]]
) -> OfficialVerdict:
    """Work out the verdict. `table` has the versions, (group:artifact, version), that a maximal one must reach."""
    raise NotImplementedError((facts, maximal, release, table))
