"""Which test of a file a part of it belongs to, and which test an id of Maven or Gradle names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.language import WHOLE
from boxscore.protocols.java_source import TYPES, annotations_of, parse_java, walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node

    Place = tuple[str, str]

TESTS = frozenset(("Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "Theory"))
BEFORE = frozenset(("Before", "BeforeEach", "BeforeMethod", "BeforeClass", "BeforeAll", "BeforeSuite", "BeforeTest"))
_NAME = re.compile(r"[A-Za-z_]\w*")


class ClassNames(Struct, frozen=True):
    """What a test file declares: its package, its classes, the outermost first, and its test methods."""

    package: str
    classes: tuple[str, ...]
    tests: frozenset[str]


def annotated(method: Node) -> set[str]:
    """The annotations of a method by their last names."""
    return {name.rpartition(".")[2] for name, _ in annotations_of(method)}


def is_test(method: Node) -> bool:
    """Whether a runner calls a method as a test."""
    if method.type != "method_declaration":
        return False
    if annotated(method) & TESTS:
        return True
    return text_of(method.child_by_field_name("name")).startswith("test") and _is_of_case(method)


def _is_of_case(method: Node) -> bool:
    """Whether a method stands in a class that extends a test case of JUnit 3, by its name."""
    at = method.parent
    while at is not None and at.type not in TYPES:
        at = at.parent
    above = None if at is None else at.child_by_field_name("superclass")
    return text_of(above).endswith(("TestCase", "Test"))


def part_of(method: Node) -> str:
    """What a runner calls a method as: a `test`, or something before tests that all of a `file` need; "" for others."""
    if is_test(method):
        return "test"
    is_case = text_of(method.child_by_field_name("name")) == "setUp" and _is_of_case(method)
    return "file" if is_case or annotated(method) & BEFORE else ""


def names_of(root: Node) -> ClassNames:
    """What a file declares."""
    package = next((text_of(one.named_children[-1]) for one in root.children if one.type == "package_declaration"), "")
    classes = [text_of(one.child_by_field_name("name")) for one in walk(root) if one.type in TYPES]
    tests = {text_of(one.child_by_field_name("name")) for one in walk(root) if is_test(one)}
    return ClassNames(package, tuple(classes), frozenset(tests))


def places(tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
    """Find the file and method of each id: `a.B#c`, `a.B.c`, `B > c()`; or its class alone, which is all of a file."""
    named = dict(_named(files))
    return {test: _place(test, named) for test in tests}


def _named(files: Mapping[str, str]) -> Iterator[tuple[str, ClassNames]]:
    for path, source in files.items():
        if not path.endswith(".java"):
            continue
        try:
            yield path, names_of(parse_java(source.encode()))
        except ValueError:
            continue


def _place(test: str, files: Mapping[str, ClassNames]) -> Place | None:
    words = _NAME.findall(test)
    held = [path for path, one in files.items() if any(name in words for name in one.classes)]
    if len(held) > 1:
        held = [path for path in held if f"{files[path].package}.{files[path].classes[0]}" in test]
    if len(held) != 1:
        return None
    found = files[held[0]]
    last = max(at for at, word in enumerate(words) if word in found.classes)
    behind = words[last + 1 :]
    if not behind:
        return held[0], WHOLE
    return (held[0], behind[0]) if behind[0] in found.tests else None
