"""Which tests Java sources hold, by reading them: types, and test methods of JUnit 3-5 and TestNG with their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore.protocols.migration.java_source import (
    TYPES,
    Kind,
    annotations_of,
    modifiers,
    parse_java,
    text_of,
    tokens,
    walk,
)
from boxscore.protocols.migration.test_body import body_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

Style = Literal["junit3", "junit4", "junit5", "testng"]

SOURCES_BYTES = 64 << 20
"""What all sources may have together; those beyond are unreadable."""

PARENTS = 50
"""How long a line of parents is followed."""

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
    """Read the sources, each under its path. What is too large, or has a part that is no Java, is unreadable.

    Of a file with such a part, what can be told apart is in the inventory all the same.
    """
    classes: list[_Type] = []
    unreadable = []
    left = SOURCES_BYTES
    for path, source in sorted(sources.items()):
        left -= len(source)
        if left < 0:
            unreadable.append((path, f"the sources have more than {SOURCES_BYTES} bytes"))
            continue
        try:
            root = parse_java(source)
        except ValueError as error:
            unreadable.append((path, str(error)))
            continue
        if root.has_error:
            unreadable.append((path, "a part of it is no Java"))
        classes += _types(root, path)
    old = _old_style(classes)
    return Inventory(tuple(_finished(one, old) for one in classes), tuple(unreadable))


class _Type(Struct, frozen=True):
    """A type and its methods, before it is known which are tests of JUnit 3."""

    found: TestClass
    methods: tuple[Node, ...]
    imports: frozenset[str]
    off: bool
    all_tests: bool


def _types(root: Node, path: str) -> Iterator[_Type]:
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
        yield _Type(
            TestClass(
                name=name,
                path=path,
                kind=TYPES[node.type],
                abstract="abstract" in modifiers(node) or node.type == "interface_declaration",
                parent=_parent(node),
            ),
            _methods(body),
            imports,
            off,
            "Test" in marks,
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


def _old_style(classes: list[_Type]) -> frozenset[str]:
    """Give the types that are test cases of JUnit 3: what extends `TestCase`, or a type here that does."""
    parents = {one.found.name: _simple(one.found.parent) for one in classes if one.found.parent}
    old = {"TestCase"}
    for _ in range(PARENTS):
        more = {_simple(name) for name, parent in parents.items() if parent in old} - old
        if not more:
            break
        old |= more
    return frozenset(name for name, parent in parents.items() if parent in old or parent.endswith("TestCase"))


def _finished(one: _Type, old: frozenset[str]) -> TestClass:
    methods = []
    for node in one.methods:
        style, off = _style(node, one, old=one.found.name in old)
        if style is not None:
            methods.append(
                TestMethod(
                    name=text_of(node.child_by_field_name("name")),
                    style=style,
                    tokens=body_tokens(node),
                    skipped=off or one.off,
                )
            )
    found = one.found
    return TestClass(
        name=found.name,
        path=found.path,
        kind=found.kind,
        abstract=found.abstract,
        parent=found.parent,
        methods=tuple(methods),
    )


def _style(node: Node, owner: _Type, *, old: bool) -> tuple[Style | None, bool]:
    """Say which framework's test a method is, None for none, and whether it is switched off."""
    style: Style | None = None
    off = False
    for written, mark in annotations_of(node):
        name = _simple(written)
        off = off or _switches_off(name) or (name == "Test" and _not_enabled(mark))
        if name in TESTS:
            style = TESTS[name]
        elif name == "Test":
            style = _package_style(written, owner.imports)
    if style is None and old and _is_old_test(node):
        return "junit3", off
    if style is None and owner.all_tests and "public" in modifiers(node):
        return "testng", off
    return style, off


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
