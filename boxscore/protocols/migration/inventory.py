"""Which tests Java sources hold, by reading them: types, and test methods of JUnit 3-5 and TestNG with their bodies."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.child import run_child
from boxscore.errors import BoxError
from boxscore.protocols.java_source import TYPES, annotations_of, modifiers, parse_java, tokens
from boxscore.protocols.migration.official import listed_tests
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

Style = Literal["junit3", "junit4", "junit5", "testng"]

PACKAGES: dict[str, Style] = {
    "org.junit.jupiter.api": "junit5",
    "org.junit.jupiter.params": "junit5",
    "org.testng.annotations": "testng",
    "org.junit.experimental.theories": "junit4",
    "org.junit": "junit4",
}
"""Where the annotations of tests come from, the longer names first."""

TESTS: dict[str, Style] = {
    "ParameterizedTest": "junit5",
    "RepeatedTest": "junit5",
    "TestFactory": "junit5",
    "TestTemplate": "junit5",
    "Theory": "junit4",
}
"""Annotations of tests that only one framework has."""

BODIES = frozenset(("class_body", "interface_body", "enum_body", "enum_body_declarations", "annotation_type_body"))


CHECKS = ("assert", "verify", "fail", "expect", "then", "should", "check")
"""How the names of methods begin that can make a test fail."""

PARENTS = 50
"""How long a line of parents is followed."""


class MethodReading(Struct, frozen=True, kw_only=True):
    """A method that may be a test: `style` by its annotations, `old` if it is one in a test case of JUnit 3."""

    name: str
    style: Style | None = None
    old: bool = False
    public: bool = False
    checks: int = 0


class TypeReading(Struct, frozen=True, kw_only=True):
    """A type: its binary name, `parent` as it is written; `all_tests` if it is annotated as TestNG's test classes."""

    name: str
    parent: str = ""
    all_tests: bool = False
    methods: tuple[MethodReading, ...] = ()


class SourceReading(Struct, frozen=True, kw_only=True):
    """What a source holds. `problem` says why it is no Java that can be read, in part or at all.

    `listed` are its types and tests as MigrationBench's own parser lists them.
    """

    types: tuple[TypeReading, ...] = ()
    problem: str = ""
    listed: tuple[tuple[str, str], ...] | None = None


class TestMethod(Struct, frozen=True, kw_only=True):
    """A test method: `org.a.Outer$Inner#method`, its framework, and how many calls in it can make it fail."""

    id: str
    style: Style
    checks: int = 0


class Inventory(Struct, frozen=True):
    """All tests of the sources. `unreadable` are the files that are no Java that can be read, with a reason each."""

    tests: tuple[TestMethod, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """`org.a.Outer$Inner#method` of each test method."""
        return tuple(test.id for test in self.tests)


def test_inventory(sources: Mapping[str, bytes]) -> Inventory:
    """Read the sources, each under its path, in this process: they are nobody's who wants it to take long."""
    return inventory_of({path: read_source(source) for path, source in sources.items()})


def inventory_of(readings: Mapping[str, SourceReading]) -> Inventory:
    """Put together what sources hold. Of a file with a part that is no Java, what can be told apart is there too."""
    types = [one for _, reading in sorted(readings.items()) for one in reading.types]
    old = _old_style(types)
    return Inventory(
        tuple(
            TestMethod(id=f"{one.name}#{method.name}", style=style, checks=method.checks)
            for one in types
            for method in one.methods
            if (style := _style(method, one, old=one.name in old)) is not None
        ),
        tuple((path, reading.problem) for path, reading in sorted(readings.items()) if reading.problem),
    )


def weakened_tests(base: Inventory, now: Inventory) -> dict[str, str]:
    """Map each test of the base, by its id, that has fewer checks than before, to how many; one that is gone has 0."""
    most: dict[str, int] = {}
    for test in now.tests:
        most[test.id] = max(most.get(test.id, 0), test.checks)
    return {
        test.id: f"its body has {most.get(test.id, 0)} checks, not {test.checks}"
        for test in base.tests
        if most.get(test.id, 0) < test.checks
    }


def read_source(source: bytes) -> SourceReading:
    """Read a source. Its size is bounded, but what is no Java may take long: see `read_sources` for hostile ones."""
    try:
        root = parse_java(source)
    except ValueError as error:
        return SourceReading(problem=str(error))
    return SourceReading(
        types=tuple(_types(root)),
        problem="a part of it is no Java" if root.has_error else "",
        listed=listed_tests(root),
    )


def _types(root: Node) -> Iterator[TypeReading]:
    package = next((text_of(one.named_children[-1]) for one in root.children if one.type == "package_declaration"), "")
    named = ("".join(tokens(one)[1:-1]) for one in root.children if one.type == "import_declaration")
    imports = frozenset(one.rpartition(".")[0] for one in named if one.endswith((".Test", ".*")))
    pending: list[tuple[Node, str]] = [(one, "") for one in reversed(root.named_children)]
    while pending:
        node, outer = pending.pop()
        if node.type in BODIES:
            pending += ((one, outer) for one in reversed(node.named_children))
        if node.type not in TYPES:
            continue
        simple = text_of(node.child_by_field_name("name"))
        name = f"{outer}${simple}" if outer else ".".join(part for part in (package, simple) if part)
        body = node.child_by_field_name("body")
        if body is not None:
            pending.append((body, name))
        yield TypeReading(
            name=name,
            parent=_parent(node),
            all_tests=any(_simple(mark) == "Test" for mark, _ in annotations_of(node)),
            methods=tuple(_method(one, imports) for one in _methods(body)),
        )


def _parent(node: Node) -> str:
    found = node.child_by_field_name("superclass")
    return "" if found is None else "".join(tokens(found)[1:]).partition("<")[0]


def _methods(body: Node | None) -> tuple[Node, ...]:
    if body is None:
        return ()
    inside = [one for child in body.named_children for one in _members(child)]
    return tuple(one for one in inside if one.type == "method_declaration")


def _members(node: Node) -> list[Node]:
    return node.named_children if node.type == "enum_body_declarations" else [node]


def _method(node: Node, imports: frozenset[str]) -> MethodReading:
    style: Style | None = None
    for written, _ in annotations_of(node):
        name = _simple(written)
        if name in TESTS:
            style = TESTS[name]
        elif name == "Test":
            style = _package_style(written, imports)
    body = node.child_by_field_name("body")
    return MethodReading(
        name=text_of(node.child_by_field_name("name")),
        style=style,
        old=_is_old_test(node),
        public="public" in modifiers(node),
        checks=0 if body is None else _checks(tokens(body)),
    )


def _checks(words: Sequence[str]) -> int:
    """Count calls, and references to methods (`this::check`); variables may have such names too."""
    around = zip(("", *words), words, (*words[1:], ""), strict=False)
    return sum(word.startswith(CHECKS) and (after == "(" or before == "::") for before, word, after in around)


def _package_style(written: str, imports: frozenset[str]) -> Style:
    """Say where a `@Test` comes from: the name it is written by, or the packages that are imported."""
    own = written.rpartition(".")[0]
    for package, style in PACKAGES.items():
        if own == package or (not own and package in imports):
            return style
    return "junit4"


def _is_old_test(node: Node) -> bool:
    parameters = node.child_by_field_name("parameters")
    return (
        text_of(node.child_by_field_name("name")).startswith("test")
        and text_of(node.child_by_field_name("type")) == "void"
        and "public" in modifiers(node)
        and (parameters is None or not parameters.named_children)
    )


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


def _old_style(types: Iterable[TypeReading]) -> frozenset[str]:
    """Give the types that are test cases of JUnit 3: what extends `TestCase`, or a type here that does."""
    parents = {one.name: _simple(one.parent) for one in types if one.parent}
    old = {"TestCase"}
    for _ in range(PARENTS):
        more = {_simple(name) for name, parent in parents.items() if parent in old} - old
        if not more:
            break
        old |= more
    return frozenset(name for name, parent in parents.items() if parent in old or parent.endswith("TestCase"))


def _style(method: MethodReading, owner: TypeReading, *, old: bool) -> Style | None:
    """Say which framework's test a method is, None for none."""
    if method.style is not None:
        return method.style
    if old and method.old:
        return "junit3"
    return "testng" if owner.all_tests and method.public else None


CPU_S, MEMORY_BYTES, WALL_S = 120, 2 << 30, 1800.0
"""Hundreds of times of what the sources of a project take."""

TOO_MUCH = "it takes too long, or too much memory, to be read"

NO_MEMORY = 3
"""The exit status of a reader that ran out of memory."""


def read_sources(sources: Mapping[str, bytes], *, cpu_s: int = CPU_S) -> dict[str, SourceReading]:
    """Read sources, each under its path. Where that takes more than `cpu_s` or MEMORY_BYTES, all are unreadable.

    Raises BoxError where the other process cannot be had, or is ended from outside.
    """
    if not sources:
        return {}
    try:
        done = run_child(
            [sys.executable, "-P", "-m", "boxscore.protocols.migration.inventory", str(cpu_s)],
            timeout_s=WALL_S,
            data=msgspec.msgpack.encode(dict(sources)),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BoxError(f"sources could not be read in a process of their own: {error}") from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGABRT, NO_MEMORY):
        return dict.fromkeys(sources, SourceReading(problem=TOO_MUCH))
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace")[-300:].strip()
        raise BoxError(f"sources could not be read in a process of their own: status {done.returncode}: {words}")
    return msgspec.msgpack.decode(done.stdout, type=dict[str, SourceReading])


def main() -> int:
    """Read sources from standard input, and write what they hold to standard output."""
    cpu_s = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 60))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sources = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=dict[str, bytes])
        found = {path: read_source(source) for path, source in sources.items()}
        sys.stdout.buffer.write(msgspec.msgpack.encode(found))
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
