"""Which tests Java sources hold, by reading them: types, and test methods of JUnit 3-5 and TestNG with their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.migration.reading import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore.protocols.java_source import Kind
    from boxscore.protocols.migration.reading import MethodReading, SourceReading, Style, TypeReading

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


def _simple(name: str) -> str:
    return name.rpartition(".")[2]
