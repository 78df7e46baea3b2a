"""The verdict of MigrationBench's own program, worked out from data with its quirks: for comparison, not for trust."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from boxscore.errors import ProtocolError
from boxscore.protocols.java_source import TYPES, annotations_of, walk
from boxscore.protocols.patch.logs.junit import read_tree
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tree_sitter import Node

Listed = tuple[tuple[str, str], ...]
"""Types and tests of a source, as `listed_tests` gives them."""

MAJORS = {17: 61, 21: 65}

RESULTS = "[INFO] Results:\n"

TESTS_RUN = re.compile(r"^\[INFO\]\s+Tests run:\s+(\d{1,4300}),\s+.*$")

NO_RESULTS, NO_COUNT = -2, -1

STEP = re.compile(r"^\[INFO\] --- ", re.MULTILINE)

INTEGRATION = ("failsafe:", "maven-failsafe-plugin:")

DIRECT = ("[INFO] +- ", "[INFO] \\- ")

TREE_PARTS = 5
"""`group:artifact:type:version:scope`."""

POM = "http://maven.apache.org/POM/4.0.0"

NOT_FOR_XARGS = re.compile(r"[\s'\"\\]")
"""What `xargs` does not hand on as it stands in a file's name."""


class OfficialFacts(Struct, frozen=True, kw_only=True):
    """What the official program looks at, gathered from the candidate's build in a box.

    `build_exit` is the exit status of `mvn clean verify`, None if it did not end. `classes` maps the path of each class
    file in the tree after it to its major version, None for one that cannot be read. `poms` are all files `pom.xml` of
    the tree by path, `dependency_tree` what `mvn dependency:tree` printed, None if it failed. `log` is what the build
    printed, of which the part before integration tests is what `mvn test -f .` prints. `base_tests` and `tests` have
    what `listed_tests` gives of the files `*.java` below `src/test` of the tree's root, as they were and with the
    candidate's patch.
    """

    build_exit: int | None
    classes: Mapping[str, int | None]
    poms: Mapping[str, bytes]
    dependency_tree: str | None
    log: str
    base_tests: Mapping[str, Listed | None]
    tests: Mapping[str, Listed | None]
    num_test_cases: int = -1


class Official(Struct, frozen=True, kw_only=True):
    """Each step to "" if it held, else why not; the program stops at the first failure, so later steps are missing.

    `passed` is None where too little was seen for a verdict.
    """

    steps: Mapping[str, str] = {}
    passed: bool | None = None

    @property
    def failed(self) -> str:
        """The step that it ends at, with why; "" where there is none."""
        return next((f"{step}: {reason}" for step, reason in self.steps.items() if reason), "")


STEPS = ("build", "class_version", "dependency_versions", "test_count", "test_list")
"""The program's steps in its order."""


def official_verdict(
    facts: OfficialFacts, *, maximal: bool, release: int, table: Sequence[tuple[str, str]]
) -> Official:
    """Work out the verdict. `table` has the versions, (group:artifact, version), that a maximal one must reach."""
    steps: dict[str, str] = {}
    for step in STEPS:
        if step == "dependency_versions" and not maximal:
            continue
        steps[step] = _reason(step, facts, release, table)
        if steps[step]:
            break
    return Official(steps=steps, passed=not any(steps.values()))


def _reason(step: str, facts: OfficialFacts, release: int, table: Sequence[tuple[str, str]]) -> str:
    if step == "build":
        return "" if facts.build_exit == 0 else f"mvn clean verify ended with {facts.build_exit}"
    if step == "class_version":
        found, wanted = official_majors(facts.classes), MAJORS[release]
        return "" if found == {wanted} else f"the class file versions are {sorted(found or ())}, not {wanted} alone"
    if step == "dependency_versions":
        return official_dependencies(facts.poms, facts.dependency_tree, table)
    if step == "test_count":
        count = official_test_count(test_output_of(facts.log))
        return "" if count >= facts.num_test_cases or facts.num_test_cases < 0 else _too_few(count, facts)
    return official_test_list(facts.base_tests, facts.tests)


def _too_few(count: int, facts: OfficialFacts) -> str:
    counted = {NO_RESULTS: "there are no results", NO_COUNT: "no line of the last results counts them"}
    return f"{facts.num_test_cases} tests are wanted: {counted.get(count, f'{count} were run')}"


def official_majors(classes: Mapping[str, int | None]) -> set[int] | None:
    """Give the class file versions that the program finds, None for none.

    Those of `target/classes` count; only where there are none, those of all files but where the path has a "test".
    """
    readable = {path: major for path, major in classes.items() if major is not None and not NOT_FOR_XARGS.search(path)}
    built = {major for path, major in readable.items() if "/target/classes/" in f"/{path}"}
    return built or {major for path, major in readable.items() if "test" not in path.lower()} or None


def official_dependencies(poms: Mapping[str, bytes], tree: str | None, table: Sequence[tuple[str, str]]) -> str:
    """Say why the program is not content with the versions of direct dependencies; "" if it is."""
    named: set[str] = set()
    for path, data in sorted(poms.items()):
        *folders, name = path.split("/")
        if name != "pom.xml" or any(folder.startswith(".") for folder in folders):
            continue
        try:
            named |= official_names(data)
        except ProtocolError as error:
            return f"{path} cannot be read: {error}"
    if tree is None:
        return "mvn dependency:tree failed"
    wanted = dict(table)
    for name, version in official_versions(tree, named).items():
        try:
            if name in wanted and not official_at_least(version, wanted[name]):
                return f"{name} has the version {version[:100]}, which is older than {wanted[name]}"
        except ValueError as error:
            return f"the program breaks on the version of {name}: {error}"
    return ""


def official_names(pom: bytes) -> set[str]:
    """Give `group:artifact` of each element `dependency` anywhere in a pom, as they stand there.

    Raises ProtocolError where the program breaks: for what is not well-formed, and a dependency without its names.
    """
    lines = re.sub(
        r"^\s+", "", pom.decode(errors="ignore").replace("\r\n", "\n").replace("\r", "\n"), flags=re.MULTILINE
    )
    names: set[str] = set()
    for one in read_tree(lines.encode(), namespaces=True).iter(f"{POM}}}dependency"):
        texts = {part.tag: part.text for part in reversed(one)}  # of parts with one name the first counts
        try:
            names.add(f"{texts[f'{POM}}}groupId']}:{texts[f'{POM}}}artifactId']}")
        except KeyError as error:
            raise ProtocolError("a dependency has no group or artifact") from error
    return names


def official_versions(tree: str, named: Iterable[str]) -> dict[str, str]:
    """Give the versions that a printed dependency tree has of direct dependencies that are named.

    One with a classifier, or marked as optional, is not seen.
    """
    known = set(named)
    versions = {}
    for line in tree.splitlines():
        parts = line.split(" ")[-1].strip().split(":")
        if line.startswith(DIRECT) and len(parts) == TREE_PARTS and f"{parts[0]}:{parts[1]}" in known:
            versions[f"{parts[0]}:{parts[1]}"] = parts[3]
    return versions


def official_at_least(version: str, wanted: str) -> bool:
    """Whether a major version is as high as another's, the way the program compares them.

    Raises ValueError where it breaks: on a version of Python's form beside one that is wanted and has another.
    """
    try:
        found = Version(version)
    except InvalidVersion:
        return _first_number(version) >= _first_number(wanted)
    try:
        return found.major >= Version(wanted).major
    except InvalidVersion as error:
        raise ValueError(f"{version} is of Python's form and {wanted} is not") from error


def _first_number(version: str) -> int:
    return next((int(number) for number in re.findall(r"\d+", version)), 0)


def test_output_of(log: str) -> str:
    """The part of a build's log that `mvn test` would have printed too: without the steps of integration tests."""
    first, *steps = STEP.split(log)
    return "[INFO] --- ".join([first, *(step for step in steps if not step.startswith(INTEGRATION))])


def official_test_count(output: str) -> int:
    """Give how many tests the last results of a log count: -1 if they do not, -2 if there are none."""
    before, found, results = output.strip().rpartition(RESULTS)
    del before
    if not found:
        return NO_RESULTS
    counts = (TESTS_RUN.search(line) for line in results.splitlines() if line.strip() != "[INFO]")
    return next((int(count[1]) for count in counts if count), NO_COUNT)


def official_test_list(base: Mapping[str, Listed | None], now: Mapping[str, Listed | None]) -> str:
    """Say why the program does not find the same tests; "" if it does.

    It looks only for files that the migrated tree has, so that one that was deleted is not missed, and compares types
    and methods `@Test` in their order. A file that its parser cannot read equals another such, and no other.
    """
    for path in sorted(now):
        if base.get(path) != now[path]:
            return f"{path} has other types or methods @Test than before" if path in base else f"{path} is new"
    return ""


def listed_tests(root: Node) -> tuple[tuple[str, str], ...] | None:
    """Give (kind, name) of each type and each method of a source annotated with a plain `@Test`, in their order.

    None for a source that is no Java. The program's own parser knows Java 8 alone; this one reads what is newer, too.
    """
    if root.has_error:
        return None
    found: list[tuple[str, str]] = []
    for node in walk(root):
        if node.type in TYPES:
            found.append((TYPES[node.type], text_of(node.child_by_field_name("name"))))
        elif node.type == "method_declaration" and any(name == "Test" for name, _ in annotations_of(node)):
            found.append(("method", text_of(node.child_by_field_name("name"))))
    return tuple(found)
