"""Which tests Java sources hold, by reading them: types, and test methods of JUnit 3-5 and TestNG with their bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Style = Literal["junit3", "junit4", "junit5", "testng"]


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
    kind: Literal["class", "interface", "enum", "annotation", "record"] = "class"
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
    """Read the sources, each under its path. Files over 4 MiB or nested too deeply are unreadable."""
    raise NotImplementedError(sources)


def changed_tests(base: Inventory, now: Inventory) -> tuple[tuple[str, str], ...]:
    """Tell each test of the base, by its id, that is gone, switched off, or has another body, with the reason.

    Layout and comments do not matter, nor do renames of packages and the mechanical steps from JUnit 4 to JUnit 5.
    A test that was switched off before may stay so. A file of the base that can no longer be read is a reason too.
    """
    raise NotImplementedError((base, now))
