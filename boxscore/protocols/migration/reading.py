"""Read one Java source: its types and methods with what says that they are tests, as plain data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore.protocols.java_source import TYPES, Kind, annotations_of, modifiers, parse_java, tokens, walk
from boxscore.protocols.migration.official_tests import listed_tests
from boxscore.protocols.migration.renames import names_in
from boxscore.protocols.migration.test_body import body_tokens
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    `listed` are its types and tests as MigrationBench's own parser lists them, `names` the dotted names in its code.
    """

    types: tuple[TypeReading, ...] = ()
    problem: str = ""
    listed: tuple[tuple[str, str], ...] | None = None
    names: tuple[str, ...] = ()


def read_source(source: bytes) -> SourceReading:
    """Read a source. Its size is bounded, but what is no Java may take long: see `reading_apart` for hostile ones."""
    source = without_escapes(source)
    try:
        root = parse_java(source)
    except ValueError as error:
        return SourceReading(problem=str(error))
    return SourceReading(
        types=tuple(_types(root)),
        problem="a part of it is no Java" if root.has_error else "",
        listed=listed_tests(root),
        names=names_in(root, source),
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
        tokens=body_tokens(node) if style or old or public else (),
    )


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
