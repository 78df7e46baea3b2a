"""Which tests Java sources hold, by reading them: types, and test methods of JUnit 3-5 and TestNG with their bodies."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.child import run_child
from boxscore.errors import BoxError
from boxscore.protocols.java_source import TYPES, Kind, annotations_of, modifiers, parse_java, tokens, walk
from boxscore.protocols.migration.official_tests import listed_tests
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

OFF = frozenset(("Ignore", "Disabled"))
"""Annotations that switch a test off."""

OFF_PREFIXES = ("DisabledIf", "DisabledOn", "DisabledFor", "EnabledIf", "EnabledOn", "EnabledFor")

BODIES = frozenset(("class_body", "interface_body", "enum_body", "enum_body_declarations", "annotation_type_body"))


_ESCAPE = re.compile(rb"\\\\|\\u+00([0-7][0-9A-Fa-f])")
"""Two backslashes, of which the second begins no escape, or an escape of a character of ASCII."""


class MethodReading(Struct, frozen=True, kw_only=True):
    """A method that may be a test: `style` by its annotations, `old` if it is one in a test case of JUnit 3."""

    name: str
    style: Style | None = None
    old: bool = False
    public: bool = False
    off: bool = False
    tokens: tuple[str, ...] = ()


class TypeReading(Struct, frozen=True, kw_only=True):
    """A type: its binary name, `parent` as it is written; `off` if it is switched off, `all_tests` as TestNG has it."""

    name: str
    kind: Kind = "class"
    abstract: bool = False
    parent: str = ""
    off: bool = False
    all_tests: bool = False
    methods: tuple[MethodReading, ...] = ()


class SourceReading(Struct, frozen=True, kw_only=True):
    """What a source holds. `problem` says why it is no Java that can be read, in part or at all.

    `listed` are its types and tests as MigrationBench's own parser lists them.
    """

    types: tuple[TypeReading, ...] = ()
    problem: str = ""
    listed: tuple[tuple[str, str], ...] | None = None


def read_source(source: bytes) -> SourceReading:
    """Read a source. Its size is bounded, but what is no Java may take long: see `read_sources` for hostile ones."""
    source = without_escapes(source)
    try:
        root = parse_java(source)
    except ValueError as error:
        return SourceReading(problem=str(error))
    return SourceReading(
        types=tuple(_types(root)),
        problem="a part of it is no Java" if root.has_error else "",
        listed=listed_tests(root),
    )


def without_escapes(source: bytes) -> bytes:
    """Put characters of ASCII in the place of their escapes, as Java does before it knows of words and comments."""
    if rb"\u" not in source:
        return source
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]) if found[1] else found[0], source)


def _types(root: Node) -> Iterator[TypeReading]:
    package = next((text_of(one.named_children[-1]) for one in root.children if one.type == "package_declaration"), "")
    named = ("".join(tokens(one)[1:-1]) for one in root.children if one.type == "import_declaration")
    imports = frozenset(one.rpartition(".")[0] for one in named if one.endswith((".Test", ".*")))
    pending: list[tuple[Node, str, bool]] = [(one, "", False) for one in reversed(root.named_children)]
    while pending:
        node, outer, off = pending.pop()
        if node.type in BODIES:
            pending += ((one, outer, off) for one in reversed(node.named_children))
        if node.type not in TYPES:
            continue
        simple = text_of(node.child_by_field_name("name"))
        name = f"{outer}${simple}" if outer else ".".join(part for part in (package, simple) if part)
        marks = [_simple(mark) for mark, _ in annotations_of(node)]
        off = off or any(_switches_off(mark) for mark in marks)
        body = node.child_by_field_name("body")
        if body is not None:
            pending.append((body, name, off))
        yield TypeReading(
            name=name,
            kind=TYPES[node.type],
            abstract="abstract" in modifiers(node) or node.type == "interface_declaration",
            parent=_parent(node),
            off=off,
            all_tests="Test" in marks,
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
    off = False
    for written, mark in annotations_of(node):
        name = _simple(written)
        off = off or _switches_off(name) or (name == "Test" and _not_enabled(mark))
        if name in TESTS:
            style = TESTS[name]
        elif name == "Test":
            style = _package_style(written, imports)
    public, old = "public" in modifiers(node), _is_old_test(node)
    return MethodReading(
        name=text_of(node.child_by_field_name("name")),
        style=style,
        old=old,
        public=public,
        off=off,
        tokens=_body_tokens(node) if style or old or public else (),
    )


def _body_tokens(node: Node) -> tuple[str, ...]:
    body = node.child_by_field_name("body")
    return () if body is None else tokens(body)


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


def _not_enabled(mark: Node) -> bool:
    words = [text_of(one) for one in walk(mark) if not one.child_count]
    return any(words[at : at + 3] == ["enabled", "=", "false"] for at in range(len(words)))


def _switches_off(name: str) -> bool:
    return name in OFF or name.startswith(OFF_PREFIXES)


def _simple(name: str) -> str:
    return name.rpartition(".")[2]


PARENTS = 50
"""How long a line of parents is followed."""


class TestMethod(Struct, frozen=True, kw_only=True):
    """A test method. `tokens` are those of its body, without comments; `skipped` if it or its class is switched off."""

    name: str
    style: Style
    tokens: tuple[str, ...] = ()
    skipped: bool = False


class TestClass(Struct, frozen=True, kw_only=True):
    """A type in a test source. `name` is the binary one, `org.a.Outer$Inner`; `parent` as it is written, "" if none."""

    name: str
    path: str
    kind: Kind = "class"
    abstract: bool = False
    parent: str = ""
    methods: tuple[TestMethod, ...] = ()


class Inventory(Struct, frozen=True):
    """All types of the sources. `unreadable` are the files that are no Java that can be read, with a reason each."""

    classes: tuple[TestClass, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """`org.a.Outer$Inner#method` of each test method."""
        return tuple(f"{owner.name}#{method.name}" for owner in self.classes for method in owner.methods)


def test_inventory(sources: Mapping[str, bytes]) -> Inventory:
    """Read the sources, each under its path, in this process: they are nobody's who wants it to take long."""
    return inventory_of({path: read_source(source) for path, source in sources.items()})


def inventory_of(readings: Mapping[str, SourceReading]) -> Inventory:
    """Put together what sources hold. Of a file with a part that is no Java, what can be told apart is there too."""
    old = _old_style([one for reading in readings.values() for one in reading.types])
    return Inventory(
        tuple(_class(path, one, old) for path, reading in sorted(readings.items()) for one in reading.types),
        tuple((path, reading.problem) for path, reading in sorted(readings.items()) if reading.problem),
    )


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


def _class(path: str, one: TypeReading, old: frozenset[str]) -> TestClass:
    styles = ((method, _style(method, one, old=one.name in old)) for method in one.methods)
    return TestClass(
        name=one.name,
        path=path,
        kind=one.kind,
        abstract=one.abstract,
        parent=one.parent,
        methods=tuple(
            TestMethod(name=method.name, style=style, tokens=method.tokens, skipped=method.off or one.off)
            for method, style in styles
            if style is not None
        ),
    )


def _style(method: MethodReading, owner: TypeReading, *, old: bool) -> Style | None:
    """Say which framework's test a method is, None for none."""
    if method.style is not None:
        return method.style
    if old and method.old:
        return "junit3"
    return "testng" if owner.all_tests and method.public else None


CHECKS = ("assert", "verify", "fail", "expect", "then", "should", "check")
"""How the names of methods begin that can make a test fail."""


def weakened_tests(base: Inventory, now: Inventory) -> dict[str, str]:
    """Map each test of the base, by its id, that is gone, off or checks less, to what became of it.

    A test that was switched off before may stay so.
    """
    after: dict[str, list[TestMethod]] = {}
    for owner in now.classes:
        for method in owner.methods:
            after.setdefault(f"{owner.name}#{method.name}", []).append(method)
    found = {}
    for owner in base.classes:
        for method in owner.methods:
            test = f"{owner.name}#{method.name}"
            if not method.skipped and (reason := _weakened(method, after.get(test, []))):
                found[test] = reason
    return found


def _weakened(before: TestMethod, now: Sequence[TestMethod]) -> str:
    on = [one for one in now if not one.skipped]
    if not on:
        return "it is switched off" if now else "it is gone"
    checks = {one: sum(word.startswith(CHECKS) for word in one.tokens) for one in (before, *on)}
    most = max(checks[one] for one in on)
    if most < checks[before]:
        return f"its body has {most} checks, not {checks[before]}"
    new = {word.lower() for one in on for word in set(one.tokens) - set(before.tokens)}
    return "its body has an assumption that it did not have" if any("assum" in word for word in new) else ""


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
