"""Java as a language of tests."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from boxscore.protocols.blind.files import Hidden
from boxscore.protocols.blind.java import errors, literals, runtime, soft, titles, uncompiled
from boxscore.protocols.blind.java.files import JavaFile
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.java_source import parse_java
from boxscore.protocols.syntax_trees import ancestors, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from tree_sitter import Node

    from boxscore.protocols.blind.files import Key
    from boxscore.protocols.blind.java.files import Site
    from boxscore.protocols.blind.language import HidingFile, Place

ENDS: tuple[str, ...] = (".java",)


class HidingJavaFile:
    """A test file, and what of it can be hidden; `first` is the number of its first value."""

    def __init__(self, path: str, source: str, first: int) -> None:
        """Raise CannotRewriteError if the file cannot be read."""
        own = path.rpartition("/")[2].removesuffix(".java")
        if not own.isidentifier():  # such as package-info
            raise CannotRewriteError(f"{path}: it is no class")
        self._name = runtime.name_of(own)
        self._file = JavaFile(path, source, first, runtime=self._name, wide=True)
        self._sites = {one.number: one for one in self._file.sites}
        self.hidden = tuple(map(self._hidden, self._file.sites))

    def _hidden(self, site: Site) -> Hidden:
        written = literals.written_of(self._file.value(site))
        return Hidden(number=site.number, path=site.path, line=site.line, source=written)

    @cached_property
    def _tests(self) -> frozenset[str]:
        return titles.names_of(self._file.root).tests

    def users(self, number: int) -> set[Key]:
        """The test that compares a value; all of the file, if that is not known."""
        if number not in self._sites:
            return set()
        around = ancestors(self._sites[number].comparison.call)
        tests = {text_of(one.child_by_field_name("name")) for one in around if titles.is_test(one)}
        return {((), name) for name in tests or self._tests}

    def rewrite(self, numbers: Collection[int], place: str | int) -> str:
        """Return the file with the values of `numbers` hidden; comparisons are written to `place`."""
        return f"{self._file.rewrite(numbers)}\n{runtime.runtime(self._name, place)}\n"


class Java:
    """Tests of JUnit and TestNG, which are known by their classes and methods."""

    ends: tuple[str, ...] = ENDS
    exact = False  # what is expected is equal by a class of the candidate's, where it is not the JDK's
    imports_apart = False
    marks_reached = True
    marks_begun = False
    marks_branches = False

    def read(self, path: str, source: str, first: int) -> HidingFile:
        """See `TestLanguage.read`, and so with the others."""
        return HidingJavaFile(path, source, first)

    def places(self, tests: Iterable[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """By the classes and methods that are in an id."""
        return titles.places(tests, files)

    def soft(self, source: str) -> str:
        """Each statement is in a `try`."""
        return soft.soft(source)

    def unbuilt(self, log: str, paths: Collection[str]) -> dict[str, set[int]]:
        """By what compilers say in a log."""
        return errors.lines_of(log, paths)

    def without(self, source: str, lines: Collection[int]) -> str:
        """The statements on these lines are taken for such that end in an error."""
        return uncompiled.without(source, lines)

    def without_runtime(self, source: str) -> str:
        """The text of `sandbox/blind.java` is left out."""
        return runtime.without_runtime(source)

    def spoken(self, source: str) -> Iterator[str]:
        """All string literals."""
        try:
            root: Node = parse_java(source.encode())
        except ValueError:
            return iter(())
        return literals.spoken(root)


JAVA = Java()
